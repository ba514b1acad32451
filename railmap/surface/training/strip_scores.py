"""Scores of a segmentation as in the rail-surface paper (section 3.1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Counts", "SurfaceScores"]


@dataclass(frozen=True)
class Counts:
    """Pixel counts of a two-class segmentation; add the counts of several images.

    Parameters
    ----------
    tp, fp, fn, tn
        True and false positives, false and true negatives.
    """

    tp: int = 0
    fp: int = 0
    fn: int = 0
    tn: int = 0

    @classmethod
    def of(cls, predicted: NDArray[np.bool_], truth: NDArray[np.bool_]) -> Counts:
        """Count the pixels of one image.

        Parameters
        ----------
        predicted, truth
            Arrays of the same shape.
        """
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
    """Ratios from 0 to 1; an empty denominator gives 1 if there were no defects to find, else 0.

    The "mean IoU" of the paper is the IoU of the defect class: its tables fulfil
    F1 = 2 IoU / (1 + IoU) within rounding (0.946 and 0.898), which a mean over the two classes
    would not. So `iou` corresponds to its column, and `mean_iou` is the usual mean over defect
    and background.
    """

    accuracy: float
    f1: float
    precision: float
    recall: float
    iou: float
    mean_iou: float

    @classmethod
    def of(cls, counts: Counts) -> SurfaceScores:
        """Compute the scores from pixel counts."""
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
