"""Render rail heads and their defects."""
