"""Render photos of railway scenes."""
