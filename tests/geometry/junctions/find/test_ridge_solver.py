"""Ridge solver, from probability to network: crossovers, ladders, diamonds, slips."""

from __future__ import annotations

import numpy as np
import pytest

from tests.helpers.line_scenes import Scene, compare, dense, leg, place, render, straight
from tests.helpers.ragged_bands import network
from tests.helpers.trackwork import named, nearest, trace


def crossover(
    double: bool,
    rise: float = 4.0,
    number: float = 9.0,
    radius: float = 190.0,
    gsd: float = 0.1,
    angle: float = 8.0,
) -> tuple[Scene, np.ndarray]:
    shape = leg(number, radius, 160, rise)
    shape = shape[shape[:, 1] < rise - 1e-9]
    end = shape[-1, 0]
    tracks = [np.array([[-60.0, y], [end + 60, y]]) for y in (0.0, rise)] + [shape]
    toes = [[0, 0], [end, rise]]
    if double:
        tracks.append(np.stack([shape[:, 0], rise - shape[:, 1]], 1))
        toes += [[0, rise], [end, 0]]
    tracks = [place(dense(t), 55, 12, angle) for t in tracks]
    size = 55 + (end + 35) * np.cos(np.radians(angle)), 20 + (end + 60) * np.sin(np.radians(angle))
    scene = render(tracks, size, gsd, tent=True)
    return scene, place(np.array(toes, float), 55, 12, angle)


def check_crossover(scene: Scene, toes: np.ndarray) -> None:
    net = trace(scene)
    assert len(named(net, "switch")) == len(toes)
    assert max(nearest(scene, named(net, "switch"), toe) for toe in toes) < 2.0
    assert len(named(net, "railway_crossing")) == (len(toes) == 4)
    got = compare(scene, net, tolerance=0.25)
    assert got["completeness"] > 0.99
    assert got["correctness"] > 0.99


@pytest.mark.parametrize("double", [False, True], ids=["single", "scissors"])
def test_crossover_between_tracks_4_m_apart(double: bool) -> None:
    check_crossover(*crossover(double))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rise", "number", "radius", "gsd"),
    [
        (3.8, 7.0, 170.0, 0.05),
        (4.5, 12.0, 500.0, 0.1),
        (4.0, 9.0, 300.0, 0.2),
        (4.25, 14.0, 760.0, 0.2),
    ],
)
def test_scissors(rise: float, number: float, radius: float, gsd: float) -> None:
    """The skeleton is a single edge in the middle of all four tracks."""
    check_crossover(*crossover(True, rise, number, radius, gsd, angle=25.0))


@pytest.mark.slow
@pytest.mark.parametrize("number", [1.5, 4.444, 9.0])
def test_one_track_crosses_three(number: float) -> None:
    """Each diamond is one node with four links; trains can only run straight on."""
    slant = 8 + np.degrees(np.arctan(1 / number))
    a = np.radians(slant)
    tracks = [place(np.array([[-90.0, y], [90, y]]), 70, 40, 8) for y in (-4.2, 0.0, 4.2)]
    tracks.append(straight(70 - 90 * np.cos(a), 40 - 90 * np.sin(a), slant, 180))
    net = trace(render(tracks, (140, 80), tent=True))
    crossings = named(net, "railway_crossing")
    assert [n.degree for n in crossings] == [4, 4, 4]
    assert named(net, "switch") == []
    for n in crossings:
        assert n.angle_deg is not None
        assert n.angle_sigma_deg is not None
        assert abs(n.angle_deg - (slant - 8)) < 3 * n.angle_sigma_deg
    at = [i for i, n in enumerate(net.nodes) if n.railway]
    assert sorted(r.node for r in net.relations) == sorted(at * 2)


def bent(xy: np.ndarray, radius: float | None) -> np.ndarray:
    """Bend lines along the x axis around a circle through the origin (+ left)."""
    if radius is None:
        return xy
    turn, reach = xy[:, 0] / radius, radius - xy[:, 1]
    return np.stack([reach * np.sin(turn), radius - reach * np.cos(turn)], 1)


@pytest.mark.parametrize(
    ("radius", "main", "side"),
    [(190.0, None, -1), (300.0, None, -1), (300.0, -500.0, 1), (300.0, -500.0, -1)],
)
def test_turnouts_toe_to_toe_are_no_crossing(radius: float, main: float | None, side: int) -> None:
    """Two legs diverge in opposite directions within 20 m; the track between is drawn once."""
    ahead = leg(9, radius, 120)
    back = leg(9, radius, 120) * [-1, side] - [18.0, 0.0]
    tracks = [dense(np.array([[-150.0, 0], [150, 0]])), ahead, back]
    tracks = [place(bent(t, main), 90, 30, 5) for t in tracks]
    scene = render(tracks, (170, 60), tent=True)
    net = trace(scene)
    assert named(net, "railway_crossing") == []
    assert len(named(net, "switch")) == 2
    assert len(net.links) == 5
    for toe in place(bent(np.array([[0.0, 0], [-18, 0]]), main), 90, 30, 5):
        assert nearest(scene, named(net, "switch"), toe) < 2.0
    drawn = sum(float(np.hypot(*np.diff(link.xy, axis=0).T).sum()) for link in net.links)
    shown = [(t > 0).all(axis=1) & (t < (170, 60)).all(axis=1) for t in tracks]
    assert drawn == pytest.approx(0.05 * sum(map(np.sum, shown)), abs=6.0)


def slip_arc(number: float, radius: float) -> np.ndarray:
    """From the x axis, left of the origin, into the line of slope 1 / `number` right of it."""
    angle = np.arctan(1 / number)
    s = np.arange(0.0, radius * angle, 0.05) / radius
    return radius * np.stack([np.sin(s) - np.tan(angle / 2), 1 - np.cos(s)], 1)


@pytest.mark.slow
@pytest.mark.parametrize("slips", [0, 1, 2], ids=["none", "single", "double"])
@pytest.mark.parametrize(
    ("number", "radius", "gsd"),
    [
        (9.0, 190.0, 0.05),
        (9.0, 190.0, 0.1),
        (6.6, 100.0, 0.1),
        (9.0, 450.0, 0.1),
        (9.0, 190.0, 0.2),
    ],
)
def test_slips_are_relations_at_the_diamond(
    number: float, radius: float, gsd: float, slips: int
) -> None:
    """The diamond stays one node; a slip adds a relation between legs of both tracks."""
    slant = np.degrees(np.arctan(1 / number))
    tracks = [straight(-75 * np.cos(a), -75 * np.sin(a), np.degrees(a), 150)
              for a in np.radians([0.0, slant])]  # fmt: skip
    tracks += [slip_arc(number, radius) * sign for sign in (1, -1)][:slips]
    scene = render([place(t, 70, 25, 8) for t in tracks], (140, 64), gsd, tent=True)
    net = trace(scene)
    (node,) = (i for i, n in enumerate(net.nodes) if n.railway)
    assert net.nodes[node].railway == "railway_crossing"
    assert net.nodes[node].degree == 4
    middle = np.array([net.nodes[node].x, net.nodes[node].y])

    def leg_of(link: int, end: int) -> tuple[str, str]:
        far = net.links[link].xy[-1 if end == 0 else 0] - middle
        bearing = np.degrees(np.arctan2(far[1], far[0])) - 8
        turned = abs((bearing + 90) % 180 - 90) > slant / 2
        return "second" if turned else "first", "right" if abs(bearing) < 90 else "left"

    relations = [{leg_of(r.link_a, r.end_a), leg_of(r.link_b, r.end_b)} for r in net.relations]
    wanted = [{("first", "left"), ("first", "right")}, {("second", "left"), ("second", "right")}]
    bent = [{("first", "left"), ("second", "right")}, {("second", "left"), ("first", "right")}]
    wanted += bent[:slips]
    assert len(relations) == len(wanted)
    assert all(pair in relations for pair in wanted)


def test_converging_tracks_both_reach_the_edge_of_the_data() -> None:
    """Their switch is outside; within 1.2 m of each other they have one ridge with a shoulder."""
    tracks = [np.array([[-140.0, 0], [140, 0]]), leg(14, 760, 140)]
    tracks = [place(dense(t), -25.0, 12, 4) for t in tracks]
    scene = render(tracks, (110, 40), tent=True)
    net = trace(scene)
    assert named(net, "switch") == []
    assert len(net.links) == 2
    assert [n.at_dataset_edge for n in net.nodes] == [True] * 4
    got = compare(scene, net, tolerance=0.25)
    assert got["completeness"] > 0.99
    assert got["correctness"] > 0.99


def test_no_switch_for_a_toe_outside_the_data() -> None:
    """The tracks are 0.9 m apart at the edge of the data: the toe is outside."""
    tracks = [np.array([[-40.0, 0], [120, 0]]), leg(9, 190, 120)]
    tracks = [place(dense(t), -18.5, 12, 0) for t in tracks]
    net = trace(render(tracks, (95, 40), tent=True))
    assert named(net, "switch") == []
    assert len(net.links) == 2


@pytest.mark.parametrize(
    "values",
    [
        np.zeros((1, 1), np.uint8),
        np.full((1, 1), 254, np.uint8),
        np.full((40, 40), 255, np.uint8),
        np.full((200, 200), 254, np.uint8),
        np.full((200, 3), 254, np.uint8),
        np.tile(np.array([[0, 254], [254, 0]], np.uint8), (100, 100)),
        np.eye(200, dtype=np.uint8) * 254,
    ],
    ids=["nothing", "pixel", "no-data", "full", "strip", "checkers", "diagonal"],
)
def test_degenerate_rasters(values: np.ndarray) -> None:
    net = network(values, 0.5)
    for link in net.links:
        assert np.isfinite(link.xy).all()
