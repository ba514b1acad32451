"""Columns that state the scene class of a photo or a stretch."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["scene_columns", "score_column", "score_lines"]


def scene_columns(
    probability: NDArray[np.float32], classes: Sequence[str], version: str
) -> dict[str, Any]:
    """Return the columns of the most probable classes.

    Parameters
    ----------
    probability
        ``(C,)`` float32.
    classes
        Keys of the classes, in the order of the probabilities.
    version
        Name and version of the model.

    Returns
    -------
    dict
        ``scene_class``, ``probability``, ``top3`` (JSON) and ``model_version``.

    Examples
    --------
    >>> scene_columns(np.array([0.2, 0.8], np.float32), ["tunnel", "platform"], "1")["top3"]
    '{"platform": 0.8, "tunnel": 0.2}'
    """
    order = np.argsort(-probability, kind="stable")[:3].tolist()
    return {
        "scene_class": classes[order[0]],
        "probability": float(probability[order[0]]),
        "top3": json.dumps({classes[i]: round(float(probability[i]), 4) for i in order}),
        "model_version": version,
    }


def score_column(scores: NDArray[np.float32], classes: Sequence[str]) -> str:
    """Return the activation score S^c of every class as JSON, the highest first.

    Parameters
    ----------
    scores
        ``(C,)`` float32, equation 5 of the paper.
    classes
        Keys of the classes.

    Examples
    --------
    >>> score_column(np.array([-1.5, 4.25], np.float32), ["tunnel", "platform"])
    '{"platform": 4.25, "tunnel": -1.5}'
    """
    order = np.argsort(-scores, kind="stable").tolist()
    return json.dumps({classes[i]: round(float(scores[i]), 3) for i in order})


def score_lines(
    probability: NDArray[np.float32], scores: NDArray[np.float32], classes: Sequence[str]
) -> list[str]:
    """Return probability and activation score of the three most probable classes, a line each."""
    order = np.argsort(-probability, kind="stable")[:3].tolist()
    return [f"{classes[i]}: {probability[i]:.2f}, S = {scores[i]:.2f}" for i in order]
