"""The result of the main job."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

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

    def summary(self) -> str:
        """Return one line for a person."""
        return (
            f"{self.path}: {self.links} links, {self.length_m / 1000:.3f} km of track, "
            f"{self.nodes} nodes, {self.crs}, {self.seconds:.1f} s"
        )
