"""Commands for rail-surface images and photos."""
