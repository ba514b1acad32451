"""Option groups of `railmap defects`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from railmap.errors import Option, UsageError
from railmap.mapping.sources.image_positions import ByExif, Locator, NoPositions
from railmap.mapping.sources.position_options import PositionOptions
from railmap.surface.job.chainage import ByChainage
from railmap.surface.job.scale import HEAD_WIDTH_MM, PixelScale

__all__ = ["DetectionOptions", "ReportOptions", "ScaleOptions", "SurfacePositionOptions"]


@dataclass(frozen=True)
class DetectionOptions:
    """What counts as a defect, and how carefully it is looked for.

    Parameters
    ----------
    threshold
        Minimum probability of a defect pixel, 0.01 to 0.99; None: the model's own.
    min_area_mm2
        Minimum area of a defect, mm².
    careful
        Whether each image is examined six times (sizes and orientations); once is 4 times as fast
        and finds less.
    """

    threshold: float | None = None
    min_area_mm2: float = 4.0
    careful: bool = True


@dataclass(frozen=True)
class ScaleOptions:
    """Size of a pixel on the rail.

    Parameters
    ----------
    pixel_size
        Millimetres per pixel across and along the rail; None: from the rail head's width.
    head_width_mm
        Width of the rail head, mm, 20 to 200.
    row_mm
        Millimetres of track per image row; None: that of `pixel_size`, or as across the rail.
    """

    pixel_size: PixelScale | None = None
    head_width_mm: float = HEAD_WIDTH_MM
    row_mm: float | None = None

    @property
    def step_mm(self) -> float | None:
        """Millimetres of track per image row, None where the options do not give it."""
        return self.row_mm or (self.pixel_size.along_mm if self.pixel_size else None)


@dataclass(frozen=True)
class SurfacePositionOptions(PositionOptions):
    """Positions of rail-surface images: chainage along a line, a table, a track log or EXIF.

    Parameters
    ----------
    line
        Ref of the line that the images follow.
    start_km
        Chainage of the first row of the first image, km.
    decreasing
        Whether the images run against the kilometres.
    rail
        ``left`` or ``right``, in the direction of rising kilometres; None: unknown.
    overlap_rows
        Rows that an image repeats of the one before.
    exif
        Whether to use the GPS position in each image.
    accuracy_m
        Standard deviation of the positions where the source does not state it, metres.
    """

    line: str | None = None
    start_km: float | None = None
    decreasing: bool = False
    rail: str | None = None
    overlap_rows: int = 0
    exif: bool = False
    accuracy_m: float | None = None

    def locator(self) -> Locator:
        """Return the locator that these options describe; `NoPositions` if none is given.

        Raises
        ------
        UsageError
            If the options contradict each other or are incomplete.
        """
        by_chainage = self.line is not None or self.start_km is not None
        sources = (by_chainage, self.positions is not None, self.track_log is not None, self.exif)
        if sum(sources) > 1:
            raise UsageError(
                "give one of ",
                Option("line"),
                " with ",
                Option("start_km"),
                ", ",
                Option("positions"),
                ", ",
                Option("track_log"),
                " and ",
                Option("exif"),
            )
        if self.rail not in (None, "left", "right"):
            raise UsageError(Option("rail", self.rail), ": is left or right")
        if by_chainage:
            if self.line is None or self.start_km is None:
                raise UsageError(Option("line"), " and ", Option("start_km"), " go together")
            return ByChainage(
                self.line, self.start_km, self.rail, self.decreasing, self.overlap_rows
            )
        return PositionOptions.locator(self) or (ByExif() if self.exif else NoPositions())


@dataclass(frozen=True)
class ReportOptions:
    """HTML report of the worst defects.

    Parameters
    ----------
    path
        HTML file to write; None: no report.
    worst
        Number of defects shown, 1 to 2000.
    """

    path: Path | None = None
    worst: int = 50
