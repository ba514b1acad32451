"""Photos into scenes, without torch."""
