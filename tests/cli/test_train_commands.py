"""`train tracks`, `label-check`, `export-model` and `lab tracks` as a user runs them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from tests.helpers.commands import Answer

Run = Callable[..., Answer]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A rendered double track, 90 x 60 m at 10 cm, with its exact lines."""
    from railmap.rendering import render_scene, write_scene

    folder = tmp_path_factory.mktemp("scene")
    rendered = render_scene(1, gsd=0.1, width=900, height=600, kind="double", collar=False)
    (folder / "orthos").mkdir()
    write_scene(rendered, folder / "orthos" / "ortho.tif", folder / "truth.gpkg")
    return folder


def tracks(scene: Path) -> gpd.GeoDataFrame:
    return gpd.read_file(scene / "truth.gpkg", layer="centreline")


# --- label-check


@pytest.fixture
def bands(write_raster: Callable[..., Path], model: Path) -> tuple[Path, Path]:
    """Two bright bands 4.5 m apart for tracks, on 90 x 40 m, and a network that sees brightness."""
    image = np.full((3, 400, 900), 40, np.uint8)
    for row in (150, 195):
        image[:, row - 13 : row + 13] = 215
    return write_raster("orthos/ortho.tif", image), model


def test_planted_label_errors_are_found(bands: tuple[Path, Path], tmp_path: Path, run: Run) -> None:
    image, network = bands
    labels, out = tmp_path / "labels.gpkg", tmp_path / "issues.gpkg"
    lines = [
        [(500000, 5699986.0), (500090, 5699986.0)],  # 1 m north of the first
        [(500000, 5699980.5), (500050, 5699980.5)],  # right, but ends half-way
        [(500005, 5699965.0), (500085, 5699968.0)],  # on the ground
    ]
    frame = gpd.GeoDataFrame(geometry=[shapely.LineString(xy) for xy in lines], crs="EPSG:25832")
    frame.to_crs("EPSG:4326").to_file(labels)
    answer = run(
        "label-check", "--data", image.parent, "--labels", labels, "-o", out, "--model", network
    )
    assert answer.code == 0, answer.err
    found = gpd.read_file(out, layer="label_issue").set_index("kind")
    assert found.index.tolist() == ["shifted", "no_track", "missing"]
    shifted, empty, missing = (found.loc[kind] for kind in found.index)
    assert shifted["label"] == 0
    assert shifted["shift_m"] == pytest.approx(1.0, abs=0.05)  # to the right, going east
    assert shifted["shift_north_m"] == pytest.approx(-1.0, abs=0.05)
    assert shifted["shift_east_m"] == pytest.approx(0.0, abs=0.05)
    assert shifted["length_m"] == pytest.approx(90, abs=6)
    assert missing["length_m"] == pytest.approx(40, abs=6)
    assert (empty["label"], empty["length_m"]) == (2, pytest.approx(80, abs=6))
    table = out.with_suffix(".md").read_text("utf-8")
    assert "move it by +0.00 m east, -1.00 m north" in table.replace("-0.00", "+0.00")
    assert out.with_suffix(".csv").read_text("utf-8").count("\n") == 1 + len(found)
    again = run("label-check", "--data", image, "--labels", labels, "-o", out, "--model", network)
    assert (again.code, "pass --overwrite" in again.line) == (3, True)


def test_right_labels_pass(bands: tuple[Path, Path], tmp_path: Path, run: Run) -> None:
    image, network = bands
    labels, out = tmp_path / "labels.gpkg", tmp_path / "issues.gpkg"
    lines = [shapely.LineString([(499990, y), (500100, y)]) for y in (5699985.0, 5699980.5)]
    gpd.GeoDataFrame(geometry=lines, crs="EPSG:25832").to_file(labels)
    answer = run("label-check", "--data", image, "--labels", labels, "-o", out, "--model", network)
    assert answer.code == 0, answer.err
    assert "0 shifted stretches, 0 labels without a track, 0 tracks without" in answer.err
    assert len(gpd.read_file(out, layer="label_issue")) == 0


def test_label_check_refuses_what_lies_elsewhere(
    bands: tuple[Path, Path], tmp_path: Path, run: Run
) -> None:
    image, network = bands
    labels, out = tmp_path / "labels.gpkg", tmp_path / "issues.gpkg"
    line = shapely.LineString([(0, 0), (100, 0)])
    gpd.GeoDataFrame(geometry=[line], crs="EPSG:25833").to_file(labels)
    before = sorted(p.name for p in tmp_path.iterdir())
    base = ["--labels", labels, "-o", out, "--model", network]
    answer = run("label-check", "--data", image, *base)
    assert (answer.code, "check the CRS" in answer.line) == (3, True)
    answer = run("label-check", "--data", tmp_path, *base)
    assert (answer.code, "no image in it" in answer.line) == (3, True)
    assert sorted(p.name for p in tmp_path.iterdir()) == before


# --- train tracks


@pytest.mark.slow
def test_fine_tuning_makes_a_package_that_vectorize_takes(
    scene: Path, tmp_path: Path, run: Run
) -> None:
    labels = tmp_path / "my_tracks.gpkg"
    tracks(scene).to_crs("EPSG:4326").to_file(labels)
    model = tmp_path / "mine.onnx"
    answer = run(
        "train", "tracks", "--data", scene / "orthos", "--labels", labels, "--from", "tracks",
        "-o", model, "--steps", 2, "--crop", 64, "--batch", 2, "--rendered", 0.3, "--threads", 1,
        "--licence", "CC0",
    )  # fmt: skip
    assert answer.code == 0, answer.err
    assert "IoU" in answer.out + answer.err
    assert {p.name for p in tmp_path.iterdir()} >= {"mine.onnx", "mine.run"}
    assert json.loads((tmp_path / "mine.run" / "run.json").read_text())["config"]["steps"] == 2

    from railmap.models.package import load_model

    shipped, mine = load_model("tracks"), load_model(model)
    assert (mine.gsd_m, mine.profile, mine.sha256 != shipped.sha256) == (
        shipped.gsd_m,
        "tent",
        True,
    )
    data = json.loads(mine.metadata["training_data"])
    assert data[-1] == {"name": "orthos", "licence": "CC0"}
    assert data[:-1] == json.loads(shipped.metadata["training_data"])

    lines = tmp_path / "lines.gpkg"
    answer = run("vectorize", scene / "orthos" / "ortho.tif", "-o", lines, "--model", model)
    assert answer.code == 0, answer.err
    # Two steps at a low rate forget nothing.
    total = gpd.read_file(lines, layer="railway_link").length.sum()
    assert total == pytest.approx(tracks(scene).length.sum(), rel=0.1)

    again = run("train", "tracks", "--data", scene, "--labels", labels, "-o", model)
    assert (again.code, "exists; pass --overwrite" in again.line) == (3, True)


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        (["--from", "nothing"], 4, "no model of this name"),
        (["--from", "none"], 2, "needs --gsd"),
        (["-o", "mine.pt"], 2, "is an .onnx file"),
        (["--labels", "nowhere.gpkg"], 3, "no such file"),
        (["--share", "1.5"], 2, "less than or equal to 0.99"),
        (["--rendered", "1"], 2, "less than or equal to 0.99"),
        (["--recipe", "best"], 2, "no recipe is called 'best'"),
        (["--crop", "100"], 2, "multiple of 16"),
    ],
)
def test_training_refuses_in_one_line(
    scene: Path,
    tmp_path: Path,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
    code: int,
    says: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    base = ["--data", scene / "orthos", "--labels", f"{scene / 'truth.gpkg'}|layername=centreline"]
    answer = run("train", "tracks", *base, *options)
    assert (answer.code, says in answer.line) == (code, True), answer.err
    assert not list(tmp_path.glob("*.onnx"))


# --- export-model


@pytest.mark.slow
def test_a_package_is_exported_with_other_tiles_and_for_openvino(tmp_path: Path, run: Run) -> None:
    from railmap.models.package import load_model

    shipped = load_model("tracks")
    out = tmp_path / "small.onnx"
    answer = run("export-model", shipped.path, "-o", out, "--tile", 64, "--threshold", 0.4)
    assert answer.code == 0, answer.err
    made = load_model(out)
    assert (made.tile_size, made.threshold, made.gsd_m) == (64, 0.4, shipped.gsd_m)
    for key in ("model_type", "class_names", "resolution", "tile_size", "tiles_overlap",
                "standardization_mean", "standardization_std"):  # fmt: skip
        assert key in made.metadata  # Deepness reads these
    assert made.metadata["training_data"] == shipped.metadata["training_data"]

    answer = run("export-model", out, "-o", tmp_path / "small.xml")
    assert answer.code == 0, answer.err
    assert {p.name for p in tmp_path.iterdir()} == {"small.onnx", "small.xml", "small.bin"}
    import openvino

    core = openvino.Core()
    image = np.random.default_rng(0).normal(size=(1, 3, 64, 64)).astype(np.float32)
    answers = [
        next(iter(core.compile_model(core.read_model(path), "CPU")(image).values()))
        for path in (out, tmp_path / "small.xml")
    ]
    assert np.abs(answers[0] - answers[1]).max() < 0.02  # float16 weights


@pytest.mark.parametrize(
    ("source", "options", "code", "says"),
    [
        ("nothing.onnx", ["-o", "a.onnx"], 3, "no such run"),
        ("weights.safetensors", ["-o", "a.onnx"], 2, "give --network and --gsd"),
        ("weights.safetensors", ["-o", "a.pt"], 2, "name an .onnx file"),
        ("weights.safetensors", ["-o", "a.onnx", "--tile", "50"], 2, "multiple of 16"),
        (".", ["-o", "a.onnx"], 3, "not the record of a training run"),
    ],
)
def test_export_refuses_in_one_line(
    tmp_path: Path,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    source: str,
    options: list[str],
    code: int,
    says: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "weights.safetensors").write_bytes(b"none")
    answer = run("export-model", tmp_path / source, *options)
    assert (answer.code, says in answer.line) == (code, True), answer.err


# --- lab tracks


def test_the_lab_refuses_in_one_line(tmp_path: Path, run: Run) -> None:
    for options, says in (
        (["--table", "7"], "the paper has the tables 1, 2, 3, 4, 5, 6"),
        (["--table", "5", "--kernel", "4"], "odd number"),
        (["--table", "5", "--size", "50"], "multiple of 16"),
    ):
        answer = run("lab", "tracks", *options, "-o", tmp_path / "lab")
        assert (answer.code, says in answer.line) == (2, True), answer.err
