from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from railmap.errors import Cancelled, OutputError
from railmap.inference import segment
from railmap.inference.sliding import plan as plan_module
from railmap.inference.sliding.store import WindowStore
from railmap.models.package import load_model
from railmap.models.tracks import TrackModel
from tests.helpers.array_rasters import StopAfter, holed, levels
from tests.helpers.repository import REPOSITORY
from tests.helpers.tiny_models import write_model


@pytest.fixture
def model(tmp_path: Path) -> TrackModel:
    return load_model(write_model(tmp_path / "tiny.onnx"))


KILLED = """
import os, sys
sys.path.insert(0, sys.argv[1])
from tests.helpers.array_rasters import StopAfter, holed
from railmap.inference import segment
from railmap.models.package import load_model
from railmap.inference.sliding import plan
plan.BLOCK_PIXELS = 900

class Killer(StopAfter):
    def cancel(self):
        os._exit(9)

segment(holed(900, 1500), load_model(sys.argv[2]), sys.argv[3], threads=1, reporter=Killer(300))
"""


@pytest.mark.slow
@pytest.mark.parametrize("damage", [False, True])
def test_a_killed_run_resumes_to_the_same_bytes(
    tmp_path: Path, model: TrackModel, monkeypatch: pytest.MonkeyPatch, damage: bool
) -> None:
    monkeypatch.setattr(plan_module, "BLOCK_PIXELS", 900)
    fresh, killed = tmp_path / "fresh.tif", tmp_path / "killed.tif"
    whole = segment(holed(900, 1500), model, fresh, threads=1)
    run = subprocess.run(
        [sys.executable, "-c", KILLED, str(REPOSITORY), str(model.path), str(killed)],
        check=False,
    )
    assert run.returncode == 9
    assert not killed.exists()
    journal = tmp_path / ".killed.tif.resume"
    units = sorted(journal.glob("*.bin"))
    assert units
    if damage:
        units[3].write_bytes(units[3].read_bytes()[:-5])
        units[5].unlink()
    result = segment(holed(900, 1500), model, killed, threads=1)
    assert killed.read_bytes() == fresh.read_bytes()
    assert result.windows_resumed > 0
    assert 0 < result.windows_run < whole.windows_run
    assert not journal.exists()


def test_a_cancelled_run_resumes_if_asked_to_keep(tmp_path: Path, model: TrackModel) -> None:
    fresh, path = tmp_path / "fresh.tif", tmp_path / "p.tif"
    segment(holed(600, 600), model, fresh, threads=2)
    for keep, left in (("nothing", 0), ("windows", 1)):
        with pytest.raises(Cancelled):
            segment(holed(600, 600), model, path, threads=2, reporter=StopAfter(60), keep=keep)
        assert not path.exists()
        assert len(list(tmp_path.glob(".*"))) == left
    result = segment(holed(600, 600), model, path, threads=2)
    assert result.windows_resumed > 0
    assert path.read_bytes() == fresh.read_bytes()
    assert not list(tmp_path.glob(".*"))


def test_another_raster_or_precision_starts_from_the_beginning(
    tmp_path: Path, model: TrackModel
) -> None:
    path = tmp_path / "p.tif"

    def cancelled() -> None:
        with pytest.raises(Cancelled):
            segment(
                holed(600, 600),
                model,
                path,
                threads=2,
                reporter=StopAfter(60),
                keep="windows",
                precision="fp32",
            )

    cancelled()
    other = holed(600, 600)
    other.pixels = 255 - other.pixels
    assert segment(other, model, path, threads=2, precision="fp32").windows_resumed == 0
    path.unlink()
    cancelled()
    result = segment(holed(600, 600), model, path, threads=2, precision="fp32", resume=False)
    assert result.windows_resumed == 0
    path.unlink()
    cancelled()
    ortho = tmp_path / "ortho.tif"
    ortho.write_bytes(b"changed since")
    result = segment(holed(600, 600), model, path, threads=2, precision="fp32", inputs=[ortho])
    assert result.windows_resumed == 0
    assert levels(path).shape == (600, 600)


def test_store_round_trip(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    tiles = {k: rng.integers(0, 255, (16, 16)).astype(np.uint8) for k in (3, 4, 9)}
    with WindowStore(tmp_path / "p.tif", {"a": 1}, 16, keep="windows") as store:
        store.save(2, 7, tiles)
        store.save(2, 8, {})
        assert store.has(2, 7)
        assert store.has(2, 8)
        assert not store.has(2, 9)
        found = store.load(2, 7, 4, 99)
        assert sorted(found) == [4, 9]
        assert all(np.array_equal(found[k], tiles[k]) for k in found)
        path = store.path / "0002-000007.bin"
        data = bytearray(path.read_bytes())
        data[-30] ^= 255
        path.write_bytes(data)
        with pytest.raises(OutputError, match="cannot be read"):
            store.load(2, 7, 0, 99)
    assert not store.path.exists()


def test_an_unwritable_store_is_an_error(tmp_path: Path) -> None:
    with (
        pytest.raises(OutputError, match="cannot be written"),
        WindowStore(tmp_path / "none" / "p.tif", {}, 16),
    ):
        pass
