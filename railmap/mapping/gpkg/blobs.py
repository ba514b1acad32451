"""Geometries as GeoPackage blobs: a header with the SRS and the envelope, then ISO WKB.

Lines with M are encoded from numpy arrays: GEOS before 3.12 does not support M, and this avoids a
Python object per link.
"""

from __future__ import annotations

import struct

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

__all__ = [
    "Bounds",
    "blob_bounds",
    "geometry_blob",
    "line_m_blob",
    "point_blob",
    "wkb_from_blob",
]

Bounds = tuple[float, float, float, float]

_HEADER = struct.Struct("<2sBBi")
_ENVELOPE = struct.Struct("<2sBBi4d")
_LINE = struct.Struct("<BII")
_POINT = struct.Struct("<2sBBiBIdd")
_LITTLE_ENDIAN = 0x01
_XY_ENVELOPE = 0x02
_LINESTRING_M = 2002
_ENVELOPE_BYTES = (0, 32, 48, 48, 64)


def _header(srs_id: int, bounds: Bounds) -> bytes:
    x_min, y_min, x_max, y_max = bounds
    flags = _LITTLE_ENDIAN | _XY_ENVELOPE
    return _ENVELOPE.pack(b"GP", 0, flags, srs_id, x_min, x_max, y_min, y_max)


def point_blob(srs_id: int, x: float, y: float) -> bytes:
    """Encode a point.

    Parameters
    ----------
    srs_id
        Id in ``gpkg_spatial_ref_sys``.
    x, y
        Coordinates.
    """
    return _POINT.pack(b"GP", 0, _LITTLE_ENDIAN, srs_id, 1, 1, x, y)


def line_m_blob(srs_id: int, xym: NDArray[np.float64]) -> tuple[bytes, Bounds]:
    """Encode a measured line from ``(n, 3)`` float64 x, y, M.

    Returns
    -------
    bytes, Bounds
        The blob, and min x, min y, max x, max y.
    """
    x_min, y_min = xym[:, :2].min(axis=0).tolist()
    x_max, y_max = xym[:, :2].max(axis=0).tolist()
    bounds = (x_min, y_min, x_max, y_max)
    line = _LINE.pack(1, _LINESTRING_M, len(xym))
    return _header(srs_id, bounds) + line + xym.astype("<f8", copy=False).tobytes(), bounds


def geometry_blob(srs_id: int, geometry: BaseGeometry) -> tuple[bytes | None, Bounds | None]:
    """Encode a shapely geometry in 2D.

    Returns
    -------
    bytes or None, Bounds or None
        The blob, and min x, min y, max x, max y; None for an empty geometry (NULL).
    """
    if geometry.is_empty:
        return None, None
    bounds: Bounds = geometry.bounds
    wkb = shapely.to_wkb(geometry, byte_order=1, flavor="iso")
    return _header(srs_id, bounds) + wkb, bounds


def wkb_from_blob(blob: bytes) -> bytes:
    """Return the WKB inside a GeoPackage blob.

    Raises
    ------
    ValueError
        If it is not a GeoPackage geometry.
    """
    if len(blob) < 8 or blob[:2] != b"GP":
        raise ValueError("not a GeoPackage geometry")
    code = (blob[3] >> 1) & 0x07
    if code >= len(_ENVELOPE_BYTES):
        raise ValueError("a GeoPackage geometry with an unknown envelope")
    return blob[_HEADER.size + _ENVELOPE_BYTES[code] :]


def blob_bounds(blob: bytes | None) -> Bounds | None:
    """Return the bounds of a blob, None if it is NULL or empty."""
    if blob is None:
        return None
    geometry = shapely.from_wkb(wkb_from_blob(blob))
    return None if geometry.is_empty else geometry.bounds
