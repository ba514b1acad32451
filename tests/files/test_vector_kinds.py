from __future__ import annotations

import sqlite3
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from railmap.errors import InputError
from railmap.files.vector import read_polygons, vector_layers
from railmap.files.vector_kinds import VECTOR_SUFFIXES, check_vector_kind

OGR_VRT = (
    '<OGRVRTDataSource><OGRVRTLayer name="events"><SrcDataSource>CSV:/etc/passwd</SrcDataSource>'
    "<GeometryType>wkbPoint</GeometryType></OGRVRTLayer></OGRVRTDataSource>"
)
DRIVERS = {
    ".gpkg": "GPKG", ".geojson": "GeoJSON", ".geojsonl": "GeoJSONSeq", ".fgb": "FlatGeobuf",
    ".shp": "ESRI Shapefile", ".kml": "KML", ".gml": "GML", ".sqlite": "SQLite",
    ".mif": "MapInfo File", ".tab": "MapInfo File", ".gpx": "GPX", ".json": "GeoJSON",
}  # fmt: skip


@pytest.fixture(scope="module")
def areas() -> gpd.GeoDataFrame:
    shapes = [shapely.box(8, 49, 8.1, 49.1), shapely.box(8.2, 49, 8.3, 49.1)]
    return gpd.GeoDataFrame({"name": ["a", "b"]}, geometry=shapes, crs=4326)


@pytest.mark.parametrize("suffix", sorted(DRIVERS))
def test_every_kind_is_read(tmp_path: Path, areas: gpd.GeoDataFrame, suffix: str) -> None:
    path = tmp_path / f"areas{suffix}"
    frame = areas
    if suffix == ".gpx":
        frame = areas.set_geometry(areas.geometry.representative_point())
    frame.to_file(path, driver=DRIVERS[suffix])
    if suffix == ".gpx":
        assert "waypoints" in vector_layers(path)
    else:
        assert len(read_polygons(path)) == 2


def test_a_zipped_shapefile_is_read(tmp_path: Path, areas: gpd.GeoDataFrame) -> None:
    areas.to_file(tmp_path / "a.shp")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for file in tmp_path.glob("a.*"):
            if file.suffix != ".zip":
                archive.write(file, file.name)
    assert len(read_polygons(tmp_path / "a.zip")) == 2


@pytest.mark.parametrize("suffix", [*VECTOR_SUFFIXES, ".vrt", ".xml", ".txt", ".gdalg.json", ""])
@pytest.mark.parametrize(
    "text",
    [
        OGR_VRT,
        "\ufeff  " + OGR_VRT,
        '{"type": "FeatureCollection", "x": "' + OGR_VRT + '", "features": []}',
        '{"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline ! read /etc/passwd"}',
        "<OGRWFSDataSource><URL>http://127.0.0.1:9/</URL></OGRWFSDataSource>",
        '<?xml version="1.0"?><Product_Observational><file_name>/etc/passwd</file_name>',
        'PDS_VERSION_ID = PDS3\n^TABLE = "/etc/passwd"\n',
    ],
)
def test_what_refers_to_other_files_is_refused_whatever_its_name(
    tmp_path: Path, suffix: str, text: str
) -> None:
    path = tmp_path / f"events{suffix}"
    path.write_text(text)
    with pytest.raises(InputError):
        vector_layers(path)


def test_an_archive_with_such_a_file_is_refused(tmp_path: Path) -> None:
    for name in ("a.geojson", "a.vrt", "a.gpkg", "a.txt"):
        path = tmp_path / "events.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(name, OGR_VRT)
        with pytest.raises(InputError):
            check_vector_kind(path)


@pytest.mark.parametrize("suffix", [".gpkg", ".sqlite"])
def test_tables_computed_by_a_module_are_refused(
    tmp_path: Path, areas: gpd.GeoDataFrame, suffix: str
) -> None:
    path = tmp_path / f"a{suffix}"
    areas.to_file(path, driver=DRIVERS[suffix])
    check_vector_kind(path)
    with sqlite3.connect(path) as sql:
        sql.execute("PRAGMA writable_schema = ON")
        sql.execute(
            "INSERT INTO sqlite_master VALUES ('table', 'secret', 'secret', 0,"
            " 'CREATE VIRTUAL TABLE secret USING VirtualOGR(\"/etc/passwd\")')"
        )
    with pytest.raises(InputError, match="'secret' is computed by a module"):
        check_vector_kind(path)


@pytest.mark.parametrize("path", ["https://example.org/a.geojson", "/vsicurl/http://x/a.gpkg"])
def test_nothing_is_read_from_the_network(path: str) -> None:
    with pytest.raises(InputError, match="local folder"):
        vector_layers(path)


def test_words_in_a_property_are_no_reference(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    path.write_text(
        '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties":'
        ' {"note": "create view of vrt, wfs and <b>ogr</b>"}, "geometry":'
        ' {"type": "Point", "coordinates": [8, 49]}}]}'
    )
    assert vector_layers(path) == {"a": "Point"}


POINT = '{"type": "Point", "coordinates": [8, 49]%s}'
ADDRESS = "http://127.0.0.1:9/crs"


@pytest.mark.parametrize("suffix", [".geojson", ".json", ".geojsonl", ".zip"])
@pytest.mark.parametrize(
    "crs",
    [
        '"crs": {"type": "link", "properties": {"href": "%s", "type": "proj4"}}',
        '"crs": {"properties": {"href": "%s"}, "type": "LINK"}',
        '"crs": {"type": "url", "properties": {"url": "%s"}}',
        '"\\u0063rs" : {"ty\\u0070e": "link", "properties": {"hr\\u0065f": "%s"}}',
    ],
)
def test_a_crs_at_an_address_is_refused(tmp_path: Path, suffix: str, crs: str) -> None:
    feature = f'{{"type": "Feature", "properties": null, "geometry": {POINT}}}'
    crs = crs % ADDRESS
    far = '"x": "' + " " * 5 * 2**20 + '", '
    for text in (
        f'{{"type": "FeatureCollection", "features": [{feature % ""}], {far}{crs}}}',
        feature % f", {crs}",
    ):
        path = tmp_path / f"a{suffix}"
        if suffix == ".zip":
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("a.geojson", text)
        else:
            path.write_text(text)
        with pytest.raises(InputError, match=r"a\.\w+: .*names its CRS by an address"):
            vector_layers(path)


def test_a_property_that_holds_an_address_is_none_of_the_crs(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    path.write_text(
        '{"type": "FeatureCollection", "crs": {"type": "name", "properties": {"name":'
        ' "urn:ogc:def:crs:EPSG::25832"}}, "features": [{"type": "Feature", "properties":'
        f' {{"type": "link", "href": "{ADDRESS}"}}, "geometry": {POINT % ""}}}]}}'
    )
    assert vector_layers(path) == {"a": "Point"}


def test_the_schema_of_gml_is_not_fetched(tmp_path: Path) -> None:
    asked: list[str] = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/"
    path = tmp_path / "a.gml"
    path.write_text(
        '<wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs" xmlns:x="http://x"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        f' xsi:schemaLocation="http://x {address}wfs?SERVICE=WFS&amp;VERSION=1.0.0&amp;REQUEST='
        'DescribeFeatureType&amp;TYPENAME=x:a" xmlns:gml="http://www.opengis.net/gml">'
        '<gml:featureMember><x:a fid="1"><x:g><gml:Point srsName="EPSG:4326"><gml:coordinates>8,49'
        "</gml:coordinates></gml:Point></x:g></x:a></gml:featureMember></wfs:FeatureCollection>"
    )
    try:
        assert vector_layers(path) == {"a": "Point"}
    finally:
        server.shutdown()
        server.server_close()
    assert not asked


@pytest.mark.parametrize(
    "damage",
    [
        lambda data, central: data[:central] + data[central:].replace(b"\x3f\0\0\0", b"\xff" * 4),
        lambda data, central: data[: central + 30] + b"\xff\xff" + data[central + 32 :],
        lambda data, central: data[: central + 10] + b"\x0e\0" + data[central + 12 :],
        lambda data, central: data[:40] + bytes(60) + data[100:],
        lambda data, central: data[: central + 8] + b"\x01\x08" + data[central + 10 :],
        lambda data, central: data[:central] + data[central + 9 :],
    ],
    ids=["sizes", "extra", "LZMA", "data", "encrypted", "shift"],
)
def test_a_damaged_archive_is_refused(tmp_path: Path, damage) -> None:
    path = tmp_path / "events.zip"
    for method in (zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2):
        with zipfile.ZipFile(path, "w", method) as archive:
            archive.writestr("a.geojson", '{"type": "FeatureCollection", "features": []}' * 9)
        data = path.read_bytes()
        path.write_bytes(damage(data, data.index(b"PK\1\2")))
        with pytest.raises(InputError, match=r"events\.zip"):
            read_polygons(path)
