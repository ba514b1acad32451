"""Legs are joined to their main track where the image shows the toe."""

from __future__ import annotations

import numpy as np
import pytest
from affine import Affine

from railmap.geometry.constants import GAUGE
from railmap.geometry.curves import length_of, project
from railmap.geometry.evidence.band import Scale
from railmap.geometry.graph import WorkGraph
from railmap.geometry.turnouts.place import place_turnouts
from railmap.geometry.turnouts.search import leg_offset
from railmap.progress import NullReporter
from tests.helpers.even_field import even_field
from tests.helpers.line_scenes import X0, Y0
from tests.helpers.rail_image import Picture, rail_image

GSD = 0.1
SIZE = (150.0, 40.0)
TOE = 50.0
SCALE = Scale.from_width(GSD, 2.6, True)


def main_track(y: float = 20.0) -> np.ndarray:
    x = np.arange(1.0, 149.0, 0.25)
    return np.stack([x, np.full(len(x), y)], 1)


def leg(
    start: float = TOE, side: int = 1, number: float = 9.0, radius: float = 190.0
) -> np.ndarray:
    x = np.arange(0.0, 149.0 - start, 0.25)
    y = leg_offset(x, number, radius)
    keep = y < 12
    return np.stack([start + x[keep], 20.0 + side * y[keep]], 1)


def picture(*tracks: np.ndarray, head: int = 200) -> Picture:
    return rail_image(list(tracks), SIZE, GSD, GAUGE, head)


def graph_of(main: np.ndarray, *legs: np.ndarray) -> tuple[WorkGraph, int]:
    """The main track and unconnected legs; grid metres have their origin in the upper left."""
    graph = WorkGraph()
    down = np.array([0.0, -SIZE[1]])
    for xy in (main, *legs):
        ends = [graph.add_node(xy[k] + down) for k in (0, -1)]
        number = graph.add_edge(xy + down, *ends)
    return graph, number


def placed(graph: WorkGraph, image: Picture) -> tuple[dict[int, int], list[int]]:
    transform = Affine(GSD, 0, X0, 0, -GSD, Y0)
    field = even_field(SIZE)
    before, drawn, nodes = place_turnouts(graph, field, image, transform, SCALE, NullReporter())
    assert all(graph.nodes[node].railway in ("switch", "railway_crossing") for node in nodes)
    return before, drawn


def switches(graph: WorkGraph) -> list[tuple[float, str | None, float | None]]:
    return [
        (float(node.xy[0]), node.turnout_side, node.crossing_number)
        for node in graph.nodes.values()
        if node.railway == "switch"
    ]


@pytest.mark.parametrize("head", [215, 20])
@pytest.mark.parametrize("side", [1, -1])
def test_an_unconnected_leg_is_joined_at_its_toe(side: int, head: int) -> None:
    main, branch = main_track(), leg(side=side)
    graph, _ = graph_of(main, branch[abs(branch[:, 1] - 20) > 1.6])
    before = set(graph.edges)
    origin, drawn = placed(graph, picture(main, branch, head=head))
    ((x, found, number),) = switches(graph)
    assert abs(x - TOE) < 1.5
    assert found == ("left" if side == 1 else "right")
    assert number == pytest.approx(9.0, rel=0.1)
    assert drawn == []
    assert set(origin) == set(graph.edges)
    assert set(origin.values()) <= before
    new = next(e for e in graph.edges.values() if abs(e.xy[:, 1] + 20).max() > 3)
    assert np.abs(project(new.xy, branch - [0, SIZE[1]])[:, 1]).max() < 0.25


def test_a_toe_at_a_wrong_place_moves() -> None:
    main, branch = main_track(), leg()
    graph = WorkGraph()
    down = np.array([0.0, -SIZE[1]])
    at = 68.0
    wrong = np.concatenate([[[at, 20.0]], branch[branch[:, 0] > at + 12]])
    left, right = main[main[:, 0] <= at], main[main[:, 0] >= at]
    a, b, c, d = (graph.add_node(p + down) for p in (main[0], main[-1], [at, 20.0], wrong[-1]))
    first = graph.add_edge(left + down, a, c)
    second = graph.add_edge(right + down, c, b)
    third = graph.add_edge(wrong + down, c, d)
    ends = [graph.edges[first].end_ids[1], graph.edges[second].end_ids[0]]
    graph.nodes[c].railway = "switch"
    leg_end = graph.edges[third].end_ids[0]
    graph.nodes[c].connections = [(ends[0], ends[1]), (ends[0], leg_end)]
    placed(graph, picture(main, branch))
    ((x, side, _),) = switches(graph)
    assert abs(x - TOE) < 1.5
    assert side == "left"
    assert len(graph.edges) == 3
    assert sum(length_of(e.xy) for e in graph.edges.values()) == pytest.approx(
        length_of(main) + length_of(branch), abs=1.0
    )
    (node,) = (n for n in graph.nodes if graph.nodes[n].railway == "switch")
    trunk = {pair[0] for pair in graph.nodes[node].connections}
    assert len(graph.nodes[node].connections) == 2
    assert len(trunk) == 1


def test_a_crossover_that_the_probability_does_not_show_is_drawn() -> None:
    low, high = main_track(17.8), main_track(22.3)
    x = np.arange(0.0, 80.0, 0.25)
    end = 190 / 9
    rise = leg_offset(x, 9.0, 190.0)
    total = (4.5 - 2 * leg_offset(np.array([end]), 9.0, 190.0)[0]) * 9 + 2 * end
    across = np.where(x < total / 2, rise, 4.5 - leg_offset(total - x, 9.0, 190.0))
    keep = x <= total
    link = np.stack([TOE + x[keep], 17.8 + across[keep]], 1)
    graph, _ = graph_of(low, high)
    origin, drawn = placed(graph, picture(low, high, link))
    assert len(drawn) == 1
    found = sorted(switches(graph))
    assert [round(one[0] - at) for one, at in zip(found, (TOE, TOE + total), strict=True)] == [0, 0]
    assert {one[1] for one in found} == {"left"}
    assert np.abs(project(graph.edges[drawn[0]].xy, link - [0, SIZE[1]])[:, 1]).max() < 0.3
    assert set(origin) == set(graph.edges) - set(drawn)


def test_a_leg_that_the_image_cuts_off_is_drawn() -> None:
    main, branch = main_track(), leg(start=128.0)
    graph, _ = graph_of(main)
    for node in graph.nodes.values():
        node.at_dataset_edge = True
    _, drawn = placed(graph, picture(main, branch))
    assert len(drawn) == 1
    ((x, side, _),) = switches(graph)
    assert abs(x - 128.0) < 2.0
    assert side == "left"


def across(at: float, slope: float, y: float = 20.0) -> np.ndarray:
    """A straight track that crosses y at x = `at`."""
    x = np.arange(2.0, 148.0, 0.25)
    line = np.stack([x, y + slope * (x - at)], 1)
    return line[(line[:, 1] > 2) & (line[:, 1] < 38)]


def crossings(graph: WorkGraph) -> list[tuple[float, float | None, int]]:
    return sorted(
        (float(node.xy[0]), node.crossing_number, graph.degree(number))
        for number, node in graph.nodes.items()
        if node.railway == "railway_crossing"
    )


def test_tracks_that_end_on_both_sides_of_another_cross_it() -> None:
    main, other = main_track(), across(75.0, 1 / 6)
    loose = [other[other[:, 1] < 18.4], other[other[:, 1] > 21.6]]
    graph, _ = graph_of(main, *loose)
    origin, drawn = placed(graph, picture(main, other))
    ((x, number, degree),) = crossings(graph)
    assert abs(x - 75.0) < 0.5
    assert number == pytest.approx(6.0, rel=0.06)
    assert degree == 4
    assert switches(graph) == []
    assert drawn == []
    assert set(origin) == set(graph.edges)
    (node,) = (n for n in graph.nodes.values() if n.railway == "railway_crossing")
    ends = {
        edge.end_ids[end]: edge.xy[-1 if end == 0 else 0] - node.xy
        for edge in graph.edges.values()
        for end, here in ((0, edge.start), (1, edge.end))
        if graph.nodes[here] is node
    }
    for one, two in node.connections:  # straight on
        a, b = (ends[k] / np.hypot(*ends[k]) for k in (one, two))
        assert float(a @ b) < -0.999


def test_a_track_across_two_is_drawn_between_them() -> None:
    low, high = main_track(17.8), main_track(22.3)
    other = across(75.0, 1 / 7, 20.0)
    loose = [other[other[:, 1] < 16.2], other[other[:, 1] > 23.9]]
    graph, _ = graph_of(low, *loose)
    ends = [graph.add_node(high[k] - [0, SIZE[1]]) for k in (0, -1)]
    graph.add_edge(high - [0, SIZE[1]], *ends)
    _, drawn = placed(graph, picture(low, high, other))
    found = crossings(graph)
    assert [round(x) for x, _, _ in found] == [60, 91]
    assert [degree for _, _, degree in found] == [4, 4]
    assert len(drawn) == 1
    assert np.abs(project(graph.edges[drawn[0]].xy, other - [0, SIZE[1]])[:, 1]).max() < 0.3


def test_a_track_that_ends_at_another_does_not_cross_it() -> None:
    main, other = main_track(), across(75.0, 1 / 6)
    one_side = other[other[:, 1] > 20.2]
    graph, _ = graph_of(main, one_side[one_side[:, 1] > 21.6])
    placed(graph, picture(main, one_side))
    assert crossings(graph) == []


def test_what_shows_no_turnout_stays() -> None:
    main, branch = main_track(), leg()
    loose = branch[branch[:, 1] > 22]
    for tracks in ([main], [main, leg(start=90.0)]):
        graph, _ = graph_of(main, loose)
        lines = {number: edge.xy.copy() for number, edge in graph.edges.items()}
        origin, drawn = placed(graph, picture(*tracks))
        assert drawn == []
        assert origin == {number: number for number in lines}
        assert all(np.array_equal(graph.edges[number].xy, xy) for number, xy in lines.items())


def test_an_image_without_texture_is_no_error() -> None:
    graph, _ = graph_of(main_track())
    image = picture(main_track())
    image.grey[:] = 90
    assert placed(graph, image)[1] == []


def test_a_leg_that_jumps_to_its_rails_is_led_along_them() -> None:
    main, branch = main_track(), leg()
    jumping, apart = branch.copy(), branch[:, 1] - 20
    between = (apart > 1.4) & (apart < 2.8)
    jumping[between, 1] = 20 + 1.4
    seen = (apart > 1.2) & (apart < 4.2)  # too short to be led back by itself
    graph, _ = graph_of(main, jumping[seen])
    placed(graph, picture(main, branch, head=215))
    ((x, *_),) = switches(graph)
    assert abs(x - TOE) < 1.5
    (new,) = [e.xy for e in graph.edges.values() if abs(e.xy[:, 1] + 20).max() > 3]
    true = branch[(apart > 0.5) & (apart < 4.0)] + np.array([0.0, -SIZE[1]])
    assert np.abs(project(true, new)[:, 1]).max() < 0.25


def test_a_leg_that_slants_across_its_rails_is_led_along_them() -> None:
    main, branch = main_track(), leg()
    apart = branch[:, 1] - 20
    seen = (apart > 1.2) & (apart < 2.3)
    slanting = branch[seen]
    slanting[:, 1] += np.linspace(-0.55, 0.9, len(slanting))
    graph, _ = graph_of(main, slanting)
    placed(graph, picture(main, branch, head=215))
    ((x, *_),) = switches(graph)
    assert abs(x - TOE) < 1.5
    (new,) = [e.xy for e in graph.edges.values() if abs(e.xy[:, 1] + 20).max() > 2]
    true = branch + np.array([0.0, -SIZE[1]])
    assert np.abs(project(new, true)[:, 1]).max() < 0.25
