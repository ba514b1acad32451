"""Draw a preview of a map."""
