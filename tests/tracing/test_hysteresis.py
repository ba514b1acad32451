"""Hysteresis: connected components are kept or removed as a whole."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from railmap.tracing import trace
from railmap.tracing.hysteresis import keep_connected_to_sure
from railmap.tracing.types import PixelNetwork, TraceParameters


def network() -> PixelNetwork:
    """A track with a branch, and an isolated one."""
    mask = np.zeros((120, 300), np.uint8)
    mask[20:29, 5:295] = 254
    mask[20:80, 150:159] = 254
    mask[100:109, 5:295] = 254

    def read(row: int, col: int, height: int, width: int) -> NDArray[np.uint8]:
        return mask[row : row + height, col : col + width]

    found = trace(read, 300, 120, TraceParameters(open_radius=0, close_radius=0, min_area=10))
    assert len(found.link_node) == 4
    return found


def strong(value: NDArray[np.uint8]) -> object:
    return lambda row, col, height, width: value[row : row + height, col : col + width]


def test_components_without_sure_pixels_are_removed() -> None:
    sure = np.zeros((120, 300), np.uint8)
    sure[:40, 200:260] = 127
    kept = keep_connected_to_sure(network(), strong(sure), 40)  # type: ignore[arg-type]
    assert len(kept.link_node) == 3
    assert kept.link_pixel.max() // 300 < 90
    assert sorted(kept.node_degree.tolist()) == [1, 1, 1, 3]
    first, last = kept.link_offset[:-1], kept.link_offset[1:] - 1
    np.testing.assert_array_equal(kept.node_pixel[kept.link_node[:, 0]], kept.link_pixel[first])
    np.testing.assert_array_equal(kept.node_pixel[kept.link_node[:, 1]], kept.link_pixel[last])
    assert len(kept.link_half_width) == len(kept.link_pixel)


def test_all_or_none() -> None:
    full = network()
    everything = keep_connected_to_sure(full, strong(np.full((120, 300), 127, np.uint8)), 40)  # type: ignore[arg-type]
    np.testing.assert_array_equal(everything.link_pixel, full.link_pixel)
    nothing = keep_connected_to_sure(full, strong(np.full((120, 300), 255, np.uint8)), 1)  # type: ignore[arg-type]
    assert len(nothing.link_node) == len(nothing.node_pixel) == len(nothing.link_pixel) == 0
    assert nothing.link_offset.tolist() == [0]
