"""Masks that are none, through ``railmap trace``: the right map or one clear line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from affine import Affine

from tests.helpers.commands import Answer

Run = Callable[..., Answer]
WriteRaster = Callable[..., Path]

SIZE = 700
MIDDLE = SIZE // 2


def track(size: int = SIZE) -> np.ndarray:
    """One band 2.6 m wide at 10 cm, from edge to edge: 0 or 254, with a third dimension."""
    mask = np.zeros((1, size, size), np.uint8)
    mask[:, size // 2 - 13 : size // 2 + 13] = 254
    return mask


def links(run: Run, raster: Path, *words: object) -> gpd.GeoDataFrame:
    """Trace, which must succeed, and give the links."""
    out = raster.with_suffix(".gpkg")
    answer = run("trace", raster, "-o", out, *words)
    assert answer.code == 0, answer.err
    return gpd.read_file(out, layer="railway_link")


def is_the_track(found: gpd.GeoDataFrame, top: float) -> None:
    """One link through the middle of the picture, 70 m long."""
    assert len(found) == 1
    assert found.geometry.iloc[0].length == pytest.approx(0.1 * SIZE, abs=0.3)
    assert np.abs(found.get_coordinates()["y"] - (top - 0.1 * MIDDLE)).max() < 0.05


@pytest.fixture
def write(write_raster: WriteRaster) -> Callable[..., tuple[Path, float]]:
    """Write a raster; gives its path and the northing of its upper edge."""
    import rasterio

    def save(name: str, image: np.ndarray, **more: object) -> tuple[Path, float]:
        path = write_raster(name, image, **more)
        with rasterio.open(path) as file:
            return path, file.bounds.top

    return save


def test_a_blob_becomes_an_area_and_the_track_beside_it_stays(
    run: Run, write: Callable[..., tuple[Path, float]]
) -> None:
    mask = track(900)
    rows, cols = np.ogrid[:900, :900]
    mask[0][(rows - 200) ** 2 + (cols - 450) ** 2 < 150**2] = 254
    path, _ = write("blob.tif", mask)
    found = links(run, path)
    areas = gpd.read_file(path.with_suffix(".gpkg"), layer="track_area")
    assert areas.area.sum() == pytest.approx(np.pi * 15**2, rel=0.05)
    assert found.length.sum() == pytest.approx(90, abs=0.5)


def test_a_full_mask_is_one_area(run: Run, write: Callable[..., tuple[Path, float]]) -> None:
    path, _ = write("full.tif", np.full((1, SIZE, SIZE), 254, np.uint8))
    assert len(links(run, path)) == 0
    areas = gpd.read_file(path.with_suffix(".gpkg"), layer="track_area")
    assert len(areas) == 1
    assert areas.area.sum() == pytest.approx((0.1 * SIZE) ** 2, rel=1e-6)


@pytest.mark.parametrize("kind", ["checkerboard", "noise", "one pixel", "no data", "nothing"])
def test_no_track_gives_an_empty_map_and_says_so(
    run: Run, write: Callable[..., tuple[Path, float]], kind: str
) -> None:
    mask = np.zeros((1, SIZE, SIZE), np.uint8)
    if kind == "checkerboard":
        mask[:, ::2, ::2] = mask[:, 1::2, 1::2] = 254
    elif kind == "noise":
        mask[np.random.default_rng(0).random(mask.shape) < 0.5] = 254
    elif kind == "one pixel":
        mask[0, MIDDLE, MIDDLE] = 254
    elif kind == "no data":
        mask[:] = 255
    path, _ = write("odd.tif", mask, nodata=255)
    answer = run("trace", path, "-o", path.with_suffix(".gpkg"))
    assert answer.code == 0, answer.err
    assert "no track" in answer.err
    assert len(gpd.read_file(path.with_suffix(".gpkg"), layer="railway_link")) == 0
    assert len(gpd.read_file(path.with_suffix(".gpkg"), layer="track_area")) == 0


@pytest.mark.parametrize(
    ("factor", "kind"),
    [(1 / 254, "float32"), (1 / 254, "uint8"), (255 / 254, "uint8"), (65535 / 254, "uint16")],
)
def test_probability_of_another_program(
    run: Run, write: Callable[..., tuple[Path, float]], factor: float, kind: str
) -> None:
    values = track().astype(np.float64) * factor
    path, top = write("other.tif", np.round(values, 6).astype(kind))
    is_the_track(links(run, path), top)


def test_float_with_nan_for_no_data(run: Run, write: Callable[..., tuple[Path, float]]) -> None:
    values = track().astype(np.float32) / 254
    values[:, :, :200] = np.nan
    path, _ = write("nan.tif", values, nodata=float("nan"))
    found = links(run, path)
    assert found.length.sum() == pytest.approx(0.1 * (SIZE - 200), abs=0.4)


def test_values_that_are_no_probability(
    run: Run, write: Callable[..., tuple[Path, float]], tmp_path: Path
) -> None:
    path, _ = write("height.tif", track().astype(np.float32) * 10)
    answer = run("trace", path, "-o", tmp_path / "t.gpkg")
    assert answer.code == 3
    assert "height.tif" in answer.line
    assert "0-1" in answer.line
    assert not (tmp_path / "t.gpkg").exists()


def test_several_bands(run: Run, write: Callable[..., tuple[Path, float]], tmp_path: Path) -> None:
    path, _ = write("rgb.tif", np.repeat(track(), 3, axis=0))
    answer = run("trace", path, "-o", tmp_path / "t.gpkg")
    assert answer.code == 3
    assert "3 bands" in answer.line


def test_a_mask_in_degrees_is_measured_in_metres(
    run: Run, write: Callable[..., tuple[Path, float]]
) -> None:
    """10 cm at 47° north is 1.3e-6 degrees of longitude and 9e-7 of latitude."""
    mask = np.zeros((1, SIZE, 1000), np.uint8)
    mask[:, MIDDLE - 13 : MIDDLE + 13] = 254
    degrees = 0.1 / 111_177
    transform = Affine(degrees, 0, 9.0, 0, -degrees, 47.0)
    path, _ = write("degrees.tif", mask, crs="EPSG:4326", transform=transform)
    found = links(run, path)
    assert found.crs.to_epsg() == 32632
    assert len(found) == 1
    # a degree of longitude is shorter than one of latitude by the cosine of the latitude
    assert found.geometry.iloc[0].length == pytest.approx(100 * np.cos(np.radians(47)), rel=0.01)


def test_a_mask_whose_metres_are_degrees_is_refused(
    run: Run, write: Callable[..., tuple[Path, float]], tmp_path: Path
) -> None:
    transform = Affine(0.1, 0, 9.0, 0, -0.1, 47.0)
    path, _ = write("mistaken.tif", track(100), crs="EPSG:4326", transform=transform)
    answer = run("trace", path, "-o", tmp_path / "t.gpkg")
    assert answer.code == 3
    assert "mistaken.tif" in answer.line
    assert "1 m or finer" in answer.line


def test_opening_and_closing_are_in_metres(
    run: Run, write: Callable[..., tuple[Path, float]]
) -> None:
    """A band 0.5 m wide goes with an opening of 0.3 m; a gap of 1.5 m closes with one of 0.8."""
    mask = track()
    mask[:, MIDDLE - 65 : MIDDLE - 60, 100:350] = 254
    mask[:, :, 400:415] = 0
    raster, top = write("cut.tif", mask)
    gapless = ("--max-gap", 0)
    is_the_track(links(run, raster, "--close", 0.8, *gapless, "--overwrite"), top)
    assert len(links(run, raster, "--open", 0, "--close", 0.8, *gapless, "--overwrite")) == 2
    assert len(links(run, raster, *gapless, "--overwrite")) == 2
    is_the_track(
        links(run, raster, "--close", 0.8, "--kernel", "disc", *gapless, "--overwrite"), top
    )


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("--open", 7), "--open is a radius from 0 to 5 metres, not 7"),
        (("--open", "-1"), "--open must be greater than or equal to 0, not -1"),
        (("--close", "nan"), "--close must be greater than or equal to 0, not nan"),
        (("--kernel", "diamond"), "--kernel is square or disc, not 'diamond'"),
    ],
)
def test_morphology_that_is_none(
    run: Run,
    write: Callable[..., tuple[Path, float]],
    words: tuple[object, ...],
    line: str,
    tmp_path: Path,
) -> None:
    raster, _ = write("mask.tif", track())
    answer = run("trace", raster, "-o", tmp_path / "no.gpkg", *words)
    assert answer.code == 2
    assert line in answer.line
    assert not (tmp_path / "no.gpkg").exists()
