"""Switches and crossings are at their true positions, not at the forks of the skeleton."""

from __future__ import annotations

import numpy as np
import pytest

from railmap.geometry.types import Node
from tests.helpers.line_scenes import X0, Y0, Scene, compare, dense, leg, place, render, straight
from tests.helpers.trackwork import check_topology, named

HEADING = 8.0
TOE = np.array([50.0, 20.0])


def turnout(number: float, radius: float, tent: bool, side: int = 1, noise: float = 0.0) -> Scene:
    length = 90.0 + 5.5 * number
    tracks = [np.array([[-60.0, 0], [length - 45, 0]]), leg(number, radius, length - 45)]
    tracks = [place(dense(t) * [1, side], *TOE, HEADING) for t in tracks]
    a = np.radians(HEADING)
    low = min(t[:, 1].min() for t in tracks) - 4
    tracks = [t - [0, min(low, 0)] for t in tracks]
    height = max(t[:, 1].max() for t in tracks) + 4
    return render(
        tracks, (length * np.cos(a), height), tent=tent, noise=noise, blur=1.0 if noise else 0.0
    )


def places(scene: Scene, nodes: list[Node]) -> np.ndarray:
    return np.array([[n.x - X0, n.y - Y0 + scene.height_m] for n in nodes]).reshape(-1, 2)


@pytest.mark.parametrize("tent", [False, True], ids=["mask", "tent"])
@pytest.mark.parametrize(
    ("number", "radius"), [(7.0, 170.0), (9.0, 190.0), (9.0, 300.0), (14.0, 760.0)]
)
def test_turnout(number: float, radius: float, tent: bool) -> None:
    scene = turnout(number, radius, tent)
    net = scene.network()
    check_topology(net)
    (switch,) = named(net, "switch")
    assert np.hypot(*(places(scene, [switch])[0] - TOE)) < (0.6 if tent else 1.5)
    assert switch.form_of_node == "junction"
    assert switch.turnout_side == "left"
    assert switch.crossing_number is not None
    assert switch.angle_deg is not None
    assert switch.angle_sigma_deg is not None
    error = abs(switch.angle_deg - np.degrees(np.arctan(1 / number)))
    assert error < 2 * max(switch.angle_sigma_deg, 0.05)
    got = compare(scene, net)
    assert got["rmse"] < 0.25 * scene.gsd
    assert got["completeness"] > 0.995
    assert len(net.links) == 3
    # toe to main and toe to leg, never main to leg
    assert len(net.relations) == 2
    ends = [{(r.link_a, r.end_a), (r.link_b, r.end_b)} for r in net.relations]
    ((toe_link, _),) = ends[0] & ends[1]
    middle = net.links[toe_link].xy.mean(axis=0) - [X0, Y0 - scene.height_m]
    assert middle[0] < TOE[0]


def test_turnout_to_the_right() -> None:
    scene = turnout(9, 190, True, side=-1)
    (switch,) = named(scene.network(), "switch")
    assert switch.turnout_side == "right"


def test_turnout_under_noise() -> None:
    scene = turnout(9, 190, True, noise=0.03)
    net = scene.network()
    check_topology(net)
    (switch,) = named(net, "switch")
    assert switch.h_accuracy_m is not None
    assert 0.2 < switch.h_accuracy_m < 2.0
    assert np.hypot(*(places(scene, [switch])[0] - TOE)) < 3 * switch.h_accuracy_m


@pytest.mark.parametrize("tent", [False, True], ids=["mask", "tent"])
@pytest.mark.parametrize("number", [2.0, 4.444, 9.0])
def test_diamond_is_one_node(number: float, tent: bool) -> None:
    second = HEADING + np.degrees(np.arctan(1 / number))
    tracks = []
    for heading in (HEADING, second):
        a = np.radians(heading)
        tracks.append(straight(50 - 70 * np.cos(a), 30 - 70 * np.sin(a), heading, 160))
    scene = render(tracks, (100, 60), tent=tent)
    net = scene.network()
    check_topology(net)
    (crossing,) = named(net, "railway_crossing")
    assert named(net, "switch") == []
    assert crossing.degree == 4
    assert np.hypot(*(places(scene, [crossing])[0] - [50, 30])) < 0.5
    assert crossing.crossing_number == pytest.approx(number, rel=0.05)
    assert len(net.links) == 4
    assert len(net.relations) == 2  # straight on only
    assert compare(scene, net)["rmse"] < 0.25 * scene.gsd


def test_tracks_cross_at_right_angles() -> None:
    tracks = [straight(50 - 70 * np.cos(a), 30 - 70 * np.sin(a), np.degrees(a), 160)
              for a in (np.radians(HEADING), np.radians(HEADING + 90))]  # fmt: skip
    net = render(tracks, (100, 60), tent=True).network()
    check_topology(net)
    (crossing,) = named(net, "railway_crossing")
    assert crossing.angle_deg == pytest.approx(90, abs=0.3)
    assert len(net.links) == 4


def crossover(rise: float, tent: bool, double: bool = False) -> tuple[Scene, np.ndarray]:
    shape = leg(9, 190, 110, rise)
    shape = shape[shape[:, 1] < rise - 1e-9]
    end = shape[-1, 0]
    tracks = [np.array([[-45.0, y], [105, y]]) for y in (0.0, rise)] + [shape]
    toes = [[0, 0], [end, rise]]
    if double:
        tracks.append(np.stack([shape[:, 0], rise - shape[:, 1]], 1))
        toes += [[0, rise], [end, 0]]
    tracks = [place(dense(t), 50, 15, HEADING) for t in tracks]
    scene = render(tracks, (148, 45), tent=tent)
    return scene, place(np.array(toes, float), 50, 15, HEADING)


@pytest.mark.parametrize("tent", [False, True], ids=["mask", "tent"])
@pytest.mark.parametrize("rise", [4.0, 4.7])
def test_crossover_between_close_tracks(rise: float, tent: bool) -> None:
    """The bands of all three tracks are fused: the skeleton has a single edge."""
    scene, toes = crossover(rise, tent)
    net = scene.network()
    check_topology(net)
    at = places(scene, named(net, "switch"))
    assert len(at) == 2
    assert len(net.links) == 5
    for toe in toes:
        assert np.hypot(*(at - toe).T).min() < 2.0
    assert compare(scene, net)["rmse"] < 0.3 * scene.gsd


@pytest.mark.slow
def test_double_crossover() -> None:
    scene, toes = crossover(4.5, True, double=True)
    net = scene.network()
    check_topology(net)
    at = places(scene, named(net, "switch"))
    assert len(at) == 4
    for toe in toes:
        assert np.hypot(*(at - toe).T).min() < 2.0
    (crossing,) = named(net, "railway_crossing")
    assert crossing.degree == 4
    assert np.hypot(*(places(scene, [crossing])[0] - toes.mean(axis=0))) < 1.0
    assert len(net.links) == 10


@pytest.mark.slow
def test_ladder() -> None:
    """A ladder: turnouts every 40 m, yard tracks 4.5 m apart."""
    number, radius, spacing, length = 9.0, 190.0, 4.5, 190.0
    slope, angle = 1 / number, np.arctan(1 / number)
    tracks = [np.array([[-30.0, 0], [length, 0]]), leg(number, radius, length)]
    toes = [np.zeros(2)]
    for k in (1, 2, 3):
        corner = radius * slope / 2 + spacing * k / slope
        reach = radius * np.tan(angle / 2)
        toe = np.array([corner - reach * np.cos(angle), spacing * k - reach * np.sin(angle)])
        s = np.arange(0, radius * angle, 0.05)
        bent = toe + radius * np.stack(
            [
                np.sin(angle) - np.sin(angle - s / radius),
                np.cos(angle - s / radius) - np.cos(angle),
            ],
            1,
        )
        tracks.append(np.concatenate([bent, [[length, bent[-1, 1]]]]))
        toes.append(toe)
    tracks[1] = tracks[1][tracks[1][:, 0] <= toes[-1][0]]
    placed = [place(dense(t), 40, 10, 5.0) for t in tracks]
    scene = render(placed, (220, 50), tent=True)
    net = scene.network()
    check_topology(net)
    at = places(scene, named(net, "switch"))
    assert len(at) == 3  # the ladder's last track is its own end
    for toe in place(np.array(toes[:3]), 40, 10, 5.0):
        assert np.hypot(*(at - toe).T).min() < 2.0
    got = compare(scene, net)
    assert got["completeness"] > 0.99
    assert got["rmse"] < 0.3 * scene.gsd
    sides = [n.turnout_side for n in named(net, "switch")]
    assert sorted(map(str, sides)) == ["left", "right", "right"]


def test_cross_edges_between_tracks_are_removed() -> None:
    """False probability across two tracks gives no link."""
    tracks = [place(np.array([[0, y], [120.0, y]]), -10, 10, 12) for y in (0.0, 4.0)]
    scene = render(tracks, (80, 40), tent=True)
    c = int(40 / scene.gsd)
    r0 = int((scene.height_m - 25) / scene.gsd)
    column = scene.probability[r0 : r0 + 80, c : c + 14]
    low = int(np.argmax(column[:, 0] > 127))
    column[low : low + 60] = np.maximum(column[low : low + 60], 140)
    net = scene.network()
    assert len(net.links) == 2
    assert named(net, "switch") == []
