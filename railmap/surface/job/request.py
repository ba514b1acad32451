"""What a job of `railmap defects` is given, and what it gives back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray

from railmap.mapping.sources.spots import Locator, Nowhere
from railmap.surface.job.scale import HEAD_WIDTH_MM, PixelScale

__all__ = ["DefectJob", "DefectsFound", "Segmenter"]


class Segmenter(Protocol):
    """What finds defects in an image: `railmap.surface.model.segment.DefectSegmenter`."""

    threshold: float
    class_names: tuple[str, ...]

    def __call__(self, image: NDArray[Any], name: str = "image") -> Any:
        """Give a `railmap.surface.model.segment.DefectMask`."""


@dataclass(frozen=True, slots=True)
class DefectJob:
    """What to do.

    Parameters
    ----------
    images
        Files, folders and patterns.
    output
        GeoPackage to make.
    tracks
        Map to attach the defects to.
    scale
        Millimetres per pixel; else from the rail head's width.
    head_width_mm
        Of the rail head.
    along_mm
        Millimetres per row, where the pixel size along the rail isn't the one across.
    threshold
        Probability from which a pixel is defect; else the model's.
    min_area_mm2
        Smaller ones are left out.
    locator
        Where the images are.
    seen
        Day of the survey, ``2026-05-01``.
    report
        HTML report of the worst defects to make.
    worst
        How many it shows.
    position_accuracy_m
        One sigma of the images' positions, for attaching; else what each source is good for.
    overwrite
        Replace what exists.
    """

    images: Sequence[str | Path]
    output: Path
    tracks: Path | None = None
    scale: PixelScale | None = None
    head_width_mm: float = HEAD_WIDTH_MM
    along_mm: float | None = None
    threshold: float | None = None
    min_area_mm2: float = 4.0
    locator: Locator = field(default_factory=Nowhere)
    seen: str | None = None
    report: Path | None = None
    worst: int = 50
    position_accuracy_m: float | None = None
    overwrite: bool = False


@dataclass(frozen=True, slots=True)
class DefectsFound:
    """What was found.

    Parameters
    ----------
    images, bad
        Images in all, and those that couldn't be used.
    defects, placed, chained
        Defects in all, those with a place, and those with a line and km.
    attached
        What `railmap attach` told; None without a map.
    """

    images: int
    bad: int
    defects: int
    placed: int
    attached: str | None = None
    chained: int = 0

    def summary(self) -> str:
        """Return it in one line."""
        text = f"{self.defects} defects in {self.images} images"
        if self.bad:
            text += f" ({self.bad} of them couldn't be used: see the table image)"
        if self.defects and not self.placed and self.chained:
            text += f"; {self.chained} with line and km (--to MAP would place them)"
        elif self.defects and not self.placed:
            text += "; none has a position"
        elif self.placed < self.defects:
            text += f"; {self.defects - self.placed} without position"
        return text + (f"; {self.attached}" if self.attached else "")
