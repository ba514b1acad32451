"""Exports, each opened again with an independent reader."""

from __future__ import annotations

import csv
import errno
import json
import shutil
import subprocess
import zipfile
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pyogrio
import pyproj
import pytest
import shapely

from railmap.errors import MapError, OutputError, UsageError
from railmap.mapping import read_map, write_map
from railmap.mapping.attach.user_layers import read_user_layers
from railmap.publishing import EXPORT_SUFFIXES, export_map
from railmap.publishing.exchange.export import LINE_SUFFIXES
from tests.helpers import networks, published
from tests.helpers.qgis_python import run_in_qgis

_NEEDED = {".dxf": "ezdxf", ".ifc": "ifcopenshell", ".parquet": "pyarrow", ".ttl": "rdflib"}


@pytest.mark.parametrize("suffix", EXPORT_SUFFIXES)
def test_same_map_same_bytes_and_map_untouched(line_map: Path, tmp_path: Path, suffix: str) -> None:
    if module := _NEEDED.get(suffix):
        pytest.importorskip(module)
    before = line_map.read_bytes()
    (tmp_path / "b").mkdir()
    first, second = tmp_path / f"x{suffix}", tmp_path / "b" / f"x{suffix}"
    export_map(line_map, first)
    if suffix == ".qgz":  # names the map relative to itself
        second = tmp_path / f"x2{suffix}"
        export_map(line_map, second)
        with zipfile.ZipFile(first) as a, zipfile.ZipFile(second) as b:
            assert a.read("x.qgs") == b.read("x2.qgs")
    else:
        export_map(line_map, second)
        assert first.read_bytes() == second.read_bytes()
    assert line_map.read_bytes() == before
    assert not [path for path in tmp_path.iterdir() if "partial" in path.name]


def test_geojson_is_lon_lat_and_keeps_values(line_map: Path, tmp_path: Path) -> None:
    out = tmp_path / "x.geojson"
    assert export_map(line_map, out).startswith("9 features")
    text = json.loads(out.read_text())
    assert "crs" not in text  # RFC 7946: always WGS 84
    content = read_map(line_map)
    lon, lat = text["features"][0]["geometry"]["coordinates"][0]
    back = pyproj.Transformer.from_crs(4326, content.crs, always_xy=True).transform(lon, lat)
    corner = shapely.get_coordinates(content.links.geometry.iloc[0])[0]
    assert np.hypot(*(corner - back)) < 1e-3
    properties = text["features"][0]["properties"]
    assert properties["gauge"] == 1435
    assert properties["gauge_measured_mm"] == 1431.0
    assert properties["bridge"] is None
    assert properties["acquired_at"].startswith("2026-02-27T09:00:00")
    frame = pyogrio.read_dataframe(out)
    assert frame.crs.to_epsg() == 4326


def test_geojson_of_another_layer(line_map: Path, tmp_path: Path) -> None:
    out = tmp_path / "x.geojson"
    export_map(line_map, out, layer="defect")
    assert [f["properties"]["severity"] for f in json.loads(out.read_text())["features"]] == [
        1, 2, 3,
    ]  # fmt: skip


@pytest.mark.filterwarnings("ignore:Measured")
def test_flatgeobuf_keeps_crs_and_values(line_map: Path, tmp_path: Path) -> None:
    out = tmp_path / "x.fgb"
    export_map(line_map, out)
    frame = pyogrio.read_dataframe(out).set_index("link_id")
    assert frame.crs.to_epsg() == 25832
    links = read_map(line_map).links.set_index("link_id")
    assert set(frame.index) == set(links.index)
    for link_id, row in frame.iterrows():
        expected = links.loc[link_id]
        assert np.array_equal(
            shapely.get_coordinates(row.geometry), shapely.get_coordinates(expected.geom)
        )
        assert row["length_m"] == expected["length_m"]
    assert frame["bridge"].isna().all()


def test_flatgeobuf_keeps_m(line_map: Path, tmp_path: Path) -> None:
    program = shutil.which("ogrinfo")
    if program is None:
        pytest.skip("no ogrinfo, and pyogrio reads no M")
    out = tmp_path / "x.fgb"
    export_map(line_map, out)
    printed = subprocess.run([program, "-al", str(out)], capture_output=True, text=True, check=True)
    assert "Geometry: Measured Line String" in printed.stdout
    assert "LINESTRING M (" in printed.stdout


def test_osm_shares_nodes_at_junctions(line_map: Path, tmp_path: Path) -> None:
    out = tmp_path / "x.osm"
    export_map(line_map, out)
    root = ET.parse(out).getroot()
    assert root.get("upload") == "never"
    nodes = {node.get("id"): node for node in root.iter("node")}
    assert len(nodes) == len(root.findall("node"))
    ways = root.findall("way")
    assert len(ways) == 9
    ids = [int(item.get("id")) for item in [*nodes.values(), *ways]]
    assert min(ids) >= 10**12  # of no object of OpenStreetMap
    assert {item.get("version") for item in [*nodes.values(), *ways]} == {"1"}  # JOSM wants one
    chains = [[nd.get("ref") for nd in way.iter("nd")] for way in ways]
    assert all(ref in nodes for chain in chains for ref in chain)
    # Link 0 ends where links 1 and 2 begin: one and the same OSM node, tagged as a switch.
    assert chains[0][-1] == chains[1][0] == chains[2][0]
    tags = {tag.get("k"): tag.get("v") for tag in nodes[chains[0][-1]].iter("tag")}
    assert tags == {"railway": "switch", "railway:turnout_side": "right"}
    tags = [{tag.get("k"): tag.get("v") for tag in way.iter("tag")} for way in ways]
    assert tags[0] == {"railway": "rail", "gauge": "1435"}
    assert tags[1] == {"railway": "rail"}
    assert tags[5]["service"] == "siding"
    lines = pyogrio.read_dataframe(out, layer="lines")
    content = read_map(line_map)
    found = shapely.length(lines.to_crs(content.crs).geometry.to_numpy())
    # GDAL rounds what it reads of OSM to 1e-7 degree, a centimetre.
    assert sorted(found) == pytest.approx(sorted(content.links["length_m"]), abs=0.03)
    lonlat = pyproj.Transformer.from_crs(25832, 4326, always_xy=True)
    corner = shapely.get_coordinates(content.links.geometry.iloc[0])[0]
    first = nodes[chains[0][0]]
    assert (float(first.get("lon")), float(first.get("lat"))) == pytest.approx(
        lonlat.transform(*corner), abs=1e-9
    )


def test_osm_of_a_link_without_its_node(tmp_path: Path) -> None:
    path = published.make_map(tmp_path / "m.gpkg", events=False)
    from railmap.mapping.store.editing import edit_map

    with edit_map(path) as sql:
        sql.execute("UPDATE railway_link SET end_node = 'gone' WHERE fid = 1")
        sql.execute("DELETE FROM railway_node WHERE fid = 12")
    export_map(path, tmp_path / "x.osm")
    assert len(pyogrio.read_dataframe(tmp_path / "x.osm", layer="lines")) == 9


def test_csv_of_events(line_map: Path, tmp_path: Path) -> None:
    out = tmp_path / "x.csv"
    assert export_map(line_map, out) == "4 events, 1 posts, 3 issues"
    with out.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    kinds = [row["event_layer"] for row in rows]
    assert kinds == ["defect"] * 3 + ["scene_event", "milestone"] + ["qa_issue"] * 3
    assert rows[1]["line_ref"] == "6185"
    assert rows[1]["position_km"] == "12.320000"
    assert rows[3]["scene_class"] == 'bridge, "old"'
    place = pyproj.Transformer.from_crs(4326, 25832, always_xy=True).transform(
        float(rows[0]["lon"]), float(rows[0]["lat"])
    )
    assert place == pytest.approx((float(rows[0]["x"]), float(rows[0]["y"])), abs=1e-3)
    assert export_map(line_map, tmp_path / "d.csv", layer="defect") == "3 events"


def test_csv_of_user_event_layers(user_layers: Path, tmp_path: Path) -> None:
    assert export_map(user_layers, tmp_path / "b.csv", layer="Schrauben öst") == "2 events"
    with (tmp_path / "b.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["kind"] for row in rows] == ["lose", "fehlt"]
    assert [row["ok"] for row in rows] == ["True", "False"]
    link = read_map(user_layers).links.iloc[0]
    assert {row["link_id"] for row in rows} == {link.link_id}
    # The user's column x is not the position, which is computed from chainage and offset.
    assert [row["own_x"] for row in rows] == ["left", "right"]
    for row in rows:
        assert link.geom.distance(shapely.Point(float(row["x"]), float(row["y"]))) < 0.51
        assert row["line_ref"] == "6185"
        assert float(row["position_km"]) == pytest.approx(float(row["line_m"]) / 1000, abs=1e-6)
    export_map(user_layers, tmp_path / "all.csv")
    with (tmp_path / "all.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    counts = Counter(row["event_layer"] for row in rows)
    assert (counts["Schrauben öst"], counts["walk"], counts["defect"]) == (2, 2, 3)
    assert all(row["lon"] and row["x"] for row in rows if row["event_layer"] == "walk")
    assert {row["line_ref"] for row in rows if not row["line_id"]} == {""}


def test_a_full_disk_leaves_no_geojson(
    line_map: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(value: object) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("railmap.publishing.exchange.geojson._text", full)
    with pytest.raises(OutputError, match=r"x\.geojson: cannot be written \(No space left"):
        export_map(line_map, tmp_path / "x.geojson")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", [".geojson", ".fgb"])
def test_user_event_layers_as_features(user_layers: Path, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"x{suffix}"
    summary = export_map(user_layers, out, layer="walk")
    assert summary == "2 features of walk"
    frame = pyogrio.read_dataframe(out)
    assert sorted(frame["kind"]) == ["dug", "seen"]
    assert set(frame.geom_type) == {"Point", "LineString"}
    with pytest.raises(UsageError, match=r"no layer hers with geometry; it has .*walk"):
        export_map(user_layers, tmp_path / f"y{suffix}", layer="hers")


def test_layers_without_events_are_excluded(user_layers: Path, tmp_path: Path) -> None:
    content = read_map(user_layers)
    places = gpd.GeoDataFrame({"event_id": ["a"], "geometry": [shapely.Point(0, 0)]}, crs=25832)
    places.to_file(user_layers, layer="hers", mode="a")
    assert [layer.name for layer, _ in read_user_layers(content)] == ["Schrauben öst", "walk"]
    with pytest.raises(UsageError, match=r"no event layer hers; it has .*walk"):
        export_map(user_layers, tmp_path / "x.csv", layer="hers")


def test_qgis_project_shows_user_event_layers(user_layers: Path, tmp_path: Path) -> None:
    export_map(user_layers, tmp_path / "x.qgz")
    with zipfile.ZipFile(tmp_path / "x.qgz") as archive:
        root = ET.fromstring(archive.read("x.qgs"))
    shown = {item.findtext("layername"): item for item in root.iter("maplayer")}
    assert list(shown)[:3] == ["Schrauben öst", "walk (point)", "walk (line)"]
    for name in list(shown)[:3]:
        labels = {rule.get("label") for rule in shown[name].iter("rule")}
        assert labels == {"On a track", "Track uncertain", "On no track"}


@pytest.mark.filterwarnings("ignore:Measured")
@pytest.mark.parametrize("suffix", [*LINE_SUFFIXES, ".shp"])
def test_map_without_tracks(tmp_path: Path, suffix: str) -> None:
    if module := _NEEDED.get(suffix):
        pytest.importorskip(module)
    network = networks.junction()
    network.nodes, network.links, network.relations, network.areas = [], [], [], []
    path, out = tmp_path / "empty.gpkg", tmp_path / f"x{suffix}"
    write_map(path, network, networks.CRS, images=[], run=networks.run_record())
    assert export_map(path, out).startswith("0 ")
    if suffix == ".shp":
        assert pyogrio.read_info(out)["geometry_type"] == "LineString"


def test_qgis_project_names_the_map_relatively(line_map: Path, tmp_path: Path) -> None:
    out = line_map.parent / "sub"
    out.mkdir()
    export_map(line_map, out / "x.qgz")
    with zipfile.ZipFile(out / "x.qgz") as archive:
        root = ET.fromstring(archive.read("x.qgs"))
    sources = [item.text for item in root.iter("datasource")]
    assert "../Gleise öst.gpkg|layername=railway_link" in sources
    assert len(sources) == len(root.find("layer-tree-group"))


@pytest.mark.parametrize(
    ("name", "layer", "error", "text"),
    [
        ("x.tif", None, UsageError, "no export to '.tif'"),
        ("x.osm", "defect", UsageError, "^layer is for"),
        ("x.geojson", "ways", UsageError, "no layer ways"),
        ("x.geojson", "net_relation", UsageError, "no layer net_relation with geometry"),
        ("x.csv", "railway_link", UsageError, "no event layer"),
        ("none/x.csv", None, OutputError, "does not exist"),
    ],
)
def test_bad_requests(
    line_map: Path, tmp_path: Path, name: str, layer: str | None, error: type, text: str
) -> None:
    with pytest.raises(error, match=text):
        export_map(line_map, tmp_path / name, layer=layer)
    assert not list(tmp_path.iterdir())


def test_bad_maps_and_existing_files(line_map: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.gpkg"
    other.write_text("no map")
    with pytest.raises(MapError, match="not a railmap map"):
        export_map(other, tmp_path / "x.osm")
    with pytest.raises(MapError, match="no such file"):
        export_map(tmp_path / "missing.gpkg", tmp_path / "x.osm")
    (tmp_path / "x.osm").write_text("mine")
    with pytest.raises(OutputError, match="exists"):
        export_map(line_map, tmp_path / "x.osm")
    assert (tmp_path / "x.osm").read_text() == "mine"
    export_map(line_map, tmp_path / "x.osm", overwrite=True)
    assert (tmp_path / "x.osm").read_text() != "mine"


_SCRIPT = r"""
import json, sys, os
from qgis.core import QgsApplication, QgsProject, QgsMapSettings, QgsMapRendererSequentialJob
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor
app = QgsApplication([], False); app.initQgis()
project = QgsProject.instance()
assert project.read(sys.argv[1])
out = {"title": project.title(), "crs": project.crs().authid(), "layers": {}}
layers = [node.layer() for node in project.layerTreeRoot().findLayers()]
for layer in layers:
    out["layers"][layer.name()] = [layer.isValid(), layer.featureCount(),
        layer.renderer().type(), layer.labelsEnabled(), layer.crs().authid()]
settings = QgsMapSettings()
settings.setLayers(layers); settings.setDestinationCrs(project.crs())
settings.setOutputSize(QSize(800, 400)); settings.setBackgroundColor(QColor("#ffffff"))
settings.setExtent(next(l for l in layers if l.name() == "railway_link").extent())
job = QgsMapRendererSequentialJob(settings); job.start(); job.waitForFinished()
out["errors"] = [error.message for error in job.errors()]
job.renderedImage().save(sys.argv[2])
print("RESULT" + json.dumps(out)); sys.stdout.flush(); os._exit(0)
"""


@pytest.mark.slow
def test_qgis_opens_the_project(user_layers: Path, tmp_path: Path) -> None:
    export_map(user_layers, tmp_path / "x.qgz")
    result = run_in_qgis(_SCRIPT, tmp_path, tmp_path / "x.qgz", tmp_path / "x.png")
    assert result["crs"] == "EPSG:25832"
    assert result["errors"] == []
    layers = result["layers"]
    assert {"railway_link", "railway_node", "railway_line", "defect", "milestone"} <= set(layers)
    for name, (valid, count, renderer, _, crs) in layers.items():
        assert valid, name
        assert count > 0, name
        assert renderer == "RuleRenderer", name
        assert crs == "EPSG:25832"
    assert layers["railway_link"][1] == 9
    assert layers["Schrauben öst"][1] == 2
    assert layers["walk (point)"][1] == layers["walk (line)"][1] == 1
    assert layers["railway_node"][3]  # labels
    assert (tmp_path / "x.png").stat().st_size > 2000


@pytest.mark.filterwarnings("ignore:Measured")
@pytest.mark.parametrize("suffix", [".shp", ".fgb", ".geojson"])
def test_info_knows_exports(line_map: Path, tmp_path: Path, suffix: str) -> None:
    from railmap.pipeline.description import describe_file

    path = tmp_path / f"o{suffix}"
    export_map(line_map, path)
    found = describe_file(path)
    assert found["kind"] == "vector file"
    (text,) = found["layers"].values()
    assert text.startswith("9 x ")
    assert "LineString, EPSG:" in text


def test_a_missing_extra_is_all_that_is_said(
    line_map: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from railmap.errors import MissingExtraError
    from railmap.progress import NullReporter
    from railmap.publishing.exchange import export

    def missing(*_: object) -> int:
        raise MissingExtraError("install the extra")

    monkeypatch.setitem(export._LAYER_WRITERS, ".parquet", missing)
    reporter = NullReporter()
    with pytest.raises(MissingExtraError):
        export_map(line_map, tmp_path / "o.parquet", reporter=reporter)
    assert not reporter.warnings
    assert not (tmp_path / "o.parquet").exists()
