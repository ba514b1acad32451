"""Where rasters lie: coordinate systems, transforms, and what the user says of them."""
