"""Schema of the map: every layer, column, unit and permitted value, defined once.

The GeoPackage, its constraints, the reader's checks and the documentation are derived from it.
Names follow OpenStreetMap and OpenRailwayMap, else INSPIRE (TN-RA), RailTopoModel or IFC.
Coordinates and lengths are metres, angles degrees, gauges millimetres.
"""

from __future__ import annotations

from railmap.mapping.schema.domains import DOMAINS
from railmap.mapping.schema.entries import Column, Domain, Layer
from railmap.mapping.schema.tables import GEOMETRY_COLUMN, LAYERS, SCHEMA_VERSION, layer

__all__ = [
    "DOMAINS",
    "GEOMETRY_COLUMN",
    "LAYERS",
    "SCHEMA_VERSION",
    "Column",
    "Domain",
    "Layer",
    "layer",
]
