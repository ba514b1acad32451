"""Pieces of line with their evidence, and how much of each is track."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from railmap.evaluation.layers import TrackLayer, read_tracks, to_crs
from railmap.geometry.judge.features import FEATURES
from railmap.geometry.judge.model import PieceModel
from railmap.pipeline import LineOptions
from railmap.pipeline.lines import lines_from_probability
from railmap.raster import open_probability

__all__ = ["Pieces", "collect_pieces"]

_TOLERANCE = 0.6  # of a line on its track, metres
_TOLERANCE_COARSE = 1.0  # where a pixel is larger than `_COARSE`
_COARSE = 0.105
_JUDGED = 1.0  # least length outside the parts that aren't judged, metres


@dataclass(frozen=True, slots=True)
class Pieces:
    """Pieces of one or more images.

    Parameters
    ----------
    features
        ``(n, len(FEATURES))``, see `piece_features`.
    share
        ``(n,)`` share of the length that is on a track, 0-1.
    length
        ``(n,)`` metres.
    site
        ``(n,)`` name of the place that the image shows.
    """

    features: NDArray[np.float64]
    share: NDArray[np.float64]
    length: NDArray[np.float64]
    site: NDArray[np.str_]

    @classmethod
    def join(cls, parts: list[Pieces]) -> Pieces:
        """Concatenate."""
        return cls(
            np.concatenate([p.features for p in parts] or [np.zeros((0, len(FEATURES)))]),
            np.concatenate([p.share for p in parts] or [np.zeros(0)]),
            np.concatenate([p.length for p in parts] or [np.zeros(0)]),
            np.concatenate([p.site for p in parts] or [np.zeros(0, str)]),
        )


def collect_pieces(
    probability: Path, truth: Path | None, site: str, lines: LineOptions | None = None
) -> Pieces:
    """Draw the lines of a probability raster and compare each with the truth.

    Parameters
    ----------
    probability
        Raster written by `railmap segment`.
    truth
        Track centrelines, as `railmap evaluate` reads them; None for an image without railway.
    site
        Name of the place.
    lines
        How the lines are drawn.
    """
    lines = replace(lines or LineOptions(), min_confidence=0.0)
    with open_probability(probability) as source:
        network = lines_from_probability(
            source,
            source.threshold if lines.threshold is None else lines.threshold,
            lines,
            piece_model=PieceModel.neutral(),
        )
        layer = None if truth is None else to_crs(read_tracks(truth, "truth"), source.grid.crs)
        coarse = (source.source_gsd or source.grid.gsd) > _COARSE
    tracks = None if layer is None else _band(layer, _TOLERANCE_COARSE if coarse else _TOLERANCE)
    rows = []
    for link in network.links:
        line = shapely.linestrings(link.xy)
        if layer is not None and layer.ignore is not None:
            line = shapely.difference(line, layer.ignore)
        if layer is not None and layer.area is not None:
            line = shapely.intersection(line, layer.area)
        if line.length < _JUDGED or link.evidence is None:
            continue
        right = 0.0 if tracks is None else shapely.intersection(line, tracks).length / line.length
        rows.append((link.evidence, right, line.length))
    return Pieces(
        np.array([row[0] for row in rows]).reshape(-1, len(FEATURES)),
        np.array([row[1] for row in rows]),
        np.array([row[2] for row in rows]),
        np.array([site] * len(rows), str),
    )


def _band(layer: TrackLayer, tolerance: float) -> shapely.Geometry:
    return shapely.buffer(shapely.union_all(layer.lines.geometry.to_numpy()), tolerance)
