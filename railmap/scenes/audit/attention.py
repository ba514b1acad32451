"""Distribution of a network's activation: its concentration and its share on the evidence."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from railmap.errors import InputError
from railmap.files.photo import read_image
from railmap.scenes.data.dataset import SceneDataset

__all__ = ["Attention", "read_evidence", "summarize_attention"]


@dataclass(frozen=True, slots=True)
class Attention:
    """Distribution of the activation for one class, over its photos.

    Parameters
    ----------
    heat
        ``(h, w)`` float32 mean activation map, maximum 1.
    half_area
        Fraction of the image that holds half of a photo's activation.
    edge_share
        Fraction of the activation in the outer eighth of the image on each side (44 % of its
        area).
    evidence_share, evidence_area
        Fraction of the activation on the evidence, and fraction of the image that is evidence;
        None where the evidence is unknown.
    """

    heat: NDArray[np.float32]
    half_area: float
    edge_share: float
    evidence_share: float | None
    evidence_area: float | None


def summarize_attention(
    maps: NDArray[np.float32], evidence: NDArray[np.bool_] | None = None
) -> Attention:
    """Summarize the activation maps of the photos of one class.

    Parameters
    ----------
    maps
        ``(n, h, w)`` float32 for the photos' own class; negative values are ignored.
    evidence
        ``(n, T, T)`` bool masks of the evidence; None: unknown.
    """
    positive = np.maximum(maps, 0)
    totals = positive.sum(axis=(1, 2), keepdims=True)
    shares = positive / np.maximum(totals, 1e-12)
    heat = shares.mean(axis=0)
    ordered = -np.sort(-shares.reshape(len(shares), -1), axis=1)
    half = (np.cumsum(ordered, axis=1) < 0.5).sum(axis=1) + 1
    fine = _enlarge(shares, 64)
    edge = np.ones((64, 64), bool)
    edge[8:-8, 8:-8] = False
    on_evidence = area = None
    if evidence is not None:
        masks = np.stack([_resize(mask.astype(np.float32), 64) for mask in evidence])
        on_evidence = float((fine * masks).sum(axis=(1, 2)).mean())
        area = float(masks.mean())
    return Attention(
        (heat / max(float(heat.max()), 1e-12)).astype(np.float32),
        float(half.mean() / shares[0].size),
        float(fine[:, edge].sum(axis=1).mean()),
        on_evidence,
        area,
    )


def _enlarge(shares: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """Enlarge maps; each still sums to 1."""
    large = np.stack([_resize(share, size) for share in shares])
    return np.asarray(large / np.maximum(large.sum(axis=(1, 2), keepdims=True), 1e-12))


def _resize(values: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    image = Image.fromarray(np.ascontiguousarray(values, np.float32))
    return np.asarray(image.resize((size, size), Image.Resampling.BILINEAR), np.float32)


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
