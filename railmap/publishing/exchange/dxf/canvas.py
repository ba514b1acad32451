"""The drawing: its layers, and entities that name the object of the map."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike

__all__ = ["LAYERS", "TEXT_HEIGHT_M", "Canvas", "one_line", "one_word"]

TEXT_HEIGHT_M = 1.5
# Name: colour index, true colour and line type. Layers named after a kind take their prefix's.
LAYERS: Mapping[str, tuple[int, str, str]] = {
    "TRACK": (1, "#d7263d", "CENTER"),
    "RAIL": (7, "#1d1d1f", "CONTINUOUS"),
    "ALIGNMENT_LINE": (3, "#2e7d32", "CONTINUOUS"),
    "ALIGNMENT_ARC": (5, "#0057b8", "CONTINUOUS"),
    "ALIGNMENT_CLOTHOID": (30, "#e07a1f", "CONTINUOUS"),
    "NODE_SWITCH": (5, "#0057b8", "CONTINUOUS"),
    "NODE_RAILWAY_CROSSING": (6, "#6a1b9a", "CONTINUOUS"),
    "NODE_BUFFER_STOP": (1, "#c62828", "CONTINUOUS"),
    "NODE": (8, "#7d8590", "CONTINUOUS"),
    "NODE_TEXT": (5, "#0057b8", "CONTINUOUS"),
    "KM_POST": (4, "#00838f", "CONTINUOUS"),
    "KM_TEXT": (4, "#00838f", "CONTINUOUS"),
    "EVENT": (30, "#fb8c00", "CONTINUOUS"),
    "EVENT_TEXT": (30, "#fb8c00", "CONTINUOUS"),
}
_SERVICE = (34, "#5b4636")


def one_line(value: object) -> str:
    """Return a value as text without line breaks and control characters, which DXF cannot hold."""
    return re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]", " ", str(value))[:240]


def one_word(value: object) -> str:
    """Return a value as a part of a layer's name.

    Examples
    --------
    >>> one_word("Loose bolts")
    'LOOSE_BOLTS'
    """
    return re.sub(r"[^\w-]", "_", str(value)).upper()[:80]


@dataclass(frozen=True, slots=True)
class Canvas:
    """A drawing of ezdxf with its model space.

    Parameters
    ----------
    drawing
        The document.
    space
        Its model space.
    """

    drawing: Any
    space: Any

    def layer(self, prefix: str, *kinds: object) -> str:
        """Return the name of a layer, which is added if it is new.

        Parameters
        ----------
        prefix
            One of `LAYERS`.
        *kinds
            What follows in the name.
        """
        name = "_".join([prefix, *map(one_word, kinds)])
        if name not in self.drawing.layers:
            index, color, linetype = LAYERS.get(name) or LAYERS[prefix]
            if prefix in ("TRACK", "RAIL") and kinds:
                index, color = _SERVICE
            entry = self.drawing.layers.add(name, color=index, linetype=linetype)
            entry.rgb = tuple(int(color[start : start + 2], 16) for start in (1, 3, 5))
        return name

    def polyline(self, xy: ArrayLike, layer: str, *, linetype: str = "BYLAYER") -> Any:
        """Add a polyline of ``(n, 2)`` metres."""
        points = np.round(np.asarray(xy, dtype=np.float64), 6).tolist()
        return self.space.add_lwpolyline(points, dxfattribs=_attributes(layer, linetype))

    def outline(self, geometry: shapely.Geometry, layer: str) -> list[Any]:
        """Add the lines and rings of a geometry; return them."""
        if geometry is None or geometry.is_empty:
            return []
        if "Polygon" in geometry.geom_type:
            geometry = geometry.boundary
        parts = [part for part in shapely.get_parts(geometry) if part.geom_type != "Point"]
        return [self.polyline(shapely.get_coordinates(part), layer) for part in parts]

    def insert(
        self, block: str, xy: tuple[float, float], layer: str, rotation: float, values: Any
    ) -> Any:
        """Insert a block at x/y in metres, turned left by `rotation` degrees, with attributes."""
        place = (round(xy[0], 6), round(xy[1], 6))
        entity = self.space.add_blockref(
            block, place, dxfattribs={"layer": layer, "rotation": round(rotation, 6)}
        )
        entity.add_auto_attribs({tag: one_line(value) for tag, value in values.items()})
        return entity

    def text(self, text: object, xy: tuple[float, float], layer: str) -> Any:
        """Add a text to the right of a place in metres."""
        entity = self.space.add_text(
            one_line(text), height=TEXT_HEIGHT_M, dxfattribs={"layer": layer}
        )
        entity.set_placement((round(xy[0] + TEXT_HEIGHT_M, 6), round(xy[1], 6)))
        return entity

    def tag(self, entity: Any, **ids: object) -> None:
        """Write ids of the map as extended data."""
        entity.set_xdata("RAILMAP", [(1000, one_line(f"{k}={v}")) for k, v in ids.items()])


def _attributes(layer: str, linetype: str) -> dict[str, str]:
    return {"layer": layer} if linetype == "BYLAYER" else {"layer": layer, "linetype": linetype}
