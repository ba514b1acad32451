"""The result of the main job."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from railmap.pipeline.drape import DrapedMap
    from railmap.raster import Coverage

__all__ = ["MapResult"]


@dataclass(frozen=True, slots=True)
class MapResult:
    """A map that was written.

    Parameters
    ----------
    path
        The GeoPackage.
    links, nodes
        Number of links and nodes.
    length_m
        Total length of the links, metres.
    crs
        CRS of the map.
    gsd
        GSD at which the tracks were detected, metres.
    seconds
        Wall time of the whole job.
    probability
        The probability raster, if it was kept.
    warnings
        Warnings for the user.
    heights
        Heights of the tracks, if there is an elevation model.
    looked_at
        How much of the images an area of interest left; None if there was none.
    """

    path: Path
    links: int
    nodes: int
    length_m: float
    crs: str
    gsd: float
    seconds: float
    probability: Path | None
    warnings: tuple[str, ...]
    heights: DrapedMap | None = None
    looked_at: Coverage | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        looked_at = {} if self.looked_at is None else {"looked_at": self.looked_at.share}
        return {
            "links": self.links,
            "nodes": self.nodes,
            "length_m": round(self.length_m, 3),
            "crs": self.crs,
            "gsd_m": self.gsd,
            "seconds": round(self.seconds, 3),
            **looked_at,
            "warnings": list(self.warnings),
            **({} if self.heights is None else {"heights": self.heights.to_dict()}),
        }

    def summary(self) -> str:
        """Return one line for a person."""
        part = f"{self.looked_at.summary()}, " if self.looked_at is not None else ""
        text = (
            f"{self.path}: {self.links} links, {self.length_m / 1000:.3f} km of track, "
            f"{self.nodes} nodes, {part}{self.crs}, {self.seconds:.1f} s"
        )
        return text if self.heights is None else f"{text}; {self.heights.words()}"
