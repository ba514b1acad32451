from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import standin
import torch
from torch import Tensor, nn

from railmap.errors import ModelError, RailmapError
from railmap.training.fit import CHECKPOINT, Schedule, fit
from railmap.training.sample import Sample
from railmap.training.state import Average, average_weights
from railmap.training.stream import Mixture, SampleStream, make_loader

# Of the last batches seen, so not the same in both runs.
_STATISTICS = ("running_mean", "running_var", "num_batches_tracked")


def small_network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 1, 1)
    )


def batches(count: int) -> list[tuple[Tensor, Tensor]]:
    stream = SampleStream(Mixture(standin.render), 32, 0.2, (0,))
    return list(islice(make_loader(stream, 4, 0), count))


def events(run: Path, kind: str) -> list[dict]:
    lines = (run / "log.jsonl").read_text("utf-8").splitlines()
    return [line for line in map(json.loads, lines) if line["event"] == kind]


def test_it_learns_and_leaves_a_log(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    crops = [standin.render(rng, 64, 0.2) for _ in range(4)]
    held = [Sample(crop.image, crop.target) for crop in crops]
    schedule = Schedule(1e6, rate=0.05, warm_up=0.0, steps=160)
    fit(small_network(), batches(160), schedule, tmp_path, validation={"rendered": held})
    steps = events(tmp_path, "step")
    assert steps[-1]["loss"] < steps[0]["loss"]
    assert steps[-1]["mp_per_s"] > 0
    (judged,) = events(tmp_path, "validation")
    assert judged["set"] == "rendered"
    assert judged["iou"] > 0.5
    assert (tmp_path / "rendered.png").stat().st_size > 1000


def test_resumed_equals_uninterrupted(tmp_path: Path) -> None:
    every = batches(8)
    whole, halves = tmp_path / "whole", tmp_path / "halves"
    whole.mkdir()
    halves.mkdir()
    fit(small_network(), every, Schedule(1e9, steps=8), whole)
    fit(small_network(), every[:5], Schedule(1e9, steps=5), halves)
    progress = fit(small_network(), every[5:], Schedule(1e9, steps=3), halves, resume=True)
    assert progress.step == 8
    expected, got = (average_weights(run / CHECKPOINT) for run in (whole, halves))
    start = small_network().state_dict()
    for key in start.keys() - {f"1.{name}" for name in _STATISTICS}:
        value = expected[key]
        torch.testing.assert_close(got[key], value, rtol=1e-5, atol=1e-7)
    assert not torch.equal(expected["0.weight"], start["0.weight"])


def test_average_has_the_statistics_of_its_own_weights() -> None:
    network = small_network()
    average = Average(network)
    with torch.no_grad():
        network[0].weight.mul_(3)
    images = [image for image, _ in batches(3)]
    average.settle(network, images)
    with torch.no_grad():
        first = network[0](torch.cat(images)) / 3
    got = average.tensors["1.running_mean"]
    torch.testing.assert_close(got, first.mean(dim=(0, 2, 3)), rtol=0.02, atol=0.02)
    assert torch.equal(network[1].running_mean, torch.zeros(8))


def test_signal_ends_with_a_checkpoint(tmp_path: Path) -> None:
    if "PYTEST_XDIST_WORKER" in os.environ:  # a real SIGTERM may end a worker: alone, then
        alone = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
        words = [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "-p", "no:cacheprovider"]
        name = f"{__file__}::test_signal_ends_with_a_checkpoint"
        done = subprocess.run([*words, name], env=alone, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout
        assert "1 passed" in done.stdout
        return

    def interrupted() -> Iterator[tuple[Tensor, Tensor]]:
        for number, batch in enumerate(batches(6)):
            if number == 2:
                signal.raise_signal(signal.SIGTERM)
            yield batch

    before = signal.getsignal(signal.SIGTERM)
    progress = fit(small_network(), interrupted(), Schedule(1e6), tmp_path)
    assert progress.step == 3
    assert signal.getsignal(signal.SIGTERM) is before
    assert fit(small_network(), batches(1), Schedule(1e6, steps=1), tmp_path, resume=True).step == 4


def test_nan_stops_and_the_checkpoint_stays(tmp_path: Path) -> None:
    good = batches(2)
    fit(small_network(), good, Schedule(1e6, steps=2), tmp_path)
    before = (tmp_path / CHECKPOINT).read_bytes()
    bad = (torch.full_like(good[0][0], torch.nan), good[0][1])
    with pytest.raises(RailmapError, match="resume with a lower learning rate"):
        fit(small_network(), [good[0], bad], Schedule(1e6), tmp_path, resume=True)
    assert (tmp_path / CHECKPOINT).read_bytes() == before


def test_checkpoint_of_another_network(tmp_path: Path) -> None:
    fit(small_network(), batches(1), Schedule(1e6, steps=1), tmp_path)
    with pytest.raises(ModelError, match="another network"):
        fit(nn.Conv2d(3, 1, 1), batches(1), Schedule(1e6), tmp_path, resume=True)


def test_time_is_the_budget(tmp_path: Path) -> None:
    progress = fit(small_network(), batches(3), Schedule(1e-9), tmp_path)
    assert progress.step == 1


def test_rate_warms_up_and_falls_to_almost_nothing() -> None:
    schedule = Schedule(100.0, rate=1.0, warm_up=0.1)
    rates = [schedule.rate_at(60.0 * minute) for minute in range(0, 101)]
    assert rates[0] < 0.05
    assert max(rates) == pytest.approx(1.0, abs=1e-6)
    assert rates[:10] == sorted(rates[:10])
    assert rates[11:] == sorted(rates[11:], reverse=True)
    assert 0 < rates[-1] < 0.01
    assert rates[55] == pytest.approx(0.5, abs=0.01)
