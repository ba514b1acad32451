from __future__ import annotations

import gzip
import json
import re
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
import shapely

from railmap.mapping import write_map
from railmap.mapping.store.reader import read_map
from railmap.mapping.store.types import QaIssue
from railmap.publishing.exchange.export import EXPORT_SUFFIXES, export_map
from railmap.publishing.file_names import without_paths
from railmap.publishing.report.write import write_report
from railmap.publishing.web.site import publish_map
from tests.helpers import networks

SECRETS = ("trudy", "flight 3", "Users", "secret", "/mnt")
PLACES = (
    "/home/trudy/flight 3/ortho.tif",
    "C:\\Users\\trudy\\flight 3\\east.tif",
    "https://trudy:secret@example.org/flight 3/west.tif?token=secret",
    "/vsicurl/https://example.org/trudy/north.tif",
    "../trudy/south.tif",
)


@pytest.fixture
def told(tmp_path: Path) -> Path:
    """A map whose images, issues and runs name folders of a person."""
    path = tmp_path / "tracks.gpkg"
    image = networks.images()[0]
    run = networks.run_record()
    issues = [
        QaIssue("damaged_raster", "error", f"{place}: not readable here: 3/4 of it", shapely.Point(
            *networks.junction().links[0].xy[0]
        ))
        for place in (*PLACES, "/mnt/trudy/tile_7.tif")
    ]  # fmt: skip
    write_map(
        path, networks.junction(), networks.CRS,
        images=[replace(image, uri=place) for place in PLACES],
        run=replace(
            run, command=f"/home/trudy/bin/railmap vectorize '{PLACES[0]}' -o /home/trudy/m.gpkg",
            parameters={"inputs": list(PLACES), "aoi": "/mnt/trudy/area.gpkg"},
            warnings=("/home/trudy/x.tif: is odd",),
        ),
        qa=issues,
    )  # fmt: skip
    return path


def content(path: Path) -> bytes:
    """All bytes of a file, also of those that are compressed in it."""
    data = path.read_bytes()
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            data += b"".join(archive.read(name) for name in archive.namelist())
    for found in re.finditer(b"\x1f\x8b\x08", data):
        try:
            data += zlib.decompressobj(31).decompress(data[found.start() :])
        except (zlib.error, gzip.BadGzipFile):
            continue
    return data


def leaks(path: Path) -> list[str]:
    return [text for text in SECRETS if text.encode() in content(path)]


def test_layers_keep_names_and_lose_folders(told: Path) -> None:
    layers = without_paths(read_map(told)).layers
    assert list(layers["source_image"]["uri"]) == [
        "ortho.tif", "east.tif", "west.tif", "north.tif", "south.tif",
    ]  # fmt: skip
    assert sorted(layers["qa_issue"]["message"])[0] == "east.tif: not readable here: 3/4 of it"
    run = layers["processing_run"].iloc[0]
    assert run["command"] == "railmap vectorize 'ortho.tif' -o m.gpkg"
    assert json.loads(run["parameters"])["aoi"] == "area.gpkg"
    assert json.loads(run["parameters"])["inputs"] == list(layers["source_image"]["uri"])
    assert "trudy" in read_map(told).layers["processing_run"].iloc[0]["command"]


@pytest.mark.parametrize("suffix", EXPORT_SUFFIXES)
@pytest.mark.parametrize("layer", ["source_image", "qa_issue", None])
def test_exports_tell_no_folders(told: Path, suffix: str, layer: str | None) -> None:
    if suffix in (".dxf", ".parquet"):
        pytest.importorskip("ezdxf" if suffix == ".dxf" else "pyarrow")
    if layer is not None and suffix not in (".geojson", ".json", ".fgb", ".kml", ".parquet"):
        return
    if suffix == ".csv":
        layer = "qa_issue"
    out = told.with_name(f"out{suffix}")
    export_map(told, out, layer=layer)
    assert {text for path in told.parent.glob("out*") for text in leaks(path)} == set()
    if layer is not None and suffix == ".geojson":
        export_map(told, out, layer=layer, overwrite=True, keep_paths=True)
        assert "trudy" in leaks(out)


def test_a_report_tells_no_folders(told: Path) -> None:
    earlier = told.with_name("trudy 2025.gpkg")
    earlier.write_bytes(told.read_bytes())
    out = told.with_name("survey.html")
    write_report(told, out)
    assert leaks(out) == []
    assert b"ortho.tif" in content(out)
    write_report(told, out, overwrite=True, keep_paths=True)
    assert "trudy" in leaks(out)
    write_report(told, out, overwrite=True, before=earlier)  # the user names it: its name is told
    assert leaks(out) == ["trudy"]


def test_a_page_tells_no_folders(told: Path) -> None:
    site = told.parent / "site"
    publish_map(told, site)
    files = [path for path in site.rglob("*") if path.is_file()]
    assert {name for path in files for name in leaks(path)} == set()
    assert any(b"ortho.tif" in content(path) for path in files)
    publish_map(told, site, overwrite=True, keep_paths=True)
    assert any(leaks(path) for path in site.rglob("*.pmtiles"))
