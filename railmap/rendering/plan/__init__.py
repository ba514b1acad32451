"""Track plans: alignments, turnouts, kinds of layout."""
