"""Numbers and pictures of how well a network does."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from railmap.output import atomic_output
from railmap.training.sample import IGNORE, TOP, Sample, normalise

__all__ = ["predict", "scores", "write_sheet"]

_RIDGE, _FAR = 0.9, 0.0


@torch.no_grad()
def predict(
    network: nn.Module, image: NDArray[np.uint8], device: torch.device
) -> NDArray[np.uint8]:
    """Probability of ``(H, W, 3)`` uint8 RGB as ``(H, W)`` uint8, 0–254; sides multiples of 16."""
    training = network.training
    network.eval()
    batch = torch.from_numpy(normalise(image))[None].to(device, memory_format=torch.channels_last)
    with torch.autocast(device.type, torch.bfloat16):
        logits = network(batch)
    network.train(training)
    probability = torch.sigmoid(logits.float())[0, 0].cpu().numpy()
    return np.round(probability * TOP).astype(np.uint8)


def scores(
    predictions: Sequence[NDArray[np.uint8]], samples: Sequence[Sample]
) -> dict[str, float | None]:
    """Score predictions over all judged pixels together.

    Returns
    -------
    dict
        ``iou``, ``precision``, ``recall`` at half height (sleeper width), ``ridge`` the mean
        probability on centrelines, ``far`` that beyond a sleeper length. None where undefined.
    """
    hit = false = missed = 0
    sums = np.zeros((2, 2))
    for prediction, (_, target) in zip(predictions, samples, strict=True):
        valid = target != IGNORE
        found, wanted = prediction >= TOP / 2, target >= TOP / 2
        hit += int((found & wanted & valid).sum())
        false += int((found & ~wanted & valid).sum())
        missed += int((~found & wanted & valid).sum())
        for row, where in enumerate((target >= _RIDGE * TOP, target <= _FAR * TOP)):
            sums[row] += prediction[where & valid].sum() / TOP, (where & valid).sum()
    return {
        "iou": _ratio(hit, hit + false + missed),
        "precision": _ratio(hit, hit + false),
        "recall": _ratio(hit, hit + missed),
        "ridge": _ratio(*sums[0]),
        "far": _ratio(*sums[1]),
    }


def _ratio(part: float, whole: float) -> float | None:
    return round(float(part) / float(whole), 5) if whole else None


def write_sheet(
    path: Path,
    predictions: Sequence[NDArray[np.uint8]],
    samples: Sequence[Sample],
    *,
    side: int = 320,
    columns: int = 3,
) -> None:
    """Write image | target | prediction for every sample as one PNG.

    Raises
    ------
    OutputError
        If the file can't be written.
    """
    tiles = []
    for prediction, (image, target) in zip(predictions, samples, strict=True):
        shown = np.where(target == IGNORE, 96, target)
        row = [image, *(np.repeat(g[..., None], 3, 2) for g in (shown, prediction))]
        scale = side / max(target.shape)
        size = (round(target.shape[1] * scale), round(target.shape[0] * scale))
        tile = np.full((side + 4, 3 * (side + 4), 3), 40, np.uint8)
        for place, picture in enumerate(row):
            small = cv2.resize(np.asarray(picture, np.uint8), size, None, 0, 0, cv2.INTER_AREA)
            left = place * (side + 4)
            tile[: size[1], left : left + size[0]] = small
        tiles.append(tile)
    tiles += [np.full_like(tiles[0], 40)] * (-len(tiles) % columns)
    rows = [np.hstack(tiles[i : i + columns]) for i in range(0, len(tiles), columns)]
    _, code = cv2.imencode(".png", np.vstack(rows)[..., ::-1])
    with atomic_output(path, overwrite=True) as partial:
        partial.write_bytes(code.tobytes())
