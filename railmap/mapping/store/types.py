"""What the map takes beside the network: images, the run, issues."""

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
    """An image that the map was made from; `footprint` is in the map's CRS, x/y.

    A text `acquired_at` is ISO 8601; a moment without a zone is taken as UTC.
    """

    uri: str
    footprint: Polygon
    gsd_m: float
    crs: str
    acquired_at: datetime | str | None = None


@dataclass(frozen=True, slots=True)
class RunRecord:
    """How a map was made; `parameters` must be what JSON can hold.

    The run's id comes from all fields but the times and warnings, so the same input and
    parameters give the same id.
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
    """Something to look at; `severity` is info, warning or error, `geometry` in the map's CRS."""

    rule: str
    severity: str
    message: str
    geometry: BaseGeometry
    object_id: str | None = None
    status: str = "open"
