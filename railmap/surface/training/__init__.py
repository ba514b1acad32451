"""Train and score the defect networks."""
