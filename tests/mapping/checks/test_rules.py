from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import shapely

from railmap.errors import MapError, OutputError
from railmap.geometry.types import Link, Node, TrackNetwork
from railmap.mapping import CheckLimits, QaIssue, check_map, read_map, write_map
from railmap.mapping.checks.rules import RULES, find_issues
from railmap.mapping.store.editing import edit_map
from tests.helpers import networks

X0, Y0 = networks.X0, networks.Y0


def build(*lines: np.ndarray) -> TrackNetwork:
    """A network with a node wherever ends of lines coincide."""
    nodes: dict[tuple[float, float], int] = {}
    links = []
    for xy in lines:
        ends = [nodes.setdefault(tuple(xy[i].tolist()), len(nodes)) for i in (0, -1)]
        links.append(Link(np.asarray(xy, float), ends[0], ends[1]))
    used = [node for link in links for node in (link.start_node, link.end_node)]
    return TrackNetwork(
        [Node(x, y, "pseudoNode", degree=used.count(i)) for (x, y), i in nodes.items()], links
    )


def turnout(radius: float, length: float) -> tuple[np.ndarray, np.ndarray]:
    """A straight and an arc that start at (0, 0) in the same direction."""
    s = np.linspace(0, length, 200)
    straight = np.column_stack([s, np.zeros_like(s)])
    arc = np.column_stack([radius * np.sin(s / radius), radius * (1 - np.cos(s / radius))])
    return straight, arc


@pytest.fixture
def copy(junction_map: Path, tmp_path: Path) -> Path:
    path = tmp_path / "copy.gpkg"
    shutil.copy(junction_map, path)
    return path


@pytest.fixture
def check(tmp_path: Path) -> Callable[[TrackNetwork], list[QaIssue]]:
    def written_and_checked(network: TrackNetwork) -> list[QaIssue]:
        path = tmp_path / "network.gpkg"
        run = networks.run_record()
        write_map(path, network, networks.CRS, images=[], run=run, overwrite=True)
        return check_map(path)

    return written_and_checked


# Of the issues in the map, only "crossing" is a rule of the check, which replaces it.
def test_valid_map_has_no_issues_and_other_issues_are_kept(copy: Path) -> None:
    assert check_map(copy) == []
    assert read_map(copy).layers["qa_issue"]["rule"].tolist() == ["gap", "hole"]


@pytest.mark.parametrize(
    ("statement", "rule", "severity"),
    [
        ("UPDATE railway_link SET geom = NULL WHERE fid = 4", "geometry", "error"),
        (
            "UPDATE railway_link SET link_id = (SELECT link_id FROM railway_link WHERE fid = 2)"
            " WHERE fid = 4",
            "duplicate_id",
            "error",
        ),
        ("UPDATE railway_link SET end_node = 'gone' WHERE fid = 4", "unknown_node", "error"),
        (
            "UPDATE railway_link SET start_node = (SELECT node_id FROM railway_node WHERE fid = 6)"
            " WHERE fid = 4",
            "end_not_node",
            "error",
        ),
        ("UPDATE railway_link SET length_m = length_m + 0.002 WHERE fid = 4", "length", "warning"),
        ("UPDATE railway_link SET length_m = NULL WHERE fid = 4", "length", "warning"),
        ("UPDATE railway_link SET electrified = 'perhaps' WHERE fid = 4", "domain", "error"),
        ("UPDATE railway_link SET confidence = 1.5 WHERE fid = 4", "domain", "error"),
        ("UPDATE railway_node SET railway = 'turntable' WHERE fid = 4", "domain", "error"),
        ("UPDATE railway_link SET min_radius_m = 60 WHERE fid = 4", "radius", "warning"),
        ("UPDATE railway_node SET degree = 4 WHERE fid = 2", "degree", "warning"),
        ("DELETE FROM railway_link WHERE fid = 9", "orphan", "warning"),
        ("UPDATE net_relation SET link_b = 'gone' WHERE fid = 1", "orphan", "warning"),
        ("UPDATE alignment_segment SET link_id = 'gone' WHERE fid = 1", "orphan", "warning"),
    ],
)
def test_each_rule_finds_its_fault(copy: Path, statement: str, rule: str, severity: str) -> None:
    with edit_map(copy) as sql:
        assert sql.execute(statement).rowcount == 1
    found = [issue for issue in check_map(copy) if issue.rule == rule]
    assert found
    assert {issue.severity for issue in found} == {severity}
    stored = read_map(copy).layers["qa_issue"]
    assert (stored["rule"] == rule).sum() == len(found)


def rewrite_line(path: Path, fid: int, change: Callable[[np.ndarray], np.ndarray]) -> None:
    """Change x, y, M of a link in the file."""
    with edit_map(path) as sql:
        (blob,) = sql.execute("SELECT geom FROM railway_link WHERE fid = ?", (fid,)).fetchone()
        head, xym = blob[:49], np.frombuffer(blob, "<f8", offset=49).reshape(-1, 3)
        changed = change(xym.copy()).tobytes()
        sql.execute("UPDATE railway_link SET geom = ? WHERE fid = ?", (head + changed, fid))


def test_message_states_the_permitted_values(copy: Path) -> None:
    with edit_map(copy) as sql:
        sql.execute("UPDATE railway_node SET railway = 'turntable' WHERE fid = 4")
    (issue,) = check_map(copy)
    assert issue.message == (
        f"node {issue.object_id}: railway cannot be 'turntable'; "
        "use one of switch, railway_crossing, buffer_stop, level_crossing"
    )


def test_measures_that_do_not_increase(copy: Path) -> None:
    def swap(xym: np.ndarray) -> np.ndarray:
        xym[3, 2] = xym[2, 2]
        return xym

    rewrite_line(copy, 4, swap)
    assert [issue.rule for issue in check_map(copy)] == ["measure"]


def test_moved_end_is_found_to_the_last_bit(copy: Path) -> None:
    def move(xym: np.ndarray) -> np.ndarray:
        xym[-1, 0] = np.nextafter(xym[-1, 0], np.inf)
        return xym

    rewrite_line(copy, 9, move)
    (issue,) = check_map(copy)
    assert issue.rule == "end_not_node"
    assert (issue.geometry.x, issue.geometry.y) == pytest.approx((X0 + 220, Y0 + 31))


@pytest.mark.parametrize("radius", [190.0, 500.0, 1200.0, 2500.0])
def test_turnouts_and_crossovers_are_sound(
    check: Callable[[TrackNetwork], list[QaIssue]], radius: float
) -> None:
    straight, arc = turnout(radius, 200.0)
    assert check(build(straight, arc, np.array([[-50.0, 0.0], [0.0, 0.0]]))) == []


def test_passing_loop_is_sound(check: Callable[[TrackNetwork], list[QaIssue]]) -> None:
    x = np.linspace(0, 400, 300)
    loop = np.column_stack([x, 5.0 * np.sin(np.pi * x / 400) ** 2])
    loop[-1] = 400.0, 0.0
    assert check(build(np.array([[0.0, 0.0], [400.0, 0.0]]), loop)) == []


def test_track_drawn_twice(check: Callable[[TrackNetwork], list[QaIssue]]) -> None:
    one = np.array([[0.0, 0.0], [300.0, 0.0]])
    (issue,) = check(build(one, one + np.array([5.0, 0.5])))
    assert (issue.rule, issue.severity) == ("overlap", "error")
    # From one node, and never parting.
    (issue,) = check(build(one, np.array([[0.0, 0.0], [150.0, 0.4], [299.0, 0.3]])))
    assert issue.rule == "overlap"


def test_track_that_returns_to_its_neighbour(
    check: Callable[[TrackNetwork], list[QaIssue]],
) -> None:
    x = np.linspace(0, 400, 300)
    wave = np.column_stack([x, 0.3 + 5.0 * np.sin(np.pi * x / 200) ** 2])
    wave[0] = 0.0, 0.0
    (issue,) = check(build(np.array([[0.0, 0.0], [450.0, 0.0]]), wave))
    assert issue.rule == "overlap"
    assert issue.geometry.x == pytest.approx(200, abs=15)


def test_crossing_without_a_node(check: Callable[[TrackNetwork], list[QaIssue]]) -> None:
    one = np.array([[0.0, 0.0], [100.0, 0.0]])
    other = np.array([[20.0, -30.0], [80.0, 30.0]])
    (issue,) = check(build(one, other))
    assert (issue.rule, issue.severity) == ("crossing", "error")
    assert shapely.get_coordinates(issue.geometry).tolist() == [[50.0, 0.0]]


def test_bridge_over_a_track_is_sound(tmp_path: Path) -> None:
    path = tmp_path / "bridge.gpkg"
    lines = np.array([[0.0, 0.0], [100.0, 0.0]]), np.array([[20.0, -30.0], [80.0, 30.0]])
    write_map(path, build(*lines), networks.CRS, images=[], run=networks.run_record())
    with edit_map(path) as sql:
        sql.execute("UPDATE railway_link SET bridge = 1 WHERE fid = 2")
    assert check_map(path) == []


def test_link_that_crosses_itself(check: Callable[[TrackNetwork], list[QaIssue]]) -> None:
    loop = np.array([[0, 0], [100, 0], [100, 50], [50, 50], [50, -50]], float)
    issue, *folds = check(build(loop))[::-1]
    assert [fold.rule for fold in folds] == ["fold"] * 3
    assert issue.rule == "crossing"
    assert issue.message.endswith(" crosses itself; redraw or split it")
    assert shapely.get_coordinates(issue.geometry).tolist() == [[50.0, 0.0]]


def test_link_that_turns_about(check: Callable[[TrackNetwork], list[QaIssue]]) -> None:
    (issue,) = check(build(np.array([[0.0, 0.0], [80.0, 0.0], [0.0, 8.0]])))
    assert (issue.rule, issue.severity) == ("fold", "warning")
    assert "turns by 174° within 1 m" in issue.message
    assert issue.geometry.distance(shapely.Point(80, 0)) < 0.5
    assert check(build(turnout(12.5, 30.0)[1])) == []


def test_closed_loop_is_sound(check: Callable[[TrackNetwork], list[QaIssue]]) -> None:
    angle = np.linspace(0, 2 * np.pi, 300)
    ring = 100.0 * np.column_stack([np.cos(angle), np.sin(angle)])
    ring[-1] = ring[0]
    assert check(build(ring)) == []


@pytest.mark.parametrize(("spacing", "expected"), [(2.5, ["spacing"]), (3.6, []), (4.5, [])])
def test_spacing(
    check: Callable[[TrackNetwork], list[QaIssue]], spacing: float, expected: list[str]
) -> None:
    one = np.array([[0.0, 0.0], [200.0, 0.0]])
    issues = check(build(one, one + np.array([0.0, spacing])))
    assert [issue.rule for issue in issues] == expected


def test_limits_can_be_set(tmp_path: Path) -> None:
    path = tmp_path / "map.gpkg"
    one = np.array([[0.0, 0.0], [200.0, 0.0]])
    network = build(one, one + np.array([0.0, 4.0]))
    network.links[0].min_radius_m = 200.0
    write_map(path, network, networks.CRS, images=[], run=networks.run_record())
    limits = CheckLimits(min_radius_m=250.0, min_spacing_m=4.2)
    assert [issue.rule for issue in check_map(path, limits=limits)] == ["radius", "spacing"]
    assert check_map(path) == []
    assert len(read_map(path).layers["qa_issue"]) == 0


def test_checking_twice_changes_nothing_and_accepted_issues_are_kept(copy: Path) -> None:
    with edit_map(copy) as sql:
        sql.execute("UPDATE railway_link SET min_radius_m = 60 WHERE fid IN (3, 4)")
    assert len(check_map(copy)) == 2
    before = copy.read_bytes()
    assert len(check_map(copy)) == 2
    assert len(read_map(copy).layers["qa_issue"]) == 4
    with edit_map(copy) as sql:
        sql.execute(
            "UPDATE qa_issue SET status = 'accepted' WHERE fid ="
            " (SELECT min(fid) FROM qa_issue WHERE rule = 'radius')"
        )
    assert len(check_map(copy)) == 1
    stored = read_map(copy).layers["qa_issue"]
    radius = stored[stored["rule"] == "radius"]
    assert radius["status"].tolist() == ["accepted", "open"]
    assert before != copy.read_bytes()


def test_issue_layer_keeps_its_extent_and_index(copy: Path) -> None:
    with edit_map(copy) as sql:
        sql.execute("UPDATE railway_link SET min_radius_m = 60 WHERE fid = 1")
    check_map(copy)
    sql = sqlite3.connect(copy)
    (x,) = sql.execute("SELECT min_x FROM gpkg_contents WHERE table_name = 'qa_issue'").fetchone()
    assert x == pytest.approx(X0 + 50, abs=0.1)
    indexed = sql.execute("SELECT count(*) FROM rtree_qa_issue_geom").fetchone()
    counted = sql.execute(
        "SELECT feature_count FROM gpkg_ogr_contents WHERE table_name = 'qa_issue'"
    ).fetchone()
    sql.close()
    assert indexed == counted == (3,)


def test_rules_are_named(junction_map: Path) -> None:
    assert len(set(RULES)) == len(RULES)
    assert find_issues(read_map(junction_map)) == []


def test_empty_map(check: Callable[[TrackNetwork], list[QaIssue]]) -> None:
    assert check(TrackNetwork([], [])) == []


def test_map_held_by_another_program(copy: Path) -> None:
    other = sqlite3.connect(copy, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    before = copy.read_bytes()
    with pytest.raises(OutputError, match="another program is writing"):
        check_map(copy)
    other.execute("ROLLBACK")
    other.close()
    assert copy.read_bytes() == before


def test_failure_in_the_middle_changes_nothing(copy: Path) -> None:
    before = read_map(copy).links

    def fail() -> None:
        with edit_map(copy) as sql:
            sql.execute("DELETE FROM railway_link")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert len(read_map(copy).links) == len(before)


def test_read_only_and_missing(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(OutputError, match="read-only"):
        check_map(copy)
    with pytest.raises(MapError, match="no such file"), edit_map(copy.with_name("no.gpkg")):
        pass


@pytest.mark.slow
def test_ten_thousand_links(tmp_path: Path) -> None:
    # Times are measured by benchmarks/publish.py.
    path = tmp_path / "map.gpkg"
    network = networks.ladder(10_000)
    write_map(path, network, networks.CRS, images=[], run=networks.run_record())
    assert check_map(path) == []
