"""Comparison of two surveys: all rendered changes are found, and no others."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely
from shapely.geometry import Point, box

from railmap.errors import InputError, MapError, OutputError
from railmap.geometry.types import Link, Node, TrackNetwork
from railmap.mapping import SourceImage, check_map, read_map, write_map
from railmap.mapping.compare.overlap import overlay, stretches
from railmap.mapping.compare.surveys import compare_maps, find_changes
from railmap.mapping.compare.tracks import CompareLimits
from railmap.mapping.gpkg.blobs import geometry_blob
from railmap.mapping.schema import layer
from railmap.mapping.store.editing import append_rows, edit_map
from railmap.mapping.store.layers import ensure_layer
from tests.helpers import networks

X, Y = networks.X0, networks.Y0
OLD, NEW = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 11, tzinfo=UTC)


def tracks(*, moved=0.0, extra=False, gone=False, shift=0.0, split=False) -> TrackNetwork:
    """Three parallel tracks of 200 m; one can be moved, one removed, a fourth added."""
    ys = [0.0, 4.5] + ([] if gone else [9.0]) + ([20.0] if extra else [])
    nodes: list[Node] = []
    links: list[Link] = []
    for row, y in enumerate(ys):
        x = np.linspace(0, 200, 101)
        aside = np.full(101, y)
        if row == 1 and moved:
            # A smooth slew between 60 and 140 m.
            aside += moved * np.clip((40 - np.abs(x - 100)) / 10, 0, 1)
        xy = np.column_stack([X + x + shift, Y + aside + shift])
        cuts = [0, 40, 100] if split and row == 0 else [0, 100]
        first = len(nodes)
        kind = "switch" if row == 0 else None
        for cut in cuts:
            nodes.append(Node(*xy[cut], "pseudoNode" if cut == 40 else "railwayEnd", kind, 1))
        for step, (a, b) in enumerate(pairwise(cuts)):
            link = Link(xy[a : b + 1].copy(), first + step, first + step + 1, "rail_pair")
            link.h_accuracy_m = 0.03
            links.append(link)
    for node in nodes:
        node.h_accuracy_m = 0.05
    return TrackNetwork(nodes, links)


def write(path: Path, network: TrackNetwork, *, seen=None, started=OLD) -> Path:
    seen = seen or box(X - 20, Y - 20, X + 220, Y + 60)
    image = SourceImage("ortho.tif", seen, 0.05, "EPSG:25832", started)
    run = networks.run_record(started_at=started)
    write_map(path, network, networks.CRS, images=[image], run=run)
    return path


def add_defects(path: Path, rows: list[dict]) -> None:
    with edit_map(path) as sql:
        ensure_layer(sql, layer("defect"))
        entries = []
        for row in rows:
            values = dict(row)
            place = Point(X + values.pop("x"), Y + 0.7)
            entries.append((values, *geometry_blob(25832, place)))
        append_rows(sql, layer("defect"), entries)


def kinds(found, name="link_change"):
    return sorted(change.values["change"] for change in found.changes[name])


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return write(tmp_path / "old.gpkg", tracks())


def test_nothing_changed(old: Path, tmp_path: Path) -> None:
    again = write(tmp_path / "new.gpkg", tracks(shift=0.03), started=NEW)
    found = compare_maps(old, again, tmp_path / "c.gpkg")
    assert all(not changes for changes in found.changes.values())
    assert len(found.ids["link"]) == 3
    assert len(found.ids["node"]) == 6
    a, b = (read_map(path).links for path in (old, again))
    assert [found.ids["link"][key] for key in b["link_id"]] == list(a["link_id"])


def test_new_removed_and_moved(old: Path, tmp_path: Path) -> None:
    new = write(tmp_path / "new.gpkg", tracks(moved=0.4, extra=True, gone=True), started=NEW)
    out = tmp_path / "c.gpkg"
    found = compare_maps(old, new, out)
    assert kinds(found) == ["moved", "new", "removed"]
    frame = pyogrio.read_dataframe(out, layer="link_change").set_index("change")
    assert frame.crs.to_epsg() == 25832
    assert frame.loc["new"].geometry.length == pytest.approx(200.0)
    assert frame.loc["new", "geometry"].centroid.y == pytest.approx(Y + 20)
    assert frame.loc["removed", "geometry"].centroid.y == pytest.approx(Y + 9)
    moved = frame.loc["moved"]
    assert moved["moved_max_m"] == pytest.approx(0.4, abs=0.01)
    assert moved["sigma_m"] == pytest.approx(np.hypot(0.03, 0.03))
    # 3 sigma (0.13 m) is passed a third of the ramp in: 63 m to 137 m.
    assert (moved["m_from"], moved["m_to"]) == pytest.approx((64.0, 136.0), abs=2.1)
    assert moved["old_link_id"] == read_map(old).links["link_id"].iloc[1]
    assert moved["new_link_id"] == read_map(new).links["link_id"].iloc[1]


def test_a_displacement_within_the_accuracy_is_no_move(old: Path, tmp_path: Path) -> None:
    new = write(tmp_path / "new.gpkg", tracks(moved=0.4), started=NEW)
    with edit_map(new) as sql:
        sql.execute("UPDATE railway_link SET h_accuracy_m = 0.2")
    assert kinds(find_changes(read_map(old), read_map(new))) == []


def test_track_outside_a_survey_is_neither_new_nor_removed(old: Path, tmp_path: Path) -> None:
    half = box(X - 20, Y - 20, X + 100, Y + 60)
    network = tracks(gone=True)
    new = write(tmp_path / "new.gpkg", network, seen=half, started=NEW)
    found = find_changes(read_map(old), read_map(new))
    (removed,) = found.changes["link_change"]
    assert removed.values["change"] == "removed"
    assert removed.geometry.length == pytest.approx(100.0, abs=2.0)


def test_changed_attributes(old: Path, tmp_path: Path) -> None:
    new = write(tmp_path / "new.gpkg", tracks(), started=NEW)
    with edit_map(new) as sql:
        sql.execute("UPDATE railway_link SET electrified='contact_line', gauge=1000 WHERE fid = 2")
        sql.execute("UPDATE railway_node SET turnout_side = 'left' WHERE fid = 1")
    found = find_changes(read_map(old), read_map(new))
    (change,) = found.changes["link_change"]
    assert change.values["change"] == "attributes"
    assert json.loads(change.values["attributes"]) == {
        "electrified": [None, "contact_line"],
        "gauge": [1435, 1000],
    }
    (node,) = found.changes["node_change"]
    assert json.loads(node.values["attributes"]) == {"turnout_side": [None, "left"]}


def test_a_link_split_in_two_keeps_its_id_on_the_longer_part(old: Path, tmp_path: Path) -> None:
    new = write(tmp_path / "new.gpkg", tracks(split=True), started=NEW)
    found = find_changes(read_map(old), read_map(new))
    a, b = read_map(old).links, read_map(new).links
    assert list(b["length_m"].round()) == [80, 120, 200, 200]
    assert found.ids["link"] == {
        b["link_id"].iloc[1]: a["link_id"].iloc[0],
        b["link_id"].iloc[2]: a["link_id"].iloc[1],
        b["link_id"].iloc[3]: a["link_id"].iloc[2],
    }
    assert kinds(found) == []
    assert kinds(found, "node_change") == ["new"]


def test_switches_move(old: Path, tmp_path: Path) -> None:
    network = tracks()
    network.nodes[0].x += 2.0
    network.links[0].xy[0, 0] += 2.0
    network.links[0].xy = np.delete(network.links[0].xy, 1, axis=0)
    new = write(tmp_path / "new.gpkg", network, started=NEW)
    found = find_changes(read_map(old), read_map(new))
    (node,) = found.changes["node_change"]
    assert node.values["change"] == "moved"
    assert node.values["moved_m"] == pytest.approx(2.0)


def test_defects_new_open_grown_repaired(old: Path, tmp_path: Path) -> None:
    new = write(
        tmp_path / "new.gpkg", tracks(), started=NEW, seen=box(X - 20, Y - 20, X + 150, Y + 60)
    )
    common = {"class": "squat", "first_seen": OLD, "last_seen": OLD}
    add_defects(old, [
        common | {"defect_id": "a", "x": 10, "area_mm2": 400.0, "length_m": 0.02, "severity": 2},
        common | {"defect_id": "b", "x": 20, "area_mm2": 400.0},
        common | {"defect_id": "c", "x": 30, "area_mm2": 400.0},
        common | {"defect_id": "beyond", "x": 190, "area_mm2": 400.0},
        common | {"defect_id": "other", "x": 40, "class": "crack"},
        common | {"defect_id": "mended", "x": 60, "status": "repaired"},
    ])  # fmt: skip
    later = {"class": "squat", "first_seen": NEW, "last_seen": NEW}
    add_defects(new, [
        later | {"defect_id": "A", "x": 10.2, "area_mm2": 600.0, "length_m": 0.03, "severity": 3},
        later | {"defect_id": "B", "x": 20.1, "area_mm2": 410.0},
        later | {"defect_id": "N", "x": 50, "area_mm2": 100.0},
        later | {"defect_id": "O", "x": 40.0},
        later | {"defect_id": "M", "x": 60.0},
    ])  # fmt: skip
    out = tmp_path / "c.gpkg"
    found = compare_maps(old, new, out, carry=True)
    rows = {
        (row.old_defect_id or None, row.new_defect_id or None): row
        for row in pyogrio.read_dataframe(out, layer="defect_change")
        .fillna({"old_defect_id": "", "new_defect_id": ""})
        .itertuples()
    }
    assert {key: row.status for key, row in rows.items()} == {
        ("a", "A"): "grown", ("b", "B"): "open", (None, "N"): "new", (None, "O"): "new",
        ("c", None): "repaired", ("other", None): "repaired", (None, "M"): "new",
    }  # fmt: skip
    grown = rows["a", "A"]
    assert grown.days == 10.0
    assert grown.area_growth_mm2_day == pytest.approx(20.0)
    assert grown.length_growth_m_day == pytest.approx(0.001)
    assert grown.distance_m == pytest.approx(0.2, abs=1e-6)
    assert (grown.old_severity, grown.severity) == (2, 3)
    frame = read_map(new).layers["defect"].set_index("defect_id")
    assert set(frame.index) == {"a", "b", "N", "O", "M"}
    assert dict(frame["status"]) == {"a": "grown", "b": "open", "N": "new", "O": "new", "M": "new"}
    assert frame.loc["a", "first_seen"] == OLD
    assert frame.loc["N", "first_seen"] == NEW
    assert "defects: 1 grown, 3 new, 1 open, 2 repaired" in found.summary()


def test_defects_without_a_date_have_that_of_the_survey(old: Path, tmp_path: Path) -> None:
    """The growth per day is computed from the dates of the surveys."""
    new = write(tmp_path / "new.gpkg", tracks(), started=NEW)
    add_defects(old, [{"defect_id": "a", "x": 10, "class": "squat", "area_mm2": 100.0}])
    add_defects(new, [{"defect_id": "A", "x": 10, "class": "squat", "area_mm2": 300.0}])
    found = compare_maps(old, new, tmp_path / "c.gpkg", carry=True)
    (change,) = found.changes["defect_change"]
    assert change.values["status"] == "grown"
    assert change.values["area_growth_mm2_day"] == pytest.approx(20.0)
    assert read_map(new).layers["defect"]["first_seen"].tolist() == [OLD]


def test_old_ids_are_set_in_all_tables(old: Path, tmp_path: Path) -> None:
    new = write(tmp_path / "new.gpkg", tracks(shift=0.02), started=NEW)
    add_defects(
        new, [{"defect_id": "d", "x": 5, "link_id": read_map(new).links["link_id"].iloc[0]}]
    )
    compare_maps(old, new, tmp_path / "c.gpkg", carry=True)
    a, b = read_map(old), read_map(new)
    assert list(a.links["link_id"]) == list(b.links["link_id"])
    assert list(a.links["start_node"]) == list(b.links["start_node"])
    assert list(a.nodes["node_id"]) == list(b.nodes["node_id"])
    assert b.layers["defect"]["link_id"].iloc[0] == a.links["link_id"].iloc[0]
    assert not [i for i in check_map(new) if i.rule in ("unknown_node", "duplicate_id", "orphan")]


def test_the_old_map_is_transformed(old: Path, tmp_path: Path) -> None:
    import pyproj

    change = pyproj.Transformer.from_crs(25832, 25833, always_xy=True)
    network = tracks(extra=True)
    for node in network.nodes:
        node.x, node.y = change.transform(node.x, node.y)
    for link in network.links:
        link.xy = np.column_stack(change.transform(link.xy[:, 0], link.xy[:, 1]))
        link.xy[0] = network.nodes[link.start_node].x, network.nodes[link.start_node].y
        link.xy[-1] = network.nodes[link.end_node].x, network.nodes[link.end_node].y
    path = tmp_path / "new.gpkg"
    write_map(path, network, "EPSG:25833", images=[], run=networks.run_record(started_at=NEW))
    found = find_changes(read_map(old), read_map(path))
    assert kinds(found) == ["new"]
    assert len(found.ids["link"]) == 3


def test_same_maps_same_bytes(old: Path, tmp_path: Path) -> None:
    new = write(tmp_path / "new.gpkg", tracks(moved=0.4, extra=True, gone=True), started=NEW)
    before = old.read_bytes(), new.read_bytes()
    compare_maps(old, new, tmp_path / "a.gpkg")
    compare_maps(old, new, tmp_path / "b.gpkg")
    assert (tmp_path / "a.gpkg").read_bytes() == (tmp_path / "b.gpkg").read_bytes()
    assert (old.read_bytes(), new.read_bytes()) == before


def test_bad_input_changes_nothing(old: Path, tmp_path: Path) -> None:
    far = write(tmp_path / "far.gpkg", tracks(shift=50_000.0), started=NEW)
    with pytest.raises(InputError, match=r"are \d+\.\d km apart"):
        compare_maps(old, far, tmp_path / "c.gpkg")
    (tmp_path / "text.gpkg").write_text("x")
    with pytest.raises(MapError):
        compare_maps(old, tmp_path / "text.gpkg", tmp_path / "c.gpkg")
    with pytest.raises(OutputError, match="is also an input"):
        compare_maps(old, far, old, overwrite=True)
    assert not (tmp_path / "c.gpkg").exists()
    copy = shutil.copy(old, tmp_path / "copy.gpkg")
    import sqlite3

    lock = sqlite3.connect(copy, isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    with pytest.raises(OutputError, match="another program"):
        compare_maps(old, copy, tmp_path / "c.gpkg", carry=True)
    lock.close()
    assert not (tmp_path / "c.gpkg").exists()


def test_empty_maps(old: Path, tmp_path: Path) -> None:
    empty = write(tmp_path / "empty.gpkg", TrackNetwork(nodes=[], links=[]), started=NEW)
    found = find_changes(read_map(old), read_map(empty))
    assert kinds(found) == ["removed"] * 3
    found = find_changes(read_map(empty), read_map(old))
    assert kinds(found) == ["new"] * 3


def test_crossing_lines_do_not_match() -> None:
    a = np.array([shapely.LineString([(0, 0), (100, 0)])])
    b = np.array(
        [shapely.LineString([(50, -50), (50, 50)]), shapely.LineString([(90, 1), (10, 1)])]
    )
    samples = overlay(a, b, reach_m=1.5)
    assert set(samples.other) == {-1, 1}
    (first, second) = stretches(samples, samples.other < 0, 5.0)
    assert samples.m[first.last] == pytest.approx(8.0, abs=2.0)
    assert samples.m[second.first] == pytest.approx(92.0, abs=2.0)
    assert CompareLimits().reach_m < 3.5 / 2 + 1e-9
