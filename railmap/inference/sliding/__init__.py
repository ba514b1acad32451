"""Run a model in a sliding window over a raster: plan, read, run, blend, store."""
