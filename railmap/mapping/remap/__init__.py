"""Write a map, and carry over what users added to the map that it replaces."""
