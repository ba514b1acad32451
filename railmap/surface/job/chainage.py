"""Images that follow each other along a line."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

from railmap.errors import InputError, Option, UsageError
from railmap.files.photo import image_size
from railmap.mapping.sources.spots import CHAINAGE_ACCURACY_M, Pictured, Spot

__all__ = ["ByChainage"]


@dataclass(frozen=True, slots=True)
class ByChainage:
    """Images that follow each other along a line.

    Parameters
    ----------
    line
        Ref of the line.
    start_km
        Chainage of the first row of the first image, km.
    side
        ``left`` or ``right`` rail in the direction of rising chainage, or None.
    decreasing
        The images run against the kilometres.
    overlap_rows
        Rows that an image repeats of the one before.
    """

    line: str
    start_km: float
    side: str | None = None
    decreasing: bool = False
    overlap_rows: int = 0

    def spots(self, images: Sequence[Pictured], along_mm: float | None) -> list[Spot | None]:
        """Chainage of each image from the rows of those before it.

        An image that can't be opened is taken to be as long as the one before.

        Raises
        ------
        UsageError
            If the step along the rail isn't known.
        """
        if along_mm is None:
            raise UsageError(
                "chainage needs the step along the rail: give ",
                Option("row_mm"),
                ", or ",
                Option("pixel_size"),
                " with both",
            )
        step = (-1 if self.decreasing else 1) * along_mm / 1000
        side = None if self.side is None else f"{self.side}_rail"
        spots: list[Spot | None] = []
        rows, last = 0, 0
        for image in images:
            spots.append(
                Spot(
                    self.line, self.start_km * 1000 + rows * step, step,
                    accuracy_m=CHAINAGE_ACCURACY_M, side=side,
                )
            )  # fmt: skip
            with contextlib.suppress(InputError):  # reported when it is its turn
                last = image_size(image.path)[0]
            rows += max(last - self.overlap_rows, 0)
        return spots
