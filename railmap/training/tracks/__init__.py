"""Training track networks."""
