"""Mend what the picture left open: gaps, loose ends, corners, spurs."""
