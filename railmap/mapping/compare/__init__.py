"""Two surveys compared; a map joined with OpenStreetMap."""
