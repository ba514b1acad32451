"""Chainage of consecutive line-scan images along a line."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

from railmap.errors import InputError, Option, UsageError
from railmap.files.photo import image_size
from railmap.mapping.sources.image_positions import CHAINAGE_ACCURACY_M, ImageFile, ImagePosition

__all__ = ["ByChainage"]


@dataclass(frozen=True, slots=True)
class ByChainage:
    """Locator of consecutive images along a line; implements `Locator`.

    Parameters
    ----------
    line
        Ref of the line.
    start_km
        Chainage of the first row of the first image, km.
    side
        ``left`` or ``right`` rail in the direction of rising chainage; None: unknown.
    decreasing
        Whether the images run against the kilometres.
    overlap_rows
        Rows that an image repeats of the one before.
    """

    line: str
    start_km: float
    side: str | None = None
    decreasing: bool = False
    overlap_rows: int = 0

    def positions(
        self, images: Sequence[ImageFile], along_mm: float | None
    ) -> list[ImagePosition | None]:
        """Compute the chainage of each image from the rows of the images before it.

        An image that cannot be opened counts as long as the one before.

        Parameters
        ----------
        images
            In the order in which they were taken.
        along_mm
            Millimetres of track per image row.

        Returns
        -------
        list of ImagePosition
            One per image.

        Raises
        ------
        UsageError
            If the step along the rail is unknown.
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
        positions: list[ImagePosition | None] = []
        rows, last = 0, 0
        for image in images:
            positions.append(
                ImagePosition(
                    self.line, self.start_km * 1000 + rows * step, step,
                    accuracy_m=CHAINAGE_ACCURACY_M, side=side,
                )
            )  # fmt: skip
            with contextlib.suppress(InputError):  # reported when the image is segmented
                last = image_size(image.path)[0]
            rows += max(last - self.overlap_rows, 0)
        return positions
