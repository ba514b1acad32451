from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import lightning.pytorch as lightning
import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from railmap.errors import InputError, OutputError, UsageError
from railmap.models.tensors import read_tensors, save_weights
from railmap.progress import NullReporter
from railmap.training.fit.averaging import AveragedWeights
from railmap.training.fit.checkpoints import read_checkpoint
from railmap.training.fit.curves import read_curves
from railmap.training.fit.record import data_hash, read_record
from railmap.training.fit.trainer import last_checkpoint, loss_curves, make_trainer, write_record
from railmap.training.tracks import package
from railmap.training.tracks.module import TrackModule
from railmap.training.tracks.options import PackageOptions
from railmap.training.tracks.package import package_run
from railmap.training.tracks.recipes import RECIPES
from tests.helpers import small_network as small
from tests.helpers import two_processes
from tests.helpers.repository import REPOSITORY


class Line(lightning.LightningModule):
    """Any room's module: a line through points."""

    def __init__(self) -> None:
        super().__init__()
        self.line = nn.Linear(1, 1)

    def training_step(self, batch: Tensor, batch_idx: int) -> Tensor:
        loss = (self.line(batch) - 2 * batch).square().mean()
        self.log("train_loss", loss)
        return loss

    def validation_step(self, batch: Tensor, batch_idx: int) -> None:
        self.log("val_loss", (self.line(batch) - 2 * batch).square().mean())

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), 0.05)


def points() -> DataLoader[Tensor]:
    return DataLoader(torch.linspace(-1, 1, 12)[:, None], batch_size=4)  # type: ignore[arg-type]


def fit(folder: Path, epochs: int, resume: bool = False) -> None:
    trainer = make_trainer(
        folder, epochs=epochs, save_every=2, monitor="val_loss", mode="min", log_every_n_steps=1,
        device="cpu", reporter=NullReporter(),
    )  # fmt: skip
    path = last_checkpoint(folder) if resume else None
    trainer.fit(Line(), points(), points(), ckpt_path=path)


def test_checkpoints_log_and_curves_of_any_module(tmp_path: Path) -> None:
    fit(tmp_path, 3)
    names = {p.name for p in (tmp_path / "checkpoints").iterdir()}
    assert names == {"epoch-0002.ckpt", "last.ckpt", "best.ckpt"}
    assert read_checkpoint(last_checkpoint(tmp_path))["global_step"] == 9
    fit(tmp_path, 5, resume=True)
    epochs, losses = read_curves(tmp_path)["val_loss"]
    assert epochs == [1, 2, 3, 4, 5]
    assert losses == sorted(losses, reverse=True)
    assert read_curves(tmp_path)["train_loss"][0][:4] == pytest.approx([1 / 3, 2 / 3, 1, 4 / 3])
    picture = cv2.imread(str(loss_curves(tmp_path)))
    assert picture is not None
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 10


def test_no_log_no_curves(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no log"):
        loss_curves(tmp_path)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "needs an end"),
        ({"max_minutes": 0}, "above 0"),
        ({"epochs": 1, "patience": 3}, "validation"),
        ({"epochs": 1, "mode": "most"}, "max or min"),
        ({"epochs": 1, "device": "meta"}, "cannot train"),
    ],
)
def test_bad_settings(tmp_path: Path, settings: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        make_trainer(tmp_path, **settings)


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("", "utf-8")
    with pytest.raises(OutputError, match="cannot be made"):
        make_trainer(tmp_path / "run", epochs=1)


def test_average_follows_its_definition() -> None:
    """Weights and statistics alike; integers are copied."""
    averaging = AveragedWeights(0.9)
    network = TrackModule(small.network(), RECIPES["railmap"])
    averaging.setup(None, network, "fit")  # type: ignore[arg-type]
    average = averaging._average_model
    assert average is not None
    weight, mean = (
        network.state_dict()[key] for key in ("network.0.weight", "network.1.running_mean")
    )
    expected = {"weight": weight.clone(), "mean": mean.clone()}
    for step in range(40):
        with torch.no_grad():
            weight += 0.1
            mean += step
            network.state_dict()["network.1.num_batches_tracked"].add_(1)
        average.update_parameters(network)
        keep = 0.0 if step == 0 else min(0.9, (1 + step) / (10 + step))
        for key, value in (("weight", weight), ("mean", mean)):
            expected[key] = keep * expected[key] + (1 - keep) * value
    state = average.module.state_dict()
    torch.testing.assert_close(state["network.0.weight"], expected["weight"])
    torch.testing.assert_close(state["network.1.running_mean"], expected["mean"])
    assert int(state["network.1.num_batches_tracked"]) == 40


@pytest.mark.parametrize(("name", "last"), [("paper", 0.0), ("railmap", 0.002)])
def test_rates_fall_to_almost_nothing(name: str, last: float) -> None:
    shape = RECIPES[name].shape
    rates = [shape(share / 200) for share in range(201)]
    assert max(rates) == pytest.approx(1.0)
    top = rates.index(max(rates))
    assert rates[: top + 1] == sorted(rates[: top + 1])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert rates[-1] == pytest.approx(last)
    assert rates[100] == pytest.approx(0.5**0.9 if name == "paper" else 0.5, abs=0.02)


def test_record_holds_the_configuration(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "inner").mkdir(parents=True)
    (data / "inner" / "a.txt").write_text("1", "utf-8")
    before = data_hash(data)
    write_record(tmp_path, {"seed": 4, "weights": data, "size": (1, 2)}, {"own": data, "r": "x"})
    record = read_record(tmp_path)
    assert record["seed"] == 4
    assert record["config"] == {"seed": 4, "weights": str(data), "size": [1, 2]}
    assert record["data"] == {"own": {"path": str(data), "sha256": before}, "r": {"made": "x"}}
    assert record["versions"]["torch"] == torch.__version__.partition("+")[0]
    (data / "inner" / "a.txt").write_text("2", "utf-8")
    assert data_hash(data) != before
    (data / "inner" / "a.txt").write_text("1", "utf-8")
    (data / "inner" / "a.txt").rename(data / "a.txt")
    assert data_hash(data) != before
    with pytest.raises(InputError, match="no such data"):
        write_record(tmp_path, {}, {"own": tmp_path / "nowhere"})


def test_package_of_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, model = tmp_path / "run", tmp_path / "own.onnx"
    run.mkdir()
    with pytest.raises(InputError, match="not the record"):
        package_run(run, PackageOptions(model))
    config = {"network": "small", "gsd": 0.2, "target_profile": "mask", "seed": 1}
    write_record(run, config, {})
    with pytest.raises(InputError, match="has not ended"):
        package_run(run, PackageOptions(model))
    network = small.network()
    save_weights(network, run / "weights.safetensors")
    written: list[Any] = []
    monkeypatch.setattr(package, "build_network", lambda name, weights: (name, weights))
    monkeypatch.setattr(package, "export_model", lambda *all, fields: written.append(all))
    sources = [{"name": "mine", "licence": "CC0"}]
    wanted = PackageOptions(model, threshold=0.4, training_data=sources)
    assert package_run(run, wanted) == model
    ((built, path, metadata),) = written
    assert built == ("small", run / "weights.safetensors")
    assert path == model
    assert (metadata.name, metadata.gsd, metadata.threshold) == ("own", 0.2, 0.4)
    assert metadata.target_profile == "mask"
    assert metadata.training_data == ({"name": "mine", "licence": "CC0"},)
    (run / "run.json").write_text(json.dumps({"config": {"gsd": 1}}), "utf-8")
    with pytest.raises(InputError, match="track network"):
        package_run(run, PackageOptions(model))


@pytest.mark.slow
def test_two_processes_train_one_network(tmp_path: Path) -> None:
    """What several GPUs do, on the CPU: each its share of every step, the same weights in both."""
    done = subprocess.run(
        [sys.executable, two_processes.__file__, str(tmp_path)],
        env=os.environ | {"PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=400,
    )
    assert done.returncode == 0, done.stderr
    last = read_checkpoint(last_checkpoint(tmp_path / "run"))
    assert last["global_step"] == 6
    ranks = [np.load(tmp_path / f"{rank}.npy") for rank in range(2)]
    np.testing.assert_array_equal(ranks[0], ranks[1])
    weights = read_tensors(tmp_path / "run" / "weights.safetensors")
    np.testing.assert_array_equal(weights["0.weight"].numpy(), ranks[0])
