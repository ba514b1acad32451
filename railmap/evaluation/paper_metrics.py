"""Columns of the track paper's tables: six ratios, morphology and prediction time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from railmap.errors import InputError, UsageError
from railmap.evaluation.pixels import ConfusionMatrix, PixelScores

__all__ = ["COLUMNS", "PaperScores", "clean_mask", "paper_scores", "prediction_times"]

COLUMNS = ("IoU", "MIoU", "CPA", "MPA", "Recall", "Accuracy")

Predict = Callable[[NDArray[np.uint8]], NDArray[np.bool_]]


@dataclass(frozen=True, slots=True)
class PaperScores:
    """One row of the paper's Table 1 or 3, ratios 0-1; None where a denominator is 0.

    Parameters
    ----------
    iou
        Of the track class, equation 3.
    miou
        Mean over background and track, equation 4.
    cpa
        Of the track class, equation 5: TP / (TP + FP), commonly called precision.
    mpa
        Mean over the two classes, equation 6.
    recall
        Of the track class, equation 7.
    accuracy
        Share of correct pixels, equation 8.
    """

    iou: float | None
    miou: float | None
    cpa: float | None
    mpa: float | None
    recall: float | None
    accuracy: float | None

    @classmethod
    def of(cls, scores: PixelScores) -> PaperScores:
        """Select the track's values of a two-class confusion matrix."""
        return cls(
            iou=scores.iou[1],
            miou=scores.miou,
            cpa=scores.cpa[1],
            mpa=scores.mpa,
            recall=scores.recall[1],
            accuracy=scores.accuracy,
        )

    def row(self) -> list[float | None]:
        """Return percentages in the order of `COLUMNS`."""
        values = (self.iou, self.miou, self.cpa, self.mpa, self.recall, self.accuracy)
        return [None if value is None else 100 * value for value in values]


def paper_scores(
    predictions: Sequence[NDArray[np.bool_]],
    targets: Sequence[NDArray[np.uint8]],
    *,
    kernel: int | None = None,
) -> PaperScores:
    """Score masks over all evaluated pixels of a test set together.

    Parameters
    ----------
    predictions
        ``(rows, cols)`` bool, one for each image.
    targets
        ``(rows, cols)`` uint8 of the same size: 0–254 = p·254 (track from p = 0.5), 255 = not
        evaluated.
    kernel
        Side of the square of `clean_mask`, which is applied to each prediction; None for none.

    Raises
    ------
    InputError
        If sizes or numbers of images differ.
    """
    if len(predictions) != len(targets):
        raise InputError(f"{len(predictions)} predictions for {len(targets)} targets")
    matrix = ConfusionMatrix(2)
    for found, target in zip(predictions, targets, strict=True):
        mask = found if kernel is None else clean_mask(found, kernel)
        matrix.add(mask, (target >= 127) & (target < 255), target != 255)
    return PaperScores.of(matrix.scores())


def clean_mask(mask: NDArray[np.bool_], kernel: int) -> NDArray[np.bool_]:
    """Open, then close a mask with a square (the paper's section 2.4).

    Opening removes spots and bumps, closing fills holes and dents. The paper states neither size
    nor shape of the kernel. Neither step changes tracks that leave the image.

    Parameters
    ----------
    mask
        ``(rows, cols)`` bool.
    kernel
        Side of the square, an odd number of pixels.

    Returns
    -------
    NDArray
        ``(rows, cols)`` bool.

    Raises
    ------
    UsageError
        If `kernel` is even or below 1.
    """
    if kernel < 1 or kernel % 2 == 0:
        raise UsageError(f"the kernel's side must be an odd number of pixels, not {kernel}")
    square = np.ones((kernel, kernel), np.uint8)
    opened = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, square)
    # Padded: else dilation reaches the edge and is not eroded there.
    closed = cv2.morphologyEx(np.pad(opened, kernel), cv2.MORPH_CLOSE, square)
    return np.asarray(closed[kernel:-kernel, kernel:-kernel], np.bool_)


def prediction_times(
    predictors: dict[str, Predict],
    images: Sequence[NDArray[np.uint8]],
    *,
    rounds: int = 5,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, float]:
    """Return the seconds that each predictor needs for one image.

    The predictors take turns on the same image, so that other load of the computer affects all
    alike. The minimum of `rounds` counts for each image; the mean over images is returned.

    Parameters
    ----------
    predictors
        By name: ``(rows, cols, 3)`` uint8 to ``(rows, cols)`` bool.
    images
        At least one.
    rounds
        Runs on each image, after a warm-up run on the first one.
    clock
        Function that returns seconds, increasing.

    Raises
    ------
    UsageError
        If there is no image or no round.
    """
    if not images or rounds < 1:
        raise UsageError("timing needs at least one image and one round")
    for predict in predictors.values():
        predict(images[0])
    least = {name: np.full(len(images), np.inf) for name in predictors}
    for index, image in enumerate(images):
        for _ in range(rounds):
            for name, predict in predictors.items():
                start = clock()
                predict(image)
                least[name][index] = min(least[name][index], clock() - start)
    return {name: float(seconds.mean()) for name, seconds in least.items()}
