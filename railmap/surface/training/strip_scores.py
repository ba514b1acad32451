"""The rail-surface paper's scores of a segmentation (its section 3.1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Counts", "SurfaceScores"]


@dataclass(frozen=True)
class Counts:
    """Pixels of a two-class segmentation; counts of several images are added."""

    tp: int = 0
    fp: int = 0
    fn: int = 0
    tn: int = 0

    @classmethod
    def of(cls, predicted: NDArray[np.bool_], truth: NDArray[np.bool_]) -> Counts:
        """Count; the arrays have one shape."""
        tp = int(np.sum(predicted & truth))
        fp = int(np.sum(predicted)) - tp
        fn = int(np.sum(truth)) - tp
        return cls(tp, fp, fn, truth.size - tp - fp - fn)

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.tp + other.tp, self.fp + other.fp, self.fn + other.fn, self.tn + other.tn
        )


@dataclass(frozen=True)
class SurfaceScores:
    """Ratios of 0-1; an empty denominator gives 1 where nothing was to be found, else 0.

    The paper's "mean IoU" is the defect's IoU: its tables fulfil F1 = 2 IoU / (1 + IoU)
    within their rounding (0.946 and 0.898), which a mean over the two classes would not. So `iou`
    is what its column holds, and `mean_iou` is the mean over defect and background as others
    define it.
    """

    accuracy: float
    f1: float
    precision: float
    recall: float
    iou: float
    mean_iou: float

    @classmethod
    def of(cls, counts: Counts) -> SurfaceScores:
        """Work the scores out of counted pixels."""
        tp, fp, fn, tn = counts.tp, counts.fp, counts.fn, counts.tn
        nothing = 1.0 if tp + fp + fn == 0 else 0.0
        iou = tp / (tp + fp + fn) if tp + fp + fn else nothing
        rest = tn / (tn + fp + fn) if tn + fp + fn else 1.0
        return cls(
            accuracy=(tp + tn) / max(1, tp + fp + fn + tn),
            f1=2 * tp / (2 * tp + fp + fn) if tp + fp + fn else nothing,
            precision=tp / (tp + fp) if tp + fp else nothing,
            recall=tp / (tp + fn) if tp + fn else nothing,
            iou=iou,
            mean_iou=(iou + rest) / 2,
        )
