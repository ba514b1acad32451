"""Measurements: the probability field, cross-sections of the band, rails in the image."""
