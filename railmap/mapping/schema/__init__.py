"""The map's schema: every layer, column, unit and permitted value, written down once.

The GeoPackage, its constraints, the reader's checks and the documentation all come from here.
Names are OpenStreetMap's and OpenRailwayMap's where they have one, else INSPIRE's (TN-RA),
RailTopoModel's or IFC's. Coordinates and lengths are metres, angles degrees, gauges millimetres.
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
