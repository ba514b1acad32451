"""A calibrated model of the probability that a piece of line is track."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from railmap.errors import ModelError
from railmap.geometry.curves import Array
from railmap.geometry.judge.features import FEATURES

__all__ = ["LARGEST_FEATURE", "PieceModel"]

LARGEST_FEATURE = 4.0
"""Limit of a feature, in standard deviations of the training set."""


@dataclass(frozen=True, slots=True)
class PieceModel:
    """Logistic regression on the features of a piece, as plain numbers.

    Parameters
    ----------
    mean, deviation
        Of each of `FEATURES` in the training set.
    weights
        Log-odds per deviation of each feature.
    bias
        Log-odds of the mean piece.
    record
        Training set: pieces, length, sites, date.
    """

    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float
    record: str = ""

    @classmethod
    def neutral(cls) -> PieceModel:
        """A model that gives 0.5 for every piece; for measuring pieces for training."""
        zeros = (0.0,) * len(FEATURES)
        return cls(zeros, (1.0,) * len(FEATURES), zeros, 0.0)

    def confidence(self, features: Array) -> Array:
        """Give the probability (0-1) that each piece is track.

        Parameters
        ----------
        features
            ``(n, len(FEATURES))``, as `piece_features` measures them.

        Returns
        -------
        Array
            ``(n,)``.
        """
        scaled = (features - np.array(self.mean)) / np.array(self.deviation)
        odds = (
            np.clip(scaled, -LARGEST_FEATURE, LARGEST_FEATURE) @ np.array(self.weights) + self.bias
        )
        return np.asarray(1.0 / (1.0 + np.exp(-odds)))

    def to_json(self) -> str:
        """Write as JSON for the metadata of a model package."""
        return json.dumps({"features": FEATURES, **asdict(self)}, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> PieceModel | None:
        """Read the output of `to_json`; None if its features are not those of this version.

        Raises
        ------
        ModelError
            If the text is not a piece model.
        """
        try:
            values: dict[str, Any] = json.loads(text)
            if tuple(values.pop("features")) != FEATURES:
                return None
            bias, record = float(values["bias"]), str(values.get("record", ""))
            mean, deviation, weights = (
                tuple(float(v) for v in values[name]) for name in ("mean", "deviation", "weights")
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ModelError(f"the model's metadata has no usable piece model ({error})") from error
        numbers = [bias, *mean, *deviation, *weights]
        whole = len(mean) == len(deviation) == len(weights) == len(FEATURES)
        if not whole or not np.isfinite(numbers).all() or min(deviation) <= 0:
            raise ModelError("the model's metadata has no usable piece model (wrong numbers)")
        return cls(mean, deviation, weights, bias, record)
