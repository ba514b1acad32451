"""A track is added to a map: split links, nodes, relations; taken back; mapped again."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from railmap.errors import InputError
from railmap.geometry.types import AlignmentSegment, TrackNetwork
from railmap.mapping import Map, check_map, read_map
from railmap.mapping.referencing.lines import auto_lines
from railmap.mapping.review.decisions import take_back
from railmap.mapping.review.new_track import AddedTrack, add_track, plan_track
from railmap.mapping.review.service import ReviewService
from railmap.mapping.store.editing import edit_map
from railmap.mapping.store.heights import LinkHeights, VerticalSegment, put_heights
from tests.helpers.switch_image import LEG
from tests.mapping.remap.test_edits import X, Y, straight
from tests.mapping.review.test_review import dump, write

NETWORK = straight(0, 150, 300)
SIDING = LEG[80:500] + np.array([X, Y - 15.0])
"""A leg whose toe is at 40 m, clicked from 20 m on."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "tracks.gpkg"
    write(file, NETWORK)
    return file


def rows(path: Path) -> list[str]:
    """All rows; extents of layers only ever grow."""
    return [row for row in dump(path) if '"gpkg_contents"' not in row]


def errors(path: Path) -> list[str]:
    return [issue.message for issue in check_map(path) if issue.severity != "info"]


def switch_of(content: Map) -> pd.Series:
    (node,) = content.nodes[content.nodes["railway"] == "switch"].itertuples()
    return node


def check_siding(path: Path, added: AddedTrack) -> None:
    """The siding is there and leads to the track."""
    content = read_map(path)
    links = content.links.set_index("link_id")
    new = links.loc[added.link_ids[0]]
    assert new["geometry_source"] == "edited"
    assert new["length_m"] == pytest.approx(added.length_m)
    node = switch_of(content)
    assert node.geom.x - X == pytest.approx(40.0, abs=2.0)
    assert node.geom.y == pytest.approx(Y)
    assert (node.degree, node.turnout_side, node.form_of_node) == (3, "left", "junction")
    assert node.heading_deg == pytest.approx(90.0, abs=0.1)
    assert node.node_id == new["start_node"]
    relations = content.layers["net_relation"]
    assert (relations["node_id"] == node.node_id).sum() == 2
    # the through track leads on at its old node
    assert (relations["node_id"] != node.node_id).sum() == 1
    assert errors(path) == []


def test_a_siding_splits_the_track_at_its_toe(path: Path) -> None:
    added = add_track(path, SIDING)
    check_siding(path, added)
    links = read_map(path).links
    assert sorted(links["geometry_source"]) == ["edited", "edited", "edited", "rail_pair"]
    parts = links[links["geometry_source"] == "edited"]["length_m"].nsmallest(2)
    assert links["length_m"].sum() - added.length_m == pytest.approx(300.0)
    assert parts.iloc[0] == pytest.approx(40.0, abs=2.0)


def test_a_siding_stays_when_the_image_is_mapped_again(path: Path) -> None:
    added = add_track(path, SIDING)
    write(path, NETWORK)
    check_siding(path, added)


def test_taking_back_restores_every_row(path: Path) -> None:
    before = rows(path)
    added = add_track(path, SIDING)
    assert rows(path) != before
    take_back(path, added.journal)
    assert rows(path) == before
    check_siding(path, add_track(path, SIDING))


def test_nothing_is_taken_back_after_a_later_change(path: Path) -> None:
    added = add_track(path, SIDING)
    with edit_map(path) as sql:
        sql.execute("UPDATE railway_link SET name = 'West'")
    before = rows(path)
    with pytest.raises(InputError, match="changed since"):
        take_back(path, added.journal)
    assert rows(path) == before


def test_a_plan_changes_nothing(path: Path) -> None:
    before = rows(path)
    (piece,) = plan_track(path, SIDING)
    assert rows(path) == before
    assert length(piece.xy) == pytest.approx(add_track(path, SIDING).length_m)


def length(xy: np.ndarray) -> float:
    return float(shapely.linestrings(xy).length)


def test_a_track_that_crosses_gets_a_node_there(path: Path) -> None:
    added = add_track(path, np.array([[X + 80.0, Y - 20.0], [X + 100.0, Y + 20.0]]), 4.0)
    content = read_map(path)
    (node,) = content.nodes[content.nodes["railway"] == "railway_crossing"].itertuples()
    assert (node.degree, node.form_of_node) == (4, "junction")
    assert (node.geom.x, node.geom.y) == pytest.approx((X + 90.0, Y))
    relations = content.layers["net_relation"]
    here = relations[relations["node_id"] == node.node_id]
    assert len(here) == 2
    assert set(here["navigability"]) == {"Both"}
    new = content.links[content.links["link_id"].isin(added.link_ids)]
    assert len(new) == 2
    assert new["interpolated_m"].sum() == pytest.approx(4.0, abs=0.01)


def test_an_end_at_a_node_joins_that(path: Path) -> None:
    add_track(path, np.array([[X + 300.9, Y + 0.1], [X + 350.0, Y]]))
    content = read_map(path)
    assert len(content.links) == 3
    assert sorted(content.nodes["degree"]) == [1, 1, 2, 2]
    assert len(content.layers["net_relation"]) == 2
    assert set(content.nodes[content.nodes["degree"] == 2]["form_of_node"]) == {"pseudoNode"}
    assert "edited" in set(content.links["geometry_source"])
    assert (content.links["geometry_source"] == "rail_pair").sum() == 2


def test_a_track_that_is_there_is_refused(path: Path) -> None:
    before = rows(path)
    with pytest.raises(InputError, match="a track already"):
        add_track(path, np.array([[X + 20.0, Y + 0.1], [X + 250.0, Y]]))
    assert rows(path) == before


def with_alignment() -> TrackNetwork:
    network = straight(0, 150, 300)
    network.links[0].alignment = [
        AlignmentSegment("LINE", 0.0, 30.0, None, None, 0.01),
        AlignmentSegment("CLOTHOID", 30.0, 40.0, None, -400.0, 0.01),
        AlignmentSegment("CIRCULARARC", 70.0, 80.0, -400.0, -400.0, 0.02),
    ]
    return network


def test_lines_events_and_alignment_follow_a_split(tmp_path: Path) -> None:
    path = tmp_path / "tracks.gpkg"
    write(path, with_alignment())
    auto_lines(path)
    old = read_map(path).links.iloc[0]["link_id"]
    with edit_map(path) as sql:
        sql.execute(
            "CREATE TABLE seen (fid INTEGER PRIMARY KEY, link_id TEXT, link_m REAL, name TEXT)"
        )
        sql.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier)"
            " VALUES ('seen', 'attributes', 'seen')"
        )
        sql.executemany(
            "INSERT INTO seen (link_id, link_m, name) VALUES (?, ?, ?)",
            [(old, 10.0, "before"), (old, 100.0, "after")],
        )
    add_track(path, np.array([[X + 50.0, Y], [X + 60.0, Y + 30.0]]))
    with closing(sqlite3.connect(path)) as sql:
        ((_, first), (new, second)) = sql.execute(
            "SELECT link_id, link_m FROM seen ORDER BY fid"
        ).fetchall()
        members = sql.execute(
            "SELECT seq, link_id, m_from, m_to FROM railway_line_link ORDER BY line_id, seq"
        ).fetchall()
        segments = sql.execute(
            "SELECT link_id, seq, type, m_from, length_m, start_radius_m, end_radius_m"
            " FROM alignment_segment ORDER BY fid"
        ).fetchall()
    assert (first, second) == (10.0, pytest.approx(50.0))
    assert [(seq, link) for seq, link, *_ in members][:2] == [(0, old), (1, new)]
    assert [m for member in members for m in member[2:]] == pytest.approx(
        [0.0, 50.0, 50.0, 150.0, 150.0, 300.0]
    )
    mine = sorted((s for s in segments if s[0] == old), key=lambda s: s[1])
    theirs = sorted((s for s in segments if s[0] == new), key=lambda s: s[1])
    assert [s[2:5] for s in mine] == [
        ("LINE", 0.0, 30.0), ("CLOTHOID", 30.0, pytest.approx(20.0)),
    ]  # fmt: skip
    assert [(s[1], *s[2:5]) for s in theirs] == [
        (0, "CLOTHOID", 0.0, pytest.approx(20.0)),
        (1, "CIRCULARARC", pytest.approx(20.0), 80.0),
    ]
    # half of the way the curvature is half of the end's
    assert mine[1][6] == theirs[0][5] == pytest.approx(-800.0)
    # no train turns by 70 degrees; nothing else is wrong
    assert [issue.rule for issue in check_map(path)] == ["unreachable"]


def test_heights_follow_a_split(path: Path) -> None:
    link = read_map(path).links.iloc[0]
    m = np.arange(0.0, 151.0, 25.0)
    line = np.column_stack([X + m, np.full(len(m), Y), m])
    # 100 m up by 10 ‰, then a crest that ends level
    segments = [
        VerticalSegment("CONSTANTGRADIENT", 0.0, 100.0, 50.0, 10.0, 10.0, None, None, 0.01),
        VerticalSegment("PARABOLICARC", 100.0, 50.0, 51.0, 10.0, 0.0, -5000.0, 10.0, 0.01),
    ]
    heights = LinkHeights(
        link["link_id"], line, 50.0 + m / 100, np.full(len(m), 10.0), 50.0 + m / 100,
        ["measured"] * len(m), line, segments,
    )  # fmt: skip
    with edit_map(path) as sql:
        put_heights(sql, [heights], {"uri": "dtm.tif"})
    before = rows(path)
    added = add_track(path, np.array([[X + 110.0, Y], [X + 120.0, Y + 30.0]]))
    content = read_map(path)
    table = content.layers["vertical_segment"]
    columns = ["seq", "m_from", "length_m", "start_height_m", "start_gradient_permille",
               "end_gradient_permille"]  # fmt: skip
    mine = table[table["link_id"] == link["link_id"]][columns].to_numpy(float)
    theirs = table[table["link_id"] != link["link_id"]][columns].to_numpy(float)
    np.testing.assert_allclose(mine, [[0, 0, 100, 50, 10, 10], [1, 100, 10, 51, 10, 8]], atol=1e-9)
    # 51 m + 10 m at 9 ‰ on average
    np.testing.assert_allclose(theirs, [[0, 0, 40, 51.09, 8, 0]], atol=1e-9)
    points = content.layers["track_height"]
    points = points[points["link_id"] != link["link_id"]]
    assert points[["seq", "link_m"]].to_numpy(float).tolist() == [[0.0, 15.0], [1.0, 40.0]]
    take_back(path, added.journal)
    assert rows(path) == before


class Finder:
    """Finds the siding wherever one clicks."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def __call__(self, start: Any, end: Any, crs: Any, rasters: Any, **more: Any) -> Any:
        self.asked.append((start, end, crs.to_epsg(), rasters, more["probability"]))
        return self

    xy, unseen_m, evidence = SIDING, 1.5, ("a.tif",)


def test_the_service_traces_keeps_and_takes_back(path: Path) -> None:
    finder = Finder()
    service = ReviewService(path, finder)

    def ask(do: str, **values: Any) -> dict[str, Any]:
        return service.answer(json.dumps({"do": do, **values}))

    before = rows(path)
    assert "no track to keep" in ask("keep")["error"]
    found = ask("trace", start=[1, 2], end=[3, 4], rasters=["a.tif"], probability="p.tif")
    assert finder.asked == [((1.0, 2.0), (3.0, 4.0), 25832, ["a.tif"], "p.tif")]
    assert rows(path) == before
    assert (found["unseen_m"], found["evidence"], found["joined"]) == (
        1.5, ["a.tif"], [[True, False]],
    )  # fmt: skip
    assert shapely.from_wkt(found["wkt"]).length == pytest.approx(found["length_m"], abs=0.01)
    kept = ask("keep")
    assert len(kept["links"]) == 1
    assert kept["length_m"] == found["length_m"]
    assert "no track to keep" in ask("keep")["error"]
    undone = ask("undo")
    assert (undone["kind"], undone["key"]) == ("track", kept["links"][0])
    assert rows(path) == before
    assert "error" in ask("undo")
    assert "cannot be done" in ask("trace", start=[1], end=[3, 4])["error"]
    assert "cannot be done" in ask("trace", start=[10**400, 1], end=[3, 4])["error"]
    # without rasters, those of which the map was made
    (path.parent / "ortho.tif").touch()
    ask("trace", start=[1, 2], end=[3, 4])
    assert finder.asked[-1][3:] == ([str(path.parent / "ortho.tif")], None)


def test_a_service_without_a_finder_has_no_such_request(path: Path) -> None:
    assert "no request" in ReviewService(path).answer('{"do": "trace"}')["error"]
