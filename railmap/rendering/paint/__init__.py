"""Painting: ground, ballast, sleepers, rails, furniture, camera."""
