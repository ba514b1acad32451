"""Where a raster lies: what its file says, and what the user says in place of that."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.control import GroundControlPoint
from rasterio.crs import CRS
from rasterio.errors import CRSError

from railmap.errors import GeoreferenceError, Option, Part, UsageError
from railmap.raster.georeference.transforms import (
    apply_affine,
    horizontal_crs,
    is_far_outside,
    is_metric,
)

__all__ = ["Placement", "place_raster"]

_NEED_GSD: tuple[Part, ...] = (Option("gsd", "METRES"),)
_NEED_CRS: tuple[Part, ...] = (Option("crs", "EPSG:CODE"),)
_NEED_BOTH: tuple[Part, ...] = (*_NEED_GSD, " and ", *_NEED_CRS)


class Placement(NamedTuple):
    """Where a raster lies.

    Parameters
    ----------
    crs
        Horizontal CRS.
    transform
        Pixel (col, row) to CRS (x, y); None with ground control points.
    gcps
        Ground control points, three or more, or none.
    assumed_gsd
        Metres per pixel that the user gave and the file lacks.
    notes
        What the user should know.
    """

    crs: CRS
    transform: Affine | None
    gcps: tuple[GroundControlPoint, ...]
    assumed_gsd: float | None
    notes: tuple[str, ...]


def place_raster(
    uri: str, dataset: Any, assume_gsd: float | None, assume_crs: str | None
) -> Placement:
    """Return where a raster lies.

    Parameters
    ----------
    uri
        Its name in messages.
    dataset
        The open raster.
    assume_gsd, assume_crs
        See `railmap.raster.files.inspect_file`.

    Raises
    ------
    GeoreferenceError
        If it has no CRS or no transform, and none is given.
    UsageError
        If what is given is not usable, or cannot be right.
    """
    transform: Affine | None = dataset.transform
    crs, gcps, assumed = dataset.crs, (), None
    if transform is None or transform.is_identity:
        points, points_crs = dataset.gcps
        if len(points) >= 3:
            transform, gcps, crs = None, tuple(points), points_crs or crs
        elif assume_gsd is None:
            needed = _NEED_GSD if crs or assume_crs else _NEED_BOTH
            raise GeoreferenceError(
                f"{uri}: has no georeference (no transform from pixels to a map); "
                "georeference it with ",
                *needed,
                ", or add a world file",
            )
        else:
            if not (math.isfinite(assume_gsd) and assume_gsd > 0):
                raise UsageError(
                    Option("gsd"), f" is metres per pixel and above 0, not {assume_gsd}"
                )
            transform, assumed = Affine(assume_gsd, 0.0, 0.0, 0.0, -assume_gsd, 0.0), assume_gsd
    elif transform.is_degenerate or not all(math.isfinite(v) for v in transform[:6]):
        raise GeoreferenceError(f"{uri}: its transform is degenerate; georeference it again")
    flat = horizontal_crs(crs) if crs else None
    notes: tuple[str, ...] = ()
    if assume_crs is not None:
        given = _given_crs(assume_crs)
        if flat is not None and given != flat:
            corners = _corners(dataset, transform, gcps)
            _check_given_crs(uri, flat, given, corners, assume_crs)
            _check_place(uri, flat, given, corners, assume_crs)
            said, taken = _crs_name(flat), _crs_name(given)
            notes = (f"{uri}: the file says {said}; {taken} is taken, as given",)
        flat = given
    if flat is None:
        needed = _NEED_BOTH if assumed else _NEED_CRS
        what = "a CRS that is no map projection" if crs else "no CRS"
        raise GeoreferenceError(f"{uri}: has {what}; give it with ", *needed)
    if assumed and not is_metric(flat):
        raise UsageError(
            f"{uri}: ",
            Option("gsd"),
            " is in metres, so ",
            Option("crs"),
            f" must be projected in metres, and {flat.to_string()} is not",
        )
    return Placement(flat, transform, gcps, assumed, notes)


def _given_crs(text: str) -> CRS:
    try:
        crs = horizontal_crs(CRS.from_user_input(text))
    except (CRSError, ValueError) as error:
        raise UsageError(Option("crs", text), ": is no CRS; give EPSG:CODE") from error
    if crs is None:
        raise UsageError(Option("crs", text), ": is neither projected nor geographic")
    return crs


def _crs_name(crs: CRS) -> str:
    text: str = crs.to_string()
    return text if len(text) <= 40 else text[:40] + "..."


def _corners(
    dataset: Any, transform: Affine | None, gcps: Sequence[GroundControlPoint]
) -> NDArray[np.float64]:
    """Return ``(points, 2)`` x, y of the corners or control points."""
    if transform is None:
        return np.array([(point.x, point.y) for point in gcps], dtype=np.float64)
    width, height = dataset.width, dataset.height
    cols, rows = np.array([0.0, width, 0.0, width]), np.array([0.0, 0.0, height, height])
    return np.column_stack(apply_affine(transform, (cols, rows)))


def _check_given_crs(
    uri: str, said: CRS, given: CRS, corners: NDArray[np.float64], text: str
) -> None:
    """Refuse a CRS in degrees for positions in metres, and one in metres for degrees."""
    x, y = np.abs(corners).max(axis=0)
    degrees = bool(x <= 360 and y <= 90)
    if given.is_geographic == degrees or (degrees and not said.is_geographic):
        return
    unit = "degrees" if degrees else "metres"
    raise UsageError(
        f"{uri}: the file says {_crs_name(said)}, and its positions (such as {corners[0, 0]:.10g},"
        f" {corners[0, 1]:.10g}) are in {unit}, which ",
        Option("crs", text),
        " is not; leave the option out",
    )


def _check_place(uri: str, said: CRS, given: CRS, corners: NDArray[np.float64], text: str) -> None:
    """Refuse a CRS by which the positions are far outside the area that it is made for."""
    x, y = (float(value) for value in corners.mean(axis=0))
    if not is_far_outside(given, text, x, y):
        return
    raise UsageError(
        f"{uri}: the file says {_crs_name(said)}; by ",
        Option("crs", text),
        f" its positions (such as {corners[0, 0]:.10g}, {corners[0, 1]:.10g}) are far outside the"
        " area of that CRS; leave the option out",
    )
