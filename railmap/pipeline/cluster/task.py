"""What a worker does: it opens images and model itself, and runs parts of the raster."""

from __future__ import annotations

import functools
import os
import threading
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from railmap.errors import DeviceError, OutputError, RailmapError, one_line
from railmap.files.shared_folder import open_folder
from railmap.pipeline.cluster.same import difference
from railmap.pipeline.model import LoadedModel, load_once
from railmap.pipeline.opening import open_images
from railmap.pipeline.options import ComputeOptions, ReadOptions

if TYPE_CHECKING:
    from railmap.inference.sliding.parts import Part
    from railmap.inference.sliding.plan import Plan
    from railmap.inference.sliding.units import UnitFiles
    from railmap.models.tracks import TrackModel
    from railmap.raster import RasterSource
    from railmap.raster.holes import Hole
    from railmap.raster.remote.image import FoundImage

__all__ = ["Done", "Failed", "Job", "close", "look", "run", "unit_files"]

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Job:
    """All that a worker needs to know; it is pickled with every part.

    Parameters
    ----------
    key
        Name of this start of the job.
    images, read
        How the images are opened.
    gsd
        Metres per pixel.
    model
        Path of the model, or the name of a shipped one.
    compute
        Device, precision and threads; None for the threads that Dask gave the worker.
    scratch
        Folder or URL of the levels.
    signature
        What images, model and backend have to be, from `run_signature`; None before it is known.
    """

    key: str
    images: tuple[FoundImage, ...]
    read: ReadOptions
    gsd: float
    model: str
    compute: ComputeOptions
    scratch: str = ""
    signature: dict[str, Any] | None = None

    @classmethod
    def of(
        cls,
        images: Sequence[FoundImage],
        read: ReadOptions,
        model: TrackModel,
        compute: ComputeOptions,
    ) -> Job:
        """Describe a job; local paths become absolute."""
        from railmap.models.package import model_folder

        return cls(
            uuid.uuid4().hex[:12],
            tuple(replace(image, uri=_absolute(image.uri)) for image in images),
            replace(
                read,
                aoi=None if read.aoi is None else _absolute(os.fspath(read.aoi)),
                near=None if read.near is None else _absolute(os.fspath(read.near)),
            ),
            model.gsd_m,
            model.path.stem if model.path.parent == model_folder() else str(model.path.absolute()),
            replace(compute, cluster=None),
        )


@dataclass(frozen=True, slots=True)
class Done:
    """Answer of a worker.

    Parameters
    ----------
    windows
        Number of windows that were run.
    holes
        What the worker could not read of the images so far.
    """

    windows: int
    holes: frozenset[Hole]


class Failed(Exception):
    """An error of railmap on its way to the master: name of its class, and its line.

    Dask can't pickle exceptions that are also built-in ones, as those of railmap are.
    """


def _sent(work: Callable[P, R]) -> Callable[P, R]:
    @functools.wraps(work)
    def sent(*values: P.args, **named: P.kwargs) -> R:
        try:
            return work(*values, **named)
        except RailmapError as error:
            failed = Failed(type(error).__name__, one_line(error))
        raise failed  # here, so that the error itself isn't pickled as its context

    return sent


@dataclass(slots=True)
class _Opened:
    """Images and model of the job that this process works for."""

    job: Job
    source: RasterSource
    model: LoadedModel
    plan: Plan
    signature: dict[str, Any]


_opened: _Opened | None = None
# The network takes all threads of the worker, so Dask's threads take turns.
_turn = threading.Lock()


@_sent
def look(job: Job, token: str) -> dict[str, Any]:
    """Open images and model, try the scratch, and return the signature of what was found.

    Parameters
    ----------
    job
        The job.
    token
        Name of a file in the scratch.

    Raises
    ------
    Failed
        If this worker can't do the work.
    """
    with _turn:
        folder = open_folder(job.scratch)
        try:
            folder.read(token)
        except OSError as error:
            raise OutputError(
                f"{folder}: isn't the folder that the other machines see ({error}); "
                "the scratch is a folder or URL that all workers share"
            ) from error
        own = f"{token}-{uuid.uuid4().hex}"
        try:
            folder.write(own, b"railmap")
            folder.remove(own)
        except OSError as error:
            from railmap.inference.sliding.units import unwritable

            raise unwritable(folder, error) from error
        return _open(job).signature


@_sent
def run(job: Job, part: Part) -> Done:
    """Run a part and store its levels in the scratch.

    Parameters
    ----------
    job
        The job, with its signature.
    part
        The part.

    Raises
    ------
    Failed
        If this worker has another version, model or image, or images or scratch fail.
    """
    from railmap.inference.sliding.parts import run_part

    with _turn:
        opened = _open(job)
        other = difference(job.signature or {}, opened.signature)
        if other:
            raise DeviceError(f"a worker that came later differs: {other}")
        package = opened.model.package
        windows = run_part(
            opened.source,
            package,
            opened.model.backend(_compute(job)),
            opened.plan,
            part,
            unit_files(job, package),
        )
        return Done(windows, opened.source.holes)


def close(key: str) -> None:
    """Close images and model of a job."""
    global _opened
    with _turn:
        if _opened is not None and _opened.job.key == key:
            _opened.source.close()
            _opened = None


def unit_files(job: Job, model: TrackModel) -> UnitFiles:
    """Return the levels of a job in its scratch."""
    from railmap.inference.sliding.units import UnitFiles

    return UnitFiles(open_folder(job.scratch), model.tile_size)


def _open(job: Job) -> _Opened:
    global _opened
    if _opened is None or _opened.job.key != job.key:
        from railmap.inference.sliding.plan import make_plan
        from railmap.inference.sliding.signature import describe, run_signature

        if _opened is not None:
            _opened.source.close()
            _opened = None
        model = load_once(job.model)
        package = model.package
        source = open_images(job.images, job.read, job.gsd)
        try:
            signature = run_signature(source, package, describe(model.backend(_compute(job))))
        except BaseException:
            source.close()
            raise
        grid = source.grid
        plan = make_plan(grid.height, grid.width, package.tile_size, package.overlap)
        _opened = _Opened(job, source, model, plan, signature)
    return _opened


def _compute(job: Job) -> ComputeOptions:
    if job.compute.threads is not None:
        return job.compute
    from distributed import get_worker

    return replace(job.compute, threads=get_worker().state.nthreads)


def _absolute(path: str) -> str:
    return str(Path(path).absolute()) if Path(path).exists() else path
