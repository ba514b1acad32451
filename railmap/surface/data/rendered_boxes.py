"""Rendered rails as boxed strips: another camera to train on in addition to the real images."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from railmap.nets.railnet import CLASSES
from railmap.rendering.rail_head.rail_surface import RailImage, render_rail
from railmap.rendering.rail_head.surface_defects import draw_defect
from railmap.surface.data.boxes import BoxedStrip, Boxes, boxes_on_strip
from railmap.surface.model.rail_head import find_rail_head
from railmap.surface.model.strip import strip_grid

__all__ = ["rail_boxes", "rendered_boxed_strips"]

_ROWS = 1000


def rendered_boxed_strips(seed: int, count: int) -> list[BoxedStrip]:
    """Render rails of both types of RSDDs in turn, with a box around every defect.

    Rust, grease, welds and pores have no boxes: they are negatives. The boxes have no kind, since
    the kinds of the renderer (squat, spalling, corrugation, scratch) differ from those of the
    labels.

    Parameters
    ----------
    seed
        Random seed.
    count
        Number of rails, of 1000 rows each.
    """
    strips = []
    for number in range(count):
        rail = render_rail(seed * 10007 + number, _ROWS, 1 + number % 2)
        shape = (rail.image.shape[0], rail.image.shape[1])
        name = f"rendered {number}"
        grid = strip_grid(find_rail_head(rail.image, name), shape)
        strips.append(
            BoxedStrip(name, grid.cut(rail.image), boxes_on_strip(rail_boxes(rail), grid))
        )
    return strips


def rail_boxes(rail: RailImage) -> Boxes:
    """Compute a box around every defect of a rendered rail, in their order.

    A defect outside the image has a box of size 0.
    """
    corners = np.zeros((len(rail.defects), 4), np.float32)
    canvas: NDArray[np.float32] = np.ones(rail.mask.shape, np.float32)
    for box, defect in zip(corners, rail.defects, strict=True):
        mask = np.zeros(rail.mask.shape, bool)
        draw_defect(canvas, mask, defect)  # one at a time, since defects may overlap
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        if len(rows):
            box[:] = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
    number = len(corners)
    return Boxes(
        corners,
        np.full(number, CLASSES.index("defect"), np.int64),
        np.full(number, -1, np.int64),
    )
