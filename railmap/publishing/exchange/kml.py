"""Write a layer as KML with GDAL, and say what that loses."""

from __future__ import annotations

import io
from pathlib import Path

import pyogrio

from railmap.mapping.store.reader import Map
from railmap.publishing.exchange.features import feature_layer, plain_columns
from railmap.publishing.exchange.gdal_layer import gdal_columns, write_checked
from railmap.publishing.exchange.geojson import lonlat_shapes
from railmap.publishing.exchange.origin import origin_of
from railmap.publishing.exchange.safe_text import xml_text

__all__ = ["KML_LOSSES", "write_kml"]

KML_LOSSES = (
    "KML has WGS 84 longitude and latitude only, no M, no styles of the map, no descriptions of"
    " columns and no missing values: columns without a value are left out",
)


def write_kml(content: Map, name: str, path: Path) -> int:
    """Write a layer as KML in WGS 84; return the number of placemarks.

    The description of the document states licences and origin.

    Raises
    ------
    UsageError
        If the map has no such layer.
    """
    _, frame = feature_layer(content, name)
    table = plain_columns(frame).map(lambda v: xml_text(v) if isinstance(v, str) else v)
    wkb, data, columns, masks = gdal_columns(table, lonlat_shapes(frame, content))
    about = {"NAME": xml_text(name), "DESCRIPTION": xml_text("\n".join(origin_of(content).lines()))}
    out = io.BytesIO()
    pyogrio.raw.write(
        out, wkb, data, columns, field_mask=masks, driver="LIBKML", layer="layer",
        geometry_type="Unknown", crs="EPSG:4326",
        dataset_options=about,
    )  # fmt: skip
    write_checked(path, out, len(table))
    return len(table)
