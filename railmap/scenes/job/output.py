"""GeoPackage of the job with one row per photo, and events for the map."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from railmap.mapping.schema.ids import IdMaker
from railmap.scenes.job.stretches import Stretch

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["EVENT_LAYER", "PHOTO_LAYER", "scene_events", "write_photos"]

PHOTO_LAYER, EVENT_LAYER = "photo", "scene_event"


def write_photos(path: Path, photos: pd.DataFrame) -> None:
    """Write the layer ``photo``: points in WGS 84, or a table if no photo has a position.

    Parameters
    ----------
    path
        GeoPackage to create.
    photos
        One row per photo, with ``lon`` and ``lat`` in degrees (NaN where unknown).
    """
    import geopandas as gpd
    import numpy as np
    import pyogrio
    import shapely

    plain = photos.drop(columns=["lon", "lat"])
    where = photos["lon"].notna().to_numpy()
    if not where.any():
        pyogrio.write_dataframe(plain, path, layer=PHOTO_LAYER, driver="GPKG")
        return
    points = np.full(len(plain), None, dtype=object)
    points[where] = shapely.points(photos.loc[where, ["lon", "lat"]].to_numpy(float))
    layer = gpd.GeoDataFrame(plain, geometry=gpd.GeoSeries(points, crs="EPSG:4326"))
    pyogrio.write_dataframe(layer, path, layer=PHOTO_LAYER, driver="GPKG", geometry_type="Point")


def scene_events(photos: pd.DataFrame, stretches: Sequence[Stretch], crs: Any) -> gpd.GeoDataFrame:
    """Return points for photos and lines for stretches, with columns of the map's ``scene_event``.

    Parameters
    ----------
    photos
        The placed and classified ones.
    stretches
        Joined photos; the id is computed from class, line and geometry.
    crs
        CRS of the stretches, the map's.
    """
    import geopandas as gpd

    make = IdMaker()
    kept = ["scene_class", "probability", "top3", "model_version", "image_id", "h_accuracy_m"]
    points = gpd.GeoDataFrame(
        photos[kept].assign(event_id=[make("scene", name.encode()) for name in photos["image_id"]]),
        geometry=gpd.points_from_xy(photos["lon"], photos["lat"]),
        crs="EPSG:4326",
    ).to_crs(crs)
    version = photos["model_version"].iloc[0] if len(photos) else None
    rows = [
        {
            "scene_class": part.scene,
            "probability": round(part.probability, 4),
            "model_version": version,
            "image_id": f"{part.images[0]} to {part.images[-1]} ({len(part.images)} photos)",
            "h_accuracy_m": 1.0,
            "event_id": make("stretch", f"{part.scene}\0{part.line}\0{part.geometry.wkt}".encode()),
            "geometry": part.geometry,
        }
        for part in stretches
    ]
    parts = [points]
    if rows:
        parts.append(gpd.GeoDataFrame(rows, geometry="geometry", crs=crs))
    return gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=crs)
