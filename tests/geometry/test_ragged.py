"""The geometry accepts any probability, however noisy."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from railmap.geometry.curves import project, smooth
from railmap.mapping import RunRecord, write_map
from tests.helpers.ragged_bands import network, ragged

RUN = RunRecord("0", "test", {}, datetime(2024, 5, 1, tzinfo=UTC))


@pytest.mark.parametrize("seed", range(6))
def test_ragged_probability_gives_a_whole_network(seed: int, tmp_path: Path) -> None:
    net = network(ragged(seed), 0.2 + 0.08 * seed)
    for link in net.links:
        assert len(link.xy) >= 2
        assert np.isfinite(link.xy).all()
        assert (np.hypot(*np.diff(link.xy, axis=0).T) > 0).all()
    degree = np.bincount([n for k in net.links for n in (k.start_node, k.end_node)])
    assert degree.tolist() == [n.degree for n in net.nodes]
    for link in net.links:
        for node, row in ((link.start_node, 0), (link.end_node, -1)):
            assert (link.xy[row] == [net.nodes[node].x, net.nodes[node].y]).all()
    write_map(tmp_path / "map.gpkg", net, "EPSG:32632", images=[], run=RUN)


@pytest.mark.parametrize("seed", [100, 103, 107, 111, 115, 121, 128, 140])
def test_no_link_is_empty_or_a_short_loop(seed: int) -> None:
    """Around a hole in a blob the skeleton is a loop tighter than any track (seed 140)."""
    net = network(ragged(seed, side=240), 0.2 + 0.08 * (seed % 6))
    assert net.links
    drawn = [link.xy.tobytes() for link in net.links]
    assert len(set(drawn)) == len(drawn), "a link is drawn twice"
    for link in net.links:
        assert link.start_node != link.end_node
        assert np.hypot(*np.diff(link.xy, axis=0).T).sum() > 0.05


@pytest.mark.parametrize("count", [5, 8, 21, 400, 4000])
@pytest.mark.parametrize("wavelength", [12.0, 48.0])
@pytest.mark.parametrize("step", [0.05, 0.25])
@pytest.mark.parametrize("seen", [slice(0), slice(0, 3), slice(-1, None)])
def test_smooth_with_hardly_any_weight(
    count: int, wavelength: float, step: float, seen: slice
) -> None:
    """Normal equations of these are singular or inaccurate in floating point."""
    weight = np.full(count, 1e-6)
    weight[seen] = 1.0
    x = np.arange(count) * step
    xy = np.stack([x, 0.3 + 0.01 * x + x * x / 800], 1)
    assert smooth(xy, weight, step, wavelength) == pytest.approx(xy, abs=1e-3)


def test_projection_onto_a_single_point_is_deterministic() -> None:
    assert project(np.ones((3, 2)), np.zeros((2, 2))).tolist() == [[0.0, 0.0]] * 3
