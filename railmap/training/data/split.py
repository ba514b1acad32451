"""Split images into training and validation data."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from railmap.errors import InputError, UsageError
from railmap.raster.types import PixelWindow
from railmap.training.data.image import LabelledImage, RegionImage

__all__ = ["split_images"]

_LEAST_SIDE, _GAP = 64, 32  # pixels


def split_images(
    images: Sequence[LabelledImage], *, by: str = "scene", share: float = 0.1, seed: int = 0
) -> tuple[list[LabelledImage], list[LabelledImage]]:
    """Split images, 9:1 by default as in the paper.

    Parameters
    ----------
    images
        All of them.
    by
        "scene": all images of a site are on one side; a single image is cut across, with a gap,
        and the strip with the most track is kept for validation. "image": as in the paper; crops
        of one site are then on both sides, so the scores are too good.
    share
        Share of the images for validation; at least one image.
    seed
        Seed of the selection.

    Returns
    -------
    tuple
        Training and validation, each in the order given.

    Raises
    ------
    UsageError
        If `by` or `share` is unknown or out of range.
    InputError
        If there is too little to split, or one side would hold no track.
    """
    if by not in ("scene", "image"):
        raise UsageError(f"split by {by!r} is not known; it is by scene or by image")
    if not 0 < share < 1:
        raise UsageError(f"the share for validation is between 0 and 1, not {share}")
    groups: dict[str, list[int]] = {}
    for index, image in enumerate(images):
        groups.setdefault(image.site if by == "scene" else str(index), []).append(index)
    if len(groups) == 1:
        if len(images) == 1:
            return _cut_across(images[0], share)
        raise InputError(
            f"all {len(images)} images show one site ({images[0].site}); "
            "add another site, or split by image (its scores are too good)"
        )
    rng = np.random.default_rng(seed)
    # Groups with track first: validation needs track.
    order = [list(groups)[i] for i in rng.permutation(len(groups))]
    tracked = [g for g in order if any(images[i].has_track for i in groups[g])]
    if len(tracked) < 2:
        raise InputError(
            f"only {len(tracked)} of {len(groups)} sites hold track; training and validation "
            "need one each: label another, or split by image"
        )
    order = [tracked[0], *(group for group in order if group != tracked[0])]
    wanted, held = max(1, round(share * len(images))), set[int]()
    for group in order:
        rest = [g for g in tracked if g != group and not set(groups[g]) <= held]
        if len(held) >= wanted or not rest:
            break
        if not held or len(held) + len(groups[group]) <= max(wanted, 1):
            held |= set(groups[group])
    train = [p for i, p in enumerate(images) if i not in held]
    return train, [p for i, p in enumerate(images) if i in held]


def _cut_across(
    image: LabelledImage, share: float
) -> tuple[list[LabelledImage], list[LabelledImage]]:
    """Hold out the strip across the longer side that has the most judged track."""
    rows, cols = image.shape
    tall = rows >= cols
    long = rows if tall else cols
    strip = max(_LEAST_SIDE, round(long * share))
    if long < strip + 2 * _GAP + _LEAST_SIDE:
        raise InputError(
            f"{image.name} is {rows} x {cols} px, too small to hold a part out; give several images"
        )

    def part(start: int, stop: int) -> RegionImage:
        window = (
            PixelWindow(start, 0, stop - start, cols)
            if tall
            else PixelWindow(0, start, rows, stop - start)
        )
        return RegionImage(image, window)

    best, start = -1, 0
    for begin in range(0, long - strip + 1, strip):
        rng = np.random.default_rng(begin)
        region = part(begin, begin + strip)
        found = 0
        for _ in range(8):  # crops are proposed where track is
            row, col = region.centre(rng)
            look = PixelWindow(int(row) - 32, int(col) - 32, 64, 64)
            target = region.read(look).target
            found += int(((target >= 127) & (target < 255)).sum())
        if found > best:
            best, start = found, begin
    sides = [(0, start - _GAP), (start + strip + _GAP, long)]
    train: list[LabelledImage] = [part(a, b) for a, b in sides if b - a >= _LEAST_SIDE]
    return train, [part(start, start + strip)]
