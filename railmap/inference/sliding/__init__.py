"""The sliding window: plan, read, run, blend, store."""
