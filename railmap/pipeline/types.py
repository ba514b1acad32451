"""What the main job is told and what it answers."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

__all__ = ["LineOptions", "MapResult", "RasterPath"]

RasterPath = str | os.PathLike[str]


@dataclass(frozen=True, slots=True)
class LineOptions:
    """How probability becomes lines; lengths in metres, areas in square metres.

    Parameters
    ----------
    threshold
        Probability from which a pixel is track; None takes the model's own (0.5 for a mask).
    ridge_length, ridge_aside, ridge_contrast
        For networks whose probability has its ridge on the centreline: length of the straight
        piece that must be surer than its neighbours, how far aside these lie, and by how much.
    sure_contrast, sure_length
        Connected tracks are kept if over this length they exceed their neighbours by this much.
    open_radius, close_radius
        Half side of the square of the opening and the closing.
    min_area, max_hole
        Smallest blob kept, largest hole filled.
    max_width
        Wider blobs become `track_area`.
    min_length
        Shortest link that hangs on nothing.
    tolerance
        Largest distance of the drawn line from the fitted curve.
    max_gap
        Widest gap that is bridged.
    refine
        ``auto``, ``probability`` or ``rails``: what the centreline is fitted to.
    """

    threshold: float | None = None
    ridge_length: float = 6.0
    ridge_aside: float = 1.9
    ridge_contrast: float = 0.2
    sure_contrast: float = 0.35
    sure_length: float = 4.0
    open_radius: float = 0.3
    close_radius: float = 0.4
    min_area: float = 6.0
    max_hole: float = 2.0
    max_width: float = 12.0
    min_length: float = 5.0
    tolerance: float = 0.02
    max_gap: float = 30.0
    refine: str = "auto"


@dataclass(frozen=True, slots=True)
class MapResult:
    """What was made.

    Parameters
    ----------
    path
        The GeoPackage.
    links, nodes
        Their numbers.
    length_m
        Total length of the links.
    crs
        CRS of the map.
    gsd
        GSD that the tracks were found at, metres.
    seconds
        Wall time of the whole job.
    probability
        The probability raster, if it was kept.
    warnings
        What the user should know.
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
        """One line for a person."""
        return (
            f"{self.path}: {self.links} links, {self.length_m / 1000:.3f} km of track, "
            f"{self.nodes} nodes, {self.crs}, {self.seconds:.1f} s"
        )
