from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from benchmarks import train_shipped_tracks as program
from railmap.rendering import render_crop, render_scene
from railmap.training.fit.checkpoints import read_checkpoint
from railmap.training.tracks import train as recipe
from railmap.training.tracks.train import TrackTraining
from tests.helpers import small_network as small

TINY = ["--steps", "3", "--crop", "32", "--batch", "2", "--workers", "1", "--threads", "1",
        "--device", "cpu", "--renderer", "tests.helpers.standin_renderer:render",
        "--progress", "none"]  # fmt: skip


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "_VALIDATION_CROPS", 2)
    build = recipe.build_network
    monkeypatch.setattr(
        recipe, "build_network",
        lambda name, **given: build(name, **given) if given["weights"] else small.network(),
    )  # fmt: skip


def test_train_resume_package(
    tmp_path: Path,
    write_raster: Callable[..., Path],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("a", "b"):
        path = write_raster(f"real/{name}.tif", np.full((3, 64, 80), 99, np.uint8))
        line = {"type": "LineString", "coordinates": [[500000, 5699998], [500008, 5699998]]}
        path.with_suffix(".geojson").write_text(json.dumps({"features": [{"geometry": line}]}))
    write_raster("field/c.tif", np.full((3, 64, 80), 50, np.uint8))
    run = tmp_path / "run"
    command = ["--out", str(run), *TINY, "--real", str(tmp_path / "real"), "--hold-out", "b",
               "--negatives", f"{tmp_path / 'field'}=0.1"]  # fmt: skip
    assert program.main(command) == 0
    assert capsys.readouterr().out == f"{run / 'weights.safetensors'}\n"
    assert {"real.png", "rendered.png", "curves.png"} <= {p.name for p in run.iterdir()}
    record = json.loads((run / "run.json").read_text("utf-8"))
    assert record["data"].keys() == {"rendered", "negatives 1", "labelled"}

    assert program.main(command) == 3  # the run is there
    assert "--resume" in capsys.readouterr().err
    written: list[Any] = []
    monkeypatch.setattr(recipe, "package_run", lambda run, package: written.append((run, package)))
    model = tmp_path / "own.onnx"
    more = [*command, "--resume", "--steps", "5", "--model", str(model), "--licence", "real=CC0"]
    assert program.main(more) == 0
    assert read_checkpoint(run / "checkpoints" / "last.ckpt")["global_step"] == 5
    ((packaged, package),) = written
    assert (packaged, package.path) == (run, model)
    assert package.training_data == [{"name": "real", "licence": "CC0"}]


def rendered_labelled(write_raster: Callable[..., Path], name: str, seed: int) -> None:
    """Write 24 m of rendered plain track and its centreline as `--real` reads them."""
    scene = render_scene(seed, gsd=0.1, width=240, height=240, kind="plain", collar=False)
    path = write_raster(f"real/{name}.tif", scene.image.transpose(2, 0, 1))
    assert scene.plan is not None
    xy = scene.plan.tracks[0].xy
    line = xy[(np.abs(xy) < 12).all(axis=1)] * (1, -1) + (500012, 5699988)
    feature = {"geometry": {"type": "LineString", "coordinates": line.tolist()}}
    path.with_suffix(".geojson").write_text(json.dumps({"features": [feature]}))


def test_strips_are_cut_from_the_training_images_alone(
    tmp_path: Path, write_raster: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    for seed, name in enumerate(("a", "b")):
        rendered_labelled(write_raster, name, seed)
    configs: list[TrackTraining] = []
    monkeypatch.setattr(
        program, "train_tracks", lambda config, _: configs.append(config) or config.out
    )
    command = ["--out", str(tmp_path / "run"), *TINY, "--renderer", "railmap.rendering:render_crop",
               "--real", str(tmp_path / "real"), "--hold-out", "b",
               "--real-share", "0"]  # fmt: skip
    strips = ["--strips", "--strip-share", "1", "--lookalike-share", "0"]
    for extra in ([], strips, ["--lookalike-share", "0"]):
        assert program.main([*command, *extra]) == 0
    plain, stripped, quiet = (config.train.mixture.renderer for config in configs)
    assert plain is render_crop
    given = stripped.keywords
    assert {strip.name for strip in given["strips"]} == {"a"}
    assert (given["strip_share"], given["lookalike_share"]) == (1, 0)
    assert quiet.keywords == {"lookalike_share": 0}
    assert configs[1].data["strips"].endswith(" of a")
    one, other = (config.train.sample(2).image for config in configs[:2])
    assert (one != other).any()
    for config in configs[1:]:  # the validation images stay the same
        for held, before in zip(
            config.validation["rendered"], configs[0].validation["rendered"], strict=True
        ):
            assert torch.equal(held[0], before[0])


@pytest.mark.parametrize(
    ("extra", "code", "words"),
    [
        (["--crop", "60"], 2, "multiple of 16"),
        (["--minutes", "0"], 2, "above 0"),
        (["--resume"], 3, "nothing to resume"),
        (["--renderer", "nowhere:render"], 2, "module:function"),
        (["--real", "nowhere"], 3, "no such folder"),
        (["--real", "."], 3, "no NAME.geojson"),
        (["--real", "REAL", "--scenes", "none.csv"], 3, "columns name and scene"),
        (["--real", "REAL", "--scenes", "REAL/other.csv"], 3, "has no scene for a"),
        (["--negatives", "x=wide"], 2, "the GSD in metres"),
        (["--weights", "none.safetensors"], 3, "no such data"),
        (["--licence", "mine"], 2, "NAME=LICENCE"),
        (["--strips"], 2, "no labelled track to cut"),
        (["--strips", "--real", "REAL"], 2, "no labelled track to cut"),
        (["--strip-share", "0.3"], 2, "give --strips"),
        (["--lookalike-share", "2"], 2, "between 0 and 1"),
        (["--lookalike-share", "0.3"], 2, "has no lookalike_share"),
    ],
)
def test_bad_options_are_refused_in_one_line(
    tmp_path: Path,
    write_raster: Callable[..., Path],
    capsys: pytest.CaptureFixture[str],
    extra: list[str],
    code: int,
    words: str,
) -> None:
    real = write_raster("real/a.tif", np.full((3, 64, 80), 99, np.uint8)).parent
    (real / "a.geojson").write_text('{"features": []}')
    (real / "other.csv").write_text("name,scene\nb,1\n")
    extra = [word.replace("REAL", str(real)) for word in extra]
    assert program.main(["--out", str(tmp_path / "run"), *TINY, *extra]) == code
    err = capsys.readouterr().err
    assert words in err
    assert err.count("\n") == 1
