"""Compile the kernels of some modules into numba's cache: a process of `Compilation`."""

from __future__ import annotations

import gc
import sys

from railmap.pipeline.kernels.known import known_kernels


def main(modules: list[str]) -> None:
    """Compile the known kernels of the modules named."""
    gc.disable()  # it would take a tenth of the time, and the process ends soon
    for kernel in known_kernels():
        if kernel.module in modules:
            kernel.compile()


if __name__ == "__main__":
    main(sys.argv[1:])
