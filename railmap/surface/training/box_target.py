"""What RailNet learns from a box: sure inside, unsure along its rim, nothing outside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from railmap.nets.railnet import CLASSES, STRIDE
from railmap.surface.data.boxes import Boxes

__all__ = ["BoxTarget", "box_target"]

_USUAL = 60.0  # cells of a usual box: smaller ones weigh more, so that each defect counts alike
_RIM = 0.25  # weight of a box's rim, which is often sound metal
_HALO = 1.5  # cells around a box that are not judged


@dataclass(frozen=True)
class BoxTarget:
    """Targets on the network's grid of logits.

    Parameters
    ----------
    truth
        ``(3, h, w)`` float32: 1 in boxes of the class.
    weight
        ``(3, h, w)`` float32: 0 where nothing is judged.
    kinds
        ``(h, w)`` int64: index into `KINDS`, -1 where none.
    """

    truth: NDArray[np.float32]
    weight: NDArray[np.float32]
    kinds: NDArray[np.int64]


def box_target(boxes: Boxes, shape: tuple[int, int]) -> BoxTarget:
    """Draw boxes in strip pixels on the grid of a strip of `shape`; small ones over large ones."""
    rows, columns = shape[0] // STRIDE, shape[1] // STRIDE
    truth = np.zeros((len(CLASSES), rows, columns), np.float32)
    weight = np.ones_like(truth)
    kinds = np.full((rows, columns), -1, np.int64)
    cells = boxes.corners / STRIDE
    sides = cells[:, 2:] - cells[:, :2]
    for i in np.argsort(-sides.prod(axis=1), kind="stable"):
        name = boxes.classes[i]
        value = float(np.clip(_USUAL / max(float(sides[i].prod()), 1.0), 0.25, 3.0))
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
