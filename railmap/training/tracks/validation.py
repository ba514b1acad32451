"""Contact sheets of predictions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from railmap.files.output import atomic_output
from railmap.training.data.sample import IGNORE, Sample

__all__ = ["write_sheet"]


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
        If the file cannot be written.
    """
    tiles = []
    for prediction, sample in zip(predictions, samples, strict=True):
        image, target = sample.image, sample.target
        shown = np.where(target == IGNORE, 96, target)
        row = [image, *(np.repeat(g[..., None], 3, 2) for g in (shown, prediction))]
        scale = side / max(target.shape)
        size = (round(target.shape[1] * scale), round(target.shape[0] * scale))
        tile = np.full((side + 4, 3 * (side + 4), 3), 40, np.uint8)
        for place, panel in enumerate(row):
            small = cv2.resize(np.asarray(panel, np.uint8), size, None, 0, 0, cv2.INTER_AREA)
            left = place * (side + 4)
            tile[: size[1], left : left + size[0]] = small
        tiles.append(tile)
    tiles += [np.full_like(tiles[0], 40)] * (-len(tiles) % columns)
    rows = [np.hstack(tiles[i : i + columns]) for i in range(0, len(tiles), columns)]
    _, code = cv2.imencode(".png", np.vstack(rows)[..., ::-1])
    with atomic_output(path, overwrite=True) as partial:
        partial.write_bytes(code.tobytes())
