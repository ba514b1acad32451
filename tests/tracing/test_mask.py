"""The clean mask equals that of OpenCV and scikit-image, for any blocks."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from railmap.errors import RasterError
from railmap.progress import NullReporter
from railmap.tracing import TraceParameters
from railmap.tracing.areas import cut_wide, has_full_tile, merge_runs
from railmap.tracing.blocks import BlockGrid
from railmap.tracing.cleaning import TEXTURE_RUNS, clear_texture, read_mask
from railmap.tracing.masking import build_mask
from railmap.tracing.runs import fill_run, find_runs
from tests.helpers.masks import (
    blobs,
    opened_closed,
    pack,
    parameter_sets,
    probabilities,
    reader,
    unpack,
    without_small,
)


def built(probability, parameters, size=64, threads=1):
    grid = BlockGrid(probability.shape[1], probability.shape[0], size)
    return build_mask(reader(probability), grid, parameters, threads, NullReporter())


def drawn(runs, shape):
    pixels = np.zeros(shape, bool)
    for row, first, past in runs:
        pixels[row, first:past] = True
    return pixels


@settings(max_examples=60, deadline=None)
@given(probabilities(), parameter_sets(), st.sampled_from([64, 128, 512]))
def test_open_close_is_opencv_on_an_infinite_plane(probability, parameters, size):
    grid = BlockGrid(probability.shape[1], probability.shape[0], size)
    expected = opened_closed(probability, parameters)
    for block in grid:
        words = read_mask(reader(probability), grid, block, parameters)
        part = expected[block.row : block.row + block.height, block.col : block.col + block.width]
        if words is None:
            assert not part.any()
            continue
        bits = np.unpackbits(words.view(np.uint8), axis=1, bitorder="little").astype(bool)
        assert (bits[:, : block.width] == part).all()
        assert not bits[:, block.width :].any()


@pytest.mark.parametrize("radius", [7, 33, 70])
def test_a_disc_wider_than_a_word_is_opencvs(radius):
    probability = blobs(5, 300, 340, 12.0, 0.2)
    row, col = np.mgrid[:300, :340]
    probability[np.hypot(row - 140, col - 180) < 1.2 * radius] = 254  # no square fits into it
    parameters = TraceParameters(open_radius=radius, close_radius=radius // 2, kernel="disc")
    expected = opened_closed(probability, parameters)
    grid = BlockGrid(340, 300, 128)
    for block in grid:
        words = read_mask(reader(probability), grid, block, parameters)
        part = expected[block.row : block.row + block.height, block.col : block.col + block.width]
        if words is None:
            assert not part.any()
            continue
        bits = np.unpackbits(words.view(np.uint8), axis=1, bitorder="little").astype(bool)
        assert (bits[:, : block.width] == part).all()
    square = opened_closed(probability, TraceParameters(open_radius=radius, close_radius=0))
    disc = opened_closed(
        probability, TraceParameters(open_radius=radius, close_radius=0, kernel="disc")
    )
    assert (disc & ~square).any()  # a disc fits where a square does not


def test_a_track_that_leaves_the_raster_stays_to_its_edge():
    probability = np.zeros((100, 100), np.uint8)
    probability[40:52] = 254
    probability[:, 70:82] = 254
    mask, _ = built(probability, TraceParameters(min_area=0, max_hole=0))
    assert (unpack(mask) == (probability == 254)).all()


def test_no_data_is_background_and_the_threshold_holds_at_its_level():
    probability = np.array([[126, 127, 254, 255]], np.uint8)
    mask, _ = built(probability, TraceParameters(0.5, 0, 0, 0, 0, 128))
    assert unpack(mask).tolist() == [[False, True, True, False]]
    for level in range(255):  # a threshold of k / 254 is level k, in floating point too
        row = np.array([[max(level, 1) - 1, level]], np.uint8)
        mask, _ = built(row, TraceParameters(level / 254, 0, 0, 0, 0, 128))
        assert unpack(mask).tolist() == [[level == 0, True]]


@settings(max_examples=60, deadline=None)
@given(probabilities(), parameter_sets(), st.sampled_from([64, 192, 512]))
def test_specks_and_holes_are_those_of_scikit_image(probability, parameters, size):
    parameters = TraceParameters(
        parameters.threshold, 1, 1, parameters.min_area, parameters.max_hole, 1000
    )
    mask, areas = built(probability, parameters, size)
    opened = opened_closed(probability, parameters)
    cut = drawn(areas, probability.shape)
    assert (unpack(mask) == without_small(opened & ~cut, parameters)).all()


def test_a_component_over_many_blocks_is_measured_as_one():
    probability = np.zeros((300, 300), np.uint8)
    probability[10, 10:290] = probability[10:290, 289] = 254  # 559 pixels, five blocks each way
    probability[200:210, 5:15] = 254
    parameters = TraceParameters(0.5, 0, 0, 559, 0, 128)
    assert unpack(built(probability, parameters)[0]).sum() == 559
    parameters = TraceParameters(0.5, 0, 0, 560, 0, 128)
    assert unpack(built(probability, parameters)[0]).sum() == 0


def test_components_join_over_the_corner_of_blocks():
    probability = np.zeros((128, 128), np.uint8)
    probability[np.arange(60, 68), np.arange(60, 68)] = 254
    other = probability[:, ::-1].copy()
    for raster in (probability, other):
        parameters = TraceParameters(0.5, 0, 0, 8, 0, 128)
        assert unpack(built(raster, parameters)[0]).sum() == 8
        parameters = TraceParameters(0.5, 0, 0, 9, 0, 128)
        assert unpack(built(raster, parameters)[0]).sum() == 0


def test_background_at_the_edge_of_the_raster_is_no_hole():
    probability = np.full((80, 80), 254, np.uint8)
    probability[0:3, 5:8] = 0
    probability[40:43, 60:67] = 0  # over the seam of two blocks
    mask, _ = built(probability, TraceParameters(0.5, 0, 0, 0, 1000, 1000))
    assert (~unpack(mask)).sum() == 9


def wide_by_opencv(mask, side, grow):
    room = side + grow + 1
    square, larger = np.ones((side, side), np.uint8), np.ones((2 * grow + 1,) * 2, np.uint8)
    plane = np.pad(mask.astype(np.uint8), room)
    # OpenCV doesn't mirror an even square between the two by itself
    opened = cv2.dilate(cv2.erode(plane, square, anchor=(0, 0)), square, anchor=(side - 1,) * 2)
    plane = cv2.dilate(opened, larger)
    return plane[room:-room, room:-room].astype(bool) & mask


@settings(max_examples=40, deadline=None)
@given(
    probabilities(),
    st.sampled_from([2, 3, 8, 21, 65]),
    st.sampled_from([0, 1, 5, 16]),
    st.sampled_from([64, 128]),
)
def test_wide_blobs_are_the_opening_grown_inside_the_mask(probability, side, grow, size):
    pixels = probability >= 127
    mask = pack(pixels, size)
    expected = wide_by_opencv(pixels, side, grow)
    for block in mask.grid:
        words = cut_wide(mask, block, side, grow)
        bits = np.unpackbits(words.view(np.uint8), axis=1, bitorder="little").astype(bool)
        part = expected[block.row : block.row + block.height, block.col : block.col + block.width]
        assert (bits[:, : block.width] == part).all()
    if expected.any():
        assert any(has_full_tile(mask.window(block), side) for block in mask.grid)


def test_a_cut_blob_leaves_the_tracks_that_enter_it():
    probability = np.zeros((600, 900), np.uint8)
    probability[295:305, 20:880] = 254
    row, col = np.mgrid[:600, :900]
    probability[(row - 300) ** 2 + (col - 450) ** 2 < 150**2] = 254
    parameters = TraceParameters(max_width=64)
    mask, areas = built(probability, parameters, 128)
    kept, cut = unpack(mask), drawn(areas, probability.shape)
    assert not (kept & cut).any()
    assert cut.sum() > 0.99 * np.pi * 150**2
    assert cut.sum() < np.pi * 150**2 + 2 * 16 * 10 + 200
    assert kept[300, 30:270].all()
    assert kept[300, 640:870].all()
    assert np.flatnonzero(kept.any(axis=1))[[0, -1]].tolist() == [295, 304]


def test_texture_is_removed_by_tiles_with_a_warning():
    rng = np.random.default_rng(3)
    probability = np.zeros((256, 300), np.uint8)
    probability[64:192, 64:192] = 254 * (rng.random((128, 128)) < 0.5)
    probability[20:30, :] = 254
    reporter = NullReporter()
    grid = BlockGrid(300, 256, 128)
    mask, areas = build_mask(
        reader(probability), grid, TraceParameters(0.5, 0, 0, 0, 0, 128), 1, reporter
    )
    assert len(reporter.warnings) == 1
    assert reporter.warnings[0].startswith("4 tiles of 64 x 64 px are texture")
    assert areas.shape == (128, 3)
    assert (areas[:, 1:] == [64, 192]).all()
    assert unpack(mask)[20:30].all()


@pytest.mark.parametrize("angle", range(0, 180, 15))
def test_close_narrow_tracks_are_no_texture(angle):
    row, col = np.mgrid[:64, :64]
    across = row * np.cos(np.radians(angle)) + col * np.sin(np.radians(angle))
    mask = pack(across % 8 < 4, 64)
    words = mask.window(mask.grid.block(0, 0))
    assert clear_texture(words, TEXTURE_RUNS)[0] == 0


def test_a_wrong_read_gives_a_clear_message():
    grid = BlockGrid(50, 40, 64)
    for wrong in (np.zeros((40, 50), np.float32), np.zeros((40, 49), np.uint8)):
        with pytest.raises(RasterError, match=r"row 0, col 0 .*not uint8"):
            read_mask(lambda *_, w=wrong: w, grid, grid.block(0, 0), TraceParameters())


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 300), st.booleans())
def test_runs_are_where_the_pixels_change(seed, width, background):
    pixels = blobs(seed, 5, width, 3.0, 0.0) >= 127
    mask = pack(pixels, 512)
    words = mask.window(mask.grid.block(0, 0))
    offset, first, past = find_runs(words, width, background)
    drawn_again = np.zeros_like(pixels)
    filled = np.zeros_like(words)
    for y in range(5):
        runs = range(offset[y], offset[y + 1])
        for i in runs:
            assert first[i] < past[i]
            assert i == runs[0] or past[i - 1] < first[i]
            drawn_again[y, first[i] : past[i]] = True
            fill_run(filled[y], first[i], past[i], True)
    assert (drawn_again == (pixels ^ background)).all()
    again = np.unpackbits(filled.view(np.uint8), axis=1, bitorder="little")[:, :width]
    assert (again == drawn_again).all()


def test_runs_that_touch_are_merged():
    runs = [np.array([[1, 64, 70], [0, 0, 64]]), np.array([[0, 64, 80], [1, 71, 75]])]
    assert merge_runs(runs).tolist() == [[0, 0, 80], [1, 64, 70], [1, 71, 75]]
