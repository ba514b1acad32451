"""Lines, posts, events and user tables are kept when the raster is mapped again."""

from __future__ import annotations

import dataclasses
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import pyproj
import pytest
import shapely

from railmap.errors import MapError
from railmap.geometry.types import Relation, TrackNetwork
from railmap.mapping import check_map, read_map, write_map
from railmap.mapping.attach.attach import attach_events
from railmap.mapping.referencing.lines import add_line
from railmap.mapping.referencing.milestones import add_milestones
from railmap.mapping.remap.edited_map import EditedMap
from railmap.mapping.schema import layer
from railmap.mapping.store.editing import append_rows, edit_map
from railmap.mapping.store.licences import ODBL, add_licence, read_licences
from railmap.progress import NullReporter
from tests.helpers import networks, railway

Write = Callable[..., list[str]]


def table(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def place(s: float, offset: float) -> str:
    """A point `offset` metres right of the south track, as CSV."""
    (x, y), (ax, ay) = railway.along_south(s), railway.along_south(s + 0.01)
    along = np.array([ax - x, ay - y]) / np.hypot(ax - x, ay - y)
    return f"{x + offset * along[1]:.4f},{y - offset * along[0]:.4f}"


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A map with line, posts, three layers of events, attributes, accepted issue and table."""
    tmp_path = tmp_path_factory.mktemp("rich")
    path = railway.write_railway(tmp_path / "tracks.gpkg")
    add_line(path, ref="6185", start=railway.node(0), end=railway.node(3), name="Süd")
    posts = [f"{place(s, 2.0)},{12 + s / 1000 - 0.001:.3f}" for s in (100, 400, 700, 1000)]
    posts = ["x,y,position_km", *posts]
    add_milestones(path, table(tmp_path / "posts.csv", "\n".join(posts)), ref="6185")
    loose = [f"{place(s, o)},note {s}" for s, o in ((150, 0.7), (600, -0.75), (900, 0.2))]
    attach_events(path, table(tmp_path / "loose.csv", "\n".join(["x,y,text", *loose])))
    defects = ["line,km,offset_m,defect_id,class,image_id", "6185,12.5,-4.0,d1,squat,old"]
    attach_events(path, table(tmp_path / "d.csv", "\n".join(defects)), position_accuracy_m=0.1)
    x, y = (float(v) for v in place(300, 0.7).split(","))
    areas = gpd.GeoDataFrame(
        {"defect_id": ["a1"], "class": ["wear"]},
        geometry=[shapely.box(x, y - 0.02, x + 0.3, y + 0.02)], crs=networks.CRS,
    )  # fmt: skip
    pyogrio.write_dataframe(areas, tmp_path / "areas.gpkg")
    attach_events(path, tmp_path / "areas.gpkg", position_accuracy_m=0.1)
    links = read_map(path).links["link_id"].tolist()
    with edit_map(path) as sql:
        sql.execute("UPDATE railway_link SET usage = 'branch', ref = '6185' WHERE fid <= 2")
        add_licence(sql, ODBL)
        issue = {"rule": "radius", "severity": "warning", "message": "tight",
                 "object_id": links[1], "status": "accepted"}  # fmt: skip
        append_rows(sql, layer("qa_issue"), [(issue, None, None)])
        image = {"image_id": "old", "uri": "old.tif"}
        append_rows(sql, layer("source_image"), [(image, None, None)])
        sql.execute("CREATE TABLE qgis_projects (name TEXT PRIMARY KEY, content BLOB)")
        sql.execute("INSERT INTO qgis_projects VALUES ('mine', x'00ff')")
        sql.execute(
            "INSERT INTO layer_styles (f_table_name, styleName, styleQML, useAsDefault)"
            " VALUES ('railway_link', 'mine', '<qgis/>', 1)"
        )
    return path


@pytest.fixture
def tracks(rich: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(rich, tmp_path / "tracks.gpkg"))


@pytest.fixture
def remap(tracks: Path) -> Write:
    """Map again as the pipeline does; return the warnings."""

    def write(network: TrackNetwork, crs: str = networks.CRS) -> list[str]:
        heard = NullReporter()
        write_map(
            tracks, network, crs, images=networks.images(), run=networks.run_record(),
            overwrite=True, edits=EditedMap(tracks).current(crs), reporter=heard,
        )  # fmt: skip
        return heard.warnings

    return write


def rows(path: Path, name: str, columns: str = "*") -> list[tuple]:
    with closing(sqlite3.connect(path)) as sql:
        return sql.execute(f"SELECT {columns} FROM {name} ORDER BY 1").fetchall()


def moved(dx: float, dy: float) -> TrackNetwork:
    """The network of another survey flight: all ids differ."""
    network, step = railway.railway(), np.array([dx, dy])
    for node in network.nodes:
        node.x, node.y = node.x + dx, node.y + dy
    for link in network.links:
        link.xy = link.xy + step
    return network


def turned() -> TrackNetwork:
    """The same tracks in the opposite direction."""
    network = railway.railway()
    for link in network.links:
        link.xy = link.xy[::-1].copy()
        link.start_node, link.end_node = link.end_node, link.start_node
    relations = [
        dataclasses.replace(r, end_a=1 - r.end_a, end_b=1 - r.end_b) for r in network.relations
    ]
    return dataclasses.replace(network, relations=relations)


_TABLES = (
    "railway_line", "railway_line_link", "milestone", "loose", "defect", "defect_area",
    "railway_link", "qgis_projects", "qa_issue", "source_image", "processing_run",
)  # fmt: skip


def test_the_same_raster_again_changes_nothing(tracks: Path, remap: Write) -> None:
    before = {name: rows(tracks, name) for name in _TABLES}
    kinds = [tuple(row) for row in pyogrio.list_layers(tracks)]
    assert remap(railway.railway()) == []
    for name in _TABLES:
        assert len(rows(tracks, name)) == len(before[name])
    for name in _TABLES[:7]:
        assert [row[1:] for row in rows(tracks, name)] == [row[1:] for row in before[name]]
    assert sorted(kinds) == sorted(tuple(row) for row in pyogrio.list_layers(tracks))
    assert read_licences(tracks) == [ODBL]
    styles = "f_table_name, styleName, useAsDefault"
    assert ("railway_link", "mine", 1) in rows(tracks, "layer_styles", styles)
    assert ("railway_link", "railmap", 0) in rows(tracks, "layer_styles", styles)
    assert ("loose", "railmap", 1) in rows(tracks, "layer_styles", styles)
    first = tracks.read_bytes()
    assert remap(railway.railway()) == []
    assert tracks.read_bytes() == first


def test_a_copied_table_can_be_edited(tracks: Path, remap: Write, tmp_path: Path) -> None:
    """Its spatial index, row count and constraints exist."""
    remap(railway.railway())
    x, y = (float(v) for v in place(150, 0.7).split(","))
    box = (x - 1, y - 1, x + 1, y + 1)
    assert len(pyogrio.read_dataframe(tracks, layer="loose", bbox=box)) == 1
    assert pyogrio.read_info(tracks, layer="loose")["features"] == 3
    with edit_map(tracks) as sql:
        sql.execute("DELETE FROM loose WHERE fid = 1")
        found = sql.execute("SELECT count(*) FROM rtree_loose_geom").fetchone()
        count = "SELECT feature_count FROM gpkg_ogr_contents WHERE table_name = 'loose'"
        assert (found[0], sql.execute(count).fetchone()[0]) == (2, 2)
        assert sql.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    more = table(tmp_path / "loose.csv", f"x,y,text\n{place(500, 0.1)},more\n")
    assert attach_events(tracks, more).matched == 1


@pytest.mark.parametrize(("dx", "dy"), [(0.0, 0.6), (0.4, -0.5)])
def test_another_flight(tracks: Path, remap: Write, dx: float, dy: float) -> None:
    was = read_map(tracks)
    loose = dict(rows(tracks, "loose", "fid, line_m"))
    assert remap(moved(dx, dy)) == []
    now = read_map(tracks)
    assert not set(now.links["link_id"]) & set(was.links["link_id"])
    line = now.layers["railway_line"].iloc[0]
    before = was.layers["railway_line"].iloc[0]
    assert (line["line_id"], line["ref"], line["name"]) == (before["line_id"], "6185", "Süd")
    assert (line["calibration"], len(now.layers["milestone"])) == ("posts", 4)
    assert now.layers["milestone"]["m"].tolist() == was.layers["milestone"]["m"].tolist()
    # A place keeps its kilometre.
    for fid, line_m in rows(tracks, "loose", "fid, line_m"):
        assert line_m == pytest.approx(loose[fid], abs=1.0)
    ids = set(now.links["link_id"])
    for name in ("loose", "defect", "defect_area"):
        assert {link for (link,) in rows(tracks, name, "link_id")} <= ids
    assert now.links["usage"].tolist().count("branch") == 2
    issue = now.layers["qa_issue"].iloc[0]
    assert (issue["status"], issue["object_id"]) == ("accepted", now.links["link_id"].iloc[1])
    assert set(now.layers["source_image"]["image_id"]) >= {"old"}
    assert [i for i in check_map(tracks) if i.severity == "error"] == []


def test_events_stay_on_their_track(tracks: Path, remap: Write) -> None:
    """The event is nearer to another track, but was attached by line and chainage."""
    (before,) = rows(tracks, "defect", "defect_id, link_id, offset_m, line_m")
    assert remap(railway.railway()) == []
    (after,) = rows(tracks, "defect", "defect_id, link_id, offset_m, line_m")
    assert after[:2] == before[:2]
    assert after[2:] == pytest.approx(before[2:], abs=0.01)
    assert remap(moved(0.3, 0.3)) == []
    (after,) = rows(tracks, "defect", "defect_id, link_id, offset_m, line_m")
    assert after[1] == read_map(tracks).links["link_id"].iloc[1]
    assert after[2] == pytest.approx(-4.0, abs=0.5)


def test_links_in_the_opposite_direction(tracks: Path, remap: Write) -> None:
    was = rows(tracks, "loose", "fid, offset_m, line_m")
    m = read_map(tracks).layers["milestone"]["m"].tolist()
    with edit_map(tracks) as sql:
        sql.execute("UPDATE loose SET side = 'right_rail' WHERE fid = 1")
    assert remap(turned()) == []
    now = rows(tracks, "loose", "fid, offset_m, line_m")
    for (_, offset, line_m), (_, before, line_before) in zip(now, was, strict=True):
        assert offset == pytest.approx(-before, abs=1e-6)
        assert line_m == pytest.approx(line_before, abs=1e-3)
    assert rows(tracks, "loose", "fid, side")[0] == (1, "left_rail")
    assert read_map(tracks).layers["milestone"]["m"].tolist() == pytest.approx(m, abs=1e-3)
    assert [i for i in check_map(tracks) if i.severity == "error"] == []


def add_columns(path: Path) -> None:
    """Add columns as QGIS does ("New field"): to links, nodes, the line and the alignment."""
    with edit_map(path) as sql:
        sql.execute('ALTER TABLE railway_link ADD COLUMN "Geprüft von" TEXT(40)')
        sql.execute('ALTER TABLE railway_link ADD COLUMN "rank" INTEGER')
        sql.execute("UPDATE railway_link SET \"Geprüft von\" = 'Ö' || fid, rank = fid * 10")
        sql.execute('ALTER TABLE railway_node ADD COLUMN "photo" TEXT')
        sql.execute("UPDATE railway_node SET photo = 'p' || fid WHERE fid < 3")
        sql.execute('ALTER TABLE railway_line ADD COLUMN "owner" TEXT')
        sql.execute("UPDATE railway_line SET owner = 'DB'")
        sql.execute(
            "INSERT INTO gpkg_data_columns (table_name, column_name, description)"
            " VALUES ('railway_link', 'rank', 'how urgent')"
        )


def test_added_columns_stay(tracks: Path, remap: Write) -> None:
    add_columns(tracks)
    columns = 'link_id, "Geprüft von", rank'
    before = rows(tracks, "railway_link", columns)
    nodes = rows(tracks, "railway_node", "node_id, photo")
    assert remap(railway.railway()) == []
    assert rows(tracks, "railway_link", columns) == before
    assert rows(tracks, "railway_node", "node_id, photo") == nodes
    assert {owner for (owner,) in rows(tracks, "railway_line", "owner")} == {"DB"}
    with closing(sqlite3.connect(tracks)) as sql:
        kinds = {row[1]: row[2] for row in sql.execute("PRAGMA table_info(railway_link)")}
        described = "SELECT description FROM gpkg_data_columns WHERE column_name = 'rank'"
        assert sql.execute(described).fetchone() == ("how urgent",)
    assert (kinds["Geprüft von"], kinds["rank"]) == ("TEXT(40)", "INTEGER")
    first = tracks.read_bytes()
    remap(railway.railway())
    assert tracks.read_bytes() == first
    assert check_map(tracks) == check_map(tracks)  # railmap reads such maps as before


def test_added_columns_of_another_flight(tracks: Path, remap: Write) -> None:
    add_columns(tracks)
    before = rows(tracks, "railway_link", 'rank, "Geprüft von"')
    ids = {link_id for (link_id,) in rows(tracks, "railway_link", "link_id")}
    remap(moved(0.2, 0.3))
    assert not ids & {link_id for (link_id,) in rows(tracks, "railway_link", "link_id")}
    assert rows(tracks, "railway_link", 'rank, "Geprüft von"') == before
    assert sorted(p for (p,) in rows(tracks, "railway_node", "photo") if p) == ["p1", "p2"]


def test_lost_values_of_added_columns_are_reported(tracks: Path, remap: Write) -> None:
    add_columns(tracks)
    with edit_map(tracks) as sql:
        sql.execute('ALTER TABLE source_image ADD COLUMN "pilot" TEXT')
        sql.execute("UPDATE source_image SET pilot = 'A'")
        count = sql.execute("SELECT count(*) FROM source_image").fetchone()[0]
        links = sql.execute("SELECT count(*) FROM railway_link").fetchone()[0]
    messages = "\n".join(remap(TrackNetwork([], [], [])))
    assert f"values in pilot of source_image are lost in {count} of {count} rows" in messages
    lost = f"values in Geprüft von, rank of railway_link are lost in {links} of {links} rows"
    assert lost in messages
    assert rows(tracks, "railway_link", "rank") == []


def test_other_links_of_the_same_tracks(tracks: Path, remap: Write) -> None:
    """A switch of the first run is not detected again: two links have become one."""
    network = railway.railway()
    south = np.vstack([network.links[0].xy, network.links[1].xy[1:]])
    links = [
        dataclasses.replace(network.links[0], xy=south, start_node=0, end_node=2),
        *network.links[2:5],
    ]
    nodes = [dataclasses.replace(node) for node in network.nodes]
    links = [
        dataclasses.replace(link, start_node=a, end_node=b)
        for link, (a, b) in zip(links, [(0, 1), (2, 1), (3, 4), (4, 5)], strict=True)
    ]
    nodes = [nodes[i] for i in (0, 2, 3, 4, 5, 6)]
    network = TrackNetwork(nodes, links, [Relation(1, 0, 1, 1, 1), Relation(4, 2, 1, 3, 0)])
    was = rows(tracks, "loose", "fid, line_m")
    assert remap(network) == []
    assert [m for _, m in rows(tracks, "loose", "fid, line_m")] == pytest.approx(
        [m for _, m in was], abs=1e-3
    )
    assert len(rows(tracks, "railway_line_link")) == 2


def test_a_line_without_tracks_is_reported(tracks: Path, remap: Write) -> None:
    network = railway.railway()
    kept = dataclasses.replace(network, links=network.links[3:5], relations=[])
    kept.nodes[:] = network.nodes[4:7]
    for link, pair in zip(kept.links, [(0, 1), (1, 2)], strict=True):
        link.start_node, link.end_node = pair
    messages = remap(kept)
    assert messages == [
        "line 6185 is not kept: there is no track along it; add it again with railmap line add",
        "1 accepted issues are dropped, because their tracks no longer exist",
    ]
    now = read_map(tracks)
    assert "railway_line" not in now.layers or now.layers["railway_line"].empty
    posts = now.layers["milestone"]
    assert posts["position_km"].notna().all()
    assert posts["line_id"].isna().all()
    issue = now.layers["qa_issue"].iloc[0]
    assert (issue["rule"], issue["message"]) == ("not_kept", messages[0])
    # Events go to the track that is left.
    assert len(rows(tracks, "loose")) == 3
    assert {link for (link,) in rows(tracks, "loose", "link_id")} <= set(now.links["link_id"])
    assert rows(tracks, "loose", "fid, line_id") == [(1, None), (2, None), (3, None)]


def test_a_gap_in_the_line_is_reported(tracks: Path, remap: Write) -> None:
    network = railway.railway()
    links = [link for i, link in enumerate(network.links) if i in (0, 2, 3, 4)]
    assert remap(dataclasses.replace(network, links=links, relations=[]))[0].startswith(
        "line 6185 is not kept: no tracks lead from node"
    )


def test_no_tracks_at_all(tracks: Path, remap: Write) -> None:
    messages = remap(TrackNetwork([], [], []))
    assert messages[0] == "1 events of the layer defect are no longer on a track"
    assert any(text.startswith("line 6185 is not kept: there are no tracks") for text in messages)
    assert rows(tracks, "loose", "fid, link_id, link_m") == [(i, None, None) for i in (1, 2, 3)]
    # They find their tracks again.
    remap(railway.railway())
    assert all(link for (link,) in rows(tracks, "loose", "link_id"))


def test_another_crs(tracks: Path, remap: Write) -> None:
    move = pyproj.Transformer.from_crs(25832, 25833, always_xy=True)
    network = railway.railway()
    for node in network.nodes:
        node.x, node.y = move.transform(node.x, node.y)
    for link in network.links:
        link.xy = np.column_stack(move.transform(*link.xy.T))
        link.xy[0] = network.nodes[link.start_node].x, network.nodes[link.start_node].y
        link.xy[-1] = network.nodes[link.end_node].x, network.nodes[link.end_node].y
    was = pyogrio.read_dataframe(tracks, layer="loose").to_crs(25833)
    assert remap(network, "EPSG:25833") == []
    now = pyogrio.read_dataframe(tracks, layer="loose")
    assert now.crs.to_epsg() == 25833
    apart = shapely.distance(now.geometry.to_numpy(), was.geometry.to_numpy())
    assert apart.max() < 1e-3
    assert now["line_m"].to_numpy() == pytest.approx(was["line_m"].to_numpy(), abs=1.0)
    assert now["offset_m"].to_numpy() == pytest.approx(was["offset_m"].to_numpy(), abs=0.01)
    assert [i for i in check_map(tracks) if i.severity == "error"] == []


def test_lines_without_posts_keep_their_kind_of_chainage(tracks: Path, remap: Write) -> None:
    with edit_map(tracks) as sql:
        sql.execute("DELETE FROM milestone")
        sql.execute("UPDATE railway_line SET calibration = 'design'")
    was = rows(tracks, "loose", "fid, line_m")
    assert remap(moved(0.2, 0.1)) == []
    line = read_map(tracks).layers["railway_line"].iloc[0]
    assert line["calibration"] == "design"
    for (_, m), (_, before) in zip(rows(tracks, "loose", "fid, line_m"), was, strict=True):
        assert m == pytest.approx(before, abs=0.5)


def test_tables_of_other_programs(tracks: Path, remap: Write) -> None:
    with edit_map(tracks) as sql:
        sql.execute("CREATE TABLE odd (fid INTEGER PRIMARY KEY, x INTEGER UNIQUE)")
        sql.execute("INSERT INTO odd VALUES (1, 5)")
        sql.execute(
            "CREATE TRIGGER odd_t BEFORE INSERT ON odd WHEN (NEW.x < 0)"
            " BEGIN SELECT RAISE(ABORT, 'below zero'); END"
        )
        sql.execute("CREATE VIRTUAL TABLE words USING fts5(text)")
        sql.execute("INSERT INTO words VALUES ('kept')")
        # A table that cannot be read is reported; the rest is kept.
        sql.execute("CREATE TABLE broken (fid INTEGER PRIMARY KEY, geom BLOB, link_id, link_m)")
        sql.execute("INSERT INTO broken VALUES (1, x'00', 'a', 1)")
    messages = remap(railway.railway())
    assert messages == ["the table broken is not kept: not a GeoPackage geometry"]
    assert rows(tracks, "odd") == [(1, 5)]
    assert rows(tracks, "words") == [("kept",)]
    assert "odd_t" in [name for (name,) in rows(tracks, "sqlite_master", "name")]


def test_a_map_with_a_trigger_of_somebody_else_is_not_replaced(tracks: Path, remap: Write) -> None:
    with edit_map(tracks) as sql:
        sql.execute("CREATE TABLE odd (fid INTEGER PRIMARY KEY, x INTEGER)")
        sql.execute("CREATE TRIGGER odd_t AFTER INSERT ON odd BEGIN DELETE FROM defect; END")
    before = tracks.read_bytes()
    with pytest.raises(MapError, match=r"the trigger odd_t would run when railmap writes"):
        remap(railway.railway())
    assert tracks.read_bytes() == before


def test_a_map_that_qgis_has_open(tracks: Path, remap: Write) -> None:
    """Content of the write-ahead log is kept, and no old log file remains."""
    with closing(sqlite3.connect(tracks, isolation_level=None)) as qgis:
        qgis.execute("PRAGMA journal_mode = WAL")
        qgis.execute("PRAGMA wal_autocheckpoint = 0")
        qgis.execute("INSERT INTO qgis_projects VALUES ('just saved', NULL)")
        assert Path(f"{tracks}-wal").stat().st_size > 0
        assert remap(railway.railway()) == []
        assert not Path(f"{tracks}-wal").exists()
    assert rows(tracks, "qgis_projects", "name") == [("just saved",), ("mine",)]
