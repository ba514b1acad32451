"""`railmap vectorize --dem`: one command gives a map with heights."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine

import railmap
from railmap.errors import Cancelled, GeoreferenceError, InputError, RasterError
from railmap.mapping import read_map
from railmap.mapping.store.editing import edit_map
from railmap.pipeline import new_heights, vectorize_each
from railmap.progress import NullReporter
from tests.helpers.bright_band import band, write_model
from tests.helpers.commands import run_command

WEST, NORTH = 500_000, 5_700_000


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_model(tmp_path / "bright.onnx")


@pytest.fixture
def ortho(write_raster: Callable[..., Path]) -> Path:
    return write_raster("ortho.tif", band())


def write_slope(path: Path, *, west: float = WEST - 20, bands: int = 1, void: bool = False) -> Path:
    """200 m above the datum at the west edge of the image, 20 per mille up to the east."""
    columns = west + np.arange(100) + 0.5
    z = np.broadcast_to(200 + 0.02 * (columns - WEST), (bands, 60, 100)).astype(np.float32)
    with rasterio.open(
        path, "w", driver="GTiff", width=100, height=60, count=bands, dtype="float32",
        crs="EPSG:25832+7837", transform=Affine(1, 0, west, 0, -1, NORTH + 20), nodata=-9999,
    ) as dataset:  # fmt: skip
        dataset.write(np.full_like(z, -9999) if void else z)
    return path


def test_the_map_has_the_heights(ortho: Path, model: Path, tmp_path: Path) -> None:
    dem, out = write_slope(tmp_path / "dtm.tif"), tmp_path / "t.gpkg"
    answer = run_command("vectorize", ortho, "-o", out, "--model", model, "--dem", dem, "--json")
    assert answer.code == 0, answer.err
    content = read_map(out)
    frame = content["track_height"]
    truth = 200 + 0.02 * (frame.geometry.x - WEST)
    assert np.abs(frame["height_m"] - truth).max() < 0.002
    assert content["vertical_segment"]["type"].tolist() == ["CONSTANTGRADIENT"]
    assert content["elevation_model"]["vertical_crs"].tolist() == ["EPSG:7837"]
    parameters = content["processing_run"]["parameters"].iloc[0]
    kept = json.loads(parameters) if isinstance(parameters, str) else parameters
    assert kept["dem"] == str(dem)
    heights = json.loads(answer.out)["heights"]
    assert heights["length_m"] == pytest.approx(42.0, abs=0.3)
    assert heights["steepest_permille"] == pytest.approx(20.0, abs=0.1)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_mapping_again_renews_the_heights_or_says_they_are_gone(
    ortho: Path, model: Path, tmp_path: Path
) -> None:
    dem, out = write_slope(tmp_path / "dtm.tif"), tmp_path / "t.gpkg"
    for given, words in ((dem, None), (dem, None), (None, "drape it again")):
        reporter = NullReporter()
        found = railmap.vectorize(
            ortho, out, model=model, dem=given, overwrite=True, reporter=reporter
        )
        assert [text for text in reporter.warnings if words and words in text] or not words
        assert words or reporter.warnings == []
        assert ("steepest 20.0 per mille" in found.summary()) == (given is not None)
        assert ("track_height" in read_map(out)) == (given is not None)


def test_a_wrong_model_stops_before_the_network(
    ortho: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("the network ran")

    monkeypatch.setattr("railmap.pipeline.images.run_network", never)
    out = tmp_path / "t.gpkg"
    away = write_slope(tmp_path / "away.tif", west=WEST + 5000)
    with rasterio.open(
        tmp_path / "nowhere.tif", "w", driver="GTiff", width=9, height=9, count=1, dtype="float32",
        transform=Affine(1, 0, 9, 0, -1, 9),
    ) as dataset:  # fmt: skip
        dataset.write(np.zeros((1, 9, 9), np.float32))
    for dem, error, words in (
        (tmp_path / "none.tif", RasterError, "no such file"),
        (tmp_path / "nowhere.tif", GeoreferenceError, "has no CRS"),
        (write_slope(tmp_path / "two.tif", bands=2), RasterError, "has 2 bands"),
        (ortho, RasterError, "is a picture of 3 bands"),
        (away, InputError, r"away\.tif: the elevation model covers no part of the images"),
    ):
        with pytest.raises(error, match=words):
            railmap.vectorize(ortho, out, model=model, dem=dem)
    answer = run_command("vectorize", ortho, "-o", out, "--model", model, "--dem", away)
    assert (answer.code, "covers no part" in answer.err) == (3, True)
    assert not out.exists()


def test_a_model_that_fails_at_the_end_costs_no_map(
    ortho: Path, model: Path, tmp_path: Path
) -> None:
    void, out = write_slope(tmp_path / "void.tif", void=True), tmp_path / "t.gpkg"
    reporter = NullReporter()
    found = railmap.vectorize(ortho, out, model=model, dem=void, reporter=reporter)
    assert found.heights is None
    assert len(read_map(out).links) == 1
    assert "track_height" not in read_map(out)
    (warning,) = reporter.warnings
    assert f"has no data at any track of {out}; the map has no heights" in warning


def test_a_map_without_tracks_has_no_heights(
    write_raster: Callable[..., Path], model: Path, tmp_path: Path
) -> None:
    dark = write_raster("dark.tif", np.full((3, 200, 420), 40, np.uint8))
    dem = write_slope(tmp_path / "dtm.tif")
    found = railmap.vectorize(dark, tmp_path / "t.gpkg", model=model, dem=dem)
    assert (found.links, found.heights) == (0, None)


def test_each_image_takes_heights(ortho: Path, model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "images"
    folder.mkdir()
    ortho.rename(folder / "a.tif")
    dem = write_slope(tmp_path / "dtm.tif")
    (one,) = vectorize_each(folder, tmp_path / "maps", model=model, dem=dem)
    assert one.result is not None
    assert one.result.heights is not None
    with pytest.raises(RasterError, match="no such file"):
        vectorize_each(folder, tmp_path / "maps", model=model, dem=tmp_path / "none.tif")


def test_a_cancelled_drape_leaves_no_map(
    ortho: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reporter = NullReporter()
    plain = new_heights.NewHeights.drape

    def cancelled(*arguments: object) -> None:
        reporter.cancel()
        plain(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(new_heights.NewHeights, "drape", cancelled)
    out = tmp_path / "t.gpkg"
    with pytest.raises(Cancelled):
        railmap.vectorize(
            ortho, out, model=model, dem=write_slope(tmp_path / "dtm.tif"), reporter=reporter
        )
    assert not out.exists()


def test_the_options_are_those_of_drape(ortho: Path, model: Path, tmp_path: Path) -> None:
    dem, out = write_slope(tmp_path / "dtm.tif"), tmp_path / "t.gpkg"
    given = ("vectorize", ortho, "-o", out, "--model", model, "--unit", "ft", "--step", "2")
    answer = run_command(*given)
    assert (answer.code, "elevation model; name it with --dem" in answer.err) == (2, True)
    wrong = (("miles", "2", "--unit is m, ft, us-ft"), ("m", "200", "--step is 0.1 to 100"))
    for unit, step, words in wrong:
        answer = run_command(*given[:-3], unit, "--step", step, "--dem", dem)
        assert (answer.code, words in answer.err) == (2, True), answer.err
    assert not out.exists()
    answer = run_command(*given, "--dem", dem)
    assert answer.code == 0, answer.err
    content = read_map(out)
    frame = content["track_height"]
    truth = 0.3048 * (200 + 0.02 * (frame.geometry.x - WEST))
    assert np.abs(frame["height_m"] - truth).max() < 0.002
    assert np.diff(frame["link_m"]).max() <= 2.0
    assert json.loads(content["elevation_model"]["parameters"].iloc[0])["unit"] == "ft"
    folder = tmp_path / "images"
    folder.mkdir()
    ortho.rename(folder / "a.tif")
    (one,) = vectorize_each(
        folder, tmp_path / "maps", model=model, dem=dem, heights=railmap.HeightOptions(unit="ft")
    )
    assert one.result is not None
    assert one.result.heights is not None
    assert one.result.heights.steepest_permille == pytest.approx(6.1, abs=0.1)


@pytest.fixture
def edited(ortho: Path, model: Path, tmp_path: Path) -> Path:
    """A map with heights whose link a person has named."""
    out = tmp_path / "t.gpkg"
    railmap.vectorize(ortho, out, model=model, dem=write_slope(tmp_path / "dtm.tif"))
    with edit_map(out) as sql:
        sql.execute("UPDATE railway_link SET name = 'Main line'")
    return out


def test_edits_survive_a_model_that_breaks_after_the_network(
    ortho: Path, model: Path, edited: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dem = write_slope(tmp_path / "breaks.tif")
    plain = new_heights.NewHeights.drape

    def broken(*arguments: object) -> None:
        dem.write_bytes(dem.read_bytes()[:600])  # the header stays
        plain(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(new_heights.NewHeights, "drape", broken)
    reporter = NullReporter()
    railmap.vectorize(ortho, edited, model=model, dem=dem, overwrite=True, reporter=reporter)
    content = read_map(edited)
    assert content.links["name"].tolist() == ["Main line"]
    assert "track_height" not in content
    (warning,) = [text for text in reporter.warnings if "no heights" in text]
    assert "breaks.tif" in warning
    assert "\n" not in warning


def test_a_full_disk_at_the_heights_leaves_the_map_that_was_there(
    ortho: Path, model: Path, edited: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("railmap.mapping.store.heights.put_heights", full)
    before = edited.read_bytes()
    dem = tmp_path / "dtm.tif"
    for out in (edited, tmp_path / "new.gpkg"):
        answer = run_command(
            "vectorize", ortho, "-o", out, "--model", model, "--dem", dem, "--overwrite"
        )
        assert answer.code != 0
        (line,) = [text for text in answer.err.splitlines() if text.startswith("error")]
        assert out.name in line
        assert "full" in line
    assert edited.read_bytes() == before
    assert not (tmp_path / "new.gpkg").exists()
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]
