from __future__ import annotations

import json
import sqlite3
import uuid
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import pytest
from rasterio.crs import CRS as RasterioCRS
from shapely.geometry import Point, Polygon

from railmap.errors import GeoreferenceError, MapError, OutputError
from railmap.geometry.types import Link, Node, TrackNetwork
from railmap.mapping import QaIssue, SourceImage, read_map, write_map
from railmap.mapping.gpkg.blobs import wkb_from_blob
from tests.helpers import networks


def write(path: Path, network: TrackNetwork, crs: Any = networks.CRS, **changes: Any) -> None:
    arguments: dict = {"images": networks.images(), "run": networks.run_record()}
    write_map(path, network, crs, **(arguments | changes))


def xym(blob: bytes) -> np.ndarray:
    return np.frombuffer(wkb_from_blob(blob), "<f8", offset=9).reshape(-1, 3)


def line(xy: list[tuple[float, float]]) -> TrackNetwork:
    points = np.array(xy, dtype=float)
    nodes = [Node(*points[0], "railwayEnd"), Node(*points[-1], "railwayEnd")]
    return TrackNetwork(nodes, [Link(points, 0, 1)])


def query(path: Path, text: str) -> list[tuple]:
    sql = sqlite3.connect(path)
    try:
        return sql.execute(text).fetchall()
    finally:
        sql.close()


def test_link_ends_are_their_nodes_bit_by_bit(junction_map: Path) -> None:
    nodes = {
        node_id: wkb_from_blob(blob)[5:]
        for node_id, blob in query(junction_map, "SELECT node_id, geom FROM railway_node")
    }
    assert len(nodes) == 12
    rows = query(junction_map, "SELECT start_node, end_node, geom FROM railway_link")
    assert len(rows) == 9
    for start, end, blob in rows:
        coordinates = xym(blob)
        assert coordinates[0, :2].tobytes() == nodes[start]
        assert coordinates[-1, :2].tobytes() == nodes[end]


def test_m_is_the_length_along_the_link(junction_map: Path) -> None:
    for blob, length in query(junction_map, "SELECT geom, length_m FROM railway_link"):
        x, y, m = xym(blob).T
        assert m[0] == 0.0
        assert (np.diff(m) > 0).all()
        assert m[-1] == length
        assert np.allclose(np.diff(m), np.hypot(np.diff(x), np.diff(y)), atol=1e-9)


def test_repeated_vertices_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "map.gpkg"
    # The last but one step is below the resolution of M.
    end = (1000.0 + 1e-14, 0.0)
    write(path, line([(0, 0), (0, 0), (500, 0), (500, 0), (1000, 0), end]))
    ((blob,),) = query(path, "SELECT geom FROM railway_link")
    assert xym(blob).tolist() == [[0, 0, 0], [500, 0, 500], [1000, 0, 1000]]
    write(path, line([(0, 1e-13), (0, 0), (1000, 0), (1000, 1e-14)]), overwrite=True)
    ((blob,),) = query(path, "SELECT geom FROM railway_link")
    assert xym(blob)[-1, :2].tolist() == [1000, 1e-14]
    assert (np.diff(xym(blob)[:, 2]) > 0).all()


def test_attributes_of_links_and_nodes(junction_map: Path) -> None:
    content = read_map(junction_map)
    links, nodes = content.links, content.nodes
    assert set(links["railway"]) == {"rail"}
    assert links.loc[1, ["gauge", "gauge_source", "gauge_measured_mm"]].tolist() == [
        1435,
        "measured",
        1431.0,
    ]
    assert links.loc[2, ["gauge", "gauge_source"]].tolist() == [1435, "default"]
    assert links["gauge_measured_mm"].isna().sum() == 8
    assert links["min_radius_m"].isna().all()
    assert links["geometry_source"].tolist().count("interpolated") == 1
    assert nodes.loc[2, ["railway", "turnout_side", "crossing_number"]].tolist() == [
        "switch",
        "right",
        9.0,
    ]
    assert not nodes["reviewed"].any()
    assert nodes["at_dataset_edge"].sum() == 6


def test_heading_of_a_switch_points_from_its_toe(junction_map: Path) -> None:
    nodes = read_map(junction_map).nodes
    expected = np.degrees(np.arctan2(100.0, 0.37))
    assert nodes.loc[2, "heading_deg"] == pytest.approx(expected, abs=0.01)
    assert nodes.loc[nodes["railway"] != "switch", "heading_deg"].isna().all()


def test_heading_is_left_open_without_relations(tmp_path: Path) -> None:
    network = networks.junction()
    network.relations = []
    write(tmp_path / "map.gpkg", network)
    assert read_map(tmp_path / "map.gpkg").nodes["heading_deg"].isna().all()


def test_alignment_segments_are_cut_from_the_link(junction_map: Path) -> None:
    rows = query(
        junction_map,
        "SELECT s.geom, s.type, s.m_from, s.length_m, s.end_radius_m, l.geom, l.length_m"
        " FROM alignment_segment s JOIN railway_link l USING (link_id) ORDER BY s.seq",
    )
    assert [row[1] for row in rows] == ["LINE", "CLOTHOID", "CIRCULARARC"]
    assert [row[4] for row in rows] == [None, -400.0, -400.0]
    ends = []
    for blob, _, m_from, length, _, link_blob, link_length in rows:
        piece, link = xym(blob), xym(link_blob)
        assert piece[0, 2] == m_from
        assert piece[-1, 2] == min(m_from + length, link_length)
        assert (np.diff(piece[:, 2]) > 0).all()
        assert np.allclose(piece[:, 0], np.interp(piece[:, 2], link[:, 2], link[:, 0]))
        ends.append((piece[0], piece[-1]))
    assert np.array_equal(ends[0][1], ends[1][0])
    assert np.array_equal(ends[2][1], xym(rows[2][5])[-1])


def test_relations_name_links_that_meet_at_the_node(junction_map: Path) -> None:
    content = read_map(junction_map)
    links = content.links.set_index("link_id")
    relations = content.layers["net_relation"]
    assert len(relations) == 5
    for row in relations.itertuples():
        for link, end in ((row.link_a, row.end_a), (row.link_b, row.end_b)):
            assert links.loc[link, "end_node" if end else "start_node"] == row.node_id


def test_areas_images_issues_and_run(junction_map: Path) -> None:
    layers = read_map(junction_map).layers
    area = layers["track_area"].iloc[0]
    assert (area["class"], area["area_m2"], area["geom"].geom_type) == (
        "track",
        pytest.approx(500.0),
        "MultiPolygon",
    )
    image = layers["source_image"].iloc[0]
    assert (image["uri"], image["gsd_m"], image["crs"]) == ("ortho.tif", 0.05, "EPSG:4326")
    assert image["acquired_at"] == networks.FLOWN
    assert layers["qa_issue"]["severity"].tolist() == ["info", "warning", "error"]
    assert layers["qa_issue"]["status"].tolist() == ["open"] * 3
    run = layers["processing_run"].iloc[0]
    assert json.loads(run["parameters"]) == networks.run_record().parameters
    assert run["started_at"] == networks.STARTED
    assert set(layers["railway_link"]["run_id"]) == {run["run_id"]}


def test_acquired_at_comes_from_the_images_if_they_agree(tmp_path: Path) -> None:
    path = tmp_path / "map.gpkg"
    first, later = networks.images()[0], "2026-02-28T09:00:00"
    second = SourceImage("b.tif", first.footprint, 0.05, "EPSG:25832", later)
    write(path, networks.junction(), images=[first, second])
    assert read_map(path).links["acquired_at"].isna().all()
    write(path, networks.junction(), images=[second], overwrite=True)
    stored = query(path, "SELECT DISTINCT acquired_at FROM railway_link")
    assert stored == [("2026-02-28T09:00:00.000Z",)]
    given = datetime(2026, 1, 1, 3, tzinfo=timezone(timedelta(hours=2)))
    write(path, networks.junction(), acquired_at=given, overwrite=True)
    stored = query(path, "SELECT DISTINCT acquired_at FROM railway_link")
    assert stored == [("2026-01-01T01:00:00.000Z",)]


def test_same_arguments_give_the_same_bytes(tmp_path: Path, junction_map: Path) -> None:
    path = tmp_path / "other name.gpkg"
    write(path, networks.junction(), qa=networks.issues())
    assert path.read_bytes() == junction_map.read_bytes()


def test_ids_are_uuids_of_the_content(tmp_path: Path, junction_map: Path) -> None:
    path = tmp_path / "map.gpkg"
    later = networks.run_record(started_at=networks.STARTED + timedelta(days=1), seconds=1.0)
    write(path, networks.junction(), run=later)
    for table, column in (
        ("railway_link", "link_id"),
        ("railway_node", "node_id"),
        ("net_relation", "relation_id"),
        ("source_image", "image_id"),
        ("processing_run", "run_id"),
    ):
        ids = [text for (text,) in query(path, f"SELECT {column} FROM {table}")]
        assert ids == [text for (text,) in query(junction_map, f"SELECT {column} FROM {table}")]
        assert len(set(ids)) == len(ids)
        assert {uuid.UUID(text).version for text in ids} == {5}
    other = networks.run_record(parameters={"threshold": 0.6})
    write(path, networks.junction(), run=other, overwrite=True)
    assert query(path, "SELECT run_id FROM processing_run") != query(
        junction_map, "SELECT run_id FROM processing_run"
    )


def test_two_equal_links_have_two_ids(tmp_path: Path) -> None:
    network = line([(0, 0), (10, 0)])
    network.links.append(network.links[0])
    network.nodes.append(network.nodes[0])
    write(tmp_path / "map.gpkg", network)
    content = read_map(tmp_path / "map.gpkg")
    assert content.links["link_id"].is_unique
    assert content.nodes["node_id"].is_unique


def test_empty_network_is_a_valid_map(tmp_path: Path) -> None:
    path = tmp_path / "empty.gpkg"
    write(path, TrackNetwork([], []), images=[])
    content = read_map(path)
    assert len(content.links) == len(content.nodes) == 0
    assert content.crs.to_epsg() == 25832
    assert (
        query(path, "SELECT min_x FROM gpkg_contents WHERE data_type = 'features'") == [(None,)] * 6
    )


def test_existing_map_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "map.gpkg"
    path.write_bytes(b"precious")
    with pytest.raises(OutputError, match="overwrite"):
        write(path, networks.junction())
    assert path.read_bytes() == b"precious"
    write(path, networks.junction(), overwrite=True)
    assert len(read_map(path).links) == 9


def test_input_image_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "ortho.gpkg"
    path.write_bytes(b"pixels")
    image = SourceImage(str(path), networks.images()[0].footprint, 0.1, "EPSG:25832")
    with pytest.raises(OutputError, match="input"):
        write(path, networks.junction(), images=[image], overwrite=True)
    assert path.read_bytes() == b"pixels"


def _bad_end() -> TrackNetwork:
    network = networks.junction()
    network.links[0].xy = network.links[0].xy.copy()
    network.links[0].xy[-1, 0] = np.nextafter(network.links[0].xy[-1, 0], 0)
    return network


def _with(**changes: Any) -> TrackNetwork:
    network = networks.junction()
    for name, value in changes.items():
        setattr(network.links[0], name, value)
    return network


def _not_finite() -> TrackNetwork:
    network = networks.junction()
    network.links[0].xy[5, 1] = np.nan
    return network


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (_bad_end(), "link 0 .* does not end in its node 1"),
        (_with(end_node=99), "node 99"),
        (_with(xy=np.zeros((1, 2))), "not a line"),
        (_not_finite(), "not finite"),
        (line([(5, 5), (5, 5)]), "no length"),
        (_with(geometry_source="guess"), "geometry_source cannot be 'guess': use one of"),
        (TrackNetwork([Node(np.inf, 0, "railwayEnd")], []), "not finite"),
        (TrackNetwork([], [], areas=[Point(0, 0)]), "not a polygon but Point"),
    ],
)
def test_broken_network_leaves_nothing(tmp_path: Path, network: TrackNetwork, message: str) -> None:
    with pytest.raises(MapError, match=message):
        write(tmp_path / "map.gpkg", network)
    assert list(tmp_path.iterdir()) == []


def test_unserialisable_parameters(tmp_path: Path) -> None:
    with pytest.raises(MapError, match="JSON"):
        write(
            tmp_path / "m.gpkg", networks.junction(), run=networks.run_record(parameters={"a": {1}})
        )
    assert list(tmp_path.iterdir()) == []


def test_sqlite_failure_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("railmap.mapping.gpkg.package.GeoPackage.commit", full)
    with pytest.raises(OutputError, match=r"map\.gpkg: cannot be written .*full"):
        write(tmp_path / "map.gpkg", networks.junction())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:2263", "nonsense", "EPSG:4978"])
def test_crs_must_be_projected_in_metres(tmp_path: Path, crs: str) -> None:
    with pytest.raises(GeoreferenceError):
        write(tmp_path / "map.gpkg", networks.junction(), crs)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "crs",
    [
        25832,
        RasterioCRS.from_epsg(32632),
        "EPSG:5555",  # compound: ETRS89 / UTM 32N + height
        pyproj.CRS.from_proj4("+proj=tmerc +lat_0=10 +lon_0=20 +k=1 +x_0=0 +y_0=0 +ellps=bessel"),
    ],
)
def test_crs_comes_back(tmp_path: Path, crs: Any) -> None:
    path = tmp_path / "map.gpkg"
    write(path, networks.junction(), crs)
    expected = pyproj.CRS.from_user_input(crs)
    if expected.is_compound:
        expected = expected.sub_crs_list[0]
    back = read_map(path).crs
    to_back = pyproj.Transformer.from_crs(expected, back, always_xy=True)
    assert np.allclose(to_back.transform(500_000.0, 5_400_000.0), (500_000.0, 5_400_000.0))
    assert back.to_epsg() == expected.to_epsg()


def test_empty_geometry_of_an_issue_is_null(tmp_path: Path) -> None:
    path = tmp_path / "map.gpkg"
    write(path, networks.junction(), qa=[QaIssue("hole", "error", "all of it", Polygon())])
    assert query(path, "SELECT geom FROM qa_issue") == [(None,)]
    assert read_map(path).layers["qa_issue"].geometry.isna().all()


def test_five_thousand_links(tmp_path: Path) -> None:
    write(tmp_path / "map.gpkg", networks.ladder(5_000))
    assert query(tmp_path / "map.gpkg", "SELECT count(*) FROM railway_link") == [(5_000,)]
