"""IFC 4.3: alignments, kilometre posts, the railway with its turnouts; extra ``ifc``."""
