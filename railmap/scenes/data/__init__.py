"""Data sets of photos with scene classes, and their split."""
