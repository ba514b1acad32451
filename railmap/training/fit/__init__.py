"""Fitting with Lightning: trainer, checkpoints, averaging, guard, record."""
