"""Input and result of `find_defects`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray

from railmap.mapping.sources.image_positions import Locator, NoPositions
from railmap.surface.job.options import DetectionOptions, ReportOptions, ScaleOptions

__all__ = ["DefectJob", "DefectsFound", "Segmenter"]


class Segmenter(Protocol):
    """Finds defects in an image, as `railmap.surface.model.segment.DefectSegmenter` does."""

    threshold: float
    class_names: tuple[str, ...]

    def __call__(self, image: NDArray[Any], name: str = "image") -> Any:
        """Return a `railmap.surface.model.segment.DefectMask`."""


@dataclass(frozen=True, slots=True)
class DefectJob:
    """Images, outputs and options of a job.

    Parameters
    ----------
    images
        Files, folders and patterns.
    output
        GeoPackage to create.
    tracks
        Map to attach the defects to.
    detection
        What counts as a defect.
    scale
        Size of a pixel on the rail.
    locator
        Where the images were taken.
    position_accuracy_m
        Standard deviation of the images' positions, metres; None: that of their source.
    survey_date
        Day of the survey, ``2026-05-01``.
    report
        HTML report of the worst defects.
    overwrite
        Whether to replace existing outputs.
    """

    images: Sequence[str | Path]
    output: Path
    tracks: Path | None = None
    detection: DetectionOptions = field(default_factory=DetectionOptions)
    scale: ScaleOptions = field(default_factory=ScaleOptions)
    locator: Locator = field(default_factory=NoPositions)
    position_accuracy_m: float | None = None
    survey_date: str | None = None
    report: ReportOptions = field(default_factory=ReportOptions)
    overwrite: bool = False


@dataclass(frozen=True, slots=True)
class DefectsFound:
    """Result of a job.

    Parameters
    ----------
    images, bad
        Number of images, and of those that could not be used.
    defects, placed, chained
        Number of defects, of those with a position, and of those with line and km.
    attached
        Summary of attaching to the map; None without a map.
    """

    images: int
    bad: int
    defects: int
    placed: int
    attached: str | None = None
    chained: int = 0

    def summary(self) -> str:
        """Return the result in one line."""
        text = f"{self.defects} defects in {self.images} images"
        if self.bad:
            text += f" ({self.bad} of them could not be used: see the table image)"
        if self.defects and not self.placed and self.chained:
            text += f"; {self.chained} with line and km (a map would place them)"
        elif self.defects and not self.placed:
            text += "; none has a position"
        elif self.placed < self.defects:
            text += f"; {self.defects - self.placed} without position"
        return text + (f"; {self.attached}" if self.attached else "")
