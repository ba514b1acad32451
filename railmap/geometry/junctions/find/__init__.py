"""Which leg leads to which: by smooth curves through a mask, or along the ridges of a tent."""
