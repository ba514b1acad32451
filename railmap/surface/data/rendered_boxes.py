"""Rendered rails as boxed strips: rails of another camera to train on beside the real ones."""

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

    Their rust, grease, welds and pores have no boxes: they are to be left alone. A kind of defect
    is not given, since the renderer's (squat, spalling, corrugation, scratch) aren't the labels'.

    Parameters
    ----------
    seed
        Of the rails.
    count
        How many, of 1000 rows each.
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
    """Box every defect of a rendered rail, in its order; one beyond the image has no size."""
    corners = np.zeros((len(rail.defects), 4), np.float32)
    paper: NDArray[np.float32] = np.ones(rail.mask.shape, np.float32)
    for box, defect in zip(corners, rail.defects, strict=True):
        mask = np.zeros(rail.mask.shape, bool)
        draw_defect(paper, mask, defect)  # alone, since defects may overlap
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        if len(rows):
            box[:] = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
    number = len(corners)
    return Boxes(
        corners,
        np.full(number, CLASSES.index("defect"), np.int64),
        np.full(number, -1, np.int64),
    )
