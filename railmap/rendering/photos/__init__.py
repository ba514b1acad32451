"""Rendered photos of railway scenes."""
