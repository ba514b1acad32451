"""Huge, invalid and unusual rasters; cancelling; parameters out of range."""

from __future__ import annotations

import time

import numpy as np
import pytest

from railmap.errors import Cancelled, UsageError
from railmap.progress import NullReporter
from railmap.tracing import TraceParameters, trace
from tests.helpers.masks import differing, drawn_areas, reader

NOISY = TraceParameters(open_radius=0, close_radius=0)


def traced(probability, parameters=None, **options):
    height, width = probability.shape
    return trace(reader(probability), width, height, parameters, threads=2, **options)


class SparseRaster:
    """A huge raster that is empty except for a few rectangles."""

    def __init__(self, *rectangles):
        self.rectangles = rectangles

    def __call__(self, row, col, height, width):
        window = np.zeros((height, width), np.uint8)
        for top, left, bottom, right in self.rectangles:
            window[max(0, top - row) : max(0, bottom - row)][
                :, max(0, left - col) : max(0, right - col)
            ] = 254
        return window


def test_past_two_to_the_31_pixels_and_past_column_32767():
    width, height = 70_000, 40_000
    read = SparseRaster(
        (39_000, 33_000, 39_011, 69_000), (36_000, 50_000, 39_800, 50_009), (5, 9, 14, 200)
    )
    network = trace(read, width, height, chunk=4096, threads=2)
    assert network.link_pixel.max() > 2**31
    assert sorted(network.node_degree) == [1, 1, 1, 1, 1, 1, 4]
    row, col = np.divmod(network.link_pixel, width)
    main = row > 38_990
    assert set(row[main & (col < 49_900) & (col > 33_020)]) == {39_005}
    assert col.max() > 68_980
    assert 35_800 < np.ptp(col[main]) < 36_000
    again = trace(read, width, height, chunk=5000, threads=1)
    assert differing(network, again) == []


def test_one_pixel():
    network = traced(np.array([[254]], np.uint8), TraceParameters(0.5, 0, 0, 0, 0, 128))
    assert network.node_pixel.tolist() == [0]
    assert network.node_degree.tolist() == [0]
    assert network.link_node.shape == (0, 2)
    assert network.link_offset.tolist() == [0]
    lone = np.zeros((300, 300), np.uint8)
    lone[150, 150] = 254
    assert traced(lone).node_pixel.size == 0


@pytest.mark.parametrize("value", [0, 255])
def test_empty_raster(value):
    network = traced(np.full((130, 70), value, np.uint8))
    assert network.node_pixel.size == network.link_pixel.size == network.area_run.size == 0


def test_a_full_mask_is_one_area():
    network = traced(np.full((400, 500), 254, np.uint8), chunk=128)
    assert network.area_run.tolist() == [[row, 0, 500] for row in range(400)]
    assert network.node_pixel.size == 0


def test_a_mask_that_is_full_after_filling_its_holes_is_one_area():
    rng = np.random.default_rng(1)
    probability = np.where(rng.random((400, 400)) < 0.05, 0, 254).astype(np.uint8)
    network = traced(probability, TraceParameters(open_radius=0, close_radius=0, max_hole=50))
    assert drawn_areas(network).mean() > 0.99
    assert network.link_node.shape[0] < 10


@pytest.mark.parametrize("parameters", [TraceParameters(), NOISY])
@pytest.mark.parametrize("kind", ["checkerboard", "noise"])
def test_texture_takes_no_longer_than_tracks(kind, parameters):
    size = 1536
    tracks = np.zeros((size, size), np.uint8)
    for top in range(20, size - 20, 150):
        tracks[top : top + 10] = tracks[:, top : top + 10] = 254
    texture = np.zeros_like(tracks)
    if kind == "noise":
        texture[np.random.default_rng(0).random(texture.shape) < 0.5] = 254
    else:
        texture[::2, ::2] = texture[1::2, 1::2] = 254

    def seconds(probability):
        best = np.inf
        for _ in range(3):
            begin = time.process_time()
            network = traced(probability, parameters)
            best = min(best, time.process_time() - begin)
        return best, network

    normal, _ = seconds(tracks)
    taken, network = seconds(texture)
    assert network.link_node.shape[0] == 0
    assert drawn_areas(network).all() or not network.area_run.size
    assert taken < 3 * normal


def test_a_wide_blob_is_an_area_and_its_tracks_are_links():
    row, col = np.mgrid[:1400, :1400]
    probability = (254 * (np.hypot(row - 700, col - 700) < 500)).astype(np.uint8)
    probability[695:705] = 254
    network = traced(probability, chunk=256)
    assert drawn_areas(network).sum() == pytest.approx(np.pi * 500**2, rel=0.01)
    assert sorted(network.node_degree) == [1, 1, 1, 1]
    assert set(network.link_pixel // 1400) <= set(range(690, 710))


@pytest.mark.parametrize(
    "wrong",
    [
        {"threshold": 1.5},
        {"threshold": -0.1},
        {"open_radius": -1},
        {"close_radius": 5000},
        {"kernel": "diamond"},
        {"min_area": -1},
        {"max_hole": -3},
        {"max_width": 0},
        {"max_width": 100_000},
    ],
)
def test_parameters_out_of_range(wrong):
    with pytest.raises(UsageError, match=next(iter(wrong))):
        traced(np.zeros((9, 9), np.uint8), TraceParameters(**wrong))


def test_sizes_out_of_range():
    read = reader(np.zeros((1, 1), np.uint8))
    for width, height, options in ((0, 5, {}), (5, 5, {"chunk": 0}), (5, 5, {"threads": 0})):
        with pytest.raises(UsageError):
            trace(read, width, height, **options)


class CancelAtOnce(NullReporter):
    def advance(self, amount):
        self.cancel()
        super().advance(amount)


@pytest.mark.parametrize("threads", [1, 3])
def test_cancelling_stops_before_the_next_blocks(threads):
    asked = []

    def read(row, col, height, width):
        asked.append((row, col))
        return np.zeros((height, width), np.uint8)

    with pytest.raises(Cancelled):
        trace(read, 6400, 6400, chunk=64, threads=threads, reporter=CancelAtOnce())
    assert len(asked) < 100


def test_errors_of_read_are_raised():
    def read(row, col, height, width):
        raise OSError("tile 3 is broken")

    with pytest.raises(OSError, match="tile 3 is broken"):
        trace(read, 500, 500, chunk=64, threads=2)


def test_progress_adds_up():
    stages = []

    class Sum(NullReporter):
        def stage(self, name, total, unit=""):
            stages.append([name, total, 0.0])

        def advance(self, amount):
            stages[-1][2] += amount

    probability = np.zeros((500, 700), np.uint8)
    probability[100:110] = 254
    traced(probability, chunk=128, reporter=Sum())
    assert [name for name, _, _ in stages] == ["mask", "links"]
    for _, total, done in stages:
        assert done == pytest.approx(total)
