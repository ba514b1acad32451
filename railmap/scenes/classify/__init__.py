"""Classify photos into scene classes, without torch."""
