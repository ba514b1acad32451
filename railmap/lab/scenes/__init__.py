"""The scene paper's tables."""
