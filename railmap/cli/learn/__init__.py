"""Commands that train, export and evaluate models, and render training images."""
