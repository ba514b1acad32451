"""Edits of a person in a map that are kept when its raster is mapped again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyproj
from numpy.typing import NDArray

if TYPE_CHECKING:
    from railmap.mapping.remap.carry_over import OtherContent

__all__ = ["Edits", "KeptLink", "KeptNode", "Values"]

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class KeptLink:
    """An edited link.

    Parameters
    ----------
    xy
        ``(n, 2)`` metres in the CRS of the edits.
    values
        Its columns, except those computed from its geometry.
    ends
        Ids of its first and last node; a link drawn in QGIS may have none.
    """

    xy: NDArray[np.float64]
    values: Values
    ends: tuple[str, str]


@dataclass(frozen=True, slots=True)
class KeptNode:
    """A reviewed node, or the end node of an edited link."""

    x: float
    y: float
    values: Values
    reviewed: bool


@dataclass(frozen=True, slots=True)
class Edits:
    """Edits of a map that are kept when its raster is mapped again.

    Parameters
    ----------
    crs
        Projected CRS of the coordinates.
    links, nodes
        Edited links, reviewed nodes.
    relations
        Rows of ``net_relation`` between edited links.
    runs
        Rows of ``processing_run`` to which edited links refer.
    other
        Content of the map in addition to its tracks.
    rejected
        Lines of tracks that a person has rejected, ``(n, 2)`` metres.
    heights
        Whether it has heights, which are not kept: they are those of its links.
    """

    crs: pyproj.CRS
    links: tuple[KeptLink, ...]
    nodes: tuple[KeptNode, ...]
    relations: tuple[Values, ...] = ()
    runs: tuple[Values, ...] = ()
    other: OtherContent | None = None
    rejected: tuple[NDArray[np.float64], ...] = ()
    heights: bool = False

    def to_crs(self, crs: Any) -> Edits:
        """Return the edits in another projected CRS; `crs` is any input of pyproj."""
        target = pyproj.CRS.from_user_input(crs)
        if target.equals(self.crs, ignore_axis_order=True):
            return self
        transformer = pyproj.Transformer.from_crs(self.crs, target, always_xy=True)

        def move(xy: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.column_stack(transformer.transform(xy[:, 0], xy[:, 1]))

        def moved(node: KeptNode) -> KeptNode:
            x, y = move(np.array([[node.x, node.y]]))[0]
            return replace(node, x=float(x), y=float(y))

        return replace(
            self,
            crs=target,
            links=tuple(replace(link, xy=move(link.xy)) for link in self.links),
            nodes=tuple(moved(node) for node in self.nodes),
            other=self.other.to_crs(target, move) if self.other else None,
            rejected=tuple(move(xy) for xy in self.rejected),
        )
