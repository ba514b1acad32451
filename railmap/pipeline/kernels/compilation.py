"""Compile what is missing in numba's cache, on several cores, while other work runs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from railmap.pipeline.kernels.known import Kernel, known_kernels, missing_kernels
from railmap.progress import Reporter

__all__ = ["COMPILES", "Compilation", "compilation"]

COMPILES = "first map on this computer: its code is compiled once, for a minute or less"
"""What a reporter says before the first map."""

# A process takes some 250 MB, and a few seconds before it compiles its first kernel.
_MOST_PROCESSES = 4
_POLL_S = 0.05
# The job needs them before a process could have compiled them, and compiles them itself. The
# processes come to them last, and find them in the cache.
_NEEDED_AT_ONCE = ("railmap.raster.kernels", "railmap.inference.sliding.blend")


class Compilation:
    """Processes that fill numba's cache.

    numba compiles one function at a time in a process. What no process has compiled is compiled
    where it is called, as ever, so that a process that fails costs time and nothing else.
    """

    def __init__(self) -> None:
        self._processes: list[subprocess.Popen[bytes]] = []
        self._stopped = False

    def start_first(self) -> None:
        """Start the processes before `start` could, if this is the first map.

        It is if no kernel of the modules imported so far is in the cache. Imports nothing.
        """
        imported = [kernel for kernel in known_kernels() if kernel.module in sys.modules]
        if imported and missing_kernels(imported) == imported:
            self._compile(known_kernels())

    def start(self) -> None:
        """Start the processes, if they don't run and a kernel is missing; see `missing_kernels`."""
        if not self._processes:
            self._compile(missing_kernels(known_kernels()))

    def _compile(self, kernels: list[Kernel]) -> None:
        python = _python()
        if python is None:
            return
        for modules in shared_out(kernels, min(os.cpu_count() or 1, _MOST_PROCESSES)):
            if self._stopped:
                return
            # -P: the working folder holds no modules.
            command = [python, "-P", "-m", __package__, *modules]
            quiet = subprocess.DEVNULL
            self._processes.append(
                subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet)
            )

    def wait(self, reporter: Reporter) -> None:
        """Wait for them.

        Raises
        ------
        Cancelled
            If the reporter was cancelled.
        """
        if any(process.poll() is None for process in self._processes):
            reporter.message(COMPILES)
        for process in self._processes:
            while process.poll() is None:
                reporter.check()
                time.sleep(_POLL_S)

    def stop(self) -> None:
        """End those that still run."""
        self._stopped = True
        for process in self._processes:
            process.kill()
            process.wait()


@contextmanager
def compilation() -> Iterator[Compilation]:
    """Yield a `Compilation` that is stopped at the end of the block."""
    compiling = Compilation()
    try:
        yield compiling
    finally:
        compiling.stop()


def shared_out(kernels: Iterable[Kernel], processes: int) -> list[list[str]]:
    """Share the modules of kernels out to processes, so that all take about as long.

    Kernels of one module stay together: they call the same functions. The slowest come first.

    Examples
    --------
    >>> shared_out([Kernel("a", "f", "", 2.0), Kernel("b", "g", "", 1.0)], 4)
    [['a'], ['b']]
    """
    seconds: Counter[str] = Counter()
    for kernel in kernels:
        weight = 0.0 if kernel.module in _NEEDED_AT_ONCE else kernel.seconds
        seconds[kernel.module] += weight  # type: ignore[assignment]
    shares: list[tuple[float, list[str]]] = [(0.0, []) for _ in range(min(processes, len(seconds)))]
    for module, share in seconds.most_common():
        total, modules = min(shares, key=lambda share: share[0])
        shares[shares.index((total, modules))] = (total + share, [*modules, module])
    return [modules for _, modules in shares]


def _python() -> str | None:
    """Return the interpreter; None in a program that embeds Python, such as QGIS."""
    if not sys.executable or not Path(sys.executable).stem.lower().startswith("python"):
        return None
    return sys.executable
