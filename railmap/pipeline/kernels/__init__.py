"""The numba kernels of the main job: known signatures, compiled beforehand on all cores."""
