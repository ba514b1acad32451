from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from railmap.nets import build_network
from railmap.training import export, tracks
from railmap.training.fit import CHECKPOINT
from railmap.training.state import average_weights

TINY = ["--minutes", "60", "--crop", "64", "--batch", "2", "--workers", "1", "--threads", "1",
        "--steps", "3", "--renderer", "standin:render"]  # fmt: skip


@pytest.fixture(autouse=True)
def _few_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracks, "_VALIDATION_CROPS", 2)


def test_train_resume_export(
    tmp_path: Path, write_raster: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a", "b"):
        path = write_raster(f"real/{name}.tif", np.full((3, 64, 80), 99, np.uint8))
        line = {"type": "LineString", "coordinates": [[500000, 5699998], [500008, 5699998]]}
        features = {"features": [{"geometry": line}]}
        path.with_suffix(".geojson").write_text(json.dumps(features), "utf-8")
    write_raster("field/c.tif", np.full((3, 64, 80), 50, np.uint8))
    run = tmp_path / "run"
    command = ["--out", str(run), *TINY, "--real", str(tmp_path / "real"), "--hold-out", "b",
               "--negatives", f"{tmp_path / 'field'}=0.1"]  # fmt: skip
    assert tracks.main(command) == 0
    assert {p.name for p in run.iterdir()} == {
        CHECKPOINT, "log.jsonl", "settings.json", "rendered.png", "real.png"
    }  # fmt: skip
    assert json.loads((run / "settings.json").read_text("utf-8"))["starts"] == 1

    assert tracks.main(command) == 3  # the run is there
    assert "--resume" in capsys.readouterr().err
    assert tracks.main([*command, "--resume"]) == 0
    last = json.loads((run / "log.jsonl").read_text("utf-8").splitlines()[-1])
    assert last["step"] == 6
    assert json.loads((run / "settings.json").read_text("utf-8"))["starts"] == 2

    package = tmp_path / "models" / "tracks"
    written = []
    with pytest.MonkeyPatch.context() as patch:  # the export itself is tested in nets
        patch.setattr(export, "export_model", lambda *args: written.append(args))
        assert export.main([str(run), "-o", str(package), "--data", "rendered=Apache-2.0"]) == 0
    ((network, path, metadata),) = written
    assert path == tmp_path / "models" / "tracks.onnx"
    assert metadata.gsd == 0.1
    assert metadata.training_data == ({"name": "rendered", "licence": "Apache-2.0"},)
    averaged = average_weights(run / CHECKPOINT)
    assert all(torch.equal(v, averaged[k]) for k, v in network.state_dict().items())
    assert build_network(metadata.network).state_dict().keys() == averaged.keys()


@pytest.mark.parametrize(
    ("extra", "code", "words"),
    [
        (["--crop", "60"], 2, "multiple of 16"),
        (["--minutes", "0"], 2, "above 0"),
        (["--resume"], 3, "nothing to resume"),
        (["--renderer", "nowhere:render"], 2, "module:function"),
        (["--real", "nowhere"], 3, "no NAME.geojson"),
        (["--negatives", "x=wide"], 2, "must be metres"),
        (["--weights", "none.safetensors"], 4, "can't be read"),
    ],
)
def test_bad_options_say_so_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], extra: list[str], code: int, words: str
) -> None:
    assert tracks.main(["--out", str(tmp_path / "run"), *TINY, *extra]) == code
    err = capsys.readouterr().err
    assert words in err
    assert err.count("\n") == 1


def test_export_of_no_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert export.main([str(tmp_path), "-o", str(tmp_path / "m")]) == 4
    assert "settings" in capsys.readouterr().err
