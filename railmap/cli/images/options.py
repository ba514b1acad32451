"""Option groups of the commands for images and photos."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from railmap.mapping.sources.position_options import PositionOptions
    from railmap.surface.job.options import (
        DetectionOptions,
        ReportOptions,
        ScaleOptions,
        SurfacePositionOptions,
    )

__all__ = [
    "DefectReportGroup",
    "DetectionGroup",
    "PositionGroup",
    "ScaleGroup",
    "SurfacePositionGroup",
    "ViewGroup",
]

_WHERE = "Where the images were taken"
_SCALE = "Size of a pixel"


@dataclass(frozen=True)
class PositionGroup:
    """Positions of photos.

    Parameters
    ----------
    positions, crs, track_log, time_offset
        See `railmap.PositionOptions`.
    """

    positions: Annotated[
        Path | None,
        typer.Option(
            "--positions",
            rich_help_panel=_WHERE,
            help="CSV: image, and lon,lat or x,y (defects: or line,km).",
        ),
    ] = None
    crs: Annotated[
        str | None, typer.Option("--crs", rich_help_panel=_WHERE, help="CRS of x,y in --positions.")
    ] = None
    track_log: Annotated[
        Path | None,
        typer.Option("--track-log", rich_help_panel=_WHERE, help="GPX, or CSV with time,lon,lat."),
    ] = None
    time_offset: Annotated[
        float,
        typer.Option(
            "--time-offset",
            rich_help_panel=_WHERE,
            help="Seconds to add to the camera's time to get UTC.",
        ),
    ] = 0.0

    def options(self) -> PositionOptions:
        """Return the options of the job."""
        from railmap.mapping.sources.position_options import PositionOptions

        return PositionOptions(self.positions, self.crs, self.track_log, self.time_offset)


@dataclass(frozen=True)
class SurfacePositionGroup(PositionGroup):
    """Positions of rail-surface images.

    Parameters
    ----------
    line, start_km, decreasing, rail, overlap, exif, position_accuracy
        See `railmap.SurfacePositionOptions`.
    """

    line: Annotated[
        str | None,
        typer.Option("--line", rich_help_panel=_WHERE, help="Ref of the line that was followed."),
    ] = None
    start_km: Annotated[
        float | None,
        typer.Option(
            "--start-km", rich_help_panel=_WHERE, help="km of the first row of the first image."
        ),
    ] = None
    decreasing: Annotated[
        bool,
        typer.Option(
            "--decreasing", rich_help_panel=_WHERE, help="The images run against the kilometres."
        ),
    ] = False
    rail: Annotated[
        str | None,
        typer.Option(
            "--rail",
            rich_help_panel=_WHERE,
            help="left or right, in the direction of rising kilometres.",
        ),
    ] = None
    overlap: Annotated[
        int,
        typer.Option(
            "--overlap",
            min=0,
            rich_help_panel=_WHERE,
            help="Rows that an image repeats of the one before.",
        ),
    ] = 0
    exif: Annotated[
        bool,
        typer.Option("--exif", rich_help_panel=_WHERE, help="Use the GPS position in each image."),
    ] = False
    position_accuracy: Annotated[
        float | None,
        typer.Option(
            "--position-accuracy",
            min=0.001,
            rich_help_panel=_WHERE,
            help="Standard deviation of positions that do not state theirs, metres.",
        ),
    ] = None

    def options(self) -> SurfacePositionOptions:
        """Return the options of the job."""
        from railmap.surface.job.options import SurfacePositionOptions

        return SurfacePositionOptions(
            positions=self.positions,
            crs=self.crs,
            track_log=self.track_log,
            time_offset_s=self.time_offset,
            line=self.line,
            start_km=self.start_km,
            decreasing=self.decreasing,
            rail=self.rail,
            overlap_rows=self.overlap,
            exif=self.exif,
            accuracy_m=self.position_accuracy,
        )


@dataclass(frozen=True)
class ScaleGroup:
    """Size of a pixel on the rail.

    Parameters
    ----------
    pixel_size, head_width, row_mm
        See `railmap.ScaleOptions`.
    """

    pixel_size: Annotated[
        str | None,
        typer.Option(
            "--pixel-size",
            rich_help_panel=_SCALE,
            help="mm across[,along the rail]; else from the rail head's width.",
        ),
    ] = None
    head_width: Annotated[
        float,
        typer.Option(
            "--head-width",
            min=20,
            max=200,
            rich_help_panel=_SCALE,
            help="Width of the rail head, mm.",
        ),
    ] = 72.0
    row_mm: Annotated[
        float | None,
        typer.Option(
            "--row-mm",
            min=0.001,
            max=1000,
            rich_help_panel=_SCALE,
            help="Millimetres of track per row; else as across.",
        ),
    ] = None

    def options(self) -> ScaleOptions:
        """Return the options of the job.

        Raises
        ------
        UsageError
            If the pixel size is not one or two sizes.
        """
        from railmap.surface.job.options import ScaleOptions
        from railmap.surface.job.scale import parse_pixel_size

        size = None if self.pixel_size is None else parse_pixel_size(self.pixel_size)
        return ScaleOptions(size, self.head_width, self.row_mm)


@dataclass(frozen=True)
class DetectionGroup:
    """What counts as a defect.

    Parameters
    ----------
    threshold, min_area
        See `railmap.DetectionOptions`.
    quick
        Examine each image once.
    """

    threshold: Annotated[
        float | None,
        typer.Option(
            "--threshold",
            min=0.01,
            max=0.99,
            help="Minimum probability of a defect pixel; else that of the model.",
        ),
    ] = None
    min_area: Annotated[
        float, typer.Option("--min-area", min=0.0, help="Minimum area of a defect, mm².")
    ] = 4.0
    quick: Annotated[
        bool,
        typer.Option(
            "--quick",
            help="Examine each image once, not six times: 4 times as fast, finds less.",
        ),
    ] = False

    def options(self) -> DetectionOptions:
        """Return the options of the job."""
        from railmap.surface.job.options import DetectionOptions

        return DetectionOptions(self.threshold, self.min_area, careful=not self.quick)


@dataclass(frozen=True)
class DefectReportGroup:
    """HTML report of defects.

    Parameters
    ----------
    report, worst
        See `railmap.ReportOptions`.
    """

    report: Annotated[
        Path | None, typer.Option("--report", help="HTML page of the worst defects to write.")
    ] = None
    worst: Annotated[
        int, typer.Option("--worst", min=1, max=2000, help="Number of defects on it.")
    ] = 50

    def options(self) -> ReportOptions:
        """Return the options of the job."""
        from railmap.surface.job.options import ReportOptions

        return ReportOptions(self.report, self.worst)


@dataclass(frozen=True)
class ViewGroup:
    """Views of the tracks from above.

    Parameters
    ----------
    step
        Metres of track per view.
    side
        Side of a view, metres.
    """

    step: Annotated[float, typer.Option("--step", min=1, help="Metres of track per view.")] = 20.0
    side: Annotated[
        float, typer.Option("--side", min=5, help="Side of a view on the ground, metres.")
    ] = 40.0
