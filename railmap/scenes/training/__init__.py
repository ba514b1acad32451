"""Training scene classifiers."""
