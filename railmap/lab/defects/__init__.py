"""The defect paper's tables."""
