"""Whole runs of `train_tracks`, with a network of a few hundred weights."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from railmap.errors import Cancelled, DeviceError, ModelError, OutputError, RailmapError, UsageError
from railmap.models.tensors import read_tensors
from railmap.progress import NullReporter
from railmap.training.fit import checkpoints
from railmap.training.fit.checkpoints import read_checkpoint
from railmap.training.fit.curves import read_curves
from railmap.training.fit.guard import GOOD
from railmap.training.tracks import train as recipe
from railmap.training.tracks.options import TrainingOptions
from railmap.training.tracks.train import train_tracks
from tests.helpers import small_network as small


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipe, "build_network", small.network)


class StopAfter(NullReporter):
    """Cancels after so many steps."""

    def __init__(self, steps: int) -> None:
        super().__init__()
        self.left = steps

    def advance(self, amount: float) -> None:
        self.left -= round(amount)
        if self.left <= 0:
            self.cancel()
        super().advance(amount)


class Heard(NullReporter):
    """Records the stages and the progress."""

    def __init__(self) -> None:
        super().__init__()
        self.stages: list[tuple[str, float, str]] = []
        self.done = 0.0

    def stage(self, name: str, total: float, unit: str = "") -> None:
        self.stages.append((name, total, unit))

    def advance(self, amount: float) -> None:
        self.done += amount


def same(a: Path, b: Path) -> None:
    first, second = read_tensors(a), read_tensors(b)
    for key, value in first.items():
        torch.testing.assert_close(second[key], value, rtol=0, atol=0, msg=key)


def test_it_learns_and_leaves_a_whole_run(tmp_path: Path) -> None:
    run = tmp_path / "run"
    config = small.training(
        run, epochs=6, train=small.stream(80), validation={"held": small.Held()}, save_every=2,
        rate=0.05, data={"rendered": "stand-in"},
    )  # fmt: skip
    assert train_tracks(config) == run / "weights.safetensors"
    files = {p.relative_to(run).as_posix() for p in run.rglob("*") if p.is_file()}
    kept = {"epoch-0002.ckpt", "epoch-0004.ckpt", "epoch-0006.ckpt", "last.ckpt", "best.ckpt"}
    wanted = {f"checkpoints/{name}" for name in kept}
    wanted |= {
        "weights.safetensors",
        "run.json",
        "curves.png",
        "held.png",
        "log/version_0/metrics.csv",
    }
    assert wanted <= files
    assert any(name.startswith("tensorboard/events") for name in files)
    curves = read_curves(run)
    loss = curves["train_loss_epoch"][1]
    assert loss[-1] < 0.92 * loss[0]
    assert curves["held_iou"][1][-1] > 0.5
    assert curves["rate"][1][-1] < 0.01
    record = json.loads((run / "run.json").read_text("utf-8"))
    assert record["config"]["recipe"] == "railmap"
    assert record["config"]["target_profile"] == "tent"
    assert record["config"]["samples"] == {"train": 80, "held": 2}
    assert record["data"] == {"rendered": {"made": "stand-in"}}
    assert {"python", "torch", "railmap", "lightning"} <= record["versions"].keys()


@pytest.mark.parametrize("name", ["railmap", "paper"])
@pytest.mark.parametrize("stop", [3, 5, 7])
def test_resumed_equals_uninterrupted(tmp_path: Path, name: str, stop: int) -> None:
    whole, halves = tmp_path / "whole", tmp_path / "halves"
    held = {"held": small.Held()}
    train_tracks(small.training(whole, recipe=name, validation=held))
    with pytest.raises(Cancelled, match="resume"):
        train_tracks(small.training(halves, recipe=name, validation=held), StopAfter(stop))
    assert not (halves / "weights.safetensors").exists()
    again = small.training(halves, recipe=name, validation=held, resume=True)
    train_tracks(again)
    same(whole / "weights.safetensors", halves / "weights.safetensors")
    assert read_curves(halves)["held_loss"] == read_curves(whole)["held_loss"]
    assert len(json.loads((halves / "run.json").read_text("utf-8"))["starts"]) == 2


def test_any_epochs_checkpoint_will_do(tmp_path: Path) -> None:
    whole, other = tmp_path / "whole", tmp_path / "other"
    train_tracks(small.training(whole, epochs=4, save_every=1))
    (other / "checkpoints").mkdir(parents=True)
    for number in (1, 3):
        first = whole / "checkpoints" / f"epoch-{number:04d}.ckpt"
        (other / "checkpoints" / "last.ckpt").write_bytes(first.read_bytes())
        train_tracks(small.training(other, epochs=4, resume=True))
        same(whole / "weights.safetensors", other / "weights.safetensors")


def test_steps_and_minutes_end_it(tmp_path: Path) -> None:
    by_steps, by_time = tmp_path / "steps", tmp_path / "time"
    held = {"held": small.Held()}
    train_tracks(small.training(by_steps, epochs=None, steps=7, validation=held))
    assert len(read_curves(by_steps)["held_iou"][0]) == 2  # also where it ended
    assert read_checkpoint(by_steps / "checkpoints" / "last.ckpt")["global_step"] == 7
    train_tracks(small.training(by_time, epochs=None, minutes=1e-6))
    assert read_checkpoint(by_time / "checkpoints" / "last.ckpt")["global_step"] == 1
    longer = small.training(by_steps, epochs=None, steps=12, resume=True, validation=held)
    train_tracks(longer)
    assert read_checkpoint(by_steps / "checkpoints" / "last.ckpt")["global_step"] == 12


def test_progress_is_in_what_ends_the_run(tmp_path: Path) -> None:
    heard = Heard()
    train_tracks(small.training(tmp_path / "steps", epochs=None, steps=5), heard)
    assert (heard.stages, heard.done) == ([("train", 5.0, "steps")], 5.0)
    heard = Heard()
    train_tracks(small.training(tmp_path / "time", epochs=None, minutes=0.01), heard)
    ((_, total, unit),) = heard.stages
    assert (total, unit) == (pytest.approx(0.01, rel=0.05), "minutes")
    assert 0.009 < heard.done < 0.5


def test_early_stop_keeps_the_best(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipe, "build_network", lambda *_, **__: nn.Conv2d(3, 1, 1))
    config = small.training(
        tmp_path, epochs=30, rate=1e-9, validation={"held": small.Held()}, patience=2
    )
    path = train_tracks(config)
    best = read_checkpoint(tmp_path / "checkpoints" / "best.ckpt")
    assert best["epoch"] == 0
    assert len(read_curves(tmp_path)["held_iou"][0]) == 3
    for key, value in read_tensors(path).items():
        assert torch.equal(value, best["state_dict"][f"network.{key}"])


class Bad(torch.utils.data.Dataset[tuple[Tensor, Tensor]]):
    """Sound but for one sample."""

    in_order = True

    def __init__(self, number: int) -> None:
        self.stream, self.number = small.stream(), number

    def __len__(self) -> int:
        return len(self.stream)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        image, target = self.stream[index]
        return (image * torch.nan if index == self.number else image), target


def test_nan_names_the_batch_and_keeps_the_weights(tmp_path: Path) -> None:
    config = small.training(tmp_path, train=Bad(13), recipe="paper")
    with pytest.raises(RailmapError, match=r"loss is nan at batch 3 of epoch 0 \(step 3\); its im"):
        train_tracks(config)
    good = read_tensors(tmp_path / GOOD)
    assert all(bool(torch.isfinite(value).all()) for value in good.values())
    before = tmp_path / "before"
    train_tracks(small.training(before, train=Bad(13), recipe="paper", epochs=None, steps=3))
    last = read_checkpoint(before / "checkpoints" / "last.ckpt")["state_dict"]
    for name in ("network.0.weight", "network.4.weight"):
        torch.testing.assert_close(good[name], last[name], rtol=0.6, atol=0.05)


def test_overflow_is_not_the_images_fault(tmp_path: Path) -> None:
    with pytest.raises(RailmapError, match="lower the learning rate"):
        train_tracks(small.training(tmp_path, rate=1e30, recipe="paper", epochs=20))


def test_full_disk_leaves_the_previous_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train_tracks(small.training(tmp_path, epochs=1))
    path = tmp_path / "checkpoints" / "last.ckpt"
    before = path.read_bytes()
    write = Path.write_bytes

    def full(self: Path, data: Any) -> int:
        if ".ckpt" in self.name:
            write(self, bytes(data)[:100])
            raise OSError(28, "No space left on device", str(self))
        return write(self, data)

    monkeypatch.setattr(checkpoints.Path, "write_bytes", full)
    with pytest.raises(OutputError, match="disk is full"):
        train_tracks(small.training(tmp_path, epochs=3, resume=True))
    monkeypatch.undo()
    monkeypatch.setattr(recipe, "build_network", small.network)
    assert path.read_bytes() == before
    assert not [p for p in path.parent.iterdir() if p.name.startswith(".")]
    train_tracks(small.training(tmp_path, epochs=3, resume=True))


@pytest.fixture
def little_memory(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """A device that has no room for more than two samples; lists the batches it saw."""
    seen: list[int] = []

    class Greedy(nn.Sequential):
        def forward(self, image: Tensor) -> Tensor:
            seen.append(len(image))
            if self.training and len(image) > 2:
                raise torch.OutOfMemoryError("CUDA out of memory")
            return super().forward(image)

    monkeypatch.setattr(recipe, "build_network", lambda *_, **__: Greedy(*small.network()))
    return seen


def test_out_of_memory_halves_the_batch(tmp_path: Path, little_memory: list[int]) -> None:
    reporter = NullReporter()
    train_tracks(small.training(tmp_path, batch=8, epochs=1, train=small.stream(32)), reporter)
    assert reporter.warnings == [
        "the device is out of memory: going on with batches of 4, 2 of which make a step",
        "the device is out of memory: going on with batches of 2, 4 of which make a step",
    ]
    assert little_memory[2:] == [2] * 16
    assert read_checkpoint(tmp_path / "checkpoints" / "last.ckpt")["global_step"] == 4


def test_memory_for_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any, **__: Any) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(recipe, "_fit", never)
    with pytest.raises(DeviceError, match="smaller crop"):
        train_tracks(small.training(tmp_path))


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"crop": 60}, UsageError, "multiple of 16"),
        ({"minutes": 0.0}, UsageError, "above 0"),
        ({"batch": 0}, UsageError, "above 0"),
        ({"rate": -1.0}, UsageError, "above 0"),
        ({"recipe": "soup"}, UsageError, "paper, railmap"),
        ({"patience": 2}, UsageError, "give validation data"),
        ({"resume": True}, OutputError, "nothing to resume"),
        ({"device": "cuda:7"}, DeviceError, "finds"),
        ({"device": "toaster"}, UsageError, "not a device"),
    ],
)
def test_bad_options_are_refused_in_one_line(
    tmp_path: Path, changes: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words) as caught:
        train_tracks(small.training(tmp_path / "run", **changes))
    assert "\n" not in str(caught.value)


def test_a_run_is_not_written_over(tmp_path: Path) -> None:
    train_tracks(small.training(tmp_path, epochs=1))
    with pytest.raises(OutputError, match="resume=True"):
        train_tracks(small.training(tmp_path, epochs=1))


def test_a_run_that_never_began_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(DeviceError):
        train_tracks(small.training(tmp_path, epochs=1, device="cuda:7"))
    train_tracks(small.training(tmp_path, epochs=1))


def test_a_checkpoint_that_would_run_code_is_refused(tmp_path: Path) -> None:
    train_tracks(small.training(tmp_path, epochs=1))
    path = tmp_path / "checkpoints" / "last.ckpt"
    torch.save({"state_dict": {}, "harm": print}, path)
    with pytest.raises(ModelError, match="no whole checkpoint"):
        train_tracks(small.training(tmp_path, resume=True))
    path.write_bytes(b"nothing")
    with pytest.raises(ModelError, match="no whole checkpoint"):
        train_tracks(small.training(tmp_path, resume=True))


def test_configuration_has_the_papers_numbers() -> None:
    assert TrainingOptions(recipe="paper").save_every == 5
    optimizer = recipe.find_recipe("paper").optimizer(small.network(), 7e-3)
    assert isinstance(optimizer, torch.optim.SGD)
    assert optimizer.defaults["weight_decay"] == 1e-4
    assert recipe.find_recipe("paper").rate == 7e-3
