"""Output files of the main job: checks before the work, the map after it."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from railmap.errors import OutputError, UsageError
from railmap.files.output import check_output
from railmap.pipeline.options import RasterPath
from railmap.pipeline.provenance import crs_name
from railmap.pipeline.types import MapResult
from railmap.progress import Reporter

if TYPE_CHECKING:
    from pyproj import CRS

    from railmap.geometry import TrackNetwork
    from railmap.mapping import QaIssue, RunRecord, SourceImage
    from railmap.mapping.remap.edited_map import EditedMap
    from railmap.mapping.remap.edits import Edits
    from railmap.pipeline.new_heights import NewHeights
    from railmap.raster import Coverage, Grid

__all__ = [
    "NOTHING_SEEN",
    "MapJob",
    "check_map_output",
    "check_probability_output",
    "check_space",
]

NOTHING_SEEN = "nothing was looked at: every pixel is without data, masked or outside the area"
"""What was looked at, where the raster has no pixel with a value."""

# An empty map, and the probability of a raster without tracks: it is compressed.
_LEAST_FREE = 4 * 2**20
_PIXELS_A_BYTE = 500


def check_map_output(output: RasterPath, overwrite: bool, inputs: Sequence[RasterPath]) -> Path:
    """Check that a map can be written, before the long-running work starts.

    Parameters
    ----------
    output
        GeoPackage to write.
    overwrite
        Whether an existing file may be replaced.
    inputs
        Files that must not be overwritten.

    Raises
    ------
    OutputError
        If it is not named ``.gpkg``, exists without `overwrite`, is one of the inputs or cannot
        be written.
    """
    target = check_output(output, overwrite=overwrite, inputs=inputs)
    if target.suffix.lower() != ".gpkg":
        raise OutputError(f"{target}: a map is a GeoPackage; name it with .gpkg")
    return target


def check_probability_output(
    output: RasterPath, overwrite: bool, inputs: Sequence[RasterPath]
) -> Path:
    """Check that a probability raster can be written, before the long-running work starts.

    Parameters
    ----------
    output
        GeoTIFF to write.
    overwrite
        Whether an existing file may be replaced.
    inputs
        Files that must not be overwritten.

    Raises
    ------
    UsageError
        If it is not named ``.tif``.
    OutputError
        If it exists without `overwrite` (unless a killed run completed it), is one of the inputs or
        cannot be written.
    """
    if Path(output).suffix.lower() not in (".tif", ".tiff"):
        raise UsageError(f"{output}: the probability is a GeoTIFF; name it *.tif")
    from railmap.inference.sliding.store import has_record

    # A killed run may have completed it; whether it was the same run is told with the images open.
    complete = has_record(Path(output))
    return check_output(output, overwrite=overwrite or complete, inputs=inputs)


def check_space(target: Path, grid: Grid) -> None:
    """Check before the long-running work starts that its disk has room for the least it writes.

    Parameters
    ----------
    target
        File to write.
    grid
        Working grid.

    Raises
    ------
    OutputError
        If less is free.
    """
    free = shutil.disk_usage(target.absolute().parent).free
    least = _LEAST_FREE + grid.width * grid.height // _PIXELS_A_BYTE
    if free < least:
        raise OutputError(
            f"{target}: {free // 2**20} MB are free on its disk, and the job needs at least"
            f" {-(-least // 2**20)} MB; free space or choose another folder"
        )


@dataclass(frozen=True, slots=True)
class MapJob:
    """A job that writes one map.

    Parameters
    ----------
    target
        GeoPackage to write.
    overwrite
        Replace it if it exists.
    edits
        Edits of the map that is replaced; None if there was none at the start.
    command
        Command line for the run record.
    started_at
        Start of the job, UTC.
    clock
        `time.monotonic` at the start.
    reporter
        Receives the progress; can cancel.
    """

    target: Path
    overwrite: bool
    edits: EditedMap | None
    command: str
    started_at: datetime
    clock: float
    reporter: Reporter

    @classmethod
    def start(cls, target: Path, overwrite: bool, command: str, reporter: Reporter) -> MapJob:
        """Start the clock and read the edits of the map that is replaced.

        Parameters are those of the class.

        Raises
        ------
        MapError, OutputError
            If its edits cannot be kept; see `read_edits`.
        """
        clock, started_at = time.monotonic(), datetime.now(UTC)
        edits = None
        if target.exists():
            from railmap.mapping.remap.edited_map import EditedMap

            edits = EditedMap(target)
        return cls(target, overwrite, edits, command, started_at, clock, reporter)

    def write(
        self,
        network: TrackNetwork,
        grid: Grid,
        run: RunRecord,
        *,
        images: Sequence[SourceImage],
        qa: Sequence[QaIssue] = (),
        probability: Path | None = None,
        looked_at: str = "",
        heights: NewHeights | None = None,
        coverage: Coverage | None = None,
    ) -> MapResult:
        """Write the map, with the edits of the one that it replaces.

        Parameters
        ----------
        network
            Tracks, in the CRS of the grid.
        grid
            Working grid on which the tracks were detected; its CRS is the map's.
        run
            Run record; its duration is set here.
        images, qa
            Source images and issues.
        probability
            The probability raster, if it was kept.
        looked_at
            What was assumed, for the message that no track was found.
        heights
            Elevation model that gives the tracks their heights.
        coverage
            How much of the images an area of interest left; None if there was none.

        Raises
        ------
        OutputError, MapError
            See `write_map`.
        Cancelled
            If the reporter was cancelled.
        """
        import numpy as np

        from railmap.mapping import write_map

        self.reporter.stage("write map", 1)
        self.reporter.check()  # the last chance: from here on the map appears whole
        seconds = time.monotonic() - self.clock
        network = write_map(
            self.target,
            network,
            grid.crs,
            images=images,
            run=replace(run, seconds=round(seconds, 3)),
            qa=qa,
            overwrite=self.overwrite,
            edits=self._edits(grid.crs),
            drape=None if heights is None else partial(heights.drape, self.target, self.reporter),
            reporter=self.reporter,
        )
        length = sum(float(np.hypot(*np.diff(link.xy, axis=0).T).sum()) for link in network.links)
        if not network.links:
            how = f" ({looked_at})" if looked_at else ""
            self.reporter.warning(f"no track was found; the map is empty{how}")
        return MapResult(
            path=self.target,
            links=len(network.links),
            nodes=len(network.nodes),
            length_m=length,
            crs=crs_name(grid.crs),
            gsd=grid.gsd,
            seconds=time.monotonic() - self.clock,
            probability=probability,
            warnings=tuple(getattr(self.reporter, "warnings", ())),
            heights=None if heights is None else heights.found,
            looked_at=coverage,
        )

    def _edits(self, crs: CRS) -> Edits | None:
        """Return the edits of the map that is replaced, also of one that is new since the start."""
        if self.edits is None and not self.target.exists():
            return None
        from railmap.mapping.remap.edited_map import EditedMap

        return (self.edits or EditedMap(self.target)).current(crs)
