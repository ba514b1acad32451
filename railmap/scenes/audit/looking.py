"""Where a network looks: the share of its activation on the evidence, and how spread it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from railmap.errors import InputError
from railmap.files.photo import read_image
from railmap.scenes.data.dataset import SceneDataset

__all__ = ["Looking", "look", "read_evidence"]


@dataclass(frozen=True, slots=True)
class Looking:
    """Where the activation for one class lies, over its photos.

    Parameters
    ----------
    heat
        ``(h, w)`` mean activation map, largest value 1.
    half_area
        Share of the picture that holds half of a photo's activation.
    edge_share
        Share of the activation in the outer eighth of the picture on each side; 44 % of its area.
    evidence_share, evidence_area
        Share of the activation on the evidence, and the evidence's share of the picture; None
        where evidence isn't known.
    """

    heat: NDArray[np.float32]
    half_area: float
    edge_share: float
    evidence_share: float | None
    evidence_area: float | None


def look(maps: NDArray[np.float32], evidence: NDArray[np.bool_] | None = None) -> Looking:
    """Sum up the activation maps of one class's photos.

    Parameters
    ----------
    maps
        ``(n, h, w)`` of the photos' own class; only what speaks for it counts.
    evidence
        ``(n, T, T)`` bool.
    """
    positive = np.maximum(maps, 0)
    totals = positive.sum(axis=(1, 2), keepdims=True)
    shares = positive / np.maximum(totals, 1e-12)
    heat = shares.mean(axis=0)
    ordered = -np.sort(-shares.reshape(len(shares), -1), axis=1)
    half = (np.cumsum(ordered, axis=1) < 0.5).sum(axis=1) + 1
    fine = _spread(shares, 64)
    edge = np.ones((64, 64), bool)
    edge[8:-8, 8:-8] = False
    on_evidence = area = None
    if evidence is not None:
        masks = np.stack([_resize(mask.astype(np.float32), 64) for mask in evidence])
        on_evidence = float((fine * masks).sum(axis=(1, 2)).mean())
        area = float(masks.mean())
    return Looking(
        (heat / max(float(heat.max()), 1e-12)).astype(np.float32),
        float(half.mean() / shares[0].size),
        float(fine[:, edge].sum(axis=1).mean()),
        on_evidence,
        area,
    )


def _spread(shares: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """Enlarge maps; each still sums to 1."""
    large = np.stack([_resize(share, size) for share in shares])
    return large / np.maximum(large.sum(axis=(1, 2), keepdims=True), 1e-12)


def _resize(values: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    picture = Image.fromarray(np.ascontiguousarray(values, np.float32))
    return np.asarray(picture.resize((size, size), Image.Resampling.BILINEAR), np.float32)


def read_evidence(folder: Path, data: SceneDataset, size: int) -> NDArray[np.bool_]:
    """Read masks of the evidence: ``FOLDER/CLASS/NAME.png`` for ``DATA/CLASS/NAME.jpg``.

    Raises
    ------
    InputError
        If a mask is missing or can't be read.
    """
    masks = np.zeros((len(data), size, size), bool)
    for number, file in enumerate(data.files):
        path = folder / file.with_suffix(".png")
        try:
            grey = Image.fromarray(read_image(path)).convert("L")
        except InputError as error:
            raise InputError(
                f"{path}: the mask of {file} can't be read; there must be one for each photo"
            ) from error
        masks[number] = np.asarray(grey.resize((size, size), Image.Resampling.NEAREST)) > 127
    return masks
