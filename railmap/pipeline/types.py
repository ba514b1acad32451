"""The result of the main job."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

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

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return {
            "links": self.links,
            "nodes": self.nodes,
            "length_m": round(self.length_m, 3),
            "crs": self.crs,
            "gsd_m": self.gsd,
            "seconds": round(self.seconds, 3),
            "warnings": list(self.warnings),
        }

    def summary(self) -> str:
        """Return one line for a person."""
        return (
            f"{self.path}: {self.links} links, {self.length_m / 1000:.3f} km of track, "
            f"{self.nodes} nodes, {self.crs}, {self.seconds:.1f} s"
        )
