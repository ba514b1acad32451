"""Labelled rail-surface images and strips."""
