"""Bad input: one line, the right exit code, and nothing half-made."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from affine import Affine

from tests.helpers.bright_band import band, write_model
from tests.helpers.commands import Answer

Run = Callable[..., Answer]
WriteRaster = Callable[..., Path]


def refused(run: Run, code: int, raster: object, out: Path, *words: object) -> str:
    """Run vectorize, which must fail and leave no output; returns the line."""
    beside = set(out.parent.iterdir()) if out.parent.is_dir() else set()
    answer = run("vectorize", raster, "-o", out, *words)
    assert answer.code == code, answer.err
    if out.parent.is_dir():
        assert set(out.parent.iterdir()) == beside
    return answer.line


def test_missing_file(run: Run, model: Path, tmp_path: Path) -> None:
    line = refused(run, 3, tmp_path / "no.tif", tmp_path / "t.gpkg", "--model", model)
    assert "no.tif" in line


@pytest.mark.parametrize("content", [b"", b"not a raster at all"])
def test_not_a_raster(run: Run, model: Path, tmp_path: Path, content: bytes) -> None:
    bad = tmp_path / "bad.tif"
    bad.write_bytes(content)
    assert "bad.tif" in refused(run, 3, bad, tmp_path / "t.gpkg", "--model", model)


def test_broken_block_is_marked_and_the_rest_mapped(
    run: Run, write_raster: WriteRaster, model: Path, tmp_path: Path
) -> None:
    noisy = band(512, 512)
    noisy = (noisy + np.random.default_rng(0).integers(0, 8, noisy.shape)).astype(np.uint8)
    path = write_raster("ortho.tif", noisy, compress="deflate")
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 4000] = bytes(4000)
    path.write_bytes(content)
    out = tmp_path / "t.gpkg"
    answer = run("vectorize", path, "-o", out, "--model", model)
    assert answer.code == 0, answer.err
    assert "ortho.tif" in answer.err
    assert "warning" in answer.err
    issues = gpd.read_file(out, layer="qa_issue")
    assert "damaged_raster" in set(issues["rule"])
    assert len(gpd.read_file(out, layer="railway_link")) >= 1


def test_truncated_file(run: Run, ortho: Path, model: Path, tmp_path: Path) -> None:
    content = ortho.read_bytes()
    ortho.write_bytes(content[: len(content) * 2 // 3])
    out = tmp_path / "t.gpkg"
    answer = run("vectorize", ortho, "-o", out, "--model", model)
    if answer.code == 0:  # the header was at the front: what is there is mapped
        assert "damaged_raster" in set(gpd.read_file(out, layer="qa_issue")["rule"])
    else:
        assert answer.code == 3
        assert "ortho.tif" in answer.line
        assert not out.exists()


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (7, 3)])
def test_tiny_rasters_give_an_empty_map(
    run: Run, write_raster: WriteRaster, model: Path, tmp_path: Path, shape: tuple[int, int]
) -> None:
    path = write_raster("tiny.tif", np.full((3, *shape), 40, np.uint8))
    out = tmp_path / "t.gpkg"
    answer = run("vectorize", path, "-o", out, "--model", model)
    assert answer.code == 0, answer.err
    assert len(gpd.read_file(out, layer="railway_link")) == 0
    assert "no track" in answer.err


def test_all_nodata_gives_an_empty_map(
    run: Run, write_raster: WriteRaster, model: Path, tmp_path: Path
) -> None:
    path = write_raster("empty.tif", np.full((3, 100, 100), 255, np.uint8), nodata=255)
    out = tmp_path / "t.gpkg"
    answer = run("vectorize", path, "-o", out, "--model", model)
    assert answer.code == 0, answer.err
    assert len(gpd.read_file(out, layer="railway_link")) == 0


def test_one_bit_and_palette_images_work(
    run: Run, write_raster: WriteRaster, model: Path, tmp_path: Path
) -> None:
    bright = (band()[:1] > 128).astype(np.uint8)
    one_bit = write_raster("bit.tif", bright, nbits=1)
    palette = write_raster(
        "palette.tif", bright, colormap={0: (40, 40, 40, 255), 1: (215, 215, 215, 255)}
    )
    for path in (one_bit, palette):
        out = tmp_path / f"{path.stem}.gpkg"
        answer = run("vectorize", path, "-o", out, "--model", model)
        assert answer.code == 0, answer.err
        assert len(gpd.read_file(out, layer="railway_link")) == 1


def test_no_georeference_says_how_to_mend_it(
    run: Run, write_raster: WriteRaster, model: Path, tmp_path: Path
) -> None:
    path = write_raster("bare.tif", band(), crs=None, transform=Affine.identity())
    line = refused(run, 3, path, tmp_path / "t.gpkg", "--model", model)
    assert "--gsd" in line
    assert "--crs" in line
    out = tmp_path / "mended.gpkg"
    answer = run("vectorize", path, "-o", out, "--model", model, "--gsd", 0.1, "--crs",
                 "EPSG:32650")  # fmt: skip
    assert answer.code == 0, answer.err
    assert gpd.read_file(out, layer="railway_link").crs.to_epsg() == 32650


def test_too_coarse(run: Run, write_raster: WriteRaster, model: Path, tmp_path: Path) -> None:
    path = write_raster("coarse.tif", band(), gsd=5.0)
    line = refused(run, 3, path, tmp_path / "t.gpkg", "--model", model)
    assert "coarse.tif" in line
    assert "5" in line


def test_output_folder_is_missing(run: Run, ortho: Path, model: Path, tmp_path: Path) -> None:
    refused(run, 3, ortho, tmp_path / "no" / "t.gpkg", "--model", model)


def test_output_exists(run: Run, ortho: Path, model: Path, tmp_path: Path) -> None:
    out = tmp_path / "t.gpkg"
    out.write_text("mine")
    line = refused(run, 3, ortho, out, "--model", model)
    assert "--overwrite" in line
    assert out.read_text() == "mine"
    assert run("vectorize", ortho, "-o", out, "--model", model, "--overwrite").code == 0


def test_output_is_the_input(run: Run, ortho: Path, model: Path) -> None:
    before = ortho.read_bytes()
    answer = run("vectorize", ortho, "-o", ortho, "--model", model, "--overwrite")
    assert answer.code == 3
    assert "input" in answer.line
    assert ortho.read_bytes() == before


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="file size limits")
def test_full_disk(ortho: Path, model: Path, tmp_path: Path) -> None:
    """A limit on the size of files stands for the full disk."""
    folder = tmp_path / "out"
    folder.mkdir()
    code = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "from railmap.cli.main import main\n"
        "import railmap.inference, railmap.mapping, railmap.tracing, railmap.geometry\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (60000, 60000))\n"
        f"sys.argv = ['railmap', 'vectorize', {str(ortho)!r}, '-o', "
        f"{str(folder / 't.gpkg')!r}, '--model', {str(model)!r}]\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 3, done.stderr
    assert [line for line in done.stderr.splitlines() if line.startswith("error: ")], done.stderr
    assert "Traceback" not in done.stderr
    assert list(folder.iterdir()) == []


def test_model_of_other_bands(run: Run, ortho: Path, tmp_path: Path) -> None:
    other = write_model(tmp_path / "four.onnx", bands=4)
    line = refused(run, 4, ortho, tmp_path / "t.gpkg", "--model", other)
    assert "four.onnx" in line


def test_model_of_other_classes(run: Run, ortho: Path, tmp_path: Path) -> None:
    other = write_model(tmp_path / "cats.onnx", class_names={"0": "cat", "1": "dog"})
    line = refused(run, 4, ortho, tmp_path / "t.gpkg", "--model", other)
    assert "track" in line


@pytest.mark.parametrize("name", ["weights.pt", "weights.onnx"])
def test_pickled_weights_are_refused(run: Run, ortho: Path, tmp_path: Path, name: str) -> None:
    bad = tmp_path / name
    bad.write_bytes(pickle.dumps({"layer": [1.0]}))
    line = refused(run, 4, ortho, tmp_path / "t.gpkg", "--model", bad)
    assert name in line


def test_device_that_is_not_there(run: Run, ortho: Path, model: Path, tmp_path: Path) -> None:
    refused(run, 4, ortho, tmp_path / "t.gpkg", "--model", model, "--device", "mps")


@pytest.mark.parametrize("words", [["--bands", "1,2"], ["--bands", "x"], ["--refine", "magic"]])
def test_wrong_options(
    run: Run, ortho: Path, model: Path, tmp_path: Path, words: list[str]
) -> None:
    refused(run, 2, ortho, tmp_path / "t.gpkg", "--model", model, *words)


def test_unicode_and_spaces_in_paths(
    run: Run, write_raster: WriteRaster, model: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "Gleise 铁路 ü"
    folder.mkdir()
    ortho = write_raster(str(folder / "orto foto 图.tif"), band())
    out = folder / "línea férrea.gpkg"
    answer = run("vectorize", ortho, "-o", out, "--model", model)
    assert answer.code == 0, answer.err
    assert len(gpd.read_file(out, layer="railway_link")) == 1


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["--refine", "foo"], "--refine"),
        (["--gsd", "-1"], "--gsd"),
        (["--crs", "EPSG:99999"], "EPSG:99999"),
    ],
)
def test_wrong_options_are_told_before_the_work(
    run: Run, ortho: Path, model: Path, tmp_path: Path, options: list[str], word: str
) -> None:
    answer = run("vectorize", ortho, "-o", tmp_path / "t.gpkg", "--model", model, *options)
    assert answer.code == 2
    assert word in answer.line
    assert not (tmp_path / "t.gpkg").exists()


def test_a_map_is_a_geopackage_of_its_own(
    run: Run, ortho: Path, model: Path, tmp_path: Path
) -> None:
    answer = run("vectorize", ortho, "-o", tmp_path / "t.tif", "--model", model)
    assert answer.code == 3
    assert ".gpkg" in answer.line
    same = tmp_path / "t.gpkg"
    answer = run("vectorize", ortho, "-o", same, "--probability", same, "--model", model)
    assert answer.code == 3
    assert "different files" in answer.line
    assert not same.exists()
