"""Track ends with a candidate to go on to become issues; others do not."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from railmap.geometry import TrackNetwork
from railmap.geometry.types import Link, Node
from railmap.pipeline.loose_ends import loose_end_issues


def network(*lines: list[tuple[float, float]], edge: bool = False, **node: str) -> TrackNetwork:
    """Lines that meet nowhere, with ends inside the data or all at its edge."""
    nodes: list[Node] = []
    links: list[Link] = []
    for line in lines:
        xy = np.array(line, np.float64)
        for x, y in xy[[0, -1]].tolist():
            nodes.append(Node(x, y, "railwayEnd", at_dataset_edge=edge, **node))  # type: ignore[arg-type]
        links.append(Link(xy, len(nodes) - 2, len(nodes) - 1, "edge_midpoint"))
    return TrackNetwork(nodes, links, [], [])


MAIN = [(0.0, 0.0), (200.0, 0.0)]


@pytest.mark.parametrize("number", [5, 9, 18])
def test_an_end_that_leads_to_a_track(number: int) -> None:
    leg = [(100.0, -2.0), (100.0 - 5 * number, -7.0)]
    (issue,) = loose_end_issues(network(MAIN, leg))
    assert issue.rule == "loose_end"
    assert issue.severity == "info"
    assert f"would meet at 1:{number}; a turnout may be hidden there" in issue.message
    line = shapely.get_coordinates(issue.geometry)
    assert line[0] == pytest.approx(leg[0])
    assert line[1] == pytest.approx((100.0 + 2 * number, 0.0), abs=0.01)
    assert f"{2 * number:.0f} m before" in issue.message


def test_two_ends_in_line_are_one_issue() -> None:
    (issue,) = loose_end_issues(network([(0.0, 0.0), (80.0, 0.3)], [(115.0, 0.0), (200.0, 0.0)]))
    assert issue.message == (
        "track ends 35 m before another end in line with it; the track between is not seen"
    )


@pytest.mark.parametrize(
    "leg",
    [
        [(100.0, -2.0), (100.0, -60.0)],  # a right angle
        [(100.0, -4.0), (20.0, -4.0)],  # beside the track
        [(100.0, -20.0), (20.0, -29.0)],  # too far away
    ],
)
def test_ends_without_a_candidate(leg: list[tuple[float, float]]) -> None:
    assert loose_end_issues(network(MAIN, leg)) == []


def test_buffer_stops_and_the_edge_of_the_data_are_ends() -> None:
    leg = [(100.0, -2.0), (55.0, -7.0)]
    assert loose_end_issues(network(MAIN, leg, edge=True)) == []
    assert loose_end_issues(network(MAIN, leg, railway="buffer_stop")) == []


def test_many_ends_take_seconds() -> None:
    rows = [[(x, 6.0 * k), (x + 30.0, 6.0 * k)] for k in range(100) for x in range(0, 2500, 50)]
    assert len(loose_end_issues(network(*rows))) == 100 * 49
