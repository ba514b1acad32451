"""Workers make the same bytes as one process, whatever is lost on the way."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from railmap.errors import Cancelled, DeviceError, OutputError, RasterError
from railmap.inference.sliding import parts
from railmap.pipeline import segment_images, vectorize
from railmap.pipeline.cluster import workers
from railmap.pipeline.options import ClusterOptions, ComputeOptions
from railmap.progress import NullReporter
from tests.helpers.repository import REPOSITORY

if TYPE_CHECKING:
    from distributed import Client


class AtPart(NullReporter):
    """Calls a function when the first part is done."""

    def __init__(self, act: Callable[[], None]) -> None:
        super().__init__()
        self._act: Callable[[], None] | None = act
        self.now = ""
        self.messages: list[str] = []
        self.done: dict[str, float] = {}
        self.totals: dict[str, float] = {}

    def stage(self, name: str, total: float, unit: str = "") -> None:
        self.now = name
        self.totals[name], self.done[name] = total, 0.0

    def message(self, text: str) -> None:
        self.messages.append(text)

    def advance(self, amount: float) -> None:
        self.done[self.now] += amount
        if self.now == "segment" and self._act is not None:
            act, self._act = self._act, None
            act()
        super().advance(amount)


def nothing() -> None:
    pass


def test_the_same_bytes_and_every_step_is_told(
    ortho: Path, model: Path, alone: bytes, compute: ComputeOptions, tmp_path: Path
) -> None:
    told = AtPart(nothing)
    out = tmp_path / "p.tif"
    found = segment_images(ortho, out, model=model, compute=compute, reporter=told)
    assert out.read_bytes() == alone
    assert found.windows_run > 0
    assert found.windows_skipped >= 0
    assert found.windows_resumed == 0
    assert "2 workers" in found.backend
    assert told.done == pytest.approx(told.totals)
    assert any("dashboard http://127.0.0.1:" in text for text in told.messages)
    assert not (tmp_path / "scratch").exists()  # it was new


def test_what_else_is_in_the_scratch_stays(
    ortho: Path, model: Path, compute: ComputeOptions, tmp_path: Path
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    (scratch / ".notes").write_text("mine")
    segment_images(ortho, tmp_path / "p.tif", model=model, compute=compute)
    assert [path.name for path in scratch.iterdir()] == [".notes"]


def test_another_job_may_begin_in_a_new_scratch(
    ortho: Path, model: Path, compute: ComputeOptions, tmp_path: Path
) -> None:
    scratch = tmp_path / "scratch"

    def begin() -> None:
        (scratch / "railmap-0123456789abcdef").mkdir()

    segment_images(ortho, tmp_path / "p.tif", model=model, compute=compute, reporter=AtPart(begin))
    assert [path.name for path in scratch.iterdir()] == ["railmap-0123456789abcdef"]


def test_the_same_map(ortho: Path, model: Path, compute: ComputeOptions, tmp_path: Path) -> None:
    def links(path: Path) -> list[tuple[Any, ...]]:
        with sqlite3.connect(path) as sql:
            return sql.execute("SELECT * FROM railway_link ORDER BY fid").fetchall()

    one, many = tmp_path / "one.gpkg", tmp_path / "many.gpkg"
    vectorize(ortho, one, model=model, compute=ComputeOptions(threads=1))
    vectorize(ortho, many, model=model, compute=compute)
    assert len(links(one)) > 0
    assert links(many) == links(one)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["many.gpkg", "one.gpkg"]


def test_the_parts_of_a_killed_worker_are_done_again(
    ortho: Path, model: Path, alone: bytes, compute: ComputeOptions, tmp_path: Path, client: Client
) -> None:
    pids = client.run(os.getpid)

    def kill() -> None:
        busy = [address for address, keys in client.processing().items() if keys]
        os.kill(pids[busy[0]], signal.SIGKILL)

    out = tmp_path / "p.tif"
    segment_images(ortho, out, model=model, compute=compute, reporter=AtPart(kill))
    assert out.read_bytes() == alone
    client.wait_for_workers(2, timeout=60)  # Dask has replaced it
    assert len(set(client.run(os.getpid).values()) & set(pids.values())) == 1


def test_a_worker_that_hangs_is_replaced_and_its_parts_are_done_again(
    ortho: Path, model: Path, alone: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "PART_ROWS", 210)
    monkeypatch.setattr(workers, "_SILENT_SECONDS", 5.0)
    others = set(_workers())
    hung: list[psutil.Process] = []

    def hang() -> None:
        hung.append(min(set(_workers()) - others, key=lambda process: process.pid))
        hung[0].suspend()

    compute = ComputeOptions(
        threads=2, cluster=ClusterOptions(workers=2, scratch=tmp_path / "scratch")
    )
    out = tmp_path / "p.tif"
    segment_images(ortho, out, model=model, compute=compute, reporter=AtPart(hang))
    assert out.read_bytes() == alone
    assert not hung[0].is_running()


def _workers() -> list[psutil.Process]:
    """Processes that Dask started for this one."""
    children = psutil.Process().children(recursive=True)
    return [child for child in children if "spawn_main" in " ".join(child.cmdline())]


_KILLED = """
import os, sys
sys.path.insert(0, sys.argv[1])
from railmap.inference.sliding import parts
parts.PART_ROWS = 210
from railmap.pipeline import segment_images
from railmap.pipeline.options import ClusterOptions, ComputeOptions
from tests.pipeline.cluster.test_cluster import AtPart
address, scratch, ortho, out, model = sys.argv[2:]
compute = ComputeOptions(threads=1, cluster=ClusterOptions(address, scratch=scratch))
segment_images(ortho, out, model=model, compute=compute, reporter=AtPart(lambda: os._exit(9)))
"""


def test_a_killed_job_goes_on_from_the_scratch(
    ortho: Path, model: Path, alone: bytes, compute: ComputeOptions, tmp_path: Path, address: str
) -> None:
    out, scratch = tmp_path / "p.tif", tmp_path / "scratch"
    words = [str(word) for word in (REPOSITORY, address, scratch, ortho, out, model)]
    killed = subprocess.run(
        [sys.executable, "-c", _KILLED, *words], capture_output=True, text=True, check=False
    )
    assert killed.returncode == 9, killed.stderr
    assert not out.exists()
    folder = next(scratch.glob("railmap-*"))
    deadline = time.monotonic() + 30
    while not (units := sorted(folder.glob("*.bin"))) and time.monotonic() < deadline:
        time.sleep(0.05)
    units[0].write_bytes(units[0].read_bytes()[:-3])  # as a crash of the machine leaves it
    found = segment_images(ortho, out, model=model, compute=compute)
    assert found.windows_run > 0
    assert out.read_bytes() == alone
    assert not scratch.exists() or not any(scratch.iterdir())


def test_a_cancelled_job_goes_on_from_the_scratch(
    ortho: Path, model: Path, alone: bytes, compute: ComputeOptions, tmp_path: Path
) -> None:
    out = tmp_path / "p.tif"
    told = AtPart(lambda: told.cancel())
    with pytest.raises(Cancelled):
        segment_images(ortho, out, model=model, compute=compute, reporter=told)
    assert not out.exists()
    found = segment_images(ortho, out, model=model, compute=compute)
    assert found.windows_resumed > 0
    assert out.read_bytes() == alone


@contextlib.contextmanager
def changed(client: Client, where: str, name: str, value: Any, which: str = "one") -> Any:
    """Change an attribute of a module on one worker, or on all."""

    def change(new: Any) -> Any:
        import importlib

        holder = importlib.import_module(where.partition(":")[0])
        for part in where.split(":")[1:]:
            holder = getattr(holder, part)
        old = getattr(holder, name)
        setattr(holder, name, new)
        return old

    there = sorted(client.nthreads())[: 1 if which == "one" else None]
    old = client.run(change, value, workers=there)[there[0]]
    try:
        yield there[0]
    finally:
        client.run(change, old, workers=there)


def test_a_worker_of_another_version_is_refused(
    ortho: Path, model: Path, compute: ComputeOptions, tmp_path: Path, client: Client
) -> None:
    with (
        changed(client, "railmap.inference.sliding.signature", "__version__", "0.0.1") as worker,
        pytest.raises(DeviceError, match=r"version of railmap 0\.0\.1, not ") as told,
    ):
        segment_images(ortho, tmp_path / "p.tif", model=model, compute=compute)
    assert worker in str(told.value)
    assert "\n" not in str(told.value)


def test_a_worker_with_another_model_is_refused(
    ortho: Path, model: Path, compute: ComputeOptions, tmp_path: Path, client: Client
) -> None:
    from railmap.models.package import load_model
    from tests.helpers.bright_band import write_model

    other = load_model(write_model(tmp_path / "other.onnx", threshold=0.4))

    def load(path: Any) -> Any:
        from railmap.pipeline.model import LoadedModel

        return LoadedModel(other)

    with (
        changed(client, "railmap.pipeline.cluster.task", "load_once", load),
        pytest.raises(DeviceError, match=r"model \(sha256\) .{12}, not "),
    ):
        segment_images(ortho, tmp_path / "p.tif", model=model, compute=compute)


def test_a_worker_without_the_image_is_told(
    ortho: Path, model: Path, compute: ComputeOptions, tmp_path: Path, client: Client
) -> None:
    def missing(*values: Any) -> Any:
        from railmap.errors import RasterError

        raise RasterError("/data/ortho.tif: no such file")

    with (
        changed(client, "railmap.pipeline.cluster.task", "open_images", missing) as worker,
        pytest.raises(RasterError, match="no such file") as told,
    ):
        segment_images(ortho, tmp_path / "p.tif", model=model, compute=compute)
    assert worker in str(told.value)


def test_a_full_scratch_is_one_line_and_keeps_what_is_done(
    ortho: Path, model: Path, alone: bytes, compute: ComputeOptions, tmp_path: Path, client: Client
) -> None:
    def full(folder: Any, name: str, content: bytes) -> None:
        import errno

        if name.endswith("8.bin"):
            raise OSError(errno.ENOSPC, "No space left on device")
        (folder.path / name).write_bytes(content)

    where, out = "railmap.files.shared_folder:LocalFolder", tmp_path / "p.tif"
    with (
        changed(client, where, "write", full, "all"),
        pytest.raises(OutputError, match="No space left on device") as told,
    ):
        segment_images(ortho, out, model=model, compute=compute)
    assert str(tmp_path / "scratch") in str(told.value)
    assert "\n" not in str(told.value)
    assert segment_images(ortho, out, model=model, compute=compute).windows_resumed > 0
    assert out.read_bytes() == alone


def test_a_scratch_that_cannot_be_written(
    ortho: Path, model: Path, compute: ComputeOptions, tmp_path: Path
) -> None:
    (tmp_path / "scratch").write_text("a file")
    with pytest.raises(OutputError, match="cannot be written"):
        segment_images(ortho, tmp_path / "p.tif", model=model, compute=compute)


def test_no_scheduler_is_one_line(
    ortho: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_CONNECT_SECONDS", 0.3)
    nobody = ClusterOptions("tcp://127.0.0.1:9", scratch=tmp_path / "s")
    with pytest.raises(DeviceError, match="no Dask scheduler answers") as told:
        segment_images(ortho, tmp_path / "p.tif", model=model,
                       compute=ComputeOptions(cluster=nobody))  # fmt: skip
    assert "\n" not in str(told.value)
    assert not (tmp_path / "s").exists()


_SCHEDULER = """
import sys
from distributed import LocalCluster
with LocalCluster(n_workers=1, threads_per_worker=1, host="127.0.0.1",
                  dashboard_address="127.0.0.1:0", silence_logs=60) as cluster:
    print(cluster.scheduler_address, flush=True)
    sys.stdin.read()
"""


def test_a_lost_scheduler_is_one_line_and_the_job_goes_on_elsewhere(
    ortho: Path, model: Path, alone: bytes, compute: ComputeOptions, tmp_path: Path
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _SCHEDULER], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        text=True, env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    ) as process:  # fmt: skip
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        lost = replace(compute.cluster, scheduler=address)
        with pytest.raises(DeviceError, match="scheduler is lost; what was done is in") as told:
            segment_images(ortho, tmp_path / "p.tif", model=model,
                           compute=replace(compute, cluster=lost),
                           reporter=AtPart(process.kill))  # fmt: skip
    assert "\n" not in str(told.value)
    found = segment_images(ortho, tmp_path / "p.tif", model=model, compute=compute)
    assert found.windows_resumed > 0
    assert (tmp_path / "p.tif").read_bytes() == alone
