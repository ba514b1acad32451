"""Events placed on the tracks and written into the map."""
