"""Training the defect networks."""
