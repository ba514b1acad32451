"""Tests of railmap, in folders as the package has them; `helpers` holds what they share."""
