"""Source images, run record and issues of a map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

__all__ = ["QaIssue", "RunRecord", "SourceImage"]


@dataclass(frozen=True, slots=True)
class SourceImage:
    """A source image of the map.

    Parameters
    ----------
    uri
        File name or address.
    footprint
        Area with data, in the map's CRS, x/y.
    gsd_m
        Ground sampling distance, metres.
    crs
        CRS of the image.
    acquired_at
        Time of acquisition; text is ISO 8601, without a time zone it is UTC.
    licence, attribution
        Licence under which the map was made from the image, and who must be named.
    """

    uri: str
    footprint: Polygon
    gsd_m: float
    crs: str
    acquired_at: datetime | str | None = None
    licence: str | None = None
    attribution: str | None = None


@dataclass(frozen=True, slots=True)
class RunRecord:
    """Record of the run that wrote a map.

    The run's id is computed from all fields except times and warnings, so the same input and
    parameters give the same id.

    Parameters
    ----------
    version
        Version of railmap.
    command
        Command line or function.
    parameters
        All parameters; JSON-serializable.
    started_at
        Start of the run.
    seconds
        Duration.
    model, model_sha256
        Name and version of the model, and checksum of its file.
    warnings
        Warnings of the run.
    """

    version: str
    command: str
    parameters: Mapping[str, Any]
    started_at: datetime
    seconds: float | None = None
    model: str | None = None
    model_sha256: str | None = None
    warnings: Sequence[str] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class QaIssue:
    """An issue for review.

    Parameters
    ----------
    rule
        Rule that found it.
    severity
        ``info``, ``warning`` or ``error``.
    message
        Fault and remedy.
    geometry
        In the map's CRS.
    object_id
        Link or node concerned.
    status
        ``open``, ``accepted`` or ``fixed``.
    """

    rule: str
    severity: str
    message: str
    geometry: BaseGeometry
    object_id: str | None = None
    status: str = "open"
