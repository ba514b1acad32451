"""What the user says against what the file says, and what cannot be told from a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import pytest
import rasterio
from affine import Affine
from rasterio.enums import ColorInterp

from railmap.errors import InputError, RasterError, UsageError
from railmap.raster import open_probability, open_raster
from railmap.raster.description import describe
from railmap.raster.files import inspect_file

STEP = Affine(0.1, 0, 500_000, 0, -0.1, 5_700_000)


def write(path: Path, pixels: np.ndarray, scale: float | None = None, **options: Any) -> Path:
    bands = pixels.reshape(-1, *pixels.shape[-2:])
    settings = {"crs": "EPSG:25832", "transform": STEP, "driver": "GTiff", **options}
    with rasterio.open(
        path, "w", width=bands.shape[2], height=bands.shape[1], count=len(bands),
        dtype=bands.dtype, **settings,
    ) as out:  # fmt: skip
        out.write(bands)
        if scale is not None:
            out.scales = [scale]
    return path


def tracks(value: float = 1, dtype: str = "uint8") -> np.ndarray:
    pixels = np.zeros((300, 300), dtype)
    pixels[100:126] = value
    return pixels


def test_the_users_crs_is_taken_and_said(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", tracks(), crs="EPSG:25833")
    with open_probability(path, assume_crs="EPSG:25832") as source:
        assert source.grid.crs.to_epsg() == 25832
        assert source.grid.transform.c == 500_000
        (note,) = source.notes
    assert "the file says EPSG:25833; EPSG:25832 is taken, as given" in note
    with open_probability(path, assume_crs="EPSG:25833") as source:
        assert source.notes == ()
    # The tag cannot be right, so the user's can.
    path = write(tmp_path / "b.tif", tracks(), crs="EPSG:4326")
    with open_probability(path, assume_crs="EPSG:25832") as source:
        assert source.grid.crs.to_epsg() == 25832


def test_a_crs_that_cannot_be_right_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", tracks())
    with pytest.raises(UsageError, match=r"says EPSG:25832.*500000, 5700000.*in metres, which"):
        open_probability(path, assume_crs="EPSG:4326")
    degrees = Affine(1e-6, 0, 9.0, 0, -1e-6, 51.0)
    path = write(tmp_path / "b.tif", tracks(), crs="EPSG:4326", transform=degrees)
    with pytest.raises(UsageError, match=r"says EPSG:4326.*9, 51.*in degrees, which"):
        open_probability(path, assume_crs="EPSG:25832")


def test_a_gsd_against_the_transform_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", tracks())
    with pytest.raises(UsageError, match=r"the file says 0\.1 m per pixel, gsd=0\.2"):
        open_probability(path, assume_gsd=0.2)
    with open_probability(path, assume_gsd=0.1) as source:
        assert source.grid.gsd == 0.1


def test_bands_against_the_declared_colours_are_said(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", np.ones((3, 9, 9), np.uint8), photometric="RGB")
    with rasterio.open(path) as data:
        assert data.colorinterp[0] == ColorInterp.red
    assert inspect_file(str(path), bands=(1, 2, 3)).notes == ()
    (note,) = inspect_file(str(path), bands=(3, 2, 1)).notes
    assert "red, green and blue are 1, 2, 3; 3, 2, 1 are taken" in note


@pytest.mark.parametrize(
    ("pixels", "options", "scale", "words"),
    [
        (tracks(), {}, None, "mask, 0/1"),
        (tracks(97), {}, None, "mask, 0/97"),
        (tracks(255), {}, None, "0-255"),
        (tracks(97), {"scale": 0.01}, None, "0-100, by its scale 0.01 and offset 0"),
        (tracks(9700, "uint16"), {"scale": 0.0001}, None, "0-10000, by its scale 0.0001"),
        (tracks(0.97, "float32"), {}, None, "float probability, 0-1"),
        (tracks(97), {}, 100.0, "0-100, as given"),
        (tracks() + 1, {}, (1.0, 2.0), "1-2, as given"),
    ],
)
def test_scales_that_can_be_told(
    tmp_path: Path, pixels: np.ndarray, options: dict[str, Any], scale: Any, words: str
) -> None:
    path = write(tmp_path / "p.tif", pixels.astype(pixels.dtype), **options)
    with open_probability(path, levels=scale) as source:
        assert source.scale.startswith(words)
        read = source.read(0, 0, 300, 300)
    assert read[50, 50] == 0
    assert read[110, 50] >= 246


def test_values_between_two_levels_are_scaled(tmp_path: Path) -> None:
    pixels = np.full((20, 20), 2.0, np.float32)
    pixels[:, 5:10], pixels[:, 10:] = 3.0, 4.0
    with open_probability(write(tmp_path / "p.tif", pixels), levels=(2.0, 4.0)) as source:
        assert source.read(0, 0, 1, 20)[0, [0, 7, 15]].tolist() == [0, 127, 254]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda p: np.where(p > 0, 97, 3),
            r"largest value is 97 and not 255: percent\?.*levels=100",
        ),
        (lambda p: p + 1, r"holds 1 and 2 only: classes\?.*levels=\"?1,2"),
        (lambda p: np.where(p > 0, 9700, 3).astype("uint16"), r"9700 and not 65535.*levels=10000"),
        (lambda p: np.where(p > 0, 5.0, -5.0).astype("float32"), r"values below 0 \(down to -5\)"),
        (lambda p: np.where(p > 0, 7000.0, 1.0).astype("float32"), r"values up to 7000"),
    ],
)
def test_scales_that_cannot_be_told_are_refused(tmp_path: Path, change: Any, message: str) -> None:
    pixels = change(tracks())
    pixels = pixels.astype(np.uint8) if pixels.dtype == np.int64 else pixels
    with pytest.raises(InputError, match=rf"p\.tif: .*{message}"):
        open_probability(write(tmp_path / "p.tif", pixels))


def test_track_as_no_data_is_said(tmp_path: Path) -> None:
    path = write(tmp_path / "p.tif", tracks(255), nodata=255)
    with open_probability(path) as source:
        (note,) = source.notes
        assert (source.read(0, 0, 300, 300)[110] == 255).all()
    assert "holds 0 and no data (255) only" in note


def vrt(folder: Path, *names: str) -> Path:
    sources = "".join(
        f'<SimpleSource><SourceFilename relativeToVRT="1">{name}</SourceFilename>'
        f'<SourceBand>1</SourceBand><SrcRect xOff="0" yOff="0" xSize="300" ySize="300"/>'
        f'<DstRect xOff="{300 * at}" yOff="0" xSize="300" ySize="300"/></SimpleSource>'
        for at, name in enumerate(names)
    )
    path = folder / "m.vrt"
    path.write_text(
        f'<VRTDataset rasterXSize="{300 * len(names)}" rasterYSize="300"><SRS>EPSG:25832</SRS>'
        "<GeoTransform>500000,0.1,0,5700000,0,-0.1</GeoTransform>"
        f'<VRTRasterBand dataType="Byte" band="1">{sources}</VRTRasterBand></VRTDataset>'
    )
    return path


def test_a_mosaic_without_one_of_its_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t&iles").mkdir()
    write(tmp_path / "t&iles" / "a.tif", tracks())
    path = vrt(tmp_path, "t&amp;iles/a.tif", "t&amp;iles/moved.tif")
    for open_it in (open_probability, open_raster):
        with pytest.raises(
            RasterError, match=r"m\.vrt: a file of this mosaic .*moved\.tif \(no su"
        ):
            open_it(path)
    assert any("moved.tif (no such file)" in hint for hint in describe(path)["hints"])
    write(tmp_path / "t&iles" / "moved.tif", tracks())
    with open_probability(path) as source:
        assert source.grid.width == 600


def test_a_mosaic_of_mosaics_is_looked_through(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    write(tmp_path / "in" / "a.tif", tracks())
    inner = vrt(tmp_path / "in", "a.tif", "gone.tif")
    with pytest.raises(RasterError, match=r"m\.vrt: a file of this mosaic .*in/gone\.tif"):
        open_probability(vrt(tmp_path, f"in/{inner.name}"))
    data = (tmp_path / "in" / "a.tif").read_bytes()
    (tmp_path / "in" / "gone.tif").write_bytes(data[: len(data) // 2])
    with pytest.raises(RasterError, match=r"gone\.tif \((truncated|cannot be opened)"):
        open_probability(vrt(tmp_path, f"in/{inner.name}"))


@pytest.mark.parametrize(
    ("code", "lon", "lat"),
    [
        (6247, -74.08, 4.63),  # WKT 1 has no method for it
        (2053, 29.0, -26.0),  # westings and southings
        (5513, 15.0, 50.0),  # southings and westings
    ],
)
def test_systems_that_a_map_cannot_use_go_to_utm(
    tmp_path: Path, code: int, lon: float, lat: float
) -> None:
    move = pyproj.Transformer.from_crs(4326, code, always_xy=True)
    x, y = move.transform(lon, lat)
    right, down = move.transform(lon + 1e-6, lat), move.transform(lon, lat - 1e-6)
    turn = np.array([[right[0] - x, down[0] - x], [right[1] - y, down[1] - y]])
    turn = 0.1 * turn / np.hypot(*turn)
    transform = Affine(turn[0, 0], turn[0, 1], x, turn[1, 0], turn[1, 1], y)
    path = write(tmp_path / "a.tif", tracks(), crs=f"EPSG:{code}", transform=transform)
    with open_probability(path) as source:
        assert "UTM zone" in pyproj.CRS(source.grid.crs.to_wkt()).name
        # The track, 11 m below the upper edge, is still level and to the south of it.
        read = source.read(0, 0, source.grid.height, source.grid.width)
    assert pytest.approx(113, abs=6) == np.median(np.nonzero(read == 254)[0])


def test_the_reason_of_gdal_is_told(tmp_path: Path) -> None:
    (tmp_path / "survey.ecw").write_bytes(b"\x65\x02\x01\x01" + bytes(4000))
    with pytest.raises(RasterError, match=r"this GDAL cannot read ECW \(.*save it as GeoTIFF"):
        open_raster(tmp_path / "survey.ecw")
    (tmp_path / "text.tif").write_text("no raster at all, really")
    with pytest.raises(RasterError, match=r"it is no raster that GDAL knows \(.*not recognized"):
        open_raster(tmp_path / "text.tif")
    data = write(tmp_path / "a.tif", tracks(), compress="lzma").read_bytes()
    at = data.index(b"\x03\x01\x03\x00\x01\x00\x00\x00") + 8  # the tag of the compression
    (tmp_path / "jxl.tif").write_bytes(data[:at] + (50002).to_bytes(2, "little") + data[at + 2 :])
    with pytest.raises(RasterError, match=r"compressed with JXL, which this GDAL cannot read"):
        open_raster(tmp_path / "jxl.tif")


def test_a_crs_far_from_its_area_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", tracks())
    for crs in ("EPSG:5513", "EPSG:27700", "EPSG:28992"):  # Czechia, Britain, the Netherlands
        with pytest.raises(UsageError, match=rf"says EPSG:25832; by crs=.{crs}.*far outside"):
            open_probability(path, assume_crs=crs)
    for crs in ("EPSG:25833", "EPSG:32633", "EPSG:3857"):  # a neighbouring zone, the world
        with open_probability(path, assume_crs=crs) as source:
            assert "is taken, as given" in source.notes[0]


def test_without_any_data_no_value_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "p.tif", np.full((30, 30), 255, np.uint8), nodata=255)
    with open_probability(path) as source:
        assert "p.tif: holds no data (255) only" in source.notes[0]
    pixels = np.where(tracks() > 0, 255, 0).astype(np.uint8)
    with open_probability(write(tmp_path / "q.tif", pixels, nodata=255)) as source:
        assert "q.tif: holds 0 and no data (255) only" in source.notes[0]
