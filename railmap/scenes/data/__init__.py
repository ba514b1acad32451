"""Data sets of scene photos and their split."""
