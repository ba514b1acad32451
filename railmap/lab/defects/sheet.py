"""A contact sheet of defects: what was missed, what is wrong and what is right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy import ndimage

from railmap.files.output import atomic_output
from railmap.surface.data.boxes import Boxes

__all__ = ["Tile", "cut_tile", "write_sheet"]

_SIDE = 200  # pixels of a picture; a tile is two of them, without and with marks
_ROOM = 1.8  # sides of the box that a picture shows
_LEAST = 120  # pixels of the image that it shows at least
_FOUND = (235, 60, 50)
_BOXES = ((60, 200, 90), (80, 140, 250), (220, 90, 230))  # defect, dirt, gap
_LEGEND = (("found", _FOUND), *zip(("true defect", "dirt", "gap"), _BOXES, strict=True))
_ACROSS = 4
_HEAD, _FOOT = 26, 16


@dataclass(frozen=True)
class Tile:
    """``(SIDE, 2 SIDE, 3)`` uint8 and a line of text."""

    picture: NDArray[np.uint8]
    text: str


def cut_tile(
    grey: NDArray[np.uint8],
    mask: NDArray[np.bool_],
    boxes: Boxes,
    box: tuple[float, float, float, float],
    text: str,
) -> Tile:
    """Return a brightened part of an image, without and with the markings.

    Parameters
    ----------
    grey, mask
        ``(H, W)`` the image, and where defects were found.
    boxes
        Truth in the image's pixels.
    box
        The place: left, top, right, bottom.
    text
        Under the picture.
    """
    height, width = grey.shape
    side = max(_LEAST, _ROOM * max(box[2] - box[0], box[3] - box[1]))
    side = int(min(side, height, width))
    left = int(np.clip((box[0] + box[2] - side) / 2, 0, width - side))
    top = int(np.clip((box[1] + box[3] - side) / 2, 0, height - side))
    at = (slice(top, top + side), slice(left, left + side))
    cut = grey[at]
    bright = max(float(np.percentile(cut, 99)), 24.0)
    light = np.clip(cut * (230.0 / bright), 0, 255).astype(np.uint8)
    small = Image.fromarray(light).resize((_SIDE, _SIDE), Image.Resampling.LANCZOS)
    plain = small.convert("RGB")
    marked = plain.copy()
    draw = ImageDraw.Draw(marked)
    scale = _SIDE / side
    for corners, name in zip(boxes.corners, boxes.classes.tolist(), strict=True):
        place = (corners - [left, top, left, top]) * scale
        if (place[2:] > 0).all() and (place[:2] < _SIDE).all():
            draw.rectangle(place.tolist(), outline=_BOXES[name])
    inside = Image.fromarray(mask[at]).resize((_SIDE, _SIDE), Image.Resampling.NEAREST)
    region = np.asarray(inside, bool)
    pixels = np.array(marked)
    pixels[region & ~ndimage.binary_erosion(region)] = _FOUND
    return Tile(np.concatenate([np.asarray(plain), pixels], axis=1), text)


def write_sheet(path: Path, parts: Sequence[tuple[str, Sequence[Tile]]]) -> None:
    """Write a PNG with a heading and its tiles for each of `parts`.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    rows = [(title, tiles, -(-len(tiles) // _ACROSS)) for title, tiles in parts]
    step = (2 * _SIDE + 8, _SIDE + _FOOT + 4)
    height = 30 + sum(_HEAD + max(count, 1) * step[1] for _, _, count in rows)
    sheet = Image.new("RGB", (_ACROSS * step[0] + 8, height), (250, 250, 250))
    draw = ImageDraw.Draw(sheet)
    x = 8
    for word, colour in _LEGEND:
        draw.rectangle((x, 9, x + 12, 21), outline=colour, width=2)
        draw.text((x + 18, 9), word, (20, 20, 20))
        x += 120
    y = 30
    for title, tiles, count in rows:
        draw.text((8, y + 8), title, (20, 20, 20), font_size=14)
        y += _HEAD
        for i, tile in enumerate(tiles):
            left, top = 8 + i % _ACROSS * step[0], y + i // _ACROSS * step[1]
            sheet.paste(Image.fromarray(tile.picture), (left, top))
            draw.text((left, top + _SIDE + 2), tile.text, (70, 70, 70))
        y += max(count, 1) * step[1]
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_output(path, overwrite=True) as partial:
        sheet.save(partial, "PNG")
