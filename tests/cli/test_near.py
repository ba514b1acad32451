"""`--near`: only the surroundings of known lines are looked at."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import rasterio
import shapely

import railmap
from railmap.pipeline.options import ComputeOptions, LineOptions, ReadOptions
from tests.helpers.bright_band import band
from tests.helpers.commands import Answer

Run = Callable[..., Answer]

_WEST, _NORTH = 500_000.0, 5_700_000.0


def rail(path: Path, y: float, crs: int = 4326) -> Path:
    """A line to the east, `y` metres south of the image's upper edge."""
    shape = shapely.LineString([(_WEST - 5, _NORTH - y), (_WEST + 65, _NORTH - y)])
    gpd.GeoDataFrame(geometry=[shape], crs=25832).to_crs(crs).to_file(path)
    return path


@pytest.fixture
def two_tracks(write_raster: Callable[..., Path]) -> Path:
    """An image of 60 m by 60 m with a track 10 m, and one 50 m from its upper edge."""
    one = np.full((3, 200, 600), 40, np.uint8)
    return write_raster("two.tif", np.concatenate([band(200, 600), one, band(200, 600)], axis=1))


def parameters(path: Path) -> dict[str, object]:
    found = pyogrio.read_dataframe(path, layer="processing_run").iloc[0]["parameters"]
    return json.loads(found) if isinstance(found, str) else found


def test_only_what_is_near_is_looked_at(
    run: Run, two_tracks: Path, model: Path, tmp_path: Path
) -> None:
    out, kept = tmp_path / "t.gpkg", tmp_path / "p.tif"
    lines = rail(tmp_path / "rail.geojson", 8)
    answer = run("vectorize", two_tracks, "-o", out, "--model", model, "--near", lines,
                 "--near-distance", 12, "--probability", kept)  # fmt: skip
    assert answer.code == 0, answer.err
    assert "looked at 33.3 % of the area (0.001 of 0.004 km²)" in " ".join(answer.err.split())
    links = gpd.read_file(out, layer="railway_link")
    assert len(links) == 1
    assert links.total_bounds[1] == pytest.approx(_NORTH - 10, abs=0.1)
    with rasterio.open(kept) as data:
        seen = data.read(1) != 255
    assert seen[:199].all()
    assert not seen[201:].any()
    # Compare, check and report take what was looked at from here.
    assert gpd.read_file(out, layer="source_image").area.sum() == pytest.approx(1200, abs=2)
    stated = parameters(out)
    assert (stated["near"], stated["near_distance_m"]) == (str(lines), 12)
    assert stated["looked_at"] == pytest.approx(1 / 3, abs=1e-3)


def test_compare_does_not_speak_of_what_was_not_looked_at(
    run: Run, two_tracks: Path, model: Path, tmp_path: Path
) -> None:
    old, new, change = (tmp_path / f"{name}.gpkg" for name in ("old", "new", "change"))
    words = ("--near", rail(tmp_path / "rail.geojson", 8), "--near-distance", 12)
    assert run("vectorize", two_tracks, "-o", old, "--model", model).code == 0
    assert run("vectorize", two_tracks, "-o", new, "--model", model, *words).code == 0
    assert len(gpd.read_file(old, layer="railway_link")) == 2
    answer = run("compare", old, new, "-o", change)
    assert answer.code == 0, answer.err
    assert "removed" not in set(gpd.read_file(change, layer="link_change")["change"])


def test_segment_says_the_share(run: Run, two_tracks: Path, model: Path, tmp_path: Path) -> None:
    words = ("--near", rail(tmp_path / "rail.geojson", -20))
    answer = run("segment", two_tracks, "-o", tmp_path / "p.tif", "--model", model, *words)
    assert answer.code == 0, answer.err
    assert "looked at 50.0 % of the area" in " ".join(answer.err.split())  # 50 m by default


def test_nothing_found_is_said_of_what_was_looked_at(
    run: Run, two_tracks: Path, model: Path, tmp_path: Path
) -> None:
    words = ("--near", rail(tmp_path / "rail.geojson", 30), "--near-distance", 6)
    answer = run("vectorize", two_tracks, "-o", tmp_path / "t.gpkg", "--model", model, *words)
    assert answer.code == 0, answer.err
    said = " ".join(answer.err.split())
    assert "no track was found" in said
    assert "looked at 20.0 % of the area" in said


def test_chunks_and_threads_change_nothing(two_tracks: Path, model: Path, tmp_path: Path) -> None:
    shape = shapely.LineString([(_WEST - 5, _NORTH + 4), (_WEST + 65, _NORTH - 60)])
    near = tmp_path / "rail.gpkg"
    gpd.GeoDataFrame(geometry=[shape], crs=25832).to_file(near)
    found = []
    for chunk, threads in ((2048, 1), (97, 3)):
        out, kept = tmp_path / f"{chunk}.gpkg", tmp_path / f"{chunk}.tif"
        railmap.vectorize(
            two_tracks, out, model=model, probability=kept,
            read=ReadOptions(near=near, near_distance=15.0),
            compute=ComputeOptions(threads=threads, chunk=chunk),
            lines=LineOptions(refine="probability"),
        )  # fmt: skip
        links = gpd.read_file(out, layer="railway_link")
        assert len(links) == 2
        found.append((kept.read_bytes(), [line.wkb for line in links.geometry]))
    assert found[0] == found[1]


def test_bad_lines_are_one_line(run: Run, two_tracks: Path, model: Path, tmp_path: Path) -> None:
    out = tmp_path / "t.gpkg"
    words = ("vectorize", two_tracks, "-o", out, "--model", model)

    def said(code: int, *more: object) -> str:
        answer = run(*words, *more)
        assert answer.code == code, answer.err
        assert "Traceback" not in answer.err
        assert not out.exists()
        return " ".join(answer.err.split())

    points = tmp_path / "points.geojson"
    gpd.GeoDataFrame(geometry=[shapely.Point(9, 51)], crs=4326).to_file(points)
    assert "points.geojson: has no lines" in said(3, "--near", points)
    far = rail(tmp_path / "far.geojson", 900)
    assert "no line is within 50 m of the raster" in said(3, "--near", far)
    assert "no such file" in said(3, "--near", tmp_path / "missing.gpkg")
    assert "--near-distance must be greater than or equal to 0.001, not -1" in said(
        2, "--near", far, "--near-distance", -1
    )
    assert "--near-distance 20.0 is the distance from the lines of --near" in said(
        2, "--near-distance", 20
    )


def test_the_lines_are_not_overwritten(
    run: Run, two_tracks: Path, model: Path, tmp_path: Path
) -> None:
    lines = rail(tmp_path / "rail.gpkg", 10, crs=25832)
    before = lines.read_bytes()
    answer = run("vectorize", two_tracks, "-o", lines, "--model", model, "--near", lines,
                 "--overwrite")  # fmt: skip
    assert answer.code == 3
    assert "is also an input" in " ".join(answer.err.split())
    assert lines.read_bytes() == before
