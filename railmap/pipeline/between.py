"""The track between two points of a map, from the rasters that show it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from railmap.errors import InputError
from railmap.pipeline.opening import open_images
from railmap.pipeline.options import RasterPath, ReadOptions

if TYPE_CHECKING:
    import numpy as np
    import pyproj
    from numpy.typing import NDArray

    from railmap.raster import ProbabilitySource, RasterSource

__all__ = ["TracedTrack", "trace_between"]

_FINEST = 0.02  # no image is read finer, metres per pixel
_SAME_GSD = 1.5  # images up to this many times coarser than the finest are tiles of one mosaic


@dataclass(frozen=True, slots=True)
class TracedTrack:
    """A track between two points.

    Parameters
    ----------
    xy
        ``(n, 2)`` centreline in the CRS of the points, metres.
    unseen_m
        Length without evidence, which the line bridges, metres.
    evidence
        Files of the rasters that show it: the probability first.
    """

    xy: NDArray[np.float64]
    unseen_m: float
    evidence: tuple[str, ...]


def trace_between(
    start: tuple[float, float],
    end: tuple[float, float],
    crs: Any,
    rasters: Sequence[RasterPath],
    *,
    probability: RasterPath | None = None,
) -> TracedTrack:
    """Find the track between two points.

    Parameters
    ----------
    start, end
        x, y of points within 1.2 m of the track, metres.
    crs
        Their projected CRS; any input of pyproj.
    rasters
        Images, and probability rasters that railmap wrote. Those that lie elsewhere are not used,
        and of images of several resolutions only the finest.
    probability
        Probability or mask raster of any program.

    Returns
    -------
    TracedTrack
        The track, in the CRS of the points.

    Raises
    ------
    InputError
        If no raster shows the place or none is fine enough, the points are too near to each
        other or too far apart, or no track is seen.
    RailmapError
        As `open_probability` and `open_raster`.

    Examples
    --------
    >>> found = trace_between(
    ...     (500010.0, 5399990.0), (500120.0, 5399991.0), "EPSG:25832", ["ortho.tif"]
    ... )  # doctest: +SKIP
    """
    import numpy as np
    import pyproj

    from railmap.geometry.between.path import find_between
    from railmap.geometry.evidence.field import ProbabilityField
    from railmap.geometry.turnouts.rail_strip import TURNOUT_GSD, RailImage

    points = np.array([start, end], np.float64)
    here = pyproj.CRS.from_user_input(crs)
    images, track = _there(rasters, points, here)
    if probability is not None:
        track = os.fspath(probability)
    with ExitStack() as stack:
        seen = _open_probability(track, stack)
        shown = _open_images(images, stack)
        if shown is not None and shown.grid.gsd > TURNOUT_GSD:
            if seen is None:
                raise InputError(
                    f"{images[0]}: rails are not seen at {shown.grid.gsd:.2f} m per pixel; needs"
                    f" {TURNOUT_GSD:g} m or finer, or a probability raster (railmap segment)"
                )
            shown = None
        if seen is not None and shown is not None and shown.grid.crs != seen.grid.crs:
            shown = None
        source = seen or shown
        if source is None:
            raise InputError("no raster shows both points; add the image or its probability")
        grid = source.grid
        there = pyproj.CRS.from_wkt(grid.crs.to_wkt())
        origin = np.array([grid.transform.c, grid.transform.f])
        local = _moved(points, here, there) - origin
        field = None
        if seen is not None:
            field = ProbabilityField(seen.read, grid.gsd, grid.height, grid.width, seen.threshold)
        rails = None if shown is None else RailImage(shown, grid.transform)
        found = find_between(
            local[0], local[1], field=field,
            tent=seen is not None and seen.profile == "tent", rails=rails,
        )  # fmt: skip
    used = ([track] if seen is not None and track else []) + (images if shown is not None else [])
    return TracedTrack(_moved(found.xy + origin, there, here), found.unseen_m, tuple(used))


def _there(
    rasters: Sequence[RasterPath], points: NDArray[np.float64], crs: pyproj.CRS
) -> tuple[list[str], str | None]:
    """Return the finest images under the straight between two points, and the probability."""
    import shapely
    from pyproj import CRS

    from railmap.raster import describe
    from railmap.raster.description import PROBABILITY

    images: list[tuple[float, str]] = []
    track = None
    for raster in rasters:
        about = describe(raster)
        if about["crs"] is None or about["gsd_m"] is None:
            continue
        straight = shapely.linestrings(_moved(points, crs, CRS.from_user_input(about["crs"])))
        if not shapely.intersects(straight, shapely.box(*about["bounds"])):
            continue
        if about["kind"] == PROBABILITY:
            track = track or os.fspath(raster)
        else:
            images.append((float(about["gsd_m"]), os.fspath(raster)))
    finest = min((gsd for gsd, _ in images), default=0.0)
    return [path for gsd, path in images if gsd <= _SAME_GSD * finest], track


def _open_probability(path: str | None, stack: ExitStack) -> ProbabilitySource | None:
    from railmap.raster import open_probability

    return None if path is None else stack.enter_context(open_probability(path))


def _open_images(paths: list[str], stack: ExitStack) -> RasterSource | None:
    from railmap.raster import describe

    if not paths:
        return None
    gsd = min(float(describe(path)["gsd_m"]) for path in paths)
    return stack.enter_context(open_images(paths, ReadOptions(), max(gsd, _FINEST)))


def _moved(xy: NDArray[np.float64], source: pyproj.CRS, target: pyproj.CRS) -> NDArray[np.float64]:
    import numpy as np
    import pyproj

    if target.equals(source, ignore_axis_order=True):
        return xy
    move = pyproj.Transformer.from_crs(source, target, always_xy=True)
    return np.column_stack(move.transform(xy[:, 0], xy[:, 1]))
