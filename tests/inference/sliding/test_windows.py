from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from railmap.inference.sliding import plan as plan_module
from railmap.inference.sliding.windows import FULL_WEIGHT, make_axis

axes = st.integers(8, 96).flatmap(
    lambda tile: st.tuples(st.integers(1, 700), st.just(tile), st.integers(0, tile // 2))
)


@given(axes)
def test_every_pixel_has_its_windows(args: tuple[int, int, int]) -> None:
    size, tile, overlap = args
    axis = make_axis(size, tile, overlap)
    count = len(axis)
    assert count == max(1, -(-(size - overlap) // (tile - overlap)))
    assert axis.start[0] == 0
    assert axis.start[-1] == max(0, size - tile)
    gaps = np.diff(axis.start)
    assert (gaps > 0).all()
    assert (gaps <= tile - overlap).all()
    assert axis.edges[0] == 0
    assert axis.edges[-1] == size
    assert (np.diff(axis.edges) > 0).all()
    margin = overlap // 4
    for x in range(size):
        k, weight = int(axis.first[x]), int(axis.weight[x])
        assert 0 <= weight <= FULL_WEIGHT
        speakers = [k] if weight == FULL_WEIGHT else [k, k + 1]
        for n in speakers:
            assert axis.support[n, 0] <= x < axis.support[n, 1]
            at = x - axis.start[n]
            # The border where the network sees its own padding is not used inside the raster.
            assert at >= (margin if n else 0)
            assert at < tile - (margin if n < count - 1 else 0)
    assert axis.windows_of(0, size) == (0, count)


@given(axes)
def test_the_ramp_is_linear(args: tuple[int, int, int]) -> None:
    axis = make_axis(*args)
    inside = axis.weight < FULL_WEIGHT
    for k in range(len(axis) - 1):
        ramp = axis.weight[(axis.first == k) & inside]
        assert (np.diff(ramp) <= 0).all()
        assert (
            np.array_equal(ramp, FULL_WEIGHT - ramp[::-1])
            or np.abs(ramp + ramp[::-1] - FULL_WEIGHT).max() <= 1
        )


def test_overlap_of_more_than_half_is_refused() -> None:
    with pytest.raises(ValueError, match="overlap"):
        make_axis(100, 32, 17)


@given(st.integers(1, 3000), st.integers(1, 3000), st.sampled_from([64, 512, 1000]))
def test_blocks_tile_the_raster(height: int, width: int, block: int) -> None:
    before = plan_module.BLOCK_PIXELS
    plan_module.BLOCK_PIXELS = block
    try:
        plan = plan_module.make_plan(height, width, 64, 16)
    finally:
        plan_module.BLOCK_PIXELS = before
    assert plan.blocks[0].col_begin == 0
    assert plan.blocks[-1].col_end == width
    for left, right in zip(plan.blocks, plan.blocks[1:], strict=False):
        assert left.col_end == right.col_begin
        assert left.end == right.first
    for part in plan.blocks:
        if part.col_end > part.col_begin:
            first, end = plan.cols.windows_of(part.col_begin, part.col_end)
            assert part.left <= first
            assert end <= part.end
    share = sum(plan.share(i, k) for i in range(len(plan.rows)) for k in range(len(plan.cols)))
    assert share == pytest.approx(height * width / 1e6)
