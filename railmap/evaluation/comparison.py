"""Bring a prediction and a truth into one metric CRS, with the area that is evaluated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from shapely.geometry.base import BaseGeometry

from railmap.errors import InputError
from railmap.evaluation.layers import (
    LayerSource,
    TrackLayer,
    as_polygon,
    metric_crs,
    read_tracks,
    to_crs,
    united,
)

__all__ = ["AreaSource", "Comparison", "compare_layers"]

AreaSource: TypeAlias = LayerSource | BaseGeometry | gpd.GeoSeries


@dataclass(frozen=True, slots=True)
class Comparison:
    """Prediction, truth and the evaluated area, all in `crs` (metres).

    Points in `ignore` are not evaluated; with an `area`, only points in it are.
    """

    predicted: TrackLayer
    truth: TrackLayer
    crs: CRS
    ignore: BaseGeometry | None
    area: BaseGeometry | None

    def judged(self, xy: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return ``(n,)`` bool: which points ``(n, 2)`` are evaluated."""
        judged = np.ones(len(xy), bool)
        if self.area is not None:
            judged &= _inside(self.area, xy)
        if self.ignore is not None:
            judged &= ~_inside(self.ignore, xy)
        return judged


def compare_layers(
    predicted: LayerSource,
    truth: LayerSource,
    *,
    ignore: AreaSource | None = None,
    area: AreaSource | None = None,
) -> Comparison:
    """Read both layers and reproject them to the truth's CRS or its UTM zone.

    Parameters
    ----------
    predicted, truth
        See `railmap.evaluation.layers.read_tracks`.
    ignore, area
        Polygons as file, frame or geometry; a bare geometry is in the truth's CRS. They are
        combined with the truth's own polygons.

    Raises
    ------
    InputError
        If a layer cannot be used, or neither has a line.
    GeoreferenceError
        If a layer has no CRS.
    """
    left, right = read_tracks(predicted, "prediction"), read_tracks(truth, "truth")
    if left.lines.empty and right.lines.empty:
        raise InputError(
            f"neither {left.name} nor {right.name} has a line; give layers with track lines"
        )
    crs = metric_crs(right.lines if len(right.lines) else left.lines)
    source = right.lines.crs
    left, right = to_crs(left, crs), to_crs(right, crs)
    ignored = [right.ignore, as_polygon(ignore, source, crs)]
    inside = as_polygon(area, source, crs)
    if inside is not None and right.area is not None:
        inside = shapely.intersection(inside, right.area)
    return Comparison(
        predicted=left,
        truth=right,
        crs=crs,
        ignore=united([polygon for polygon in ignored if polygon is not None]),
        area=right.area if inside is None else inside,
    )


def _inside(polygon: BaseGeometry, xy: NDArray[np.float64]) -> NDArray[np.bool_]:
    shapely.prepare(polygon)
    return np.asarray(shapely.intersects_xy(polygon, xy[:, 0], xy[:, 1]))
