"""Tracks that no train can reach, and relations that no train can follow."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from shapely.geometry import box

from railmap.geometry.types import Link, Node, TrackNetwork
from railmap.mapping import QaIssue, SourceImage, check_map, read_map, write_map
from railmap.mapping.store.editing import edit_map
from tests.helpers import networks, railway

Line = tuple[tuple[float, float], tuple[float, float]]


@pytest.fixture
def issues(tmp_path: Path) -> Callable[..., list[QaIssue]]:
    """Write a map of straight lines in an image of 400 m by 100 m, and check it."""

    def check(*lines: Line, image: bool = True, edge: tuple[Line, ...] = ()) -> list[QaIssue]:
        places = sorted({place for line in lines for place in line})
        used = [place for line in lines for place in line]
        ends = {place for line in edge for place in line}
        nodes = [
            Node(x, y, "pseudoNode", degree=used.count((x, y)), at_dataset_edge=(x, y) in ends)
            for x, y in places
        ]
        links = [
            Link(np.array(line), places.index(line[0]), places.index(line[1])) for line in lines
        ]
        path = tmp_path / "tracks.gpkg"
        seen = [SourceImage("a.tif", box(0, 0, 400, 100), 0.1, "EPSG:25832")] if image else []
        run = networks.run_record()
        write_map(
            path, TrackNetwork(nodes, links), networks.CRS, images=seen, run=run, overwrite=True
        )
        return [issue for issue in check_map(path) if issue.rule in ("turn", "unreachable")]

    return check


THROUGH: Line = ((0.0, 50.0), (400.0, 50.0))
INSIDE: Line = ((100.0, 60.0), (250.0, 60.0))
CUT: Line = ((100.0, 60.0), (400.0, 60.0))


def test_track_inside_the_image(issues: Callable[..., list[QaIssue]]) -> None:
    (issue,) = issues(THROUGH, INSIDE)
    assert (issue.rule, issue.severity) == ("unreachable", "warning")
    assert issue.geometry.coords[0] == (175.0, 60.0)
    assert "(150 m): no train can get there" in issue.message
    assert "the nearest other track is 10.0 m from" in issue.message
    assert issue.message.endswith("; join them, or accept this")


def test_track_that_the_edge_cuts_is_sound(issues: Callable[..., list[QaIssue]]) -> None:
    assert issues(THROUGH, CUT) == []
    # A metre from the edge is at the edge.
    assert issues(THROUGH, ((100.0, 60.0), (399.0, 60.0))) == []
    assert len(issues(THROUGH, ((100.0, 60.0), (390.0, 60.0)))) == 1
    # What the map says counts too.
    assert issues(THROUGH, INSIDE, edge=(INSIDE,)) == []


def test_single_track_is_sound(issues: Callable[..., list[QaIssue]]) -> None:
    assert issues(INSIDE) == []
    assert issues(((100.0, 60.0), (200.0, 60.0)), ((200.0, 60.0), (250.0, 60.0))) == []


def test_without_an_edge_the_longest_part_is_the_rest(
    issues: Callable[..., list[QaIssue]],
) -> None:
    longer: Line = ((50.0, 20.0), (350.0, 20.0))
    (issue,) = issues(INSIDE, longer)
    assert issue.geometry.coords[0] == (175.0, 60.0)


def test_without_images_nothing_is_said(issues: Callable[..., list[QaIssue]]) -> None:
    assert issues(THROUGH, INSIDE, image=False) == []
    assert len(issues(THROUGH, INSIDE, image=False, edge=(THROUGH,))) == 1


def test_one_issue_for_each_part(issues: Callable[..., list[QaIssue]]) -> None:
    parts = [((100.0, y), (x, y)) for y, x in ((60.0, 150.0), (70.0, 160.0), (80.0, 170.0))]
    found = issues(THROUGH, *parts, ((150.0, 60.0), (250.0, 60.0)))
    assert [issue.geometry.coords[0] for issue in found] == [
        (200.0, 60.0),
        (130.0, 70.0),
        (135.0, 80.0),
    ]
    assert "and 1 more (150 m)" in found[0].message
    assert [issue.message.split(" m from")[0].split()[-1] for issue in found] == [
        "10.0",
        "20.0",
        "30.0",
    ]


def test_crossing_tracks_are_parts_of_their_own(issues: Callable[..., list[QaIssue]]) -> None:
    middle = (200.0, 50.0)
    across = [((180.0, 44.0), middle), (middle, (220.0, 56.0))]
    found = issues((THROUGH[0], middle), (middle, THROUGH[1]), *across)
    assert len(found) == 1
    assert "it touches other tracks at 200.0,50.0 without a movement between" in found[0].message


@pytest.fixture
def tracks(tmp_path: Path) -> Path:
    return railway.write_railway(tmp_path / "tracks.gpkg")


def test_closed_switch(tracks: Path) -> None:
    assert check_map(tracks) == []
    with edit_map(tracks) as sql:
        sql.execute("UPDATE net_relation SET navigability = 'None' WHERE fid IN (2, 5)")
    (issue,) = check_map(tracks)
    content = read_map(tracks)
    assert issue.object_id == content.links["link_id"].tolist()[5]
    assert "it touches other tracks" in issue.message
    with edit_map(tracks) as sql:
        sql.execute("UPDATE qa_issue SET status = 'accepted'")
    assert check_map(tracks) == []


def test_train_that_turns_about(tracks: Path) -> None:
    with edit_map(tracks) as sql:
        sql.execute(
            "UPDATE net_relation SET link_a = (SELECT link_b FROM net_relation WHERE fid = 2),"
            " end_a = (SELECT end_b FROM net_relation WHERE fid = 2) WHERE fid = 1"
        )
    turn = [issue for issue in check_map(tracks) if issue.rule == "turn"]
    assert len(turn) == 1
    assert turn[0].object_id == read_map(tracks).nodes["node_id"].iloc[1]
    assert "set its navigability to None" in turn[0].message
    with edit_map(tracks) as sql:
        sql.execute("UPDATE net_relation SET navigability = 'None' WHERE fid = 1")
    assert [issue for issue in check_map(tracks) if issue.rule == "turn"] == []
