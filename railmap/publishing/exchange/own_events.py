"""Layers of events that a person named, as the web page shows them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from railmap.mapping.attach.own_layers import read_own_layers
from railmap.mapping.schema import GEOMETRY_COLUMN, Layer
from railmap.mapping.store.reader import Map

__all__ = ["OwnEvents", "own_events"]


@dataclass(frozen=True, slots=True)
class OwnEvents:
    """A layer of a person's events.

    Parameters
    ----------
    key
        What it is called in files, addresses and the style: its own name may hold anything.
    layer
        Its name and columns.
    frame
        Its rows, in the map's CRS; every column of one kind.
    """

    key: str
    layer: Layer
    frame: gpd.GeoDataFrame


def own_events(content: Map) -> list[OwnEvents]:
    """Read a map's layers of own events, by name.

    Raises
    ------
    MapError
        If a layer can't be read.
    """
    return [
        OwnEvents(_key(layer.name), layer, _of_one_kind(frame))
        for layer, frame in read_own_layers(content)
    ]


def _key(name: str) -> str:
    return f"own-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _of_one_kind(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return numbers as numbers and all else as text: a column in SQLite may hold anything."""
    # What GeoPandas calls geometries can't be told beside them.
    out = frame.drop(columns="geometry", errors="ignore")
    for column in out.columns:
        if column == GEOMETRY_COLUMN or out[column].dtype != object:
            continue
        values = out[column]
        numbers = pd.to_numeric(values, errors="coerce")
        if values.map(lambda value: value is None or isinstance(value, int | float)).all():
            out[column] = numbers
        else:
            out[column] = values.map(lambda value: None if value is None else str(value))
    return out
