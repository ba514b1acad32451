"""What every section of the report reads: the map, places in words, lengths of links."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from railmap.mapping.attach.user_layers import read_user_layers
from railmap.mapping.compare.surveys import Comparison
from railmap.mapping.schema import Layer
from railmap.mapping.store.licences import Licence
from railmap.mapping.store.reader import Map
from railmap.publishing.web.places import Places

__all__ = ["Survey", "middle"]


@dataclass(frozen=True, slots=True)
class Survey:
    """A map and what the report says of it.

    Parameters
    ----------
    content
        The map as it is shown: without the folders of persons.
    places
        Places on its lines in words.
    licences
        Licences of data from other sources.
    own_layers
        Layers of the user's own events.
    before
        Name of the survey before; None: there is none.
    changes
        Comparison with it.
    """

    content: Map
    places: Places
    licences: list[Licence]
    own_layers: list[tuple[Layer, pd.DataFrame]]
    before: str | None = None
    changes: Comparison | None = None

    @classmethod
    def of(cls, content: Map, licences: list[Licence]) -> Survey:
        """Read what a map holds beside the layers of the schema.

        Raises
        ------
        MapError
            If a layer cannot be read.
        """
        return cls(content, Places(content), licences, list(read_user_layers(content)))

    def layer(self, name: str) -> pd.DataFrame:
        """Return a layer; empty if the map does not have it."""
        return self.content.layers.get(name, pd.DataFrame())

    def link_lengths(self) -> NDArray[np.float64]:
        """Return the length of each link in metres: of its line, else as the map states it."""
        links = self.content.links
        drawn = shapely.length(links.geometry.to_numpy())
        stated = np.asarray(links["length_m"], dtype=np.float64)
        found = np.where(np.isfinite(drawn) & (drawn > 0), drawn, stated)
        return np.where(np.isfinite(found) & (found > 0), found, 0.0)

    def place(self, told: str, geometry: Any) -> str:
        """Return a place in words, or x and y of an object that is on no line."""
        if told:
            return told
        point = middle(geometry)
        return "" if point is None else f"{point[0]:.1f}, {point[1]:.1f}"


def middle(geometry: Any) -> tuple[float, float] | None:
    """Return x and y of a point on a geometry; None if it has none."""
    if geometry is None or geometry.is_empty:
        return None
    if geometry.geom_type == "LineString":
        point = geometry.interpolate(0.5, normalized=True)
    else:
        point = geometry.point_on_surface()
    x, y = float(point.x), float(point.y)
    return (x, y) if np.isfinite([x, y]).all() else None
