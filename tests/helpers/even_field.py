"""A probability raster of one value."""

from __future__ import annotations

import numpy as np

from railmap.geometry.evidence.field import ProbabilityField


def even_field(size: tuple[float, float], level: int = 254, gsd: float = 0.1) -> ProbabilityField:
    """Probability ``level / 254`` everywhere; `size` is width and height in metres."""
    width, height = (round(v / gsd) for v in size)
    return ProbabilityField(
        lambda row, col, rows, cols: np.full((rows, cols), level, np.uint8), gsd, height, width
    )
