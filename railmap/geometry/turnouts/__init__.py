"""Turnouts whose rails the image shows: find them along each track, and place their toes."""
