"""LabelMe's JSON files as masks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from railmap.errors import InputError, Option
from railmap.training.data.sample import IGNORE, TENT_LENGTH, TOP

__all__ = ["LabelmeFile", "is_labelme", "labelme_image", "read_labelme"]

_TRACK_WORDS = ("track", "rail")
_IGNORE_WORDS = ("ignore",)
_SHIFT = 4  # fixed-point bits of OpenCV's sub-pixel corners


@dataclass(frozen=True, slots=True)
class LabelmeFile:
    """One annotation.

    Parameters
    ----------
    path
        The JSON file.
    image
        Image that the annotation names.
    shape
        Rows and columns of the image according to the annotation.
    mask
        ``(rows, cols)`` uint8: 0 and 254, 255 = not judged (shapes called "ignore").
    """

    path: Path
    image: Path
    shape: tuple[int, int]
    mask: NDArray[np.uint8]


def is_labelme(path: Path) -> bool:
    """Return whether the first kilobyte of a JSON file looks like LabelMe's."""
    try:
        start = path.open("rb").read(1024)
    except OSError:
        return False
    return b'"shapes"' in start or (b'"version"' in start and b'"flags"' in start)


def read_labelme(
    path: Path, labels: Sequence[str] | None = None, gsd: float | None = None
) -> LabelmeFile:
    """Read one annotation and draw its mask.

    Polygons, rectangles and circles are filled. Lines and line strips are taken for centrelines
    and drawn at sleeper width (2.6 m), which needs the GSD. Holes are not known to LabelMe: a
    later shape covers an earlier one.

    Parameters
    ----------
    path
        The JSON file.
    labels
        Names of the shapes that are track; by default those with "track" or "rail" in them.
    gsd
        Metres per pixel, if known.

    Raises
    ------
    InputError
        If the file is not LabelMe's, holds shapes but none with a track's name, or a shape that
        cannot be drawn.
    """
    image, shape, shapes = _parsed(path)
    mask = np.zeros(shape, np.uint8)
    found = 0
    for item in shapes:
        name = str(item.get("label", ""))
        lower = name.lower()
        if name in labels if labels else any(word in lower for word in _TRACK_WORDS):
            value, found = TOP, found + 1
        elif any(word in lower for word in _IGNORE_WORDS):
            value = IGNORE
        else:
            continue
        _draw(mask, item, value, gsd, path)
    if shapes and not found and all("ignore" not in str(s.get("label")).lower() for s in shapes):
        names = ", ".join(sorted({str(item.get("label")) for item in shapes}))
        raise InputError(f"{path}: no shape is called a track (there are: {names}); name the label")
    return LabelmeFile(path, image, shape, mask)


def labelme_image(path: Path) -> Path:
    """Return the image that an annotation names, without drawing its mask.

    Raises
    ------
    InputError
        If the file is not LabelMe's.
    """
    return _parsed(path)[0]


def _parsed(path: Path) -> tuple[Path, tuple[int, int], list[dict[str, Any]]]:
    """Image, its rows and columns, and the shapes."""
    try:
        content = json.loads(path.read_text("utf-8"))
        shape = int(content["imageHeight"]), int(content["imageWidth"])
        shapes = list(content["shapes"])
        image = path.parent / str(content["imagePath"]).replace("\\", "/")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: not a LabelMe annotation ({error!r})") from error
    if not image.is_file():
        image = path.parent / image.name  # the path of the machine that it was drawn on
    return image, shape, shapes


def _draw(
    mask: NDArray[np.uint8], item: dict[str, Any], value: int, gsd: float | None, path: Path
) -> None:
    kind = item.get("shape_type") or "polygon"
    try:
        points = np.array(item["points"], np.float64).reshape(-1, 2)
    except (KeyError, ValueError, TypeError) as error:
        raise InputError(f"{path}: a shape has broken points ({error})") from error
    if not np.isfinite(points).all():
        raise InputError(f"{path}: a shape has points that are no numbers")
    if kind == "rectangle" and len(points) == 2:
        (x0, y0), (x1, y1) = points
        points = np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])
    elif kind == "circle" and len(points) == 2:
        radius = float(np.linalg.norm(points[1] - points[0]))
        angle = np.linspace(0, 2 * np.pi, 90, endpoint=False)
        points = points[0] + radius * np.column_stack((np.cos(angle), np.sin(angle)))
    elif kind in ("line", "linestrip"):
        if gsd is None:
            raise InputError(
                f"{path}: a {kind} has no width; give the GSD to draw it at sleeper width (",
                Option("picture_gsd"),
                "), or draw polygons",
            )
        width = max(1, round(TENT_LENGTH / gsd))
        cv2.polylines(mask, [_fixed(points)], False, value, width, cv2.LINE_8, _SHIFT)
        return
    elif kind not in ("polygon", "rectangle"):
        raise InputError(f"{path}: a shape of type {kind} cannot be drawn; use polygons")
    if len(points) < 3:
        raise InputError(f"{path}: a {kind} of {len(points)} points; it needs 3 at least")
    cv2.fillPoly(mask, [_fixed(points)], value, cv2.LINE_8, _SHIFT)


def _fixed(points: NDArray[np.float64]) -> NDArray[np.int32]:
    """LabelMe counts from the corner of the first pixel, OpenCV from its centre."""
    return np.round((np.clip(points, -3e4, 6e4) - 0.5) * (1 << _SHIFT)).astype(np.int32)
