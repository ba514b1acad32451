"""The file as a GeoPackage, read with sqlite3 and GDAL instead of railmap."""

from __future__ import annotations

import json
import shutil
import sqlite3
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely

from railmap.mapping.gpkg.blobs import blob_bounds, wkb_from_blob
from railmap.mapping.schema import DOMAINS, LAYERS, SCHEMA_VERSION
from tests.helpers import networks


@pytest.fixture
def sql(junction_map: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(junction_map)
    yield connection
    connection.close()


def test_header_and_integrity(sql: sqlite3.Connection) -> None:
    assert sql.execute("PRAGMA application_id").fetchone()[0] == 0x47504B47
    assert sql.execute("PRAGMA user_version").fetchone()[0] == 10200
    assert sql.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    assert sql.execute("PRAGMA foreign_key_check").fetchall() == []


def test_schema_version_is_in_the_metadata(sql: sqlite3.Connection) -> None:
    uri, mime, text = sql.execute(
        "SELECT md_standard_uri, mime_type, metadata FROM gpkg_metadata"
    ).fetchone()
    assert (uri, mime) == ("urn:railmap:schema", "application/json")
    assert json.loads(text)["schema_version"] == SCHEMA_VERSION


def test_every_table_column_and_contents_row(sql: sqlite3.Connection) -> None:
    contents = dict(sql.execute("SELECT table_name, data_type FROM gpkg_contents"))
    for layer in LAYERS:
        if not layer.always:
            assert layer.name not in contents
            continue
        assert contents[layer.name] == ("features" if layer.geometry else "attributes")
        columns = {
            row[1]: (row[2], bool(row[3]))
            for row in sql.execute(f"PRAGMA table_info({layer.name})")
        }
        assert columns.pop("fid") == ("INTEGER", True)
        if layer.geometry:
            assert columns.pop("geom") == (layer.geometry, False)
        assert columns == {c.name: (c.type, c.required) for c in layer.columns}


def test_every_domain_is_a_column_constraint(sql: sqlite3.Connection) -> None:
    for domain in DOMAINS.values():
        rows = sql.execute(
            "SELECT constraint_type, value, min, max FROM gpkg_data_column_constraints"
            " WHERE constraint_name = ? ORDER BY rowid",
            (domain.name,),
        ).fetchall()
        if domain.values:
            assert rows == [("enum", value, None, None) for value, _ in domain.values]
        else:
            assert rows == [("range", None, domain.minimum, domain.maximum)]
    documented = {
        (table, column): constraint
        for table, column, constraint in sql.execute(
            "SELECT table_name, column_name, constraint_name FROM gpkg_data_columns"
        )
    }
    expected = {(e.name, c.name): c.domain for e in LAYERS if e.always for c in e.columns}
    assert documented == expected


def test_written_values_meet_the_constraints(sql: sqlite3.Connection) -> None:
    for layer in LAYERS:
        for column in layer.columns:
            if not (layer.always and column.domain and DOMAINS[column.domain].values):
                continue
            permitted = {value for value, _ in DOMAINS[column.domain].values}
            found = sql.execute(
                f'SELECT DISTINCT "{column.name}" FROM {layer.name}'
                f' WHERE "{column.name}" IS NOT NULL'
            )
            assert {value for (value,) in found} <= permitted


def test_registered_extensions(sql: sqlite3.Connection) -> None:
    rows = set(
        sql.execute("SELECT table_name, column_name, extension_name, scope FROM gpkg_extensions")
    )
    for layer in LAYERS:
        if layer.always and layer.geometry:
            assert (layer.name, "geom", "gpkg_rtree_index", "write-only") in rows
    assert ("gpkg_data_columns", None, "gpkg_schema", "read-write") in rows
    assert ("gpkg_data_column_constraints", None, "gpkg_schema", "read-write") in rows
    assert ("gpkg_metadata", None, "gpkg_metadata", "read-write") in rows


def test_links_carry_measures_and_blobs_are_consistent(sql: sqlite3.Connection) -> None:
    z, m = sql.execute(
        "SELECT z, m FROM gpkg_geometry_columns WHERE table_name = 'railway_link'"
    ).fetchone()
    assert (z, m) == (0, 1)
    (srs_id,) = sql.execute(
        "SELECT srs_id FROM gpkg_contents WHERE table_name = 'railway_link'"
    ).fetchone()
    for (blob,) in sql.execute("SELECT geom FROM railway_link"):
        assert int.from_bytes(blob[4:8], "little", signed=True) == srs_id == 25832
        header = np.frombuffer(blob, "<f8", 4, 8)
        x_min, y_min, x_max, y_max = blob_bounds(blob)  # type: ignore[misc]
        assert header.tolist() == [x_min, x_max, y_min, y_max]
        assert int.from_bytes(wkb_from_blob(blob)[1:5], "little") == 2002


def test_spatial_index_covers_every_geometry(sql: sqlite3.Connection) -> None:
    for layer in LAYERS:
        if not (layer.always and layer.geometry):
            continue
        boxes = {
            fid: box
            for fid, *box in sql.execute(
                f"SELECT id, minx, miny, maxx, maxy FROM rtree_{layer.name}_geom"
            )
        }
        rows = sql.execute(f"SELECT fid, geom FROM {layer.name}").fetchall()
        assert len(rows) == len(boxes)
        for fid, blob in rows:
            x_min, y_min, x_max, y_max = blob_bounds(blob)  # type: ignore[misc]
            box = boxes[fid]
            assert box[0] <= x_min
            assert box[1] <= y_min
            assert box[2] >= x_max
            assert box[3] >= y_max
            assert np.allclose(box, [x_min, y_min, x_max, y_max], atol=1.0)


def test_gdal_reads_all_layers_and_counts(junction_map: Path) -> None:
    with warnings.catch_warnings():
        # pyogrio does not support measured types; any other warning of GDAL fails the test.
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", message="Measured .* geometry types are not supported")
        listed = dict(pyogrio.list_layers(junction_map).tolist())
        assert listed["railway_link"] == "LineString"
        assert listed["qa_issue"] == "Unknown"
        assert listed["net_relation"] is None
        counts = {name: pyogrio.read_info(junction_map, layer=name)["features"] for name in listed}
        links = pyogrio.read_dataframe(junction_map, layer="railway_link")
        near = pyogrio.read_dataframe(
            junction_map,
            layer="railway_node",
            bbox=(networks.X0 - 1, networks.Y0 - 1, networks.X0 + 1, networks.Y0 + 1),
        )
    assert counts["railway_link"] == len(links) == 9
    assert counts["railway_node"] == 12
    assert counts["qa_issue"] == 3
    assert links.crs.to_epsg() == 25832
    assert len(near) == 1


def test_gdal_edits_keep_index_and_count(junction_map: Path, tmp_path: Path) -> None:
    path = tmp_path / "edited.gpkg"
    shutil.copy(junction_map, path)
    nodes = pyogrio.read_dataframe(path, layer="railway_node").iloc[:1]
    nodes = nodes.set_geometry(nodes.geometry.translate(5000.0, 0.0))
    pyogrio.write_dataframe(nodes, path, layer="railway_node", append=True)
    assert pyogrio.read_info(path, layer="railway_node")["features"] == 13
    moved = tuple(nodes.geometry.buffer(1.0).total_bounds)
    assert len(pyogrio.read_dataframe(path, layer="railway_node", bbox=moved)) == 1
    with sqlite3.connect(path) as sql:
        sql.execute("DELETE FROM railway_node WHERE fid = 1")
        count = sql.execute(
            "SELECT feature_count FROM gpkg_ogr_contents WHERE table_name = 'railway_node'"
        ).fetchone()
        ids = [fid for (fid,) in sql.execute("SELECT id FROM rtree_railway_node_geom")]
    sql.close()
    assert count == (12,)
    assert 1 not in ids
    assert len(ids) == 12


def test_invalid_blob() -> None:
    with pytest.raises(ValueError, match="not a GeoPackage geometry"):
        wkb_from_blob(b"\x01" * 20)
    with pytest.raises(ValueError, match="unknown envelope"):
        wkb_from_blob(b"GP\x00\x0f" + b"\x00" * 20)
    assert blob_bounds(None) is None
    assert blob_bounds(b"GP\x00\x01" + b"\x00" * 4 + shapely.to_wkb(shapely.Point())) is None
