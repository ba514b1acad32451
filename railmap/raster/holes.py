"""Blocks of a file that cannot be decoded, merged into rectangles."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from railmap.raster.reader import Box

__all__ = ["Hole", "merge_holes"]


class Hole(NamedTuple):
    """A box of one level of file number `file`, and why it cannot be read."""

    file: int
    level: int
    reason: str
    box: Box


def merge_holes(holes: Iterable[Hole]) -> list[Hole]:
    """Merge blocks that form a rectangle: along rows first, then rows of the same columns."""
    boxes: dict[tuple[int, int, str], list[Box]] = {}
    for hole in sorted(holes):
        boxes.setdefault(hole[:3], []).append(hole.box)
    return [
        Hole(*key, box)
        for key, some in boxes.items()
        for box in _merge(_merge(some, across=0), across=2)
    ]


def _merge(boxes: list[Box], across: int) -> list[Box]:
    """Merge adjacent boxes of the same extent across (0: rows, 2: columns)."""
    on = 2 - across
    out: list[list[int]] = []
    for box in sorted(boxes, key=lambda box: (box[across], box[across + 1], box[on])):
        last = out[-1] if out else None
        same = last is not None and tuple(last[across : across + 2]) == box[across : across + 2]
        if last is not None and same and last[on + 1] == box[on]:
            last[on + 1] = box[on + 1]
        else:
            out.append(list(box))
    return [(box[0], box[1], box[2], box[3]) for box in out]
