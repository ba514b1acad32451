"""Licence and origin in every export, and the formats that lose something."""

from __future__ import annotations

import csv
import json
import shutil
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pyogrio
import pytest
import shapely

from railmap.errors import InputError, OutputError, UsageError
from railmap.mapping import read_map
from railmap.mapping.compare.surveys import compare_maps
from railmap.mapping.store.editing import edit_map
from railmap.mapping.store.licences import ODBL, add_licence, read_licences
from railmap.pipeline.description import describe_file
from railmap.progress import NullReporter
from railmap.publishing import EXPORT_SUFFIXES, export_map, route_through_map

STATING = tuple(EXPORT_SUFFIXES)
LANDXML = "{http://www.landxml.org/schema/LandXML-1.2}"
NEEDED = {".dxf": "ezdxf", ".ifc": "ifcopenshell", ".parquet": "pyarrow", ".ttl": "rdflib"}


@pytest.fixture
def licensed(line_map: Path, tmp_path: Path) -> Path:
    path = Path(shutil.copy(line_map, tmp_path / "Gleise -- öst.gpkg"))
    with edit_map(path) as sql:
        add_licence(sql, ODBL)
    return path


def stated(path: Path) -> str:
    """Everything that an export and the files beside it say."""
    texts = []
    for file in sorted(path.parent.glob(f"{path.stem}.*")):
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as archive:
                texts += [archive.read(name).decode() for name in archive.namelist()]
        else:
            texts.append(file.read_bytes().decode("utf-8", "replace"))
    return "".join(texts)


@pytest.mark.parametrize("suffix", STATING)
def test_every_export_states_licence_and_origin(
    licensed: Path, tmp_path: Path, suffix: str
) -> None:
    if module := NEEDED.get(suffix):
        pytest.importorskip(module)
    out = tmp_path / f"x{suffix}"
    export_map(licensed, out)
    said = stated(out)
    assert "OpenStreetMap contributors" in said
    assert "https://www.openstreetmap.org/copyright" in said
    assert "ortho.tif" in said


@pytest.mark.parametrize("suffix", [".geojson", ".osm", ".csv", ".shp", ".kml", ".xml"])
def test_without_other_sources_that_is_said(line_map: Path, tmp_path: Path, suffix: str) -> None:
    export_map(line_map, tmp_path / f"x{suffix}")
    said = stated(tmp_path / f"x{suffix}")
    assert ("no data of other sources with a licence" in said) or '"licences": []' in said
    assert "OpenStreetMap" not in said


def test_readers_find_the_statements(licensed: Path, tmp_path: Path) -> None:
    ezdxf = pytest.importorskip("ezdxf")
    for name in ("x.osm", "x.geojson", "x.dxf", "x.csv", "x.kml", "x.xml"):
        export_map(licensed, tmp_path / name)
    root = ET.parse(tmp_path / "x.osm").getroot()
    assert root.get("attribution") == ODBL.attribution
    assert root.get("license") == f"{ODBL.name}, {ODBL.url}"
    collection = json.loads((tmp_path / "x.geojson").read_text(encoding="utf-8"))
    assert collection["licences"] == [
        {"name": ODBL.name, "attribution": ODBL.attribution, "url": ODBL.url}
    ]
    assert pyogrio.read_info(tmp_path / "x.geojson")["features"] == 9
    drawing = ezdxf.readfile(tmp_path / "x.dxf")
    assert any(ODBL.attribution in value for _, value in drawing.header.custom_vars)
    about = json.loads((tmp_path / "x.csv-metadata.json").read_text(encoding="utf-8"))
    assert (about["url"], about["dc:license"]) == ("x.csv", [ODBL.url])
    landxml = ET.parse(tmp_path / "x.xml").getroot()
    assert landxml.find("{*}Project").get("name") == "Gleise -- öst"
    told = [(one.get("label"), one.get("value")) for one in landxml.iter(f"{LANDXML}Property")]
    assert ("Attribution", ODBL.attribution) in told
    assert told[-1] == ("Licence", f"{ODBL.name}, {ODBL.url}")
    kml = ET.parse(tmp_path / "x.kml").getroot()
    assert ODBL.attribution in (kml.findtext("{*}Document/{*}description") or "")


def test_routes_and_comparisons_keep_licences(licensed: Path, tmp_path: Path) -> None:
    nodes = read_map(licensed).nodes["node_id"]
    route_through_map(licensed, nodes.iloc[0], nodes.iloc[2], output=tmp_path / "route.gpkg")
    assert read_licences(tmp_path / "route.gpkg") == [ODBL]
    plain = Path(shutil.copy(licensed, tmp_path / "other.gpkg"))
    compare_maps(licensed, plain, tmp_path / "change.gpkg")
    assert read_licences(tmp_path / "change.gpkg") == [ODBL]


def test_files_beside_an_export_are_not_replaced_unasked(licensed: Path, tmp_path: Path) -> None:
    for name, export in (
        ("x.csv-metadata.json", "x.csv"),
        ("y.dbf", "y.shp"),
        ("z.shp.txt", "z.shp"),
    ):
        (tmp_path / name).write_text("mine")
        with pytest.raises(OutputError, match="exists"):
            export_map(licensed, tmp_path / export)
        assert (tmp_path / name).read_text() == "mine"
        assert not (tmp_path / export).exists()
        export_map(licensed, tmp_path / export, overwrite=True)
        assert (tmp_path / name).read_bytes() != b"mine"


def test_csv_has_no_nan(licensed: Path, tmp_path: Path) -> None:
    with edit_map(licensed) as sql:
        sql.execute("UPDATE defect SET area_mm2 = NULL, line_m = NULL WHERE fid = 1")
        sql.execute("UPDATE defect SET severity = NULL, line_m = 9e999 WHERE fid = 2")
        sql.execute("UPDATE milestone SET position_km = NULL, geom = NULL")
        sql.execute("UPDATE qa_issue SET message = NULL, geom = NULL WHERE fid = 1")
        sql.execute("UPDATE railway_line SET ref = NULL")
    export_map(licensed, tmp_path / "x.csv")
    with (tmp_path / "x.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    cells = {cell.lower() for row in rows for cell in row.values()}
    assert not cells & {"nan", "none", "nat", "<na>"}
    assert rows[0]["position_km"] == rows[0]["area_mm2"] == rows[0]["line_ref"] == ""
    assert rows[1]["position_km"] == ""
    assert rows[2]["position_km"] == "12.330000"


def test_gdal_reads_osm_without_options(licensed: Path, tmp_path: Path) -> None:
    export_map(licensed, tmp_path / "x.osm")
    assert len(pyogrio.read_dataframe(tmp_path / "x.osm", layer="lines")) == 9
    assert len(pyogrio.read_dataframe(tmp_path / "x.osm", layer="points")) == 5


@pytest.mark.filterwarnings("ignore:Measured")
def test_shapefile_keeps_what_it_can(licensed: Path, tmp_path: Path) -> None:
    reporter = NullReporter()
    said = export_map(licensed, tmp_path / "x.shp", reporter=reporter)
    assert said == "9 features of railway_link"
    assert "gauge_measured_mm is gauge_meas" in " ".join(reporter.warnings)
    frame = pyogrio.read_dataframe(tmp_path / "x.shp")
    links = read_map(licensed).links
    assert frame.crs.to_epsg() == 25832
    assert list(frame["link_id"]) == list(links["link_id"])
    assert frame["length_m"].to_numpy() == pytest.approx(links["length_m"].to_numpy(), abs=1e-6)
    for found, wanted in zip(frame.geometry, links.geometry, strict=True):
        assert np.array_equal(shapely.get_coordinates(found), shapely.get_coordinates(wanted))
    assert not list(tmp_path.glob(".x*"))
    assert (tmp_path / "x.dbf").read_bytes()[1:4] == bytes([126, 3, 1])  # of the run, not today


@pytest.mark.filterwarnings("ignore:Measured")
@pytest.mark.parametrize("part", [".shp", ".shx", ".dbf", ".prj", ".cpg"])
@pytest.mark.parametrize("change", [lambda b: b[:-9], lambda b: bytes(len(b))])
def test_a_part_of_a_shapefile_that_was_not_written_whole_is_an_error(
    licensed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str, change
) -> None:
    export_map(licensed, tmp_path / "x.shp")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    write, written = pyogrio.raw.write, []

    def failing(path: Path, *values: Any, **options: Any) -> None:
        write(path, *values, **options)
        if not written:
            damaged = path.with_suffix(part)
            damaged.write_bytes(change(damaged.read_bytes()))
        written.append(path)

    monkeypatch.setattr("railmap.publishing.exchange.shapefile.pyogrio.raw.write", failing)
    with pytest.raises(OutputError, match=r"x\.shp.*check the disk"):
        export_map(licensed, tmp_path / "x.shp", overwrite=True)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.filterwarnings("ignore:Measured")
@pytest.mark.parametrize("part", [".shp", ".shx", ".dbf"])
def test_a_shapefile_that_is_cut_off_twice_is_an_error(
    licensed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    write = pyogrio.raw.write

    def failing(path: Path, *values: Any, **options: Any) -> None:
        write(path, *values, **options)
        damaged = path.with_suffix(part)
        damaged.write_bytes(damaged.read_bytes()[:-9])

    monkeypatch.setattr("railmap.publishing.exchange.shapefile.pyogrio.raw.write", failing)
    with pytest.raises(OutputError, match=r"x\.shp.*check the disk"):
        export_map(licensed, tmp_path / "x.shp")
    assert not list(tmp_path.glob("*x*"))


def test_shapefile_of_several_types_is_refused(licensed: Path, tmp_path: Path) -> None:
    before = sorted(tmp_path.iterdir())
    with pytest.raises(UsageError, match=r"qa_issue has .* and .*; a Shapefile holds one of them"):
        export_map(licensed, tmp_path / "x.shp", layer="qa_issue")
    assert sorted(tmp_path.iterdir()) == before


def test_kml_is_in_degrees(licensed: Path, tmp_path: Path) -> None:
    reporter = NullReporter()
    export_map(licensed, tmp_path / "x.kml", layer="railway_node", reporter=reporter)
    assert any("no M" in text for text in reporter.warnings)
    frame = pyogrio.read_dataframe(tmp_path / "x.kml")
    nodes = read_map(licensed).nodes
    assert list(frame["node_id"]) == list(nodes["node_id"])
    found = shapely.get_coordinates(shapely.force_2d(frame.to_crs(nodes.crs).geometry.to_numpy()))
    assert found == pytest.approx(shapely.get_coordinates(nodes.geometry.to_numpy()), abs=0.01)


def test_info_knows_a_geoparquet_file(licensed: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    import geopandas as gpd

    export_map(licensed, tmp_path / "x.parquet")
    frame = gpd.read_parquet(tmp_path / "x.parquet")
    found = describe_file(tmp_path / "x.parquet")
    crs = ":".join(frame.crs.to_authority())
    assert found["layers"] == {"x": f"{len(frame)} x LineString, {crs}"}
    (tmp_path / "half.parquet").write_bytes((tmp_path / "x.parquet").read_bytes()[:100])
    with pytest.raises(InputError, match="truncated or damaged"):
        describe_file(tmp_path / "half.parquet")


def test_geoparquet(licensed: Path, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    import geopandas as gpd

    export_map(licensed, tmp_path / "x.parquet")
    frame = gpd.read_parquet(tmp_path / "x.parquet")
    assert frame.crs.to_epsg() == 25832
    assert len(frame) == 9
    metadata = parquet.read_schema(tmp_path / "x.parquet").metadata
    assert json.loads(metadata[b"railmap"])["licences"][0]["url"] == ODBL.url


def test_geopackage_is_the_map_without_folders(licensed: Path, tmp_path: Path) -> None:
    with edit_map(licensed) as sql:
        sql.execute("UPDATE source_image SET uri = '/home/trudy/flight 3/ortho.tif'")
    export_map(licensed, tmp_path / "copy.gpkg")
    before, after = read_map(licensed), read_map(tmp_path / "copy.gpkg")
    assert list(after) == list(before)
    assert list(after["source_image"]["uri"]) == ["ortho.tif"]
    assert after.links.drop(columns="geom").equals(before.links.drop(columns="geom"))
    assert b"trudy" not in (tmp_path / "copy.gpkg").read_bytes()
    with closing(sqlite3.connect(tmp_path / "copy.gpkg")) as sql:
        assert sql.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert sql.execute("SELECT count(*) FROM layer_styles").fetchone()[0] > 0
    layers = [name for name, _ in pyogrio.list_layers(tmp_path / "copy.gpkg")]
    assert {"railway_link", "defect", "processing_run"} <= set(layers)
