"""Training targets of RailNet from boxes: full weight inside, little at the rim, none around."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from railmap.nets.railnet import CLASSES, STRIDE
from railmap.surface.data.boxes import Boxes

__all__ = ["BoxTarget", "box_target"]

_TYPICAL_AREA = 60.0  # cells of a box of weight 1; smaller boxes weigh more, so defects count alike
_RIM = 0.25  # weight of the rim of a box, which is often sound metal
_HALO = 1.5  # cells around a box that have weight 0


@dataclass(frozen=True)
class BoxTarget:
    """Targets on the grid of the network's logits.

    Parameters
    ----------
    truth
        ``(3, h, w)`` float32: 1 in boxes of the class, else 0.
    weight
        ``(3, h, w)`` float32 weight in the loss.
    kinds
        ``(h, w)`` int64 index into `KINDS`, -1 where there is none.
    """

    truth: NDArray[np.float32]
    weight: NDArray[np.float32]
    kinds: NDArray[np.int64]


def box_target(boxes: Boxes, shape: tuple[int, int]) -> BoxTarget:
    """Rasterize boxes on the grid of the logits; small boxes over large ones.

    Parameters
    ----------
    boxes
        In pixels of the strip.
    shape
        Rows and columns of the strip.
    """
    rows, columns = shape[0] // STRIDE, shape[1] // STRIDE
    truth = np.zeros((len(CLASSES), rows, columns), np.float32)
    weight = np.ones_like(truth)
    kinds = np.full((rows, columns), -1, np.int64)
    cells = boxes.corners / STRIDE
    sides = cells[:, 2:] - cells[:, :2]
    for i in np.argsort(-sides.prod(axis=1), kind="stable"):
        name = boxes.classes[i]
        value = float(np.clip(_TYPICAL_AREA / max(float(sides[i].prod()), 1.0), 0.25, 3.0))
        halo = (name, *_inside(cells[i], -_HALO))
        weight[halo] = np.where(truth[halo] > 0, weight[halo], 0)
        whole = (name, *_inside(cells[i], 0.0))
        weight[whole] = np.where(truth[whole] > 0, weight[whole], _RIM * value)
        truth[whole] = 1
        weight[(name, *_inside(cells[i], min(0.18 * float(sides[i].min()), 2.0)))] = value
        if name == 0:
            kinds[_inside(cells[i], 0.0)] = boxes.kinds[i]
    return BoxTarget(truth, weight, kinds)


def _inside(box: NDArray[np.float32], margin: float) -> tuple[slice, slice]:
    left, top, right, bottom = box
    low = [max(0, round(float(v) + margin)) for v in (top, left)]
    high = [max(0, round(float(v) - margin)) for v in (bottom, right)]
    return slice(low[0], high[0]), slice(low[1], high[1])
