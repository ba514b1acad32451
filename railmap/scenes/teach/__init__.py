"""Teach scenes: one layer on the features of a network that knows ImageNet, without PyTorch."""
