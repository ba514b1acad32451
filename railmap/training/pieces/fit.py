"""Fit a `PieceModel`, and measure how well its confidence is calibrated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from railmap.geometry.judge.model import LARGEST_FEATURE, PieceModel
from railmap.training.pieces.samples import Pieces

__all__ = ["Calibration", "calibration", "cross_validate", "fit_pieces"]

_LONGEST = 40.0  # a piece counts by its length, up to this, metres
_STRENGTH = 0.3  # of the fit against the penalty


@dataclass(frozen=True, slots=True)
class Calibration:
    """Reliability of confidence in ten bins of 0.1.

    Parameters
    ----------
    confidence, right
        ``(10,)`` mean confidence and share that is track in each bin, NaN where it is empty.
    weight
        ``(10,)`` share of all pieces.
    error
        Expected calibration error: weighted mean distance of the two.
    """

    confidence: NDArray[np.float64]
    right: NDArray[np.float64]
    weight: NDArray[np.float64]
    error: float


def fit_pieces(pieces: Pieces, record: str = "") -> PieceModel:
    """Fit logistic regression to the share of each piece that is track.

    A piece of 40 m and more counts as 40 m, a site with the square root of its length: large
    sites do not drown small ones.

    Parameters
    ----------
    pieces
        Training set.
    record
        What it is, for `PieceModel.record`.
    """
    from sklearn.linear_model import LogisticRegression

    x, weight = pieces.features, _weights(pieces)
    mean = np.average(x, axis=0, weights=weight)
    deviation = np.sqrt(np.average((x - mean) ** 2, axis=0, weights=weight))
    deviation[deviation < 1e-6] = 1.0
    scaled = np.clip((x - mean) / deviation, -LARGEST_FEATURE, LARGEST_FEATURE)
    both = np.concatenate([scaled, scaled])
    label = np.repeat([1, 0], len(x))
    share = np.concatenate([pieces.share * weight, (1 - pieces.share) * weight])
    model = LogisticRegression(C=_STRENGTH, max_iter=2000)
    model.fit(both, label, sample_weight=share * len(x) / share.sum())
    return PieceModel(
        tuple(map(float, mean)),
        tuple(map(float, deviation)),
        tuple(map(float, model.coef_[0])),
        float(model.intercept_[0]),
        record,
    )


def cross_validate(pieces: Pieces) -> NDArray[np.float64]:
    """Confidence of each piece by a model fitted without its site."""
    out = np.full(len(pieces.share), np.nan)
    for site in np.unique(pieces.site):
        here = pieces.site == site
        rest = Pieces(
            pieces.features[~here], pieces.share[~here], pieces.length[~here], pieces.site[~here]
        )
        out[here] = fit_pieces(rest).confidence(pieces.features[here])
    return out


def calibration(
    confidence: NDArray[np.float64], share: NDArray[np.float64], weight: NDArray[np.float64]
) -> Calibration:
    """Compare confidence with what is right, in bins of 0.1."""
    bins = np.minimum((confidence * 10).astype(int), 9)
    total = np.bincount(bins, weight, 10)
    with np.errstate(invalid="ignore"):
        mean = np.bincount(bins, weight * confidence, 10) / total
        right = np.bincount(bins, weight * share, 10) / total
    part = total / total.sum()
    error = float(np.nansum(part * np.abs(mean - right)))
    return Calibration(mean, right, part, error)


def _weights(pieces: Pieces) -> NDArray[np.float64]:
    length = np.minimum(pieces.length, _LONGEST)
    weight = np.zeros(len(length))
    for site in np.unique(pieces.site):
        here = pieces.site == site
        weight[here] = length[here] / np.sqrt(length[here].sum())
    return weight
