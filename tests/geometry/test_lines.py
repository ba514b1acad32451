"""Centrelines of single tracks: accurate, out to the true end, also at the edge of the data."""

from __future__ import annotations

import numpy as np
import pytest

from railmap.errors import UsageError
from railmap.geometry import GeometryOptions
from tests.helpers.line_scenes import X0, Y0, arc, compare, dense, place, render, straight, trace

BANDS = [(False, 0.0), (False, 0.12), (True, 0.0), (True, 0.03)]
KINDS = ["mask", "noisy mask", "tent", "noisy tent"]


def band(tent: bool, noise: float) -> dict[str, float | bool]:
    return {"tent": tent, "noise": noise, "blur": 1.0 if noise else 0.0}


@pytest.mark.parametrize(("tent", "noise"), BANDS, ids=KINDS)
@pytest.mark.parametrize("heading", [17.0, 45.0, 80.0])
def test_straight_track(tent: bool, noise: float, heading: float) -> None:
    along = np.array([np.cos(np.radians(heading)), np.sin(np.radians(heading))])
    start = np.array([30.0, 30.0]) - 60 * along
    scene = render([straight(*start, heading, 120)], (60, 60), **band(tent, noise))
    net = scene.network()
    got = compare(scene, net)
    assert len(net.links) == 1
    assert got["rmse"] <= (0.25 if noise == 0 or not tent else 0.4) * scene.gsd
    assert got["completeness"] > 0.995
    assert got["correctness"] == 1.0
    assert all(n.at_dataset_edge for n in net.nodes)
    if noise == 0:
        assert len(net.links[0].xy) <= 4  # a straight track needs few vertices
        assert net.links[0].width_m == pytest.approx(2.6, abs=0.05)


@pytest.mark.parametrize(("tent", "noise"), BANDS, ids=KINDS)
@pytest.mark.parametrize(("heading", "radius"), [(20.0, -300.0), (65.0, 300.0), (5.0, 190.0)])
def test_arc_keeps_its_radius(tent: bool, noise: float, heading: float, radius: float) -> None:
    scene = render([arc(12, 22, heading, radius, 75)], (100, 90), **band(tent, noise))
    net = scene.network()
    got = compare(scene, net)
    assert len(net.links) == 1
    assert got["rmse"] <= (0.25 if noise == 0 or not tent else 0.5) * scene.gsd
    assert got["completeness"] > 0.99
    assert net.links[0].min_radius_m == pytest.approx(abs(radius), rel=0.1)
    link = net.links[0]
    first, last = scene.truth()[0][[0, -1]]
    direction = np.sign((link.xy[-1] - link.xy[0]) @ (last - first))
    main = max(link.alignment, key=lambda s: s.length_m)
    assert main.start_radius_m is not None
    assert np.sign(main.start_radius_m) == direction * np.sign(radius)


@pytest.mark.parametrize(("radius", "length"), [(20.0, 31.0), (50.0, 60.0)])
def test_tram_curve_keeps_its_radius(radius: float, length: float) -> None:
    track = np.concatenate([straight(5, 12, 0, 15), arc(20, 12, 0, radius, length)])
    scene = render([track], (70, 60))
    net = scene.network()
    got = compare(scene, net)
    assert len(net.links) == 1
    assert got["max"] < 0.08
    assert got["completeness"] > 0.99
    assert net.links[0].min_radius_m == pytest.approx(radius, rel=0.05)


def test_coarse_raster() -> None:
    scene = render([arc(-2, 20, 20, -400, 160)], (140, 60), gsd=0.3)
    got = compare(scene, scene.network())
    assert got["rmse"] <= 0.25 * scene.gsd
    assert got["completeness"] > 0.99


@pytest.mark.parametrize("tent", [False, True])
@pytest.mark.parametrize("spacing", [3.5, 4.0])
def test_parallel_tracks_stay_apart(tent: bool, spacing: float) -> None:
    tracks = [place(np.array([[0, y], [120.0, y]]), -10, 10, 12) for y in (0.0, spacing)]
    scene = render(tracks, (80, 40), tent=tent)
    net = scene.network()
    got = compare(scene, net, tolerance=0.25)
    assert len(net.links) == 2
    assert got["completeness"] > 0.995
    assert got["correctness"] == 1.0
    assert got["rmse"] <= 0.25 * scene.gsd


def test_tent_ends_where_the_track_ends() -> None:
    scene = render([straight(10, 12, 25, 30)], (50, 35), tent=True)
    net = scene.network()
    ends = np.array([[n.x, n.y] for n in net.nodes])
    truth = scene.truth()[0][[0, -1]]
    for point in truth:
        assert np.hypot(*(ends - point).T).min() < 0.3
    assert {n.form_of_node for n in net.nodes} == {"railwayEnd"}


@pytest.mark.parametrize("tent", [False, True])
@pytest.mark.parametrize("cut", [1.5, 2.0, 4.0])
def test_track_across_a_corner(tent: bool, cut: float) -> None:
    """A corner of the data clips a track to a few metres; its skeleton ends in the corners."""
    scene = render([straight(-5, cut + 5, -45, 60), straight(-5, 20, 10, 90)], (70, 40), tent=tent)
    net = scene.network()
    got = compare(scene, net)
    assert len(net.links) == 2
    assert got["rmse"] <= 0.25 * scene.gsd
    assert got["completeness"] > 0.99
    assert got["correctness"] == 1.0


@pytest.mark.parametrize("heading", [3.0, 8.0, 20.0])
def test_track_leaves_at_a_flat_angle(heading: float) -> None:
    scene = render([straight(-5, -2.0, heading, 90)], (70, 30), tent=True)
    got = compare(scene, scene.network())
    assert got["rmse"] <= 0.25 * scene.gsd
    assert got["completeness"] > 0.99


def test_no_data_rim() -> None:
    scene = render([straight(-5, 10, 15, 90)], (70, 40), tent=True)
    scene.probability[:, 550:] = 255
    net = scene.network()
    xy = np.concatenate([link.xy for link in net.links])
    assert xy[:, 0].max() == pytest.approx(X0 + 55.0, abs=0.1)
    assert compare(scene, net)["rmse"] <= 0.25 * scene.gsd
    assert all(n.at_dataset_edge for n in net.nodes)


def test_short_isolated_tracks_are_removed() -> None:
    scene = render([straight(20, 20, 30, 1.0), straight(-5, 5, 5, 90)], (70, 40), tent=True)
    assert len(scene.network().links) == 1
    assert len(scene.network(min_length=0.5).links) >= 1


def test_ends_equal_nodes_and_results_repeat() -> None:
    scene = render([arc(-2, 10, 20, -300, 90)], (70, 40), noise=0.1, blur=1.0)
    one, two = scene.network(), scene.network()
    for a, b in zip(one.links, two.links, strict=True):
        assert a.xy.tobytes() == b.xy.tobytes()
        nodes = [one.nodes[a.start_node], one.nodes[a.end_node]]
        assert (a.xy[0] == [nodes[0].x, nodes[0].y]).all()
        assert (a.xy[-1] == [nodes[1].x, nodes[1].y]).all()


def test_tolerance_bounds_the_chords() -> None:
    scene = render([arc(-2, 10, 20, -190, 90)], (70, 40), tent=True)
    fine, coarse = scene.network(tolerance=0.005), scene.network(tolerance=0.2)
    assert len(fine.links[0].xy) > 2 * len(coarse.links[0].xy)
    assert compare(scene, fine)["max"] < 0.05
    assert compare(scene, coarse)["max"] < 0.25


def test_empty_raster() -> None:
    scene = render([straight(500, 500, 0, 1)], (30, 30))
    net = scene.network()
    assert net.links == []
    assert net.nodes == []


def test_sigma_covers_its_share_of_points() -> None:
    """About 68 % of the points or more are within one sigma, over several noisy crops.

    Blur and noise lower a ridge without moving it, so here the share is larger.
    """
    from scipy.spatial import cKDTree

    within = []
    for seed in range(5):
        heading = 11.0 + 13 * seed
        scene = render(
            [straight(-20, 10 - 20 * np.tan(np.radians(heading)), heading, 170)],
            (70, 60),
            tent=True,
            noise=0.05,
            blur=1.0,
            seed=seed,
        )
        for link in scene.network().links:
            d, _ = cKDTree(dense(scene.truth()[0], 0.01)).query(dense(link.xy, 0.25))
            within.append(d < link.h_accuracy_m)
    share = np.concatenate(within).mean()
    assert 0.6 < share < 0.97


@pytest.mark.parametrize(
    "bad",
    [
        {"tolerance": 0.0},
        {"gauge": 9.0},
        {"refine": "magic"},
        {"threshold": 1.0},
        {"max_gap": -1},
        {"profile": "ridge"},
    ],
)
def test_options_are_checked(bad: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        GeometryOptions(**bad)  # type: ignore[arg-type]


def test_rotated_grid_is_refused() -> None:
    from affine import Affine

    from railmap.geometry import build_network

    scene = render([straight(-5, 10, 5, 60)], (40, 20))
    with pytest.raises(UsageError, match="north-up"):
        build_network(trace(scene.probability), Affine(0.1, 0.01, X0, 0, -0.1, Y0), scene.read)


def test_band_that_fades_at_the_edge_of_the_data_continues() -> None:
    scene = render([straight(-5, 10, 12, 90)], (60, 30), tent=True)
    scene.probability[:, 570:] = 0  # no probability over the last 3 m
    net = scene.network()
    assert all(n.at_dataset_edge for n in net.nodes)
    assert compare(scene, net)["completeness"] > 0.99


def test_hole_in_a_band_gives_no_loop() -> None:
    scene = render([straight(-5, 10, 12, 90)], (60, 30), tent=True)
    row = round((scene.height_m - 10 - 35 * np.tan(np.radians(12))) / scene.gsd)
    scene.probability[row - 6 : row + 6, 270:330] = 60
    net = scene.network()
    assert len(net.links) == 1
    assert compare(scene, net)["rmse"] < 0.05


def test_curvature_is_limited() -> None:
    x = np.arange(0, 60, 0.05)
    scene = render([np.stack([x - 2, 15 + 0.8 * np.sin(x / 2.2)], 1)], (55, 30), tent=True)
    for link in scene.network(tolerance=0.005).links:
        step = np.diff(link.xy, axis=0)
        heading = np.unwrap(np.arctan2(step[:, 1], step[:, 0]))
        reach = np.hypot(*step.T)
        turn = np.abs(np.diff(heading)) / (0.5 * (reach[1:] + reach[:-1]))
        assert turn.max(initial=0.0) < 1 / 60


@pytest.mark.parametrize("seed", [0, 1])
def test_ragged_probability(seed: int) -> None:
    """Noise causes holes and spurs in the band; the tracks stay whole and the network valid."""
    scene = render(
        [straight(-5, 10.03, 0, 90)], (60, 22), tent=True, noise=0.15, blur=1.0, seed=seed
    )
    net = scene.network()
    for link in net.links:
        for at, row in ((link.start_node, 0), (link.end_node, -1)):
            assert (link.xy[row] == [net.nodes[at].x, net.nodes[at].y]).all()
        assert np.isfinite(link.xy).all()
    got = compare(scene, net)
    assert got["completeness"] > 0.9
    assert got["correctness"] > 0.9
