"""Map services as images, against a server on loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine

from railmap.errors import InputError, RailmapError, RasterError, ServiceError, UsageError
from railmap.progress import NullReporter
from railmap.raster import PixelWindow, RasterSource, open_raster
from railmap.raster.remote import tiles as tiles_module
from railmap.raster.remote.area import Area
from railmap.raster.remote.find import find_images
from railmap.raster.remote.options import SourceOptions
from tests.helpers.map_services import MapService
from tests.helpers.web_servers import Reply, WebServer, web_server

LICENCE = SourceOptions(licence="CC BY 4.0", tile_cache=False)


@pytest.fixture(scope="module")
def raster(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """120 m x 120 m of smooth colours at 0.1 m, at 51.4 degrees north."""
    path = tmp_path_factory.mktemp("service") / "ortho.tif"
    rows, cols = np.mgrid[0:1200, 0:1200] / 1200
    pixels = np.stack([
        120 + 100 * np.sin(9 * rows), 120 + 100 * np.cos(7 * cols), 255 * (rows + cols) / 2,
    ]).astype(np.uint8)  # fmt: skip
    with rasterio.open(
        path, "w", driver="GTiff", width=1200, height=1200, count=3, dtype="uint8",
        crs="EPSG:32632", transform=Affine(0.1, 0, 500_000, 0, -0.1, 5_700_000),
    ) as dataset:  # fmt: skip
        dataset.write(pixels)
    return path


@pytest.fixture(scope="module")
def area(raster: Path) -> Path:
    path = raster.with_name("area.geojson")
    box = shapely.box(500_020, 5_699_900, 500_100, 5_699_980)
    gpd.GeoSeries([box], crs="EPSG:32632").to_crs("EPSG:4326").to_file(path)
    return path


@contextmanager
def serving(
    raster: Path, faults: Callable[[str], Reply | None] | None = None
) -> Iterator[WebServer]:
    service = MapService(raster, faults)

    def answer(path: str, body: bytes) -> Reply:
        if path.startswith("/WMTSCapabilities.xml"):
            return Reply(service.capabilities(server.url).encode(), "application/xml")
        return service.answer(path, body)

    with web_server(answer) as server:
        yield server


@contextmanager
def opened(
    uri: str, area: Path | None, options: SourceOptions = LICENCE, gsd: float = 0.2
) -> Iterator[RasterSource]:
    where = Area(area, None)
    with (
        find_images([uri], where, gsd, options, NullReporter()) as images,
        open_raster(images, gsd=gsd, aoi=area) as source,
    ):
        yield source


def whole(source: RasterSource) -> tuple[np.ndarray, np.ndarray]:
    patch = source.read(PixelWindow(0, 0, source.grid.height, source.grid.width))
    return patch.pixels, patch.mask


SERVICES = {
    "xyz": "{server}/xyz/{{z}}/{{x}}/{{y}}.png",
    "xyz of 512 pixels": "{server}/xyz512/{{z}}/{{x}}/{{y}}.png",
    "xyz of QGIS": "type=xyz&url={server}/xyz/%7Bz%7D/%7Bx%7D/%7By%7D.png&zmax=21&zmin=0",
    "wmts": "WMTS:{server}/WMTSCapabilities.xml,layer=ortho",
    "wmts of QGIS": (
        "crs=EPSG:3857&format=image/png&layers=ortho&styles=default&tileMatrixSet=web"
        "&url={server}/WMTSCapabilities.xml"
    ),
    "wms": "WMS:{server}/wms?layers=ortho&crs=EPSG:32632",
    "wms in Web Mercator": "WMS:{server}/wms?layers=ortho",
}


def _uri(name: str, server: WebServer) -> str:
    return SERVICES[name].format(server=server.url)


@pytest.mark.parametrize("name", SERVICES)
def test_the_pixels_are_those_of_the_file(raster: Path, area: Path, name: str) -> None:
    with serving(raster) as server, opened(_uri(name, server), area) as source:
        pixels, mask = whole(source)
        grid, image = source.grid, source.images[0]
    with open_raster(raster, gsd=0.2) as file:
        assert file.grid.crs == grid.crs
        row = round((file.grid.transform.f - grid.transform.f) / 0.2)
        col = round((grid.transform.c - file.grid.transform.c) / 0.2)
        truth = file.read(PixelWindow(row, col, grid.height, grid.width))
    both = mask & truth.mask
    assert both.sum() == pytest.approx((80 / 0.2) ** 2, rel=0.02)
    # half a pixel of shift between the grids is up to 0.6 grey levels in these colours
    assert np.abs(pixels[:, both].astype(int) - truth.pixels[:, both]).mean() < 1.5
    # metres are metres on the ground: 256 pixels of level 19 are 48 m there and 76 m in EPSG:3857
    assert 0.15 < image.gsd_m < 0.21
    assert (image.licence, image.attribution) == ("CC BY 4.0", "127.0.0.1")
    assert all("railmap/" in headers["User-Agent"] for _, _, headers, _ in server.asked)
    assert server.most_at_once <= 4
    assert max(server.paths.values()) == 1  # each tile once


def test_tiles_are_kept_for_the_next_run(
    raster: Path, area: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAILMAP_TILE_CACHE", str(tmp_path))
    options = SourceOptions(licence="mine")
    with serving(raster) as server:
        uri = _uri("xyz", server) + "?key=sesame"
        with opened(uri, area, options) as source:
            first, _ = whole(source)
            assert source.images[0].uri.endswith("?key=…")
        count = len(server.asked)
        with opened(uri, area, options) as source:
            again, _ = whole(source)
        assert len(server.asked) == count > 0
    np.testing.assert_array_equal(first, again)
    assert not any("sesame" in str(file) for file in tmp_path.rglob("*"))


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(b"no", "text/html", 403), "access is denied"),
        (Reply(b"no", "text/html", 404), "nothing there"),
        (Reply(b"<html>Hello</html>", "text/html"), "a web page (HTML) in place of an image"),
        (Reply(b"\x89PNG\r\n\x1a\n" + b"x" * 50, "image/png"), "a damaged image"),
        (Reply(b"", "image/png"), "an empty answer"),
    ],
)
def test_a_missing_tile_is_a_gap_that_is_told(
    raster: Path, area: Path, reply: Reply, reason: str
) -> None:
    broken: list[str] = []

    def faults(path: str) -> Reply | None:
        if not broken and len(server.asked) > 1:  # not the one in the middle
            broken.append(path)
        return reply if path in broken else None

    with serving(raster, faults) as server, opened(_uri("xyz", server), area) as source:
        pixels, mask = whole(source)
        (hole,) = source.damaged
    assert reason in hole.reason
    assert hole.uri.endswith("{y}.png")
    assert 0.5 * (80 / 0.2) ** 2 < mask.sum() < 0.99 * (80 / 0.2) ** 2
    assert not pixels[:, ~mask].any()
    assert server.paths[broken[0]] == 1  # asked for once only


def test_a_tile_reads_no_other_files(raster: Path, area: Path) -> None:
    bands = "".join(
        f'<VRTRasterBand dataType="Byte" band="{band}"><SimpleSource><SourceFilename>{raster}'
        f"</SourceFilename><SourceBand>{band}</SourceBand></SimpleSource></VRTRasterBand>"
        for band in (1, 2, 3)
    )
    vrt = f'<VRTDataset rasterXSize="256" rasterYSize="256">{bands}</VRTDataset>'.encode()
    reply = Reply(vrt, "image/png")
    with (
        serving(raster, lambda path: reply) as server,
        pytest.raises(RasterError, match="in place of an image"),
        opened(_uri("xyz", server), area),
    ):
        pass


def test_a_busy_server_is_asked_again(raster: Path, area: Path) -> None:
    told: set[str] = set()

    def faults(path: str) -> Reply | None:
        if path in told:
            return None
        told.add(path)
        return Reply(b"later", "text/plain", 429, {"Retry-After": "0"})

    with serving(raster, faults) as server, opened(_uri("xyz", server), area) as source:
        _, mask = whole(source)
        assert source.damaged == []
    assert mask.any()
    assert set(server.paths.values()) == {2}


def test_a_server_that_stops_ends_the_work(
    raster: Path, area: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tiles_module, "_MOST_REFUSALS", 3)

    def faults(path: str) -> Reply | None:
        return Reply(b"quota", "text/plain", 403) if len(server.asked) > 2 else None

    with (
        serving(raster, faults) as server,
        opened(_uri("xyz", server), area, gsd=0.05) as source,
        pytest.raises(ServiceError, match=r"3 tiles in a row .*HTTP 403.*: quota; what"),
    ):
        whole(source)
    assert len(server.asked) < 12


@pytest.mark.parametrize(
    ("uri", "options", "kind", "message"),
    [
        ("{server}/xyz/{{z}}/{{x}}/{{y}}.png", SourceOptions(), UsageError, "terms of many"),
        ("{server}/xyz/{{z}}/{{x}}/{{y}}.png", SourceOptions(licence=" "), UsageError, "terms"),
        ("{server}/{{s}}/{{z}}/{{x}}/{{y}}.png", LICENCE, UsageError, "{s} is not known"),
        ("{server}/{{z}}/{{x}}.png", LICENCE, UsageError, "needs {z}, {x} and {y}"),
        ("WMTS:{server}/WMTSCapabilities.xml", LICENCE, UsageError, "several.*ortho, labels"),
        ("WMTS:{server}/WMTSCapabilities.xml,layer=x", LICENCE, UsageError, "no layer 'x'"),
        ("WMTS:{server}/nothing.xml,layer=x", LICENCE, RasterError, "HTTP 404"),
        ("WMTS:file:///etc/passwd,layer=x", LICENCE, UsageError, "begins with https"),
        ("WMS:{server}/wms?crs=EPSG:3857", LICENCE, UsageError, "names no layer"),
        ("WMS:{server}/wms?layers=x", LICENCE, RasterError, "the server says: Layer x is not"),
        ("WMS:{server}/wms?layers=ortho&crs=EPSG:1", LICENCE, UsageError, "is no CRS"),
        ("type=xyz&url=file:///tmp/{{z}}&zmax=3", LICENCE, UsageError, "begins with https"),
        ("type=xyz&url={server}/%7Bz%7D/%7Bx%7D/%7By%7D&zmax=abc", LICENCE, UsageError, "zmax"),
        ("https://nowhere.invalid/{{z}}/{{x}}/{{y}}.png", LICENCE, RasterError, "name cannot be"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_one_line(
    raster: Path,
    area: Path,
    uri: str,
    options: SourceOptions,
    kind: type[RailmapError],
    message: str,
) -> None:
    with (
        serving(raster) as server,
        pytest.raises(kind, match=message) as error,
        opened(uri.format(server=server.url), area, options),
    ):
        pass
    assert "\n" not in str(error.value)


def test_an_area_is_needed(raster: Path) -> None:
    with (
        serving(raster) as server,
        pytest.raises(UsageError, match="has no end"),
        opened(_uri("xyz", server), None),
    ):
        pass
    assert server.asked == []


def test_an_area_that_is_too_large(raster: Path, tmp_path: Path) -> None:
    path = tmp_path / "state.geojson"
    gpd.GeoSeries([shapely.box(9, 51, 10.5, 52)], crs="EPSG:4326").to_file(path)
    tile = MapService(raster).answer("/xyz512/0/0/0.jpg", b"")
    with (
        serving(raster, lambda path: Reply(tile.body, "image/jpeg")) as server,
        pytest.raises(InputError, match=r"km².* more than the 100,000"),
        opened(SERVICES["xyz of 512 pixels"].format(server=server.url), path),
    ):
        pass
    assert len(server.asked) <= 2


def test_a_level_that_is_not_there(raster: Path, area: Path) -> None:
    def faults(path: str) -> Reply | None:
        return Reply(b"", "text/plain", 404) if "/xyz/19/" in path else None

    with (
        serving(raster, faults) as server,
        pytest.raises(RasterError, match=r"no tile of level 19 .* level 18 .*zoom=18"),
        opened(_uri("xyz", server), area),
    ):
        pass


def test_the_highest_level_is_respected(raster: Path, area: Path) -> None:
    with serving(raster) as server:
        uri = f"type=xyz&url={server.url}/xyz/%7Bz%7D/%7Bx%7D/%7By%7D.png&zmax=18"
        with opened(uri, area) as source:
            assert source.images[0].gsd_m == pytest.approx(0.373, abs=0.005)
            whole(source)
    assert all(path.startswith("/xyz/18/") for path in server.paths)


def test_other_commands_say_who_reads_services(raster: Path) -> None:
    with pytest.raises(UsageError, match="vectorize and segment only"):
        open_raster("https://tiles.example/{z}/{x}/{y}.png")
