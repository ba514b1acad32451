"""What changed since an earlier survey, as layers of the page."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from railmap.mapping.compare.surveys import find_changes
from railmap.mapping.schema.change import LINK_CHANGE, NODE_CHANGE
from railmap.mapping.store.reader import Map
from railmap.publishing.exchange.user_events import UserEvents

__all__ = ["survey_changes"]


def survey_changes(earlier: Map | None, content: Map) -> list[UserEvents]:
    """Return the changes of tracks and of switches; a layer without any is left out.

    Parameters
    ----------
    earlier
        Map of the earlier survey, None without one.
    content
        The map.

    Raises
    ------
    InputError
        If the maps are of different places.
    """
    if earlier is None:
        return []
    found = find_changes(earlier, content)
    layers = []
    for layer in (LINK_CHANGE, NODE_CHANGE):
        changes = found.changes[layer.name]
        if changes:
            names = [column.name for column in layer.columns]
            table = pd.DataFrame([change.values for change in changes], columns=names)
            shapes = [change.geometry for change in changes]
            frame = gpd.GeoDataFrame(table, geometry=shapes, crs=found.crs)
            layers.append(UserEvents(layer.name, layer, frame))
    return layers
