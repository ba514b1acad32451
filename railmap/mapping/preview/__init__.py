"""A picture of a map."""
