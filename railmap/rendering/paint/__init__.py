"""Paint ground, ballast, sleepers, rails and furniture; simulate the camera."""
