"""Parts of a raster that several processes run, and their assembly by one of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from railmap.inference.backends.base import Backend
from railmap.inference.sliding.assembly import Assembler, LevelWriter
from railmap.inference.sliding.job import NetworkJob
from railmap.inference.sliding.plan import BLOCK_PIXELS, Plan, Unit
from railmap.inference.sliding.reading import PixelSource
from railmap.inference.sliding.units import UnitFiles
from railmap.models.tracks import TrackModel
from railmap.progress import NullReporter, Reporter

__all__ = ["PART_ROWS", "Part", "assemble_parts", "make_parts", "run_part"]

PART_ROWS = BLOCK_PIXELS
"""Target height of a part in pixels: about that of its width, so that few rows are read twice."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of windows of a block; anchored to the raster, whoever runs it.

    Parameters
    ----------
    block
        Number of the block of columns.
    first, end
        First and past-last row of windows.
    """

    block: int
    first: int
    end: int

    def windows(self, plan: Plan) -> int:
        """Return the number of windows."""
        block = plan.blocks[self.block]
        return (self.end - self.first) * (block.end - block.first)

    def area(self, plan: Plan) -> float:
        """Return the area that the windows account for, megapixels."""
        block, rows, cols = plan.blocks[self.block], plan.rows.edges, plan.cols.edges
        height = rows[self.end] - rows[self.first]
        return float(height * (cols[block.end] - cols[block.first])) / 1e6


def make_parts(plan: Plan) -> Iterator[Part]:
    """Yield the parts of a plan.

    Parameters
    ----------
    plan
        Windows and blocks of the raster.
    """
    count = len(plan.rows)
    height = max(1, PART_ROWS * count // max(plan.rows.size, 1))
    for first in range(0, count, height):
        for block in plan.blocks:
            yield Part(block.number, first, min(count, first + height))


class _Saver:
    """Save units that were run."""

    def __init__(self, files: UnitFiles) -> None:
        self._files = files

    def add(self, unit: Unit) -> None:
        """Save a unit, unless it is stored."""
        if not unit.stored:
            self._files.save(unit.block.number, unit.row, unit.levels)


def run_part(
    source: PixelSource,
    model: TrackModel,
    backend: Backend,
    plan: Plan,
    part: Part,
    files: UnitFiles,
) -> int:
    """Run the windows of a part that are not stored, and store their levels.

    Parameters
    ----------
    source, model, backend, plan
        What is run.
    part
        The part.
    files
        Where the levels are stored.

    Returns
    -------
    int
        Number of windows that were run; those without valid pixels are not.

    Raises
    ------
    OutputError
        If the levels cannot be stored.
    RasterError, ModelError
        As for `segment`.
    """
    job = NetworkJob(source, model, backend, plan, files, _Saver(files), NullReporter())
    job.run([(plan.blocks[part.block], range(part.first, part.end))])
    return job.run_count


def assemble_parts(plan: Plan, files: UnitFiles, writer: LevelWriter, reporter: Reporter) -> None:
    """Blend the stored levels of all units and write them.

    Parameters
    ----------
    plan
        Windows and blocks of the raster.
    files
        Where the levels are stored.
    writer
        Receives the blended levels.
    reporter
        Receives the progress; can cancel.

    Raises
    ------
    OutputError
        If stored levels cannot be read.
    Cancelled
        If the reporter was cancelled.
    """
    reporter.stage("assemble", plan.rows.size * plan.cols.size / 1e6, "MP")
    assembler = Assembler(plan, files, writer)
    for block in plan.blocks:
        for row in range(len(plan.rows)):
            assembler.add(Unit(block, row, stored=True))
            reporter.advance(sum(plan.share(row, col) for col in range(block.first, block.end)))
