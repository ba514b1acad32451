"""Write a layer as GeoParquet with geopandas and pyarrow (extra ``export``)."""

from __future__ import annotations

import io
from pathlib import Path

import geopandas as gpd
import shapely

from railmap.errors import missing_extra
from railmap.files.disk import write_verified
from railmap.mapping.store.reader import Map
from railmap.publishing.exchange.features import feature_layer, plain_columns
from railmap.publishing.exchange.origin import origin_of

__all__ = ["PARQUET_LOSSES", "write_parquet"]

PARQUET_LOSSES = ("GeoParquet has no M, no styles and no descriptions of columns",)


def write_parquet(content: Map, name: str, path: Path) -> int:
    """Write a layer as GeoParquet in the map's CRS; return the number of features.

    The metadata of the file state licences and origin under the key ``railmap``.

    Raises
    ------
    UsageError
        If the map has no such layer.
    MissingExtraError
        If pyarrow is not installed.
    """
    _, frame = feature_layer(content, name)
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise missing_extra("GeoParquet export", "export", error) from error

    flat = gpd.GeoDataFrame(
        plain_columns(frame).reset_index(drop=True),
        geometry=shapely.force_2d(frame.geometry.to_numpy()),
        crs=content.crs,
    )
    written, out = io.BytesIO(), io.BytesIO()
    flat.to_parquet(written, index=False)
    table = pyarrow.parquet.read_table(io.BytesIO(written.getvalue()))
    about = {**(table.schema.metadata or {}), b"railmap": origin_of(content).to_json().encode()}
    pyarrow.parquet.write_table(table.replace_schema_metadata(about), out)
    write_verified(path, out.getvalue())
    return len(flat)
