"""Rail-surface defects: from images of the rail head to regions of defects."""
