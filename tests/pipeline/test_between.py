"""The track between two points, from raster files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyproj
import pytest
import rasterio
from affine import Affine

from railmap.errors import InputError, RailmapError
from railmap.geometry.curves import project
from railmap.mapping import read_map, write_map
from railmap.pipeline.between import trace_between
from tests.helpers import networks
from tests.helpers.line_scenes import X0, Y0
from tests.helpers.switch_image import LEG, SIZE, main_track, write_switch_image

TRUE = LEG + np.array([X0, Y0 - SIZE[1]])
START, END = (tuple(TRUE[i] + [0.0, 0.5]) for i in (80, 480))


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_switch_image(tmp_path_factory.mktemp("between") / "switch.tif")


def constant(path: Path, gsd: float, x: float = X0) -> Path:
    """An image without anything."""
    with rasterio.open(
        path, "w", driver="GTiff", width=300, height=200, count=1, dtype="uint8",
        crs=networks.CRS, transform=Affine(gsd, 0, x, 0, -gsd, Y0),
    ) as file:  # fmt: skip
        file.write(np.full((200, 300), 90, np.uint8), 1)
    return path


def test_the_finest_image_at_the_place_is_used(image: Path, tmp_path: Path) -> None:
    others = [
        constant(tmp_path / "coarse.tif", 0.5),
        constant(tmp_path / "far.tif", 0.05, X0 + 9e3),
    ]
    found = trace_between(START, END, networks.CRS, [others[0], image, others[1]])
    assert found.evidence == (str(image),)
    assert found.unseen_m == 0.0
    assert np.abs(project(found.xy, TRUE)[:, 1]).max() < 0.1


def test_points_and_line_may_be_in_another_crs(image: Path) -> None:
    move = pyproj.Transformer.from_crs(networks.CRS, "EPSG:25833", always_xy=True)
    back = pyproj.Transformer.from_crs("EPSG:25833", networks.CRS, always_xy=True)
    found = trace_between(move.transform(*START), move.transform(*END), "EPSG:25833", [image])
    xy = np.column_stack(back.transform(*found.xy.T))
    assert np.abs(project(xy, TRUE)[:, 1]).max() < 0.1


def test_what_shows_nothing_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no raster shows both points"):
        trace_between(START, END, networks.CRS, [])
    with pytest.raises(InputError, match=r"rails are not seen at 0\.50 m"):
        trace_between(START, END, networks.CRS, [constant(tmp_path / "coarse.tif", 0.5)])
    with pytest.raises(RailmapError, match=r"nothing\.tif"):
        trace_between(START, END, networks.CRS, [tmp_path / "nothing.tif"])


def test_the_command_answers_json_lines(image: Path, tmp_path: Path) -> None:
    path = tmp_path / "tracks.gpkg"
    write_map(path, main_track(), networks.CRS, images=networks.images(), run=networks.run_record())
    asked = [
        {"do": "trace", "start": START, "end": END, "rasters": [str(image)]},
        {"do": "keep"},
        {"do": "trace", "start": START, "end": END, "rasters": [str(image)]},
    ]
    done = subprocess.run(
        [sys.executable, "-m", "railmap", "review", str(path), "--serve", "--progress", "none"],
        input="\n".join(map(json.dumps, asked)), capture_output=True, encoding="utf-8", check=True,
    )  # fmt: skip
    traced, kept, again = map(json.loads, done.stdout.splitlines())
    assert traced["joined"] == [[True, False]]
    assert kept["length_m"] == traced["length_m"] == pytest.approx(80.5, abs=3.0)
    assert "a track already" in again["error"]
    assert len(read_map(path).links) == 3
