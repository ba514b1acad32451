"""Rules that a map must keep, and the issues that it has."""
