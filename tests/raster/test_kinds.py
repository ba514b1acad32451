"""Pixel types, masks and bad input."""

from __future__ import annotations

import json
import math
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rasterio
import rasterio.shutil
from affine import Affine
from numpy.typing import NDArray

from railmap.errors import GeoreferenceError, InputError, RasterError, UsageError
from railmap.raster import Patch, PixelWindow, RasterSource, open_raster

Write = Callable[..., Path]
Image = Callable[..., NDArray[np.uint8]]


def read_all(source: RasterSource) -> Patch:
    return source.read(PixelWindow(0, 0, source.grid.height, source.grid.width))


def test_one_band_is_replicated(write_raster: Write, image: Image) -> None:
    pixels = image(40, 40, bands=1)
    with open_raster(write_raster("a.tif", pixels)) as source:
        assert np.array_equal(read_all(source).pixels, pixels[[0, 0, 0]])


def test_palette_becomes_colour(write_raster: Write) -> None:
    index = (np.arange(64 * 64) % 3).reshape(1, 64, 64).astype(np.uint8)
    colormap = {0: (10, 20, 30, 255), 1: (200, 100, 50, 255), 2: (1, 2, 3, 255)}
    with open_raster(write_raster("a.tif", index, colormap=colormap)) as source:
        patch = read_all(source)
    assert patch.mask.all()
    table = np.array([colormap[i][:3] for i in range(3)], np.uint8)
    assert np.array_equal(patch.pixels, np.moveaxis(table[index[0]], -1, 0))


def test_palette_is_not_resampled_by_index(write_raster: Write) -> None:
    index = np.zeros((1, 64, 64), np.uint8)
    index[:, :, 32:] = 2
    colormap = {0: (100, 100, 100, 255), 1: (255, 0, 0, 255), 2: (120, 120, 120, 255)}
    with open_raster(write_raster("a.tif", index, colormap=colormap), gsd=0.03) as source:
        patch = read_all(source)
    pixels = patch.pixels[:, patch.mask]
    assert pixels.min() >= 95
    assert pixels.max() <= 125


def test_single_bits_become_black_and_white(write_raster: Write) -> None:
    bits = (np.indices((64, 64)).sum(0) // 8 % 2).astype(np.uint8)[None]
    with open_raster(write_raster("a.tif", bits, nbits=1)) as source:
        patch = read_all(source)
    assert np.array_equal(patch.pixels[1], bits[0] * 255)
    assert patch.mask.all()


@pytest.mark.parametrize("dtype", ["uint16", "int16", "uint32", "float32", "float64"])
def test_stretch_by_percentiles_is_stated(write_raster: Write, image: Image, dtype: str) -> None:
    shown = image(100, 100).astype(float)
    scale = 0.001 if dtype.startswith("float") else 30
    pixels = (shown * scale + (0 if dtype == "uint16" else 7 * scale)).astype(dtype)
    pixels[:, 0, 0] = pixels.max() * 3  # a hot pixel must not darken the image
    with open_raster(write_raster("a.tif", pixels, tags={})) as source:
        patch = read_all(source)
        stretch = json.loads(json.dumps(source.stretch))[dtype]
    assert stretch["percentiles"] == [1.0, 99.0]
    assert stretch["low"][0] == pytest.approx(np.percentile(pixels[0], 1), rel=0.01)
    low, high = np.percentile(shown, 1), np.percentile(shown, 99)
    expected = np.clip((shown - low) / (high - low) * 255, 0, 255)
    assert np.abs(patch.pixels.astype(float) - expected)[:, 1:].mean() < 6
    assert patch.mask.all()


def test_nan_and_infinity_are_not_valid(write_raster: Write) -> None:
    pixels = np.linspace(0, 1, 64 * 64, dtype=np.float32).reshape(1, 64, 64)
    pixels[0, :10] = np.nan
    pixels[0, 10, 0] = np.inf
    with open_raster(write_raster("a.tif", pixels)) as source:
        patch = read_all(source)
        assert np.array_equal(patch.mask, np.isfinite(pixels[0]))
        assert not source.has_data(PixelWindow(0, 0, 9, 64))


def test_nodata_needs_all_bands(write_raster: Write) -> None:
    pixels = np.full((3, 64, 64), 7, np.uint8)
    pixels[:, :20] = 0
    pixels[0] = 0
    with open_raster(write_raster("a.tif", pixels, nodata=0)) as source:
        mask = read_all(source).mask
    assert not mask[:20].any()
    assert mask[20:].all()


def test_nodata_outside_the_type_masks_nothing(write_raster: Write) -> None:
    pixels = np.linspace(0, 3, 64 * 64).reshape(1, 64, 64).astype(np.float32)
    path = write_raster("a.tif", pixels, nodata=-9999)
    with open_raster(path) as source:
        assert read_all(source).mask.all()


@pytest.mark.parametrize("overviews", [None, [2, 4]])
@pytest.mark.parametrize("external", [False, True])
def test_dataset_mask(
    write_raster: Write, image: Image, overviews: list[int] | None, external: bool
) -> None:
    mask = np.full((128, 128), 255, np.uint8)
    mask[:64] = 0
    if external:
        path = write_raster("a.tif", image(128, 128), overviews=overviews)
        with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=False), rasterio.open(path, "r+") as dataset:
            dataset.write_mask(mask)
        assert Path(f"{path}.msk").exists()
    else:
        path = write_raster("a.tif", image(128, 128), overviews=overviews, mask=mask)
    for gsd in (0.1, 0.2, 0.4):
        with open_raster(path, gsd=gsd) as source:
            found = read_all(source).mask
            edge = source.grid.height // 2
            assert not found[:edge].any()
            assert found[edge:].all()
            assert not source.has_data(PixelWindow(0, 0, edge - 8, source.grid.width))


def test_black_collar_is_no_data_and_black_shadow_is_data(
    write_raster: Write, image: Image
) -> None:
    pixels = image(300, 300) | np.uint8(1)
    triangle = np.add(*np.indices((300, 300))) < 120
    pixels[:, triangle] = 0
    pixels[:, 200:220, 200:220] = 0
    with open_raster(write_raster("a.tif", pixels)) as source:
        assert np.array_equal(read_all(source).mask, ~triangle)
        assert not source.has_data(PixelWindow(0, 0, 40, 40))


def test_small_black_patch_at_the_edge_is_data(write_raster: Write, image: Image) -> None:
    pixels = image(300, 300) | np.uint8(1)
    pixels[:, :10, :10] = 0
    with open_raster(write_raster("a.tif", pixels)) as source:
        assert read_all(source).mask.all()


def test_all_nodata(write_raster: Write) -> None:
    for dtype in ("uint8", "uint16", "float32"):
        path = write_raster(f"{dtype}.tif", np.zeros((3, 70, 70), dtype), nodata=0)
        with open_raster(path, gsd=0.13) as source:
            everything = PixelWindow(-5, -5, 100, 100)
            assert not source.has_data(everything)
            assert not source.read(everything).mask.any()
            json.dumps(source.stretch)


def test_one_pixel(write_raster: Write) -> None:
    path = write_raster("a.tif", np.full((3, 1, 1), 9, np.uint8))
    with open_raster(path) as source:
        assert (source.grid.width, source.grid.height) == (1, 1)
        assert (read_all(source).pixels == 9).all()
    with open_raster(path, gsd=0.05) as source:
        assert (read_all(source).pixels == 9).all()


def test_missing_empty_and_non_raster_files(tmp_path: Path) -> None:
    with pytest.raises(RasterError, match="no such file"):
        open_raster(tmp_path / "none.tif")
    (tmp_path / "empty.tif").touch()
    with pytest.raises(RasterError, match="is empty"):
        open_raster(tmp_path / "empty.tif")
    (tmp_path / "text.tif").write_text("no pixels here")
    with pytest.raises(RasterError, match=r"text\.tif: cannot be opened"):
        open_raster(tmp_path / "text.tif")
    with pytest.raises(RasterError, match="is a folder"):
        open_raster(tmp_path)


def test_truncated_header(write_raster: Write, image: Image) -> None:
    path = write_raster("a.tif", image(256, 256))
    path.write_bytes(path.read_bytes()[:6])
    with pytest.raises(RasterError, match="truncated"):
        open_raster(path)


@pytest.mark.parametrize("gsd", [0.1, 0.13])
def test_damaged_block_is_reported_and_the_rest_is_read(
    write_raster: Write, image: Image, gsd: float
) -> None:
    pixels = np.random.default_rng(1).integers(1, 255, (3, 256, 256), np.uint8)
    path = write_raster("a.tif", pixels, interleave="pixel")
    with rasterio.open(path) as dataset:
        start = int(dataset.get_tag_item("BLOCK_OFFSET_1_2", "TIFF", bidx=1))
        size = int(dataset.get_tag_item("BLOCK_SIZE_1_2", "TIFF", bidx=1))
    content = bytearray(path.read_bytes())
    content[start : start + size] = b"\xff" * size
    path.write_bytes(content)
    with open_raster(path, gsd=gsd) as source:
        assert source.damaged == []
        patch = read_all(source)
        (damage,) = source.damaged
        assert source.damaged == [damage]  # once, however often it is met
    assert damage.uri == str(path)
    assert damage.bounds == pytest.approx((500006.4, 5699980.8, 500012.8, 5699987.2))
    assert damage.reason
    rows, cols = np.nonzero(~patch.mask)
    x, y = patch.transform.c + gsd * (cols + 0.5), patch.transform.f - gsd * (rows + 0.5)
    assert len(rows) == pytest.approx((64 * 0.1 / gsd) ** 2, rel=0.05)
    assert x.min() > 500006.4
    assert x.max() < 500012.8
    assert y.min() > 5699980.8
    assert y.max() < 5699987.2
    if gsd == 0.1:
        assert np.array_equal(patch.pixels[:, patch.mask], pixels[:, patch.mask])


def test_truncated_data_is_damage(write_raster: Write) -> None:
    pixels = np.random.default_rng(1).integers(1, 255, (3, 256, 256), np.uint8)
    path = write_raster("a.tif", pixels)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 2 // 3])
    with open_raster(path) as source:
        patch = read_all(source)
        assert source.damaged
    assert 0.3 < patch.mask.mean() < 0.9
    assert np.array_equal(patch.pixels[:, patch.mask], pixels[:, patch.mask])


def test_no_transform_and_no_crs(write_raster: Write, image: Image) -> None:
    pixels = image(64, 80)
    bare = write_raster("bare.tif", pixels, crs=None, transform=Affine.identity())
    with pytest.raises(GeoreferenceError, match=r"gsd=METRES and crs="):
        open_raster(bare)
    with pytest.raises(GeoreferenceError, match=r"crs="):
        open_raster(bare, assume_gsd=0.05)
    with open_raster(bare, assume_gsd=0.05, assume_crs="EPSG:25832") as source:
        assert source.grid.transform == Affine(0.05, 0, 0, 0, -0.05, 0)
        assert source.source_gsd == 0.05
        assert np.array_equal(read_all(source).pixels, pixels)
    with pytest.raises(UsageError, match="metres"):
        open_raster(bare, assume_gsd=0.05, assume_crs="EPSG:4326")
    with pytest.raises(UsageError, match="no CRS"):
        open_raster(bare, assume_gsd=0.05, assume_crs="nonsense")
    with pytest.raises(UsageError, match="above 0"):
        open_raster(bare, assume_gsd=-1.0, assume_crs="EPSG:25832")
    with pytest.raises(UsageError, match="several"):
        open_raster([bare, bare], assume_gsd=0.05, assume_crs="EPSG:25832")


def test_transform_without_crs(write_raster: Write, image: Image) -> None:
    path = write_raster("a.tif", image(64, 64), crs=None)
    with pytest.raises(GeoreferenceError, match=r"no CRS; give it with crs="):
        open_raster(path)
    with open_raster(path, assume_crs="EPSG:25832") as source:
        assert source.grid.transform.c == 500000


def test_world_file(tmp_path: Path, image: Image) -> None:
    path = tmp_path / "photo.png"
    with rasterio.open(
        path, "w", driver="PNG", width=60, height=50, count=3, dtype="uint8"
    ) as dataset:
        dataset.write(image(50, 60))
    (tmp_path / "photo.pgw").write_text("0.1\n0\n0\n-0.1\n500000.05\n5699999.95\n")
    with open_raster(path, assume_crs="EPSG:25832") as source:
        assert source.grid.transform.almost_equals(Affine(0.1, 0, 5e5, 0, -0.1, 5.7e6))
        assert np.array_equal(read_all(source).pixels, image(50, 60))


@pytest.mark.parametrize("driver", ["VRT", "COG", "JP2OpenJPEG"])
def test_formats(write_raster: Write, image: Image, tmp_path: Path, driver: str) -> None:
    pixels = image(700, 600)
    path = write_raster("a.tif", pixels)
    other = tmp_path / f"copy.{driver[:3].lower()}"
    options = {"QUALITY": "100", "REVERSIBLE": "YES"} if driver.startswith("JP2") else {}
    rasterio.shutil.copy(path, other, driver=driver, **options)
    for gsd in (0.1, 0.2, 0.37):
        with open_raster(path, gsd=gsd) as one, open_raster(other, gsd=gsd) as two:
            a, b = read_all(one), read_all(two)
            assert np.array_equal(a.mask, b.mask)
            assert np.abs(a.pixels.astype(int) - b.pixels).mean() < (0.1 if gsd == 0.1 else 3)


def test_inside_a_zip(write_raster: Write, image: Image, tmp_path: Path) -> None:
    path = write_raster("a b.tif", image(64, 64))
    with zipfile.ZipFile(tmp_path / "orthos.zip", "w") as archive:
        archive.write(path, "folder/a b.tif")
    with open_raster(f"/vsizip/{tmp_path}/orthos.zip/folder/a b.tif") as source:
        assert np.array_equal(read_all(source).pixels, image(64, 64))
    with pytest.raises(RasterError, match="cannot be opened"):
        open_raster(f"/vsizip/{tmp_path}/orthos.zip/none.tif")


def test_local_crs_is_not_a_map_projection(write_raster: Write, image: Image) -> None:
    local = 'LOCAL_CS["site",UNIT["metre",1]]'
    path = write_raster("a.tif", image(64, 64), crs=local)
    with pytest.raises(GeoreferenceError, match="crs="):
        open_raster(path)
    with open_raster(path, assume_crs="EPSG:25832") as source:
        assert source.grid.crs.to_epsg() == 25832


def test_too_coarse_is_refused_with_the_reason(write_raster: Write, image: Image) -> None:
    path = write_raster("a.tif", image(64, 64), gsd=5.0)
    with pytest.raises(InputError, match=r"not visible at 5 m per pixel; needs 0\.6 m or finer"):
        open_raster(path)
    with open_raster(path, max_gsd=math.inf) as source:
        assert source.grid.gsd == 5.0


@pytest.mark.parametrize("bands", [[9], [1, 2], [0, 1, 2], []])
def test_bad_bands(write_raster: Write, image: Image, bands: list[int]) -> None:
    with pytest.raises(UsageError, match="bands"):
        open_raster(write_raster("a.tif", image(64, 64)), bands=bands)


def test_bad_options(write_raster: Write, image: Image) -> None:
    path = write_raster("a.tif", image(64, 64))
    with pytest.raises(UsageError, match="at least one"):
        open_raster([])
    for gsd in (0.0, -1.0, math.nan):
        with pytest.raises(UsageError, match="above 0"):
            open_raster(path, gsd=gsd)


def test_bad_areas_of_interest(write_raster: Write, image: Image, tmp_path: Path) -> None:
    import geopandas
    from shapely import Point, box

    path = write_raster("a.tif", image(64, 64))
    area = tmp_path / "a.geojson"
    with pytest.raises(InputError, match="no such file"):
        open_raster(path, aoi=area)
    geopandas.GeoDataFrame(geometry=[Point(9, 51)], crs=4326).to_file(area)
    with pytest.raises(InputError, match="no polygons"):
        open_raster(path, aoi=area)
    geopandas.GeoDataFrame(geometry=[box(0, 0, 1, 1)], crs=4326).to_file(area)
    with pytest.raises(InputError, match="outside the raster"):
        open_raster(path, aoi=area)


def test_coordinates_off_the_map(write_raster: Write, image: Image) -> None:
    transform = Affine(0.1, 0, 1e12, 0, -0.1, 1e12)
    path = write_raster("a.tif", image(64, 64), transform=transform)
    with pytest.raises(GeoreferenceError, match="outside the area of EPSG:25832"):
        open_raster(path)


def test_complex_pixels_are_refused(write_raster: Write) -> None:
    path = write_raster("a.tif", np.zeros((1, 64, 64), np.complex64))
    with pytest.raises(RasterError, match="complex64"):
        open_raster(path)


def test_closed_source_cannot_be_read(write_raster: Write, image: Image) -> None:
    source = open_raster(write_raster("a.tif", image(64, 64)))
    source.close()
    with pytest.raises(ValueError, match="closed"):
        source.read(PixelWindow(0, 0, 8, 8))
