"""Place events on the tracks and write them to the map."""
