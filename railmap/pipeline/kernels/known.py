"""The kernels that a map needs, with the types that they are called with."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module, resources
from pathlib import Path
from typing import Any

__all__ = ["Kernel", "known_kernels", "missing_kernels"]


@dataclass(frozen=True, slots=True)
class Kernel:
    """A function that numba compiles, and one signature of it.

    Parameters
    ----------
    module, function
        Where it is defined.
    types
        Types of its arguments, as numba writes them: ``float64[:, ::1], int64``.
    seconds
        Time that compiling took where the list was made; its ratios share out the work.
    """

    module: str
    function: str
    types: str
    seconds: float

    def dispatcher(self) -> Any:
        """Return numba's dispatcher; the Python function where numba compiles nothing."""
        return getattr(import_module(self.module), self.function)

    def compile(self) -> None:
        """Compile it, or load it from numba's cache; either makes its index there current."""
        from numba import types

        arguments = eval(f"({self.types},)", {}, vars(types))  # the text is our own list's
        self.dispatcher().compile(arguments)
        # numba keeps the index of a module whose content is as before.
        for index in _indexes(self):
            index.touch()


def known_kernels() -> list[Kernel]:
    """Read the list, which ``python tools/kernels.py --write`` makes."""
    text = resources.files(__package__).joinpath("known.csv").read_text()
    return [
        Kernel(row["module"], row["function"], row["types"], float(row["seconds"]))
        for row in csv.DictReader(text.splitlines())
    ]


def missing_kernels(kernels: Iterable[Kernel]) -> list[Kernel]:
    """Return those that are not in numba's cache, or older there than their module.

    Imports their modules.

    Examples
    --------
    >>> missing_kernels([])
    []
    """
    return [kernel for kernel in kernels if not _is_cached(kernel)]


def _is_cached(kernel: Kernel) -> bool:
    if not hasattr(kernel.dispatcher(), "stats"):  # NUMBA_DISABLE_JIT: nothing is compiled
        return True
    file = sys.modules[kernel.module].__file__
    changed = Path(file).stat().st_mtime if file else 0.0
    return any(index.stat().st_mtime >= changed for index in _indexes(kernel))


def _indexes(kernel: Kernel) -> list[Path]:
    """Return the index of a kernel in numba's cache, and those of its earlier places."""
    folder = kernel.dispatcher().stats.cache_path
    if not folder:
        return []
    name = kernel.module.rpartition(".")[2]
    return list(Path(folder).glob(f"{name}.{kernel.function}-*.nbi"))
