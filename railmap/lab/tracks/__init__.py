"""The track paper's tables."""
