"""Time and memory of tracing with many loose ends: rows of short tracks with wide gaps.

    python benchmarks/loose_ends.py 1250 2500 5000 10000

Every third row is a track without gaps, so that the others have a parallel track to be bridged
along. Each number of ends is traced in a process of its own. `--profile tent` traces ridges.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from dataclasses import dataclass

import numpy as np
from affine import Affine
from numpy.typing import NDArray

from railmap.pipeline import LineOptions, lines_from_probability

GSD = 0.5  # m
DASH, GAP = 40, 100  # px: 20 m of track, 50 m without
SPACING = 24  # px between rows: 12 m, so that only rows beside a whole track have a guide
SLEEPER = 2.6  # m
ROW = 4000  # px


@dataclass(frozen=True)
class Grid:
    width: int
    height: int
    gsd: float
    transform: Affine


@dataclass(frozen=True)
class Source:
    values: NDArray[np.uint8]
    profile: str
    piece_model: str | None = None
    source_gsd: float | None = None

    @property
    def grid(self) -> Grid:
        height, width = self.values.shape
        return Grid(width, height, GSD, Affine(GSD, 0, 500_000, 0, -GSD, 5_600_000))

    def read(self, row: int, col: int, height: int, width: int) -> NDArray[np.uint8]:
        return self.values[row : row + height, col : col + width]


def draw(ends: int, profile: str) -> NDArray[np.uint8]:
    """Return rows of dashes with at least `ends` loose ends in all."""
    starts = np.arange(30, ROW - DASH - 30, DASH + GAP)
    rows = -(-ends // (2 * len(starts)))
    lines = rows + rows // 2 + 1
    values = np.zeros((SPACING * (lines + 1), ROW), np.uint8)
    reach = int(SLEEPER / GSD) + 1
    offset = np.abs(np.arange(-reach, reach + 1)) * GSD
    across = np.clip(1 - offset / SLEEPER, 0, 1) if profile == "tent" else offset <= SLEEPER / 2
    section = np.round(254 * across.astype(float)).astype(np.uint8)[:, None]
    for k in range(lines):
        top = SPACING * (k + 1) - reach
        if k % 3 == 0:
            values[top : top + 2 * reach + 1] = section
            continue
        for start in starts + 37 * k % GAP:
            values[top : top + 2 * reach + 1, start : start + DASH] = section
    return values


def measure(ends: int, profile: str) -> None:
    """Trace; print ends, CPU seconds, the growth of memory (MB) and the links found."""
    values = draw(ends, profile)
    lines_from_probability(Source(draw(60, profile), profile), 0.5, LineOptions(), threads=1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    net = lines_from_probability(Source(values, profile), 0.5, LineOptions(), threads=1)
    seconds = time.process_time() - started
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    loose = sum(n.degree == 1 and not n.at_dataset_edge for n in net.nodes)
    print(f"| {ends} | {seconds:.1f} | {1000 * seconds / ends:.2f} | {grown:.0f} | {loose} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ends", type=int, nargs="+")
    parser.add_argument("--profile", choices=("mask", "tent"), default="mask")
    options = parser.parse_args()
    if len(options.ends) == 1:
        measure(options.ends[0], options.profile)
        return
    print("| ends | CPU (s) | ms per end | memory (MB) | still loose |")
    print("| ---: | ---: | ---: | ---: | ---: |", flush=True)
    for ends in options.ends:
        command = [sys.executable, __file__, str(ends), "--profile", options.profile]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
