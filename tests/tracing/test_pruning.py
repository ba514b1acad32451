"""Spurs are removed, tracks stay."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from railmap.errors import UsageError
from railmap.tracing import TraceParameters, link_lengths, prune_spurs, trace
from tests.helpers.masks import EIGHT, differing, parameter_sets, probabilities, reader, skeleton_of

BARE = TraceParameters(0.5, 0, 0, 0, 0, 1000)


def traced(probability, parameters=BARE, chunk=2048):
    height, width = probability.shape
    return trace(reader(probability), width, height, parameters, chunk=chunk, threads=1)


def lines(shape, *segments, half):
    """Draw bands between points (row, col)."""
    row, col = np.mgrid[: shape[0], : shape[1]]
    probability = np.zeros(shape, np.uint8)
    for (r0, c0), (r1, c1) in segments:
        length = np.hypot(r1 - r0, c1 - c0)
        along = ((row - r0) * (r1 - r0) + (col - c0) * (c1 - c0)) / length
        across = ((row - r0) * (c1 - c0) - (col - c0) * (r1 - r0)) / length
        probability[(along >= 0) & (along <= length) & (np.abs(across) <= half)] = 254
    return probability


def test_the_square_ends_of_a_band_leave_one_straight_link():
    probability = np.zeros((100, 400), np.uint8)
    probability[40:61, 50:350] = 254
    network = prune_spurs(traced(probability))
    assert network.link_node.tolist() == [[0, 1]]
    assert network.node_degree.tolist() == [1, 1]
    assert np.ptp(network.link_pixel // 400) <= 1
    assert 270 <= link_lengths(network)[0] <= 300


def test_a_bump_is_removed_and_a_turnout_stays():
    probability = lines((300, 500), ((150, 30), (150, 470)), ((150, 100), (60, 470)), half=6)
    probability[156:162, 300:306] = 254
    before, after = traced(probability), prune_spurs(traced(probability))
    assert len(before.link_node) > 3
    assert len(after.link_node) == 3
    assert sorted(after.node_degree) == [1, 1, 1, 3]


def test_the_pruned_network_keeps_its_rules_and_its_components():
    @settings(max_examples=80, deadline=None)
    @given(probabilities(), parameter_sets(), st.sampled_from([0.0, 1.5, 50.0]))
    def check(probability, parameters, factor):
        network = traced(probability, parameters)
        pruned = prune_spurs(network, factor)
        assert set(pruned.link_pixel.tolist()) <= set(network.link_pixel.tolist())
        before, after = skeleton_of(network), skeleton_of(pruned)
        labels, count = ndimage.label(before, EIGHT)
        assert set(np.unique(labels[after])) == set(range(1, count + 1))
        assert ndimage.label(after, EIGHT)[1] == count
        ends = np.bincount(pruned.link_node.ravel(), minlength=pruned.node_pixel.size)
        assert (ends == pruned.node_degree).all()
        closed = pruned.link_node[:, 0] == pruned.link_node[:, 1]
        assert set(np.flatnonzero(ends == 2)) <= set(pruned.link_node[closed, 0].tolist())
        row, col = np.divmod(pruned.link_pixel, pruned.width)
        steps = np.maximum(np.abs(np.diff(row)), np.abs(np.diff(col)))
        within = np.ones(steps.size, bool)
        within[pruned.link_offset[1:-1] - 1] = False
        assert (steps[within] == 1).all()
        assert differing(pruned, prune_spurs(pruned, factor)) == []
        chunked = prune_spurs(traced(probability, parameters, 64), factor)
        assert differing(pruned, chunked) == []

    check()


def test_network_without_spurs_is_unchanged():
    row, col = np.mgrid[:200, :300]
    probability = (254 * (np.abs(np.hypot(row - 100, col - 100) - 60) < 4)).astype(np.uint8)
    probability[20:26, 180:290] = 254
    network = prune_spurs(traced(probability))
    assert differing(network, prune_spurs(network)) == []


def stub_at_edge(no_data):
    """A track along the lower edge of the raster or of the data, and a short leg that leaves it."""
    probability = lines((300, 400), ((180, 20), (180, 380)), ((180, 190), (199, 190)), half=7)
    probability[200:] = 255 if no_data else 0
    return probability if no_data else probability[:200].copy()


def test_a_short_leg_that_leaves_the_raster_stays():
    probability = stub_at_edge(no_data=False)
    network = prune_spurs(traced(probability), 4)
    assert sorted(network.node_degree) == [1, 1, 1, 3]
    inside = np.pad(probability, ((0, 60), (0, 0)))
    assert len(prune_spurs(traced(inside), 4).link_node) == 1


def test_a_short_leg_into_no_data_stays_if_read_is_given():
    probability = stub_at_edge(no_data=True)
    network = traced(probability)
    assert len(prune_spurs(network, 4).link_node) == 1
    assert len(prune_spurs(network, 4, reader(probability)).link_node) == 3


def test_a_single_track_that_is_cut_off_at_the_edge_does_not_fork():
    probability = np.zeros((120, 300), np.uint8)
    probability[50:71] = 254
    network = prune_spurs(traced(probability))
    assert len(network.link_node) == 1
    assert np.ptp(network.link_pixel // 300) <= 1


def test_a_star_of_spurs_keeps_its_two_longest():
    probability = lines((80, 80), ((40, 40), (40, 60)), ((40, 40), (60, 30)), half=4)
    probability |= lines((80, 80), ((40, 40), (25, 32)), half=4)
    network = traced(probability)
    assert len(network.link_node) >= 3
    pruned = prune_spurs(network, 100)
    assert sorted(pruned.node_degree) == [1, 1]
    assert link_lengths(pruned)[0] > 25


def test_a_negative_factor_is_refused():
    with pytest.raises(UsageError, match="spur factor"):
        prune_spurs(traced(np.zeros((5, 5), np.uint8)), -1)
