"""Layers of user events, as exports and the web page show them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import geopandas as gpd

from railmap.mapping.attach.user_layers import read_user_layers
from railmap.mapping.schema import Layer
from railmap.mapping.store.reader import Map

__all__ = ["UserEvents", "user_events"]


@dataclass(frozen=True, slots=True)
class UserEvents:
    """A layer of user events.

    Parameters
    ----------
    key
        Its name in files, addresses and the style, because the layer name may have any character.
    layer
        Its name and columns.
    frame
        Its rows in the map's CRS; every column has one type.
    """

    key: str
    layer: Layer
    frame: gpd.GeoDataFrame


def user_events(content: Map) -> list[UserEvents]:
    """Read a map's layers of user events.

    Raises
    ------
    MapError
        If a layer cannot be read.
    """
    return [
        UserEvents(_key(layer.name), layer, frame) for layer, frame in read_user_layers(content)
    ]


def _key(name: str) -> str:
    return f"own-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
