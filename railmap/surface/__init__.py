"""Rail-surface defects: segmentation, data sets, training, and the job that maps them."""
