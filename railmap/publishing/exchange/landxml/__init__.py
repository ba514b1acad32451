"""LandXML 1.2: alignments by line, kilometre posts as station equations, switches as points."""
