"""What is fuzzed: a small valid file of each format, and what railmap does with such a file."""

from __future__ import annotations

import json
import os
import sqlite3
import struct
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

__all__ = ["Target", "make_targets"]

X, Y = 500_010.5, 5_699_978.9


@dataclass(frozen=True)
class Target:
    """A format: valid files of it, and the function that reads a file.

    `whole` gives files that are tried as they are, before the mutations.
    """

    name: str
    suffix: str
    seeds: tuple[bytes, ...]
    read: Callable[[Path], object]
    text: bool = False
    whole: tuple[bytes, ...] = ()


def make_targets(folder: Path) -> list[Target]:
    """Return all targets; `folder` is for the files that the seeds are made from."""
    import pyproj

    from railmap.errors import RailmapError
    from railmap.files.photo import read_photo
    from railmap.mapping.attach.attach import attach_events
    from railmap.mapping.compare.osm_tracks import read_osm_tracks
    from railmap.mapping.sources.events import read_events
    from railmap.mapping.sources.exif import read_photos
    from railmap.mapping.sources.image_positions import ByTrackLog
    from railmap.models.package import describe_model
    from railmap.pipeline.description import describe_file

    crs = pyproj.CRS.from_epsg(25832)
    map_path = _map(folder)

    def events(path: Path) -> None:
        read_events(path, crs, skip_bad=True)

    # a VRT reads a member outside its folder, as the seed does, only if the folder is named
    os.environ["RAILMAP_VRT_FOLDERS"] = str(folder)

    def raster(path: Path) -> None:
        from railmap.raster import open_probability, open_raster

        def image() -> None:
            with open_raster(path) as source:
                source.read(_window(source.grid))

        def mask() -> None:
            with open_probability(path) as probability:
                probability.read(0, 0, 64, 64)

        errors = []
        for work in (lambda: describe_file(path), image, mask):
            try:
                work()
            except RailmapError as error:
                errors.append(error)
        if len(errors) == 3:
            raise errors[0]

    def package(path: Path) -> None:
        describe_file(path)
        attach_events(path, _events_csv(folder), threads=1)

    def photo(path: Path) -> None:
        read_photos(path)
        read_photo(path, 64)

    def log(path: Path) -> None:
        ByTrackLog(path).positions([], None)

    data = map_path.read_bytes()
    targets = [
        Target("tiff", ".tif", tuple(_tiffs(folder)), raster),
        Target("vrt", ".vrt", (_vrt(folder),), raster, text=True),
        Target("gpkg", ".gpkg", (data,), package, whole=tuple(_hostile_maps(folder, data))),
        Target("csv", ".csv", tuple(_csvs()), events, text=True, whole=tuple(_hostile_csvs())),
        Target("geojson", ".geojson", (_geojson(),), events, text=True, whole=_deep_json()),
        Target("events gpkg", ".gpkg", (_event_package(folder),), events),
        Target("gpx", ".gpx", (_gpx(),), log, text=True, whole=(_laughs("gpx"),)),
        Target("osm", ".osm", (_osm(),), lambda path: read_osm_tracks(path, crs), text=True,
               whole=(_laughs("osm"), _osm().replace(b"-1", b"inf"))),
        Target("onnx", ".onnx", (_onnx(),), describe_model, whole=tuple(_lying_onnx())),
        Target("photo", ".jpg", (_jpeg(folder),), photo),
        Target("png", ".png", (_png(folder),), photo, whole=(_png_bomb(),)),
        Target("zip", ".zip", (_zip(folder),), events),
    ]  # fmt: skip
    try:
        from railmap.models.tensors import read_tensors
    except ImportError:
        return targets
    seed = _safetensors()
    return [*targets, Target("safetensors", ".safetensors", (seed,), read_tensors)]


def _window(grid):
    from railmap.raster.types import PixelWindow

    return PixelWindow(0, 0, min(64, grid.height), min(64, grid.width))


def _tiffs(folder: Path) -> Iterator[bytes]:
    import rasterio
    from affine import Affine

    path = folder / "seed.tif"
    values = np.random.default_rng(1).integers(60, 200, (3, 64, 64), np.uint8)
    for options in (
        {"tiled": True, "blockxsize": 16, "blockysize": 16, "compress": "deflate"},
        {"compress": "lzw", "nodata": 0},
        {"bigtiff": "YES", "interleave": "band"},
        {"compress": "jpeg", "photometric": "ycbcr"},
    ):
        with rasterio.open(
            path, "w", driver="GTiff", width=64, height=64, count=3, dtype="uint8",
            crs="EPSG:25832", transform=Affine(0.1, 0, 500_000, 0, -0.1, 5_700_000), **options,
        ) as out:  # fmt: skip
            out.write(values)
            out.update_tags(TIFFTAG_DATETIME="2024:01:02 03:04:05")
        yield path.read_bytes()
    with rasterio.open(
        path, "w", driver="GTiff", width=64, height=64, count=1, dtype="uint8", crs="EPSG:25832",
        transform=Affine(0.1, 0, 500_000, 0, -0.1, 5_700_000), nodata=255,
    ) as out:  # fmt: skip
        out.write((values[:1] > 130).astype(np.uint8))
        out.scales = [0.5]
    yield path.read_bytes()


def _vrt(folder: Path) -> bytes:
    member = folder / "member.tif"
    member.write_bytes(next(_tiffs(folder)))
    bands = "".join(
        f'<VRTRasterBand dataType="Byte" band="{band}"><SimpleSource>'
        f'<SourceFilename relativeToVRT="0">{member}</SourceFilename>'
        f"<SourceBand>{band}</SourceBand>"
        '<SrcRect xOff="0" yOff="0" xSize="64" ySize="64"/>'
        '<DstRect xOff="0" yOff="0" xSize="64" ySize="64"/></SimpleSource></VRTRasterBand>'
        for band in (1, 2, 3)
    )
    return (
        '<VRTDataset rasterXSize="64" rasterYSize="64"><SRS>EPSG:25832</SRS>'
        f"<GeoTransform>500000,0.1,0,5700000,0,-0.1</GeoTransform>{bands}</VRTDataset>"
    ).encode()


def _map(folder: Path) -> Path:
    import rasterio
    from affine import Affine

    import railmap

    mask, path = folder / "mask.tif", folder / "map.gpkg"
    pixels = np.zeros((300, 600), np.uint8)
    pixels[100:126], pixels[200:226] = 1, 1
    with rasterio.open(
        mask, "w", driver="GTiff", width=600, height=300, count=1, dtype="uint8", crs="EPSG:25832",
        transform=Affine(0.1, 0, 500_000, 0, -0.1, 5_699_990),
    ) as out:  # fmt: skip
        out.write(pixels, 1)
    railmap.trace(mask, path, overwrite=True)
    return path


def _hostile_maps(folder: Path, data: bytes) -> Iterator[bytes]:
    """Yield maps with triggers, views, computed tables and endless queries."""
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT * FROM n"
    for statements in (
        "CREATE TRIGGER evil AFTER INSERT ON gpkg_contents BEGIN DELETE FROM railway_link; END",
        "CREATE TRIGGER evil AFTER UPDATE ON railway_link BEGIN SELECT load_extension('x'); END",
        "CREATE TRIGGER rtree_x AFTER INSERT ON gpkg_contents BEGIN DELETE FROM railway_node; END",
        "DROP TABLE qa_issue; CREATE VIEW qa_issue AS SELECT * FROM railway_node",
        f"DROP TABLE qa_issue; CREATE VIEW qa_issue AS {endless}",
        f"DROP TABLE gpkg_metadata; CREATE VIEW gpkg_metadata AS {endless}",
        "DROP TABLE qa_issue; CREATE VIRTUAL TABLE qa_issue USING fts5(rule)",
        "UPDATE gpkg_contents SET table_name = 'x\"; DROP TABLE railway_link; --'",
        "UPDATE gpkg_spatial_ref_sys SET definition = '', organization = 'NONE'",
        "UPDATE gpkg_spatial_ref_sys SET organization_coordsys_id = 999999999",
        "UPDATE gpkg_geometry_columns SET srs_id = -1",
        "UPDATE railway_link SET geom = X'00'",
        "UPDATE railway_link SET geom = NULL, link_id = NULL",
        "UPDATE railway_link SET length_m = 'long', gauge = 1e300",
        "UPDATE gpkg_metadata SET metadata = '" + "[" * 100_000 + "'",
        "UPDATE processing_run SET started_at = 'yesterday'",
    ):
        path = folder / "hostile.gpkg"
        path.write_bytes(data)
        with closing(sqlite3.connect(path)) as sql:
            try:
                sql.executescript(statements)
                sql.commit()
            except sqlite3.Error:  # a version of SQLite that refuses it by itself
                continue
        yield path.read_bytes()


def _events_csv(folder: Path) -> Path:
    path = folder / "events.csv"
    if not path.exists():
        path.write_text(f"x,y,kind\n{X},{Y},a\n")
    return path


def _csvs() -> Iterator[bytes]:
    yield f'id,x,y,note\n1,{X},{Y},ok\n2,{X + 1},{Y},"two\nlines"\n'.encode()
    yield b"sep=;\r\nid;lat;lon\r\n1;51\xc2\xb026'59.5\"N;9\xc2\xb000'00.5\"E\r\n"
    yield "id\tx\ty\n1\t500010,5\t5.699.978,9\n".encode("utf-16")
    yield b"line,km,offset_m\n6185,12.4+35,1.5\n"


def _hostile_csvs() -> Iterator[bytes]:
    yield b",".join(b"c%d" % i for i in range(200_000)) + b"\n" + b"1," * 200_000
    yield b"x,y\n" + b'"' + b"a" * 5_000_000
    yield b"x,y,a\n" + b"1,2,\n" * 200_000
    yield b"\n" * 1_000_000


def _geojson() -> bytes:
    features = [
        {"type": "Feature", "properties": {"a": 1, "b": [1, {"c": None}], "d": "2024-01-02"},
         "geometry": {"type": kind, "coordinates": coordinates}}
        for kind, coordinates in (
            ("Point", [9.0001, 51.4499]),
            ("LineString", [[9.0001, 51.4499], [9.0002, 51.45]]),
            ("Polygon", [[[9, 51], [9.1, 51], [9.1, 51.1], [9, 51]]]),
        )
    ]  # fmt: skip
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def _deep_json() -> tuple[bytes, ...]:
    start = b'{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"a":'
    end = b'},"geometry":{"type":"Point","coordinates":[9,51]}}]}'
    deep = 100_000
    return (
        start + b"[" * deep + b"]" * deep + end,
        start + b'{"a":' * deep + b"1" + b"}" * deep + end,
        start + b"9" * 100_000 + end,
        b"[" * 1_000_000,
    )


def _event_package(folder: Path) -> bytes:
    import geopandas as gpd
    import shapely

    path = folder / "seed_events.gpkg"
    if not path.exists():
        frame = gpd.GeoDataFrame(
            {"a": [1, 2], "b": ["x", None]},
            geometry=[shapely.Point(X, Y), shapely.LineString([(X, Y), (X + 9, Y)])],
            crs="EPSG:25832",
        )
        frame.to_file(path)
    return path.read_bytes()


def _gpx() -> bytes:
    points = "".join(
        f'<trkpt lat="51.4{i}" lon="9.0{i}"><time>2024-01-02T03:04:0{i}Z</time></trkpt>'
        for i in range(3)
    )
    return f'<?xml version="1.0"?><gpx><trk><trkseg>{points}</trkseg></trk></gpx>'.encode()


def _osm() -> bytes:
    return (
        b'<?xml version="1.0"?><osm version="0.6"><node id="1" lat="51.4496" lon="9.0003"/>'
        b'<node id="2" lat="51.4512" lon="9.0021"/><way id="5"><nd ref="1"/><nd ref="2"/>'
        b'<tag k="railway" v="rail"/><tag k="layer" v="-1"/><tag k="gauge" v="1435"/>'
        b'<tag k="tracks" v="2"/></way></osm>'
    )


def _laughs(root: str) -> bytes:
    """Return an XML file whose entities would fill the memory."""
    entities = '<!ENTITY a0 "ha">' + "".join(
        f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 12)
    )
    return f"<?xml version='1.0'?><!DOCTYPE x [{entities}]><{root}>&a11;</{root}>".encode()


def _field(number: int, value: bytes | int) -> bytes:
    """Return a field of a protobuf message."""

    def varint(n: int) -> bytes:
        out = bytearray()
        while n >= 0x80:
            out.append(n & 0x7F | 0x80)
            n >>= 7
        return bytes([*out, n])

    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def _onnx(**metadata: str) -> bytes:
    def tensor(name: bytes, *sizes: int) -> bytes:
        dims = b"".join(_field(1, _field(1, size)) for size in sizes)
        shape = _field(1, 1) + _field(2, dims)
        return _field(1, name) + _field(2, _field(1, shape))

    node = _field(1, b"image") + _field(2, b"probability") + _field(4, b"Sigmoid")
    graph = _field(1, node) + _field(2, b"g") + _field(11, tensor(b"image", 1, 3, 64, 64))
    graph += _field(12, tensor(b"probability", 1, 1, 64, 64))
    values = {
        "railmap_kind": '"railmap-tracks"', "class_names": '{"0": "background", "1": "track"}',
        "resolution": "10", "tile_size": "64", "tiles_overlap": "25",
        "standardization_mean": "[0.4, 0.4, 0.4]", "standardization_std": "[0.2, 0.2, 0.2]",
        "package_format": "2", "training_data": '[{"name": "x", "licence": "y"}]',
    } | metadata  # fmt: skip
    props = b"".join(
        _field(14, _field(1, key.encode()) + _field(2, value.encode()))
        for key, value in values.items()
    )
    return _field(1, 8) + _field(7, graph) + props


def _lying_onnx() -> Iterator[bytes]:
    deep = "[" * 100_000
    for key in (
        "railmap_kind", "class_names", "resolution", "training_data", "package_format",
        "gsd_range", "standardization_std", "field_names", "piece_model", "threshold",
    ):  # fmt: skip
        for value in (deep, "1e999", "9" * 5000, "-1", '{"a": NaN}', "\ud7ff", "[null]", '"x"', ""):
            yield _onnx(**{key: value})


def _jpeg(folder: Path) -> bytes:
    from PIL import Image

    path = folder / "seed.jpg"
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (51.0, 26.0, 59.5), 3: "E", 4: (9.0, 0.0, 0.5)}
    exif[0x9003] = "2024:01:02 03:04:05"
    Image.new("RGB", (64, 48), (90, 120, 60)).save(path, exif=exif)
    return path.read_bytes()


def _png(folder: Path) -> bytes:
    from PIL import Image

    path = folder / "seed.png"
    Image.fromarray(np.arange(64 * 64, dtype=np.uint8).reshape(64, 64)).save(path)
    return path.read_bytes()


def _png_bomb() -> bytes:
    """Return a small PNG that states 60,000 x 60,000 pixels."""
    import zlib

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    size = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(10_000_000), 9)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


def _zip(folder: Path) -> bytes:
    path = folder / "seed.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("a.geojson"), _geojson())
    return path.read_bytes()


def _safetensors() -> bytes:
    header = json.dumps({"a": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}}).encode()
    return struct.pack("<Q", len(header)) + header + np.ones(4, np.float32).tobytes()
