"""Rendered rail heads and their defects."""
