"""Vertical alignment of tracks: constant gradients and parabolas, as few as explain the heights."""
