"""Heights of a link that was edited after draping are reported."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from railmap.geometry.types import Link, Node, TrackNetwork
from railmap.mapping import QaIssue, check_map, read_map
from railmap.mapping.gpkg.blobs import line_m_blob
from railmap.mapping.store.editing import edit_map
from railmap.pipeline.drape import drape_map
from tests.helpers import heights
from tests.helpers.heights import LENGTH, TOE, X0, Y0


@pytest.fixture
def draped(tmp_path: Path) -> Path:
    tracks = heights.write_tracks(tmp_path / "t.gpkg")
    # the model ends before the track: links without height are no issue
    drape_map(tracks, heights.write_dem(tmp_path / "dem.tif", x_to=1200))
    return tracks


def stale(path: Path) -> list[QaIssue]:
    return [issue for issue in check_map(path) if issue.rule == "stale_heights"]


def redraw(path: Path, index: int, xy: np.ndarray) -> None:
    m = np.r_[0.0, np.cumsum(np.hypot(*np.diff(xy, axis=0).T))]
    with edit_map(path) as sql:
        (srs_id,) = sql.execute(
            "SELECT srs_id FROM gpkg_geometry_columns WHERE table_name = 'railway_link'"
        ).fetchone()
        blob, _ = line_m_blob(srs_id, np.column_stack([xy, m]))
        sql.execute(
            "UPDATE railway_link SET geom = ?, length_m = ? WHERE fid = ?", (blob, m[-1], index + 1)
        )


def test_heights_that_fit_are_no_issue(draped: Path) -> None:
    assert stale(draped) == []


def test_a_map_without_heights_has_no_issue(tmp_path: Path) -> None:
    assert stale(heights.write_tracks(tmp_path / "t.gpkg")) == []


def test_a_moved_vertex(draped: Path) -> None:
    redraw(draped, 0, np.array([[X0, Y0], [X0 + 250, Y0 + 2], [X0 + TOE, Y0]]))
    (issue,) = stale(draped)
    ids = read_map(draped).links["link_id"].tolist()
    assert (issue.object_id, issue.severity) == (ids[0], "warning")
    assert "up to 2.00 m from where they were; drape the map again" in issue.message
    assert issue.geometry.x == pytest.approx(X0 + 250, abs=0.1)


def test_a_lengthened_and_a_shortened_link(draped: Path) -> None:
    toe = [X0 + TOE, Y0]
    redraw(draped, 0, np.array([[X0 - 20, Y0], toe]))
    redraw(draped, 1, np.array([[X0 + LENGTH - 30, Y0], toe]))
    assert [f"{20 + 10 * i}.00 m" in one.message for i, one in enumerate(stale(draped))] == [
        True,
        True,
    ]
    redraw(draped, 0, np.array([[X0, Y0], toe]))
    redraw(draped, 1, np.array([[X0 + LENGTH, Y0], [X0 + 1000, Y0], toe]))
    assert stale(draped) == []  # an inserted vertex moves nothing


def test_a_new_and_a_deleted_link(draped: Path, tmp_path: Path) -> None:
    with edit_map(draped) as sql:
        sql.execute("UPDATE railway_link SET link_id = 'new' WHERE fid = 3")
    new, gone = stale(draped)
    assert (new.object_id, "has no heights, but other links have" in new.message) == ("new", True)
    assert "which does not exist" in gone.message
    drape_map(draped, tmp_path / "dem.tif")
    assert stale(draped) == []


def test_an_accepted_issue_is_not_reported_again(draped: Path) -> None:
    redraw(draped, 0, np.array([[X0, Y0], [X0 + 250, Y0 + 2], [X0 + TOE, Y0]]))
    assert len(stale(draped)) == 1
    with edit_map(draped) as sql:
        sql.execute("UPDATE qa_issue SET status = 'accepted' WHERE rule = 'stale_heights'")
    assert stale(draped) == []


def test_a_short_link_has_heights_at_both_ends(tmp_path: Path) -> None:
    nodes = [Node(X0, Y0, "railwayEnd", None, 1), Node(X0 + 0.5, Y0, "railwayEnd", None, 1)]
    link = Link(np.array([[X0, Y0], [X0 + 0.5, Y0]]), 0, 1, "rail_pair")
    tracks = heights.write_tracks(tmp_path / "t.gpkg", TrackNetwork(nodes, [link], []))
    drape_map(tracks, heights.write_dem(tmp_path / "dem.tif"))
    assert stale(tracks) == []


def faults(path: Path) -> list[QaIssue]:
    return [issue for issue in check_map(path) if issue.rule == "height"]


def change(path: Path, statement: str) -> None:
    with edit_map(path) as sql:
        sql.execute(statement)


def test_draped_heights_have_no_fault(draped: Path, tmp_path: Path) -> None:
    assert faults(draped) == []
    # noise of a metre makes rough terrain, but a smooth track
    drape_map(draped, heights.write_dem(tmp_path / "rough.tif", noise=1.0))
    assert faults(draped) == []


def test_heights_that_are_no_numbers(draped: Path) -> None:
    ids = read_map(draped).links["link_id"].tolist()
    link = f"link_id = '{ids[0]}'"
    change(draped, f"UPDATE track_height SET height_m = 9e999 WHERE {link} AND seq = 3")
    change(draped, f"UPDATE track_height SET height_m = NULL WHERE {link} AND seq = 9")
    (issue,) = faults(draped)
    assert (issue.object_id, issue.severity) == (ids[0], "warning")
    assert "has 2 heights that are missing or no number, the first at 15.0 m" in issue.message
    assert issue.geometry.x == pytest.approx(X0 + 15, abs=0.1)
    change(draped, f"UPDATE vertical_segment SET start_gradient_permille = NULL WHERE {link}")
    assert "vertical segments without height or gradient" in faults(draped)[1].message


def test_a_height_far_from_those_beside_it(draped: Path, tmp_path: Path) -> None:
    ids = read_map(draped).links["link_id"].tolist()
    # 5 m apart a track of 60 per mille, and half of it more, rises by 0.45 m
    for rise, found in ((0.4, 0), (0.7, 1)):
        change(
            draped,
            f"UPDATE track_height SET height_m = height_m + {rise} WHERE link_id = '{ids[0]}'"
            " AND seq = 4",
        )
        assert len(faults(draped)) == found
        drape_map(draped, tmp_path / "dem.tif")
    change(draped, f"UPDATE track_height SET height_m = 20 WHERE link_id = '{ids[0]}' AND seq = 4")
    (issue,) = faults(draped)
    assert "from 20.0 to 25.0 m; correct the height or drape the map again" in issue.message
    assert issue.geometry.x == pytest.approx(X0 + 25, abs=0.1)
