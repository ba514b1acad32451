"""Dividing pictures into training and validation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from railmap.errors import InputError, UsageError
from railmap.raster.types import PixelWindow
from railmap.training.data.picture import Picture, RegionPicture

__all__ = ["split_pictures"]

_LEAST_SIDE, _GAP = 64, 32  # pixels


def split_pictures(
    pictures: Sequence[Picture], *, by: str = "scene", share: float = 0.1, seed: int = 0
) -> tuple[list[Picture], list[Picture]]:
    """Divide pictures, the paper's 9:1 by default.

    Parameters
    ----------
    pictures
        All of them.
    by
        "scene": all pictures of a place stand on one side; a single scene of one picture is cut
        across, with a gap, and the strip that holds track is kept for validation. "image": as the
        paper does it; crops of one place then stand on both sides, so the scores are too good.
    share
        Of the pictures, for validation; at least one picture.
    seed
        Of the draw.

    Returns
    -------
    tuple
        Training and validation, each in the order given.

    Raises
    ------
    UsageError
        If `by` or `share` is unknown or out of range.
    InputError
        If there is too little to divide, or one side would hold no track.
    """
    if by not in ("scene", "image"):
        raise UsageError(f"split by {by!r} is not known; it is by scene or by image")
    if not 0 < share < 1:
        raise UsageError(f"the share for validation is between 0 and 1, not {share}")
    groups: dict[str, list[int]] = {}
    for index, picture in enumerate(pictures):
        groups.setdefault(picture.scene if by == "scene" else str(index), []).append(index)
    if len(groups) == 1:
        if len(pictures) == 1:
            return _cut_across(pictures[0], share)
        raise InputError(
            f"all {len(pictures)} pictures are of one scene ({pictures[0].scene}); "
            "add another scene, or split by image (its scores are too good)"
        )
    rng = np.random.default_rng(seed)
    # Groups with track first: validation without any would say nothing.
    order = [list(groups)[i] for i in rng.permutation(len(groups))]
    tracked = [g for g in order if any(pictures[i].has_track for i in groups[g])]
    if len(tracked) < 2:
        raise InputError(
            f"only {len(tracked)} of {len(groups)} scenes hold track; training and validation "
            "need one each: label another, or split by image"
        )
    order = [tracked[0], *(group for group in order if group != tracked[0])]
    wanted, held = max(1, round(share * len(pictures))), set[int]()
    for group in order:
        rest = [g for g in tracked if g != group and not set(groups[g]) <= held]
        if len(held) >= wanted or not rest:
            break
        if not held or len(held) + len(groups[group]) <= max(wanted, 1):
            held |= set(groups[group])
    train = [p for i, p in enumerate(pictures) if i not in held]
    return train, [p for i, p in enumerate(pictures) if i in held]


def _cut_across(picture: Picture, share: float) -> tuple[list[Picture], list[Picture]]:
    """Hold out the strip across the longer side that has the most judged track."""
    rows, cols = picture.shape
    tall = rows >= cols
    long = rows if tall else cols
    strip = max(_LEAST_SIDE, round(long * share))
    if long < strip + 2 * _GAP + _LEAST_SIDE:
        raise InputError(
            f"{picture.name} is {rows} x {cols} px, too small to hold a part out; "
            "give several pictures"
        )

    def part(start: int, stop: int) -> RegionPicture:
        window = (
            PixelWindow(start, 0, stop - start, cols)
            if tall
            else PixelWindow(0, start, rows, stop - start)
        )
        return RegionPicture(picture, window)

    best, start = -1, 0
    for begin in range(0, long - strip + 1, strip):
        rng = np.random.default_rng(begin)
        region = part(begin, begin + strip)
        found = 0
        for _ in range(8):  # where crops are proposed is where track is
            row, col = region.centre(rng)
            look = PixelWindow(int(row) - 32, int(col) - 32, 64, 64)
            target = region.read(look).target
            found += int(((target >= 127) & (target < 255)).sum())
        if found > best:
            best, start = found, begin
    sides = [(0, start - _GAP), (start + strip + _GAP, long)]
    train: list[Picture] = [part(a, b) for a, b in sides if b - a >= _LEAST_SIDE]
    return train, [part(start, start + strip)]
