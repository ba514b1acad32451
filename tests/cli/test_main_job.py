"""`railmap vectorize`, `segment` and `trace` from end to end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import rasterio

import railmap
from railmap._version import IDENTITY, __version__
from railmap.progress import NullReporter
from tests.helpers.bright_band import band
from tests.helpers.commands import Answer

Run = Callable[..., Answer]


def read_links(path: Path) -> gpd.GeoDataFrame:
    return gpd.read_file(path, layer="railway_link")


def test_vectorize_finds_the_band(run: Run, ortho: Path, model: Path, tmp_path: Path) -> None:
    out, kept = tmp_path / "tracks.gpkg", tmp_path / "p.tif"
    answer = run("vectorize", ortho, "-o", out, "--model", model, "--probability", kept,
                 "--progress", "none")  # fmt: skip
    assert answer.code == 0, answer.err
    links = read_links(out)
    assert len(links) == 1
    assert links.crs.to_epsg() == 25832
    line = np.asarray(links.geometry[0].coords)
    assert np.abs(line[:, 1] - (5700000 - 10.0)).max() < 0.05
    assert links.geometry[0].length == pytest.approx(42.0, abs=0.3)
    with rasterio.open(kept) as data:
        assert (data.count, data.dtypes[0], data.nodata) == (1, "uint8", 255)
    run_row = pyogrio.read_dataframe(out, layer="processing_run").iloc[0]
    parameters = run_row["parameters"]
    if isinstance(parameters, str):  # pyogrio decodes JSON columns since 0.11
        parameters = json.loads(parameters)
    assert parameters["source_gsd_m"] == pytest.approx(0.1, rel=1e-3)
    assert "bright" in run_row["model"]
    assert {"layer_styles", "source_image", "railway_node"} <= set(pyogrio.list_layers(out)[:, 0])
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")]


def test_segment_then_trace_is_vectorize(
    run: Run, ortho: Path, model: Path, tmp_path: Path
) -> None:
    whole, halves, middle = tmp_path / "a.gpkg", tmp_path / "b.gpkg", tmp_path / "p.tif"
    assert (
        run("vectorize", ortho, "-o", whole, "--model", model, "--refine", "probability").code == 0
    )
    assert run("segment", ortho, "-o", middle, "--model", model).code == 0
    assert run("trace", middle, "-o", halves).code == 0
    a, b = read_links(whole), read_links(halves)
    assert [g.wkb for g in a.geometry] == [g.wkb for g in b.geometry]


def test_chunk_and_threads_change_nothing(
    run: Run, ortho: Path, model: Path, tmp_path: Path
) -> None:
    found = []
    for chunk, threads in ((2048, 1), (97, 3)):
        out = tmp_path / f"{chunk}.gpkg"
        answer = run("vectorize", ortho, "-o", out, "--model", model, "--chunk", chunk,
                     "--threads", threads)  # fmt: skip
        assert answer.code == 0, answer.err
        found.append([g.wkb for g in read_links(out).geometry])
    assert found[0] == found[1]


def test_library_call_is_as_simple(ortho: Path, model: Path, tmp_path: Path) -> None:
    result = railmap.vectorize(ortho, tmp_path / "tracks.gpkg", model=model)
    assert result.links == 1
    assert result.length_m == pytest.approx(42.0, abs=0.3)


def test_two_orthos_are_one_mosaic(
    run: Run, write_raster: Callable[..., Path], model: Path, tmp_path: Path
) -> None:
    from affine import Affine

    left = write_raster("left.tif", band())
    right = write_raster("right.tif", band(), transform=Affine(0.1, 0, 500042.0, 0, -0.1, 5700000))
    out = tmp_path / "tracks.gpkg"
    assert run("vectorize", left, right, "-o", out, "--model", model).code == 0
    links = read_links(out)
    assert len(links) == 1
    assert links.geometry[0].length == pytest.approx(84.0, abs=0.4)


def test_aoi_limits_the_work(run: Run, ortho: Path, model: Path, tmp_path: Path) -> None:
    import shapely

    area = gpd.GeoDataFrame(
        geometry=[shapely.box(500000, 5699980, 500020, 5700000)], crs="EPSG:25832"
    )
    area.to_file(tmp_path / "aoi.gpkg")
    out = tmp_path / "tracks.gpkg"
    answer = run("vectorize", ortho, "-o", out, "--model", model, "--aoi", tmp_path / "aoi.gpkg")
    assert answer.code == 0, answer.err
    assert read_links(out).geometry.total_bounds[2] <= 500020.2


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:2263", "EPSG:3857"])
def test_metres_are_metres(
    run: Run, write_raster: Callable[..., Path], model: Path, tmp_path: Path, crs: str
) -> None:
    """The same ground in degrees, feet and Web Mercator gives the same length of track."""
    from pyproj import Transformer
    from rasterio.transform import from_bounds

    east, north = (500000, 4650000) if crs == "EPSG:2263" else (500000, 5700000)
    start = "EPSG:32618" if crs == "EPSG:2263" else "EPSG:32632"
    to = Transformer.from_crs(start, crs, always_xy=True)
    x0, y0 = to.transform(east, north - 20)
    x1, y1 = to.transform(east + 42, north)
    path = write_raster(
        "other.tif", band(), crs=crs, transform=from_bounds(x0, y0, x1, y1, 420, 200)
    )
    out = tmp_path / "tracks.gpkg"
    answer = run("vectorize", path, "-o", out, "--model", model)
    assert answer.code == 0, answer.err
    links = read_links(out)
    assert links.crs.is_projected
    assert links.crs.axis_info[0].unit_name == "metre"
    assert links.length.sum() == pytest.approx(42.0, abs=0.6)


def test_progress_as_json(run: Run, ortho: Path, model: Path, tmp_path: Path) -> None:
    answer = run("vectorize", ortho, "-o", tmp_path / "t.gpkg", "--model", model,
                 "--progress", "json")  # fmt: skip
    lines = [json.loads(line) for line in answer.err.splitlines() if line.startswith("{")]
    assert {"stage", "progress", "result"} <= {line["event"] for line in lines}
    for line in lines:
        assert set(line) == {"event", "stage", "done", "total", "message", "outputs"}
    assert lines[-1]["event"] == "result"
    assert lines[-1]["outputs"]["map"].endswith("t.gpkg")


@pytest.mark.parametrize("stage", ["write map", "geometry"])
def test_cancel_leaves_nothing(ortho: Path, model: Path, tmp_path: Path, stage: str) -> None:
    class Impatient(NullReporter):
        def stage(self, name: str, total: float, unit: str = "") -> None:
            if name == stage:
                self.cancel()

    before = set(tmp_path.iterdir())
    with pytest.raises(railmap.errors.Cancelled):
        railmap.vectorize(ortho, tmp_path / "t.gpkg", model=model, reporter=Impatient())
    assert set(tmp_path.iterdir()) == before


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_sigterm_cancels_the_program(
    write_raster: Callable[..., Path], model: Path, tmp_path: Path
) -> None:
    ortho = write_raster("big.tif", band(6000, 6000))
    out = tmp_path / "t.gpkg"
    words = [sys.executable, "-m", "railmap", "vectorize", str(ortho), "-o", str(out), "--model",
             str(model), "--progress", "json"]  # fmt: skip
    program = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    assert program.stderr is not None
    for line in program.stderr:
        if '"progress"' in line:
            break
    program.send_signal(signal.SIGTERM)
    asked = time.monotonic()
    _, err = program.communicate(timeout=60)
    assert program.returncode == 130, err
    assert time.monotonic() - asked < 20
    assert not out.exists()
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")]


def test_help_is_quick() -> None:
    """Nothing heavy is imported for `--help`; the half second itself is measured by hand."""
    code = (
        "import sys; from railmap.cli.main import app; "
        "heavy = {'numba', 'rasterio', 'geopandas', 'openvino', 'torch', 'scipy', 'shapely', "
        "'pyproj', 'numpy'} & set(sys.modules); sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_doctor_and_info(run: Run, ortho: Path, model: Path) -> None:
    answer = run("doctor", "--model", model)
    assert answer.code == 0, answer.err
    assert "openvino" in answer.out
    proof = json.loads(run("doctor", "--model", model, "--json", "--no-speed").out)
    assert proof["identity"] == IDENTITY
    assert proof["version"] == __version__
    assert {"vectorize", "line add", "doctor"} <= set(proof["commands"])
    assert json.loads(run("info", ortho, "--json").out)
    told = json.loads(run("info", model, "--json").out)
    assert "track" in str(told)


def test_preview(run: Run, ortho: Path, model: Path, tmp_path: Path) -> None:
    out, picture = tmp_path / "t.gpkg", tmp_path / "map.png"
    assert run("vectorize", ortho, "-o", out, "--model", model).code == 0
    assert run("preview", out, ortho, "-o", picture).code == 0
    with rasterio.open(picture) as data:
        pixels = data.read()
    assert pixels.shape[0] >= 3
    assert pixels.std() > 5


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--scratch", "s"), "--scratch is for a cluster"),
        (("--scheduler", "tcp://127.0.0.1:9"), "--scheduler needs --scratch"),
        (("--scheduler", "tcp://127.0.0.1:9", "--workers", 2), "--scheduler or --workers, not"),
    ],
)
def test_options_of_a_cluster_that_contradict_each_other(
    run: Run, ortho: Path, model: Path, tmp_path: Path, words: tuple[object, ...], said: str
) -> None:
    for command, name in (("vectorize", "t.gpkg"), ("segment", "p.tif")):
        answer = run(command, ortho, "-o", tmp_path / name, "--model", model, *words)
        assert (answer.code, said in answer.line) == (2, True), answer.line
        assert not (tmp_path / name).exists()
