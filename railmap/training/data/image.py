"""Interface of labelled images, and images in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from railmap.errors import InputError
from railmap.raster.types import PixelWindow
from railmap.training.data.sample import FILL, IGNORE, TOP, Sample

__all__ = ["LabelledImage", "RegionImage", "SampleImage", "check_classes", "cut"]


@runtime_checkable
class LabelledImage(Protocol):
    """An image with its target, both on the grid that the network is trained on."""

    site: str
    """Images of one site must not be on both sides of a split."""

    @property
    def name(self) -> str:
        """Name for messages."""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""

    @property
    def has_track(self) -> bool:
        """Whether its labels hold any track."""

    def read(self, window: PixelWindow) -> Sample:
        """Read a window; where it reaches past the edge there is `FILL` and `IGNORE`."""

    def centre(self, rng: np.random.Generator) -> tuple[float, float]:
        """Propose row and column of a crop's centre."""


class SampleImage:
    """An image that is in memory.

    Parameters
    ----------
    sample
        Image and target.
    name, site
        As for `LabelledImage`; the site is the name if it is not given.
    """

    def __init__(self, sample: Sample, name: str, site: str | None = None) -> None:
        self.sample = sample
        self.name = name
        self.site = name if site is None else site
        rows, cols = sample.target.shape
        self.shape = (int(rows), int(cols))
        self.has_track = bool(_is_track(sample.target).any())

    def read(self, window: PixelWindow) -> Sample:
        """Copy a window."""
        return cut(self.sample, window)

    def centre(self, rng: np.random.Generator) -> tuple[float, float]:
        """Propose any point."""
        rows, cols = self.shape
        return float(rng.uniform(0, rows)), float(rng.uniform(0, cols))


class RegionImage:
    """A part of another image; outside it nothing is judged.

    Parameters
    ----------
    whole
        The other image.
    window
        The part, within `whole`.
    """

    def __init__(self, whole: LabelledImage, window: PixelWindow) -> None:
        self._whole = whole
        self.window = window
        self.name = f"{whole.name}[{window.row}:{window.col}]"
        self.site = whole.site
        self.shape = (window.height, window.width)
        self.has_track = whole.has_track

    def read(self, window: PixelWindow) -> Sample:
        """Read a window of the part."""
        rows, cols = self.shape
        top, left = max(0, window.row), max(0, window.col)
        bottom = min(rows, window.row + window.height)
        right = min(cols, window.col + window.width)
        if top >= bottom or left >= right:
            return blank(window.height, window.width)
        part = PixelWindow(
            top + self.window.row, left + self.window.col, bottom - top, right - left
        )
        inside = PixelWindow(window.row - top, window.col - left, window.height, window.width)
        return cut(self._whole.read(part), inside)

    def centre(self, rng: np.random.Generator) -> tuple[float, float]:
        """Propose a point of the whole image that is inside this part, else any point."""
        rows, cols = self.shape
        for _ in range(20):
            row, col = self._whole.centre(rng)
            row, col = row - self.window.row, col - self.window.col
            if 0 <= row < rows and 0 <= col < cols:
                return row, col
        return float(rng.uniform(0, rows)), float(rng.uniform(0, cols))


def blank(rows: int, cols: int) -> Sample:
    """A sample without data."""
    return Sample(
        np.broadcast_to(FILL, (rows, cols, 3)).copy(), np.full((rows, cols), IGNORE, "u1")
    )


def cut(sample: Sample, window: PixelWindow) -> Sample:
    """Cut a window that may reach past the edge."""
    rows, cols = sample.target.shape
    top, left = max(0, window.row), max(0, window.col)
    bottom, right = min(rows, window.row + window.height), min(cols, window.col + window.width)
    found = blank(window.height, window.width)
    if top < bottom and left < right:
        inside = np.s_[
            top - window.row : bottom - window.row, left - window.col : right - window.col
        ]
        found.image[inside] = sample.image[top:bottom, left:right]
        found.target[inside] = sample.target[top:bottom, left:right]
    return found


def check_classes(images: Sequence[LabelledImage], what: str) -> None:
    """Refuse labels of one class only.

    Raises
    ------
    InputError
        If there are no images, no label holds track, or all inspected pixels are track.
    """
    if not images:
        raise InputError(f"{what}: no labelled image found")
    if not any(image.has_track for image in images):
        raise InputError(
            f"{what}: no label of {len(images)} images holds any track; one class alone "
            "teaches nothing: check the labels, or add images with track"
        )
    if all(_all_track(image) for image in images):
        raise InputError(
            f"{what}: all pixels of the labels are track; one class alone teaches nothing: "
            "check which value is the track's"
        )


def _all_track(image: LabelledImage) -> bool:
    rows, cols = image.shape
    side = 512
    target = image.read(
        PixelWindow(max(0, (rows - side) // 2), max(0, (cols - side) // 2), side, side)
    ).target
    judged = target[target != IGNORE]
    return bool(judged.size and _is_track(judged).all())


def _is_track(target: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return (target >= TOP / 2) & (target != IGNORE)
