"""Read rail images with boxes around defects, dirt and gaps (layout of sirlis/RailDefect)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from railmap.errors import InputError
from railmap.files.photo import read_image
from railmap.nets.railnet import CLASSES, KINDS
from railmap.surface.model.pixels import to_grey
from railmap.surface.model.rail_head import find_rail_head
from railmap.surface.model.strip import StripGrid, strip_grid

__all__ = ["BoxedStrip", "Boxes", "boxes_on_strip", "read_boxed_strips", "read_boxes", "read_list"]

# The eight classes of the fine labels, as indices into KINDS; dirt (1) and gap (3) are not defects.
_KIND_OF = {0: "damage", 2: "unknown", 4: "dent", 5: "crush", 6: "scratch", 7: "slant"}


@dataclass(frozen=True)
class Boxes:
    """Boxes of one image.

    Parameters
    ----------
    corners
        ``(N, 4)`` float32: left, top, right, bottom, pixels.
    classes
        ``(N,)`` int64 index into `CLASSES`.
    kinds
        ``(N,)`` int64 index into `KINDS`, -1 where it is not a defect or of unknown kind.
    """

    corners: NDArray[np.float32]
    classes: NDArray[np.int64]
    kinds: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.classes)


@dataclass(frozen=True)
class BoxedStrip:
    """Upright strip of a rail head with boxes.

    Parameters
    ----------
    name
        File name of the image.
    strip
        ``(rows, STRIP_WIDTH)`` uint8 grey.
    boxes
        In pixels of the strip.
    """

    name: str
    strip: NDArray[np.uint8]
    boxes: Boxes


def read_list(folder: Path, name: str) -> list[Path]:
    """Read the paths of the images that ``FOLDER/NAME.txt`` lists.

    Parameters
    ----------
    folder
        Folder of the data set, with the folder ``images``.
    name
        Name of the list, such as ``train``.

    Raises
    ------
    InputError
        If the list is missing or empty.
    """
    path = folder / f"{name}.txt"
    try:
        lines = path.read_text("utf-8").split()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the folder") from error
    if not lines:
        raise InputError(f"{path}: the list is empty; give one image name per line")
    return [folder / "images" / line for line in lines]


def read_boxes(folder: Path, stem: str, shape: tuple[int, int]) -> Boxes:
    """Read the YOLO boxes of an image from ``labels_3class`` and, if present, ``labels_8class``.

    Parameters
    ----------
    folder
        Folder of the data set.
    stem
        File name of the image without suffix.
    shape
        Rows and columns of the image.

    Returns
    -------
    Boxes
        In pixels of the image.

    Raises
    ------
    InputError
        If a file is missing or a line is not a box.
    """
    coarse = _yolo(folder / "labels_3class" / f"{stem}.txt")
    fine_path = folder / "labels_8class" / f"{stem}.txt"
    fine = _yolo(fine_path) if fine_path.is_file() else np.zeros((0, 5))
    scale = np.array([shape[1], shape[0]] * 2, np.float64)
    corners = _corners(coarse) * scale
    kinds = _kinds(corners, fine[:, 0], _corners(fine) * scale)
    return Boxes(corners.astype(np.float32), coarse[:, 0].astype(np.int64), kinds)


def _corners(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    middle, half = rows[:, 1:3], rows[:, 3:5] / 2
    return np.concatenate([middle - half, middle + half], axis=1)


def _kinds(
    corners: NDArray[np.float64], fine: NDArray[np.float64], fine_corners: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Take the kind of each box from the fine box that overlaps it most; some have none."""
    kinds = np.full(len(corners), -1, np.int64)
    for i, box in enumerate(corners):
        low = np.maximum(fine_corners[:, :2], box[:2])
        high = np.minimum(fine_corners[:, 2:], box[2:])
        both = np.prod(np.maximum(high - low, 0), axis=1)
        union = (
            np.prod(fine_corners[:, 2:] - fine_corners[:, :2], axis=1)
            + np.prod(box[2:] - box[:2])
            - both
        )
        overlap = both / np.maximum(union, 1e-9)
        if len(overlap) and overlap.max() > 0.5:
            name = _KIND_OF.get(int(fine[int(np.argmax(overlap))]))
            kinds[i] = -1 if name is None else KINDS.index(name)
    return kinds


def _yolo(path: Path) -> NDArray[np.float64]:
    """Return ``(N, 5)``: class, centre x and y, width and height as fractions of the image."""
    try:
        rows = [[float(v) for v in line.split()] for line in path.read_text("utf-8").splitlines()]
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: the boxes cannot be read ({error}); check the file") from error
    rows = [row for row in rows if row]
    if any(len(row) != 5 or row[0] < 0 for row in rows):
        raise InputError(f"{path}: a line is not a box; write 'class x y width height'")
    return np.array(rows, np.float64).reshape(-1, 5)


def boxes_on_strip(boxes: Boxes, grid: StripGrid) -> Boxes:
    """Transform boxes from pixels of the image to pixels of the strip."""
    corners = boxes.corners.astype(np.float64)
    rows = (corners[:, 1] + corners[:, 3]) / 2 / grid.scale
    start = grid.start[np.clip(rows.astype(int), 0, len(grid.start) - 1)]
    corners[:, [0, 2]] -= start[:, None]
    return Boxes((corners / grid.scale).astype(np.float32), boxes.classes, boxes.kinds)


def read_boxed_strips(folder: Path, name: str) -> list[BoxedStrip]:
    """Read the images of a list as upright strips with their boxes.

    Parameters
    ----------
    folder
        Folder of the data set.
    name
        Name of the list, such as ``train``.

    Raises
    ------
    InputError
        If a file is missing or damaged, a class is unknown, or an image shows no rail.
    """
    strips = []
    for path in read_list(folder, name):
        grey = to_grey(read_image(path), str(path))
        shape = (grey.shape[0], grey.shape[1])
        boxes = read_boxes(folder, path.stem, shape)
        if len(boxes) and boxes.classes.max() >= len(CLASSES):
            raise InputError(f"{path}: a box of class {boxes.classes.max()}; use 0, 1 or 2")
        grid = strip_grid(find_rail_head(grey, str(path)), shape)
        strips.append(BoxedStrip(path.name, grid.cut(grey), boxes_on_strip(boxes, grid)))
    return strips
