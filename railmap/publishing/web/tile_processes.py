"""Write tiles of large layers in separate processes: GDAL's driver uses one core.

``python -m railmap.publishing.web.tile_processes JOB OUTPUT`` is one process.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from railmap.errors import OutputError
from railmap.progress import Reporter
from railmap.publishing.web.tiles import TileJob, write_tiles

__all__ = ["write_all_tiles"]

# Features times zooms from which a separate process is faster; starting one takes a second.
_HEAVY = 50_000
_POLL_S = 0.05


def write_all_tiles(
    jobs: Sequence[TileJob],
    folder: Path,
    reporter: Reporter,
    *,
    meanwhile: Callable[[], None],
    processes: int | None = None,
) -> None:
    """Write ``NAME.pmtiles`` of each job to a folder.

    Parameters
    ----------
    jobs
        From `tile_jobs`.
    folder
        An existing folder.
    reporter
        Advanced by 1 for each job, and for `meanwhile`.
    meanwhile
        Called once while the processes run.
    processes
        Processes at a time; None uses one per core. The files do not depend on it.

    Raises
    ------
    OutputError
        If a process fails.
    MissingExtraError
        If GDAL has no PMTiles driver.
    """
    count = processes or os.cpu_count() or 1
    heavy = sorted((job for job in jobs if _weight(job) >= _HEAVY), key=_weight)
    if count < 2 or len(heavy) < 2:
        heavy = []
    running: dict[str, subprocess.Popen[str]] = {}
    with tempfile.TemporaryDirectory(prefix="railmap-tiles-") as scratch:

        def fill() -> None:
            while heavy and len(running) < count:
                job = heavy.pop()
                running[job.name] = _start(job, folder, Path(scratch))

        names = {job.name for job in heavy}
        try:
            fill()
            for job in jobs:
                if job.name not in names:
                    write_tiles(job, folder / f"{job.name}.pmtiles")
                    reporter.advance(1)
            meanwhile()
            reporter.advance(1)
            while running:
                reporter.check()
                for name in [name for name, work in running.items() if work.poll() is not None]:
                    _end(name, running.pop(name))
                    reporter.advance(1)
                fill()
                time.sleep(_POLL_S)
        finally:
            for work in running.values():
                work.kill()
                work.wait()


def _weight(job: TileJob) -> int:
    return len(job.frame) * (job.last - job.first + 1)


def _start(job: TileJob, folder: Path, scratch: Path) -> subprocess.Popen[str]:
    path = scratch / f"{job.name}.job"
    path.write_bytes(pickle.dumps(job))
    module = "railmap.publishing.web.tile_processes"
    # -P: the working folder holds no modules.
    command = [sys.executable, "-P", "-m", module, str(path), str(folder / f"{job.name}.pmtiles")]
    return subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace"
    )


def _end(name: str, work: subprocess.Popen[str]) -> None:
    _, output = work.communicate()
    if work.returncode != 0:
        lines = output.strip().splitlines() or [f"exit code {work.returncode}"]
        raise OutputError(f"the tiles of {name} cannot be written ({lines[-1]})")


if __name__ == "__main__":
    # The parent process wrote the job to a folder that only this user can read.
    write_tiles(pickle.loads(Path(sys.argv[1]).read_bytes()), Path(sys.argv[2]))
