"""The last layer of a scene network: multinomial logistic regression on its features."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax

__all__ = ["LastLayer", "fit_last_layer"]

_STEPS = 100  # of L-BFGS
_DECAY = 1e-2  # weight decay, of standardised features


@dataclass(frozen=True, slots=True)
class LastLayer:
    """Weights of a linear layer.

    Parameters
    ----------
    weight
        ``(C, K)`` float32.
    bias
        ``(C,)`` float32.
    """

    weight: NDArray[np.float32]
    bias: NDArray[np.float32]

    def logits(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return ``(N, C)`` float32 logits of ``(N, K)`` features."""
        return np.asarray(features @ self.weight.T + self.bias, np.float32)

    def scaled(self, factor: float) -> LastLayer:
        """Return the layer with all logits multiplied by a factor."""
        return LastLayer(self.weight * np.float32(factor), self.bias * np.float32(factor))


def fit_last_layer(
    features: NDArray[np.float32], labels: NDArray[np.int64], classes: int
) -> LastLayer:
    """Fit the layer; every class counts the same, however many photos it has.

    Parameters
    ----------
    features
        ``(N, K)`` float32.
    labels
        ``(N,)`` int64.
    classes
        C.

    Returns
    -------
    LastLayer
        For features that are not standardised.
    """
    mean, spread = features.mean(0, dtype=np.float64), features.std(0, dtype=np.float64) + 1e-6
    x = np.column_stack([(features - mean) / spread, np.ones(len(features))])
    counts = np.bincount(labels, minlength=classes)
    importance = 1 / (counts[labels] * np.count_nonzero(counts))

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weight = flat.reshape(classes, -1)
        logs = log_softmax(x @ weight.T, axis=1)
        plain = weight[:, :-1]
        value = -float(importance @ logs[np.arange(len(labels)), labels])
        error = np.exp(logs)
        error[np.arange(len(labels)), labels] -= 1
        slope = (error * importance[:, None]).T @ x
        slope[:, :-1] += _DECAY * plain
        return value + _DECAY * float(np.square(plain).sum()) / 2, slope.ravel()

    start = np.zeros(classes * x.shape[1])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": _STEPS})
    weight = found.x.reshape(classes, -1)
    plain = weight[:, :-1] / spread
    return LastLayer(plain.astype(np.float32), (weight[:, -1] - plain @ mean).astype(np.float32))
