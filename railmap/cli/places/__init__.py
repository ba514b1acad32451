"""Commands for chainage: lines, kilometre posts, positions and events."""
