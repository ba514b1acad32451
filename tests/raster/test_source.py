from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import rasterio.warp
from affine import Affine
from numpy.typing import NDArray
from rasterio.enums import ColorInterp
from rasterio.warp import transform_bounds

from railmap.raster import Patch, PixelWindow, RasterSource, open_raster

Write = Callable[..., Path]
Image = Callable[..., NDArray[np.uint8]]


def read_all(source: RasterSource, margin: int = 0) -> Patch:
    grid = source.grid
    return source.read(
        PixelWindow(-margin, -margin, grid.height + 2 * margin, grid.width + 2 * margin)
    )


def read_tiles(source: RasterSource, tile: int, margin: int = 0) -> tuple[NDArray, NDArray]:
    height, width = source.grid.height + 2 * margin, source.grid.width + 2 * margin
    pixels, mask = np.zeros((3, height, width), np.uint8), np.zeros((height, width), bool)
    for row in range(0, height, tile):
        for col in range(0, width, tile):
            h, w = min(tile, height - row), min(tile, width - col)
            patch = source.read(PixelWindow(row - margin, col - margin, h, w))
            pixels[:, row : row + h, col : col + w] = patch.pixels
            mask[row : row + h, col : col + w] = patch.mask
    return pixels, mask


def test_aligned_reads_copy_pixels_unchanged(write_raster: Write, image: Image) -> None:
    pixels = image(150, 170)
    with open_raster(write_raster("a b ü.tif", pixels)) as source:
        patch = read_all(source, margin=3)
        assert source.grid.transform == Affine(0.1, 0, 500000, 0, -0.1, 5700000)
        assert (source.grid.height, source.grid.width) == (150, 170)
        assert source.source_gsd == pytest.approx(0.1 / 0.9996, rel=1e-4)
        assert source.stretch == {"uint8": {"method": "identity"}}
    assert np.array_equal(patch.pixels[:, 3:-3, 3:-3], pixels)
    assert patch.mask[3:-3, 3:-3].all()
    assert patch.mask.sum() == pixels[0].size
    assert patch.pixels[:, ~patch.mask].max() == 0
    assert patch.transform.almost_equals(Affine(0.1, 0, 499999.7, 0, -0.1, 5700000.3))
    assert patch.crs == source.grid.crs


def test_windows_beyond_the_edge_are_not_valid(write_raster: Write, image: Image) -> None:
    with open_raster(write_raster("a.tif", image(64, 64))) as source:
        far = PixelWindow(1000, -500, 32, 32)
        assert not source.has_data(far)
        assert not source.read(far).mask.any()


ODD: dict[str, tuple[dict[str, Any], float | None]] = {
    "enlarged": ({}, 0.037),
    "shrunk by 1.3": ({}, 0.13),
    "shrunk by 2.6": ({}, 0.26),
    "shrunk by 2.6, overviews": ({"overviews": [2, 4]}, 0.26),
    "not square": ({"transform": Affine(0.1, 0, 500000, 0, -0.13, 5700000)}, None),
    "rotated": (
        {"transform": Affine(0.08, 0.06, 500000, 0.06, -0.08, 5700000)},
        None,
    ),
    "south up": ({"transform": Affine(0.1, 0, 500000, 0, 0.1, 5700000)}, None),
    "degrees": ({"crs": "EPSG:4326", "transform": Affine(1e-6, 0, 9.1, 0, -1e-6, 51.5)}, None),
    "feet": ({"crs": "EPSG:2263", "gsd": 0.3}, 0.1),
    "web mercator": ({"crs": "EPSG:3857", "transform": Affine(0.1, 0, 1e6, 0, -0.1, 6e6)}, None),
}


@pytest.mark.parametrize("kind", ODD)
def test_results_do_not_depend_on_the_window(write_raster: Write, image: Image, kind: str) -> None:
    settings, gsd = ODD[kind]
    pixels = image(150, 190)
    holes = np.full((150, 190), 255, np.uint8)
    holes[40:80, 50:55] = 0
    holes[100:, 120:] = 0
    with open_raster(write_raster("a.tif", pixels, mask=holes, **settings), gsd=gsd) as source:
        whole = read_all(source, margin=5)
        assert whole.mask.any()
        for tile in (17, 64):
            tiled, mask = read_tiles(source, tile, margin=5)
            assert np.array_equal(mask, whole.mask)
            assert np.abs(tiled.astype(int) - whole.pixels).max() <= 1


@pytest.mark.parametrize("kind", ODD)
def test_pixels_are_where_the_georeference_puts_them(
    write_raster: Write, image: Image, kind: str
) -> None:
    """Every grid pixel has the value of a smooth function at its position in the image."""
    settings, gsd = ODD[kind]
    height, width = 150, 190
    y, x = np.mgrid[0:height, 0:width] + 0.5
    pixels = np.stack([x + 20, y + 40, 0 * x + 90]).astype(np.uint8)
    path = write_raster("a.tif", pixels, **settings)
    with open_raster(path, gsd=gsd) as source:
        patch, grid = read_all(source), source.grid
    rows, cols = np.nonzero(patch.mask)
    gx, gy = rasterio.transform.xy(grid.transform, rows, cols)
    with rasterio.open(path) as dataset:
        sx, sy = rasterio.warp.transform(grid.crs, dataset.crs, gx, gy)
        inverse = ~dataset.transform
    at_col = inverse.a * np.array(sx) + inverse.b * np.array(sy) + inverse.c
    at_row = inverse.d * np.array(sx) + inverse.e * np.array(sy) + inverse.f
    # Away from the edge; the written values were truncated to integers, half a level on average.
    inner = (at_col > 6) & (at_col < width - 6) & (at_row > 6) & (at_row < height - 6)
    assert inner.sum() > 0.7 * patch.mask.size * (patch.mask.mean() - 0.1)
    for band, expected in ((0, at_col + 20), (1, at_row + 40)):
        found = patch.pixels[band, rows[inner], cols[inner]]
        assert np.abs(found - (expected[inner] - 0.5)).max() < 1.3


@pytest.mark.parametrize(
    ("crs", "transform", "expected", "metres"),
    [
        ("EPSG:4326", Affine(1e-6, 0, 9.1, 0, -1.6e-6, 51.5), "EPSG:32632", 0.0695),
        ("EPSG:4326", Affine(1e-6, 0, 18.42, 0, -1e-6, -33.9), "EPSG:32734", 0.0925),
        ("EPSG:4258", Affine(1e-6, 0, 9.1, 0, -1e-6, 51.5), "EPSG:25832", 0.0695),
        ("EPSG:2263", Affine(0.3, 0, 984000, 0, -0.3, 200000), "EPSG:26918", 0.0914),
        ("EPSG:3857", Affine(0.2, 0, 1e6, 0, -0.2, 8e6), "EPSG:32632", 0.1057),
        ("EPSG:25833+5783", Affine(0.1, 0, 4e5, 0, -0.1, 5.8e6), "EPSG:25833", 0.1),
        ("EPSG:2056", Affine(0.1, 0, 2.6e6, 0, -0.1, 1.2e6), "EPSG:2056", 0.1),
    ],
)
def test_working_crs_and_ground_sampling_distance(
    write_raster: Write, image: Image, crs: str, transform: Affine, expected: str, metres: float
) -> None:
    path = write_raster("a.tif", image(80, 90), crs=crs, transform=transform)
    with open_raster(path) as source:
        assert source.grid.crs.to_string() == expected
        assert source.source_gsd == pytest.approx(metres, rel=0.01)
        assert source.grid.gsd == pytest.approx(metres, rel=0.01)
        (info,) = source.images
        bounds = transform_bounds(crs.split("+")[0], expected, *rasterio.open(path).bounds)
        assert info.footprint.bounds == pytest.approx(bounds, abs=0.01)
        assert info.uri == str(path)


def test_only_the_nearest_overview_is_read(write_raster: Write) -> None:
    path = write_raster(
        "a.tif", np.full((3, 512, 512), 10, np.uint8), gsd=0.02, overviews=[2, 4, 8]
    )
    for level, value in ((0, 20), (1, 40), (2, 80)):
        with rasterio.open(path, "r+", overview_level=level) as overview:
            overview.write(np.full((3, overview.height, overview.width), value, np.uint8))
    expected = {0.02: 10, 0.03: 10, 0.04: 20, 0.07: 20, 0.08: 40, 0.10: 40, 0.159: 80, 0.3: 80}
    for gsd, value in expected.items():
        with open_raster(path, gsd=gsd) as source:
            inner = source.read(PixelWindow(8, 8, 8, 8))
            assert (inner.pixels == value).all(), gsd


@pytest.mark.parametrize("gsd", [0.2, 0.25, 0.37, 0.5])
def test_shrinking_does_not_alias(write_raster: Write, gsd: float) -> None:
    stripes = np.zeros((3, 256, 256), np.uint8)
    stripes[:, :, ::2] = 200
    with open_raster(write_raster("a.tif", stripes + 20), gsd=gsd) as source:
        inner = read_all(source).pixels[:, 6:-6, 6:-6].astype(int)
    # A box mean over an odd number of pixels leaves 1/3 or 1/5 of the stripes; point sampling all.
    assert np.abs(inner - 120).max() <= 22


def test_no_data_does_not_bleed_into_valid_pixels(write_raster: Write) -> None:
    pixels = np.full((3, 128, 128), 200, np.uint8)
    pixels[:, :, :50] = 0
    with open_raster(write_raster("a.tif", pixels, nodata=0), gsd=0.073) as source:
        patch = read_all(source)
    assert set(np.unique(patch.pixels[:, patch.mask])) == {200}
    assert patch.mask.mean() == pytest.approx(78 / 128, abs=0.02)


def test_threads_read_the_same(write_raster: Write, image: Image) -> None:
    with open_raster(write_raster("a.tif", image(256, 256)), gsd=0.13) as source:
        windows = [PixelWindow(r, c, 40, 40) for r in range(0, 200, 40) for c in range(0, 200, 40)]
        alone = [source.read(window).pixels for window in windows]
        with ThreadPoolExecutor(4) as pool:
            together = [patch.pixels for patch in pool.map(source.read, windows * 3)]
    for i, pixels in enumerate(together):
        assert np.array_equal(pixels, alone[i % len(alone)])


def test_large_windows_are_read_in_parts(
    write_raster: Write, image: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_raster("a.tif", image(300, 310))
    with open_raster(path, gsd=0.13) as source:
        whole = read_all(source)
        monkeypatch.setattr("railmap.raster.sampling._MOST_PIXELS", 5000)
        parts = read_all(source)
        assert np.array_equal(whole.pixels, parts.pixels)
        assert np.array_equal(whole.mask, parts.mask)
        assert source.has_data(PixelWindow(0, 0, source.grid.height, source.grid.width))


def test_first_valid_pixel_of_several_orthophotos_is_used(write_raster: Write) -> None:
    def ortho(name: str, x: float, value: int) -> Path:
        pixels = np.full((3, 100, 100), value, np.uint8)
        pixels[:, :, :10] = 0
        return write_raster(name, pixels, transform=Affine(0.1, 0, x, 0, -0.1, 5e6), nodata=0)

    left, right = ortho("left.tif", 500000, 50), ortho("right.tif", 500008, 90)
    for order, overlap in (([left, right], 50), ([right, left], 90)):
        with open_raster(order) as source:
            patch = read_all(source)
            assert [info.uri for info in source.images] == [str(path) for path in order]
            assert (source.grid.width, source.grid.height) == (180, 100)
            assert source.grid.transform.c == pytest.approx(500000)
        row = patch.pixels[0, 50]
        assert not patch.mask[:, :10].any()
        assert (row[10:80] == 50).all()
        # From 80 to 90 only the left image has data.
        assert (row[80:90] == 50).all()
        assert (row[90:100] == overlap).all()
        assert (row[100:] == 90).all()


def test_mosaic_of_different_crs_and_gsd(write_raster: Write, image: Image) -> None:
    first = write_raster("first.tif", image(100, 100))
    (lon,), (lat,) = rasterio.warp.transform("EPSG:25832", "EPSG:4258", [500012.0], [5700000.0])
    second = write_raster(
        "second.tif",
        np.full((3, 200, 200), 77, np.uint8),
        crs="EPSG:4258",
        transform=Affine(1e-6, 0, lon, 0, -5e-7, lat),
    )
    with open_raster([first, second]) as source:
        assert source.grid.crs.to_epsg() == 25832
        assert source.grid.gsd == pytest.approx(0.0556, rel=0.01)
        assert source.grid.transform.c == 500000
        patch = read_all(source)
        assert (patch.pixels[:, 40, int(20 / source.grid.gsd)] == 77).all()
        assert not patch.mask[40, int(11 / source.grid.gsd)]


def test_several_rasters_of_one_grid_are_not_resampled(write_raster: Write, image: Image) -> None:
    whole = image(100, 200)
    halves = [
        write_raster(
            f"{i}.tif",
            whole[:, :, i * 100 : (i + 1) * 100],
            transform=Affine(0.1, 0, 500000 + i * 10, 0, -0.1, 5.7e6),
        )
        for i in (1, 0)
    ]
    with open_raster(halves) as source:
        assert np.array_equal(read_all(source).pixels, whole)


def test_area_of_interest(write_raster: Write, image: Image, tmp_path: Path) -> None:
    import geopandas
    from shapely import box

    path = write_raster("a.tif", image(200, 200))
    area = tmp_path / "area.gpkg"
    layer = geopandas.GeoDataFrame(geometry=[box(500005, 5699990, 500010, 5699995)], crs=25832)
    layer.to_crs(4326).to_file(area)
    with open_raster(path, aoi=area) as source:
        mask = read_all(source).mask
        assert mask[60:90, 60:90].all()
        assert mask.sum() == pytest.approx(2500, abs=110)
        assert source.has_data(PixelWindow(40, 40, 64, 64))
        assert not source.has_data(PixelWindow(120, 120, 64, 64))
        tiled, tiled_mask = read_tiles(source, 33)
        assert np.array_equal(tiled_mask, mask)
        assert tiled[:, ~mask].max() == 0


def test_has_data_never_misses_valid_pixels(write_raster: Write, image: Image) -> None:
    pixels = image(512, 512) | np.uint8(1)
    keep = np.zeros((512, 512), bool)
    keep[100:103, 200:203] = True
    keep[400:, 300:420] = True
    pixels[:, ~keep] = 0
    path = write_raster("a.tif", pixels, nodata=0, overviews=[2, 4, 8, 16])
    seen = 0
    for gsd in (0.1, 0.23, 0.4):
        with open_raster(path, gsd=gsd) as source:
            for row in range(0, source.grid.height, 20):
                for col in range(0, source.grid.width, 20):
                    window = PixelWindow(row, col, 20, 20)
                    if source.read(window).mask.any():
                        assert source.has_data(window)
                        seen += 1
            assert not source.has_data(PixelWindow(0, 0, 20, 20))
    assert seen > 20


def test_alpha_is_a_mask_and_never_a_colour(write_raster: Write, image: Image) -> None:
    colours = image(64, 64)
    alpha = np.full((1, 64, 64), 255, np.uint8)
    alpha[:, :20] = 0
    path = write_raster("a.tif", np.concatenate([colours, alpha]), photometric="RGB", alpha="yes")
    with open_raster(path) as source:
        patch = read_all(source)
    assert np.array_equal(patch.pixels[:, 20:], colours[:, 20:])
    assert np.array_equal(patch.mask, alpha[0] > 0)


def test_bands_by_declared_colour_and_by_choice(write_raster: Write, image: Image) -> None:
    pixels = image(64, 64, bands=5)
    path = write_raster("a.tif", pixels)
    with open_raster(path) as source:
        assert np.array_equal(read_all(source).pixels, pixels[:3])
    with open_raster(path, bands=[4, 3, 5]) as source:
        assert np.array_equal(read_all(source).pixels, pixels[[3, 2, 4]])
    with open_raster(path, bands=[2]) as source:
        assert np.array_equal(read_all(source).pixels, pixels[[1, 1, 1]])
    with rasterio.open(path, "r+") as dataset:
        blue, green, red = ColorInterp.blue, ColorInterp.green, ColorInterp.red
        dataset.colorinterp = [blue, green, red, ColorInterp.undefined, ColorInterp.undefined]
    with open_raster(path) as source:
        assert np.array_equal(read_all(source).pixels, pixels[[2, 1, 0]])


def test_control_points_are_warped(write_raster: Write, image: Image, tmp_path: Path) -> None:
    pixels = image(80, 100)
    plain = write_raster("plain.tif", pixels)
    path = tmp_path / "gcps.tif"
    points = [
        rasterio.control.GroundControlPoint(r, c, 500000 + 0.1 * c, 5700000 - 0.1 * r)
        for r, c in ((0, 0), (0, 100), (80, 0), (80, 100))
    ]
    with rasterio.open(
        path, "w", driver="GTiff", width=100, height=80, count=3, dtype="uint8",
        gcps=points, crs="EPSG:25832",
    ) as dataset:  # fmt: skip
        dataset.write(pixels)
    with open_raster(plain) as one, open_raster(path, gsd=0.1) as other:
        window = PixelWindow(10, 10, 60, 80)
        a, b = one.read(window), other.read(window)
        assert one.grid.transform.almost_equals(other.grid.transform, 1e-4)
        assert np.abs(a.pixels.astype(int) - b.pixels).max() <= 1


def test_acquisition_time(write_raster: Write, image: Image) -> None:
    path = write_raster("a.tif", image(32, 32), tags={"TIFFTAG_DATETIME": "2024:05:17 10:11:12"})
    with open_raster([path, write_raster("b.tif", image(32, 32))]) as source:
        assert [info.acquired_at for info in source.images] == ["2024-05-17T10:11:12", None]


def test_gsd_close_to_a_multiple_is_set_to_it(write_raster: Write, image: Image) -> None:
    path = write_raster("a.tif", image(100, 100), gsd=0.02000007)
    with open_raster(path, gsd=0.1) as source:
        assert source.grid.gsd == pytest.approx(5 * 0.02000007, rel=1e-12)
    with open_raster(path, gsd=0.11) as source:
        assert source.grid.gsd == 0.11
