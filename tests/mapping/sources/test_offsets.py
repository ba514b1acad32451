"""Conversion between x, y and measure with offset."""

from __future__ import annotations

import numpy as np
import pytest

from railmap.mapping.sources.offsets import OffsetFrame


def test_frame_at_corners() -> None:
    """Places in the wedge outside a corner and the overlap inside it come back."""
    frame = OffsetFrame(np.array([[0.0, 0.0], [50.0, 0.0], [50.0, 0.0], [99.0, 9.0], [150, 9.0]]))
    random = np.random.default_rng(3)
    for s, offset in zip(random.uniform(1, 149, 200), random.uniform(-6, 6, 200), strict=True):
        x, y = frame.place(s, offset)
        found = frame.measure(x, y)
        assert found == pytest.approx((s, offset), abs=1e-7)
