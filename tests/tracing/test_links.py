"""Skeleton, links, nodes and widths; independent of chunks and threads."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from skimage.measure import euler_number

from railmap.progress import NullReporter
from railmap.tracing import TraceParameters, trace
from railmap.tracing.blocks import BlockGrid
from railmap.tracing.masking import build_mask
from railmap.tracing.thinning import thin
from railmap.tracing.widths import half_width
from tests.helpers.masks import (
    EIGHT,
    blobs,
    differing,
    drawn_areas,
    pack,
    parameter_sets,
    probabilities,
    reader,
    skeleton_of,
    thinned,
    unpack,
)

BARE = TraceParameters(0.5, 0, 0, 0, 0, 1000)


def traced(probability, parameters=BARE, chunk=2048, threads=1):
    height, width = probability.shape
    return trace(reader(probability), width, height, parameters, chunk=chunk, threads=threads)


@settings(max_examples=150, deadline=None)
@given(
    probabilities(),
    parameter_sets(),
    st.sampled_from([1, 7, 64, 65, 100, 129, 200]),
    st.integers(1, 4),
)
def test_result_is_independent_of_chunks_and_threads(probability, parameters, chunk, threads):
    whole = traced(probability, parameters)
    assert differing(whole, traced(probability, parameters, chunk, threads)) == []


def test_result_is_independent_of_chunks_if_the_first_halo_is_too_small():
    # 140 px wide at 45°: more iterations than the first try has room for
    row, col = np.mgrid[:900, :900]
    probability = (254 * (np.abs(row - col) < 99)).astype(np.uint8)
    probability[400:412] = 254
    parameters = TraceParameters(max_width=128)
    whole = traced(probability, parameters)
    assert whole.area_run.size == 0
    for chunk in (64, 200, 448):
        assert differing(whole, traced(probability, parameters, chunk, 2)) == []


@settings(max_examples=60, deadline=None)
@given(probabilities(150))
def test_thinning_is_guo_and_hall(probability):
    mask = pack(probability >= 127, 256)
    block = mask.grid.block(0, 0)
    words = mask.window(block, 0, ring=1)
    needed = thin(words, 1000)
    bits = np.unpackbits(words[1:-1, 1:-1].copy().view(np.uint8), axis=1, bitorder="little")
    assert (bits[:, : block.width] == thinned(unpack(mask))).all()
    short = mask.window(block, 0, ring=1)
    if needed > 1:
        assert thin(short, needed - 1) == needed
        bits = np.unpackbits(short[1:-1, 1:-1].copy().view(np.uint8), axis=1, bitorder="little")
        assert (bits[:, : block.width] == thinned(unpack(mask), needed - 1)).all()
    assert thin(words, 1000) == 0


@settings(max_examples=80, deadline=None)
@given(probabilities(), parameter_sets(), st.sampled_from([64, 320]))
def test_the_skeleton_has_the_topology_of_the_mask(probability, parameters, size):
    network = traced(probability, parameters, size)
    grid = BlockGrid(network.width, network.height, size)
    mask = unpack(build_mask(reader(probability), grid, parameters, 1, NullReporter())[0])
    skeleton = skeleton_of(network)
    assert not (skeleton & ~mask).any()
    assert ndimage.label(skeleton, EIGHT)[1] == ndimage.label(mask, EIGHT)[1]
    assert euler_number(skeleton, 2) == euler_number(mask, 2)
    assert not (drawn_areas(network) & mask).any()


def expected_links(skeleton):
    """All links between two pixels by the m-adjacency rule, as pairs of ids."""
    plane = np.pad(skeleton, 1)
    width = skeleton.shape[1]
    links = set()
    for y, x in zip(*np.nonzero(skeleton), strict=True):
        for dy, dx in ((0, 1), (1, 0), (1, 1), (1, -1)):
            if not plane[y + 1 + dy, x + 1 + dx]:
                continue
            bridged = dy and dx and (plane[y + 1 + dy, x + 1] or plane[y + 1, x + 1 + dx])
            if not bridged:
                links.add((y * width + x, (y + dy) * width + x + dx))
    return links


@settings(max_examples=80, deadline=None)
@given(probabilities(180), parameter_sets(), st.sampled_from([64, 192]))
def test_links_contain_every_pixel_and_every_adjacency_once(probability, parameters, size):
    network = traced(probability, parameters, size)
    skeleton = thinned(
        unpack(
            build_mask(
                reader(probability),
                BlockGrid(network.width, network.height, size),
                parameters,
                1,
                NullReporter(),
            )[0]
        ),
        parameters.max_width + 8,
    )
    assert (skeleton_of(network) == skeleton).all()
    offset, pixel = network.link_offset, network.link_pixel
    steps = []
    inner = []
    for i in range(len(network.link_node)):
        path = pixel[offset[i] : offset[i + 1]].tolist()
        assert len(path) >= 2
        steps += [(min(a, b), max(a, b)) for a, b in pairwise(path)]
        inner += path[1:-1]
        assert network.node_pixel[network.link_node[i]].tolist() == [path[0], path[-1]]
        assert path[0] <= path[-1]
        assert path[0] < path[-1] or path[1] <= path[-2]
    assert len(steps) == len(set(steps))
    assert set(steps) == expected_links(skeleton)
    assert len(inner) == len(set(inner))
    assert not set(inner) & set(network.node_pixel.tolist())
    ends = np.bincount(network.link_node.ravel(), minlength=network.node_pixel.size)
    assert (ends == network.node_degree).all()
    closed = network.link_node[:, 0] == network.link_node[:, 1]
    seams = network.link_node[closed, 0]
    assert set(np.flatnonzero(network.node_degree == 2)) <= set(seams.tolist())
    assert (np.diff(network.node_pixel) > 0).all()
    starts = np.stack([pixel[offset[:-1]], pixel[offset[:-1] + 1]], 1).tolist()
    assert starts == sorted(starts)
    assert network.link_half_width.min(initial=0.5) >= 0.5


def test_a_ring_over_blocks_is_one_link_from_its_smallest_pixel():
    row, col = np.mgrid[:200, :200]
    radius = np.hypot(row - 100, col - 100)
    probability = (254 * (np.abs(radius - 80) < 4)).astype(np.uint8)
    network = traced(probability, chunk=64)
    assert network.node_degree.tolist() == [2]
    assert network.link_node.tolist() == [[0, 0]]
    assert network.link_pixel[0] == network.link_pixel[-1] == network.link_pixel.min()
    assert network.link_pixel[1] < network.link_pixel[-2]


@pytest.mark.parametrize("width", [3, 4, 7, 10, 15, 26, 63])
def test_half_width_of_straight_bands(width):
    probability = np.zeros((300, 400), np.uint8)
    probability[100 : 100 + width] = 254
    for raster in (probability, probability.T.copy()):
        network = traced(raster)
        along = np.divmod(network.link_pixel, raster.shape[1])[int(raster is probability)]
        middle = np.abs(along - 200) < 100
        assert middle.sum() == 199
        assert (network.link_half_width[middle] == width / 2).all()


@pytest.mark.parametrize("angle", [10, 27, 45, 70])
def test_half_width_of_oblique_bands(angle):
    row, col = np.mgrid[:300, :300]
    across = (row - 150) * np.cos(np.radians(angle)) - (col - 150) * np.sin(np.radians(angle))
    network = traced((254 * (np.abs(across) < 8)).astype(np.uint8))
    y, x = np.divmod(network.link_pixel, 300)
    middle = np.hypot(y - 150, x - 150) < 80
    assert abs(network.link_half_width[middle].mean() - 8) < 0.35
    assert np.ptp(network.link_half_width[middle]) < 2


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([1.0, 3.0, 8.0]), st.sampled_from([10, 70]))
def test_half_width_starts_from_the_nearest_background(seed, scale, reach):
    mask = pack(blobs(seed, 90, 140, scale, -0.3) >= 127, 256)
    pixels = np.pad(unpack(mask), 1)
    distance = ndimage.distance_transform_edt(pixels)[1:-1, 1:-1]
    words = mask.window(mask.grid.block(0, 0), reach + 3, ring=1)
    row0, col0 = reach + 4, (-(-(reach + 3) // 64) + 1) * 64
    for y, x in zip(*np.nonzero(unpack(mask)), strict=True):
        half = half_width(words, row0 + y, col0 + x, reach)
        if distance[y, x] > reach:
            assert half == -1 or distance[y, x] < reach + 1
        else:
            assert distance[y, x] - 0.5 - 1e-9 <= half <= distance[y, x] + 0.5 + 1e-9
