"""Segment a raster on workers: they store the levels of its windows, this process blends them."""

from __future__ import annotations

import hashlib
import json
import queue
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from railmap import errors
from railmap.errors import DeviceError, RailmapError, one_line
from railmap.files.shared_folder import Folder, open_folder
from railmap.inference.backends.base import available_threads
from railmap.inference.sliding.parts import Part, assemble_parts, make_parts
from railmap.inference.sliding.plan import Plan, make_plan
from railmap.inference.sliding.run import write_levels
from railmap.inference.sliding.signature import run_signature
from railmap.inference.sliding.units import UnitFiles, unwritable
from railmap.pipeline.cluster import task
from railmap.pipeline.cluster.same import difference
from railmap.pipeline.cluster.workers import connected, count_workers
from railmap.pipeline.options import ClusterOptions
from railmap.progress import Reporter

if TYPE_CHECKING:
    from distributed import Client, Future

    from railmap.inference import SegmentResult
    from railmap.inference.sliding.assembly import LevelWriter
    from railmap.inference.sliding.store import Keep, WindowStore
    from railmap.models.tracks import TrackModel
    from railmap.raster import RasterSource

__all__ = ["segment_on_cluster"]

_POLL_SECONDS = 0.2
_ALONE_SECONDS = 60.0  # how long a job waits for new workers when all are gone
_RETRIES = 2  # of a part whose worker reports an error; an image on a network may fail once
_RUN = "run.json"


def segment_on_cluster(
    source: RasterSource,
    model: TrackModel,
    output: Path,
    job: task.Job,
    options: ClusterOptions,
    *,
    inputs: Sequence[str],
    overwrite: bool,
    resume: bool,
    keep: Keep,
    reporter: Reporter,
) -> SegmentResult:
    """Compute the track probability of a raster on workers; see `railmap.inference.segment`.

    The raster is the same, byte for byte, as from one process whose backend has the same name,
    precision and version on the same kind of processor.

    Parameters
    ----------
    source, model, output, inputs, overwrite, resume, keep, reporter
        See `railmap.inference.segment`.
    job
        How workers open the raster.
    options
        Scheduler or number of workers, and scratch.

    Raises
    ------
    DeviceError
        If the scheduler or its workers are not there, are lost, or differ from this process.
    OutputError
        If scratch or output cannot be written.
    RailmapError
        Other subclasses that a worker met, and `Cancelled`. Finished windows stay in the scratch.
    """
    began = time.perf_counter()
    assert options.scratch is not None  # set by `check_cluster`
    scratch = open_folder(options.scratch)
    if options.workers is not None:
        threads = job.compute.threads or available_threads()
        compute = replace(job.compute, threads=max(1, threads // options.workers))
        job = replace(job, compute=compute)
    with connected(options, reporter) as client:
        new = _create(scratch)
        signature, devices = _agreed(client, job, source, model, inputs, scratch, reporter)
        name = hashlib.sha256(json.dumps(signature, sort_keys=True).encode()).hexdigest()[:16]
        folder = scratch.inner(f"railmap-{name}")
        job = replace(job, scratch=str(folder), signature=signature)
        if not resume:
            folder.clear()
        _begin(folder, signature)
        backend, _, precision, _ = signature["backend"]

        def compute_levels(store: WindowStore, writer: LevelWriter) -> tuple[int, int]:
            del store  # the levels are in the scratch
            grid = source.grid
            plan = make_plan(grid.height, grid.width, model.tile_size, model.overlap)
            files = task.unit_files(job, model)
            run = _Run(client, job, source, plan, files, reporter)
            run.all_parts(_missing(plan, files))
            assemble_parts(plan, files, writer, reporter)
            return run.windows, run.resumed

        try:
            result = write_levels(
                source, model, output, compute_levels,
                signature=signature if resume else None,
                backend=f"{backend} {precision} on {devices}",
                overwrite=overwrite, keep=keep, inputs=inputs, reporter=reporter, began=began,
            )  # fmt: skip
        finally:
            _close(client, job)
        folder.clear()
        if new or options.workers is not None:  # an interrupted job made it
            scratch.drop_empty()  # another job may use it
        return result


def _create(scratch: Folder) -> bool:
    """Create the scratch and return whether it is new."""
    try:
        return scratch.create()
    except OSError as error:
        raise unwritable(scratch, error) from error


def _begin(folder: Folder, signature: dict[str, Any]) -> None:
    try:
        folder.create()
        folder.write(_RUN, json.dumps(signature, indent=1).encode())
    except OSError as error:
        raise unwritable(folder, error) from error


def _agreed(
    client: Client,
    job: task.Job,
    source: RasterSource,
    model: TrackModel,
    inputs: Sequence[str],
    scratch: Folder,
    reporter: Reporter,
) -> tuple[dict[str, Any], str]:
    """Return the signature of the job, and the processors of the workers.

    Every worker opens images and model before any of them works.
    """
    token = f"check-{job.key}"
    try:
        scratch.write(token, b"railmap")
    except OSError as error:
        raise unwritable(scratch, error) from error
    reporter.stage("open on the workers", 1)
    try:
        answers = client.run(
            task.look, replace(job, scratch=str(scratch)), token, on_error="return"
        )
    finally:
        scratch.remove(token)
    reporter.advance(1)
    found = {}
    for address, answer in sorted(answers.items()):
        if not isinstance(answer, dict):
            raise _told(answer, f"worker {address}")
        found[address] = answer
    if not found:
        raise DeviceError("all workers were lost before the work began")
    library = next(iter(found.values()))["backend"]
    devices = sorted({answer["backend"][1] for answer in found.values()})
    own = [library[0], " + ".join(devices), *library[2:]]
    signature = run_signature(source, model, own, inputs)
    for address, answer in found.items():
        if other := difference(signature, answer):
            raise DeviceError(
                f"worker {address} differs: {other}; install the same version and model there, "
                "and let it see the same images"
            )
    if len(devices) > 1:
        reporter.warning(
            f"the workers have different processors ({', '.join(devices)}): the last digit of a "
            "probability can depend on which of them computed it"
        )
    return signature, f"{own[1]}, {len(found)} workers"


def _missing(plan: Plan, files: UnitFiles) -> tuple[list[Part], int]:
    """Return the parts that are not complete in the scratch, and the windows of the others."""
    there = files.found()
    missing, stored = [], 0
    for part in make_parts(plan):
        rows = range(part.first, part.end)
        if all((part.block, row) in there and files.has(part.block, row) for row in rows):
            stored += part.windows(plan)
        else:
            missing.append(part)
    return missing, stored


class _Run:
    """Parts on the workers; Dask gives those of a lost worker to another one."""

    def __init__(
        self,
        client: Client,
        job: task.Job,
        source: RasterSource,
        plan: Plan,
        files: UnitFiles,
        reporter: Reporter,
    ) -> None:
        self._client, self._job, self._source = client, job, source
        self._plan, self._reporter = plan, reporter
        self._scratch = files.folder
        self._done: queue.SimpleQueue[Future] = queue.SimpleQueue()
        self._alone_since: float | None = None
        self._looked = time.monotonic()
        self.windows = 0
        self.resumed = 0

    def all_parts(self, missing: tuple[list[Part], int]) -> None:
        """Run parts; raise what a worker raised, or that the workers are lost."""
        parts, self.resumed = missing
        area = sum(part.area(self._plan) for part in parts)
        self._reporter.stage("segment", area, "MP")
        futures = {self._submit(part): part for part in parts}
        for future in futures:
            future.add_done_callback(self._done.put)
        try:
            for _ in range(len(futures)):
                future = self._next()
                done = self._result(future)
                self.windows += done.windows
                self._source.add_holes(done.holes)
                self._reporter.advance(futures[future].area(self._plan))
        except BaseException:
            if self._client.status == "running":
                self._client.cancel(list(futures), force=True)
            raise

    def _submit(self, part: Part) -> Future:
        key = f"railmap-{self._job.key}-{part.block}-{part.first}"
        return self._client.submit(task.run, self._job, part, key=key, retries=_RETRIES, pure=False)

    def _next(self) -> Future:
        while True:
            self._reporter.check()
            try:
                return self._done.get(timeout=_POLL_SECONDS)
            except queue.Empty:
                self._check_cluster()

    def _check_cluster(self) -> None:
        if self._client.status != "running":
            raise self._lost("the scheduler is lost")
        now = time.monotonic()
        if now - self._looked < 5:
            return
        self._looked = now
        try:
            workers = count_workers(self._client)
        except Exception as error:
            raise self._lost("the scheduler is lost") from error
        if workers:
            self._alone_since = None
        elif self._alone_since is None:
            self._alone_since = now
        elif now - self._alone_since > _ALONE_SECONDS:
            raise self._lost("all workers are lost")

    def _result(self, future: Future) -> task.Done:
        if future.status == "cancelled":
            raise self._lost("the scheduler is lost")
        if future.status == "error":
            raise _told(future.exception(), "a worker", kept=str(self._scratch))
        done: task.Done = future.result()
        return done

    def _lost(self, what: str) -> DeviceError:
        return DeviceError(
            f"{what}; what was done is in {self._scratch}, and the same command goes on from there"
        )


def _told(error: BaseException | None, who: str, kept: str = "") -> RailmapError:
    """Return the error of a worker in one line."""
    from distributed import KilledWorker

    if isinstance(error, task.Failed):
        kind: type[RailmapError] = getattr(errors, error.args[0])
        return kind(f"{who}: {error.args[1]}")
    then = f"; what was done is in {kept}" if kept else ""
    if isinstance(error, KilledWorker):
        return DeviceError(
            "a part of the image ended several workers, one after the other; they may have too "
            f"little memory{then}"
        )
    if isinstance(error, ModuleNotFoundError):
        return DeviceError(f"{who}: railmap is not installed there ({one_line(error)})")
    name = type(error).__name__
    return DeviceError(f"{who}: {name}: {one_line(error) if error else ''}{then}")


def _close(client: Client, job: task.Job) -> None:
    """Let the workers close images and model, if they are still there; wait for nobody."""
    if client.status == "running":
        client.run(task.close, job.key, on_error="ignore", wait=False)
