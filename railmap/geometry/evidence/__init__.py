"""What the pixels say: the probability field, widths, rails."""
