"""Write layers as PMTiles with GDAL's driver: one file per layer, detail to a centimetre."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from railmap.errors import MissingExtraError, OutputError
from railmap.files.disk import write_verified
from railmap.mapping.store.reader import Map
from railmap.mapping.style.lookup import layer_rules
from railmap.mapping.style.rules import STYLES
from railmap.mapping.style.symbols import Rule
from railmap.publishing.exchange.features import plain_columns
from railmap.publishing.exchange.lonlat import to_lonlat
from railmap.publishing.exchange.user_events import UserEvents
from railmap.publishing.web.style import DRAWING_ORDER, OVERVIEW_ZOOM
from railmap.publishing.web.zooms import zoom_of_scale

__all__ = ["DEEPEST_ZOOM", "tile_jobs", "write_tiles"]

# At zoom 18 with 8192 steps a tile (as MapLibre uses) a step is 1.9 cm on the equator,
# 1.2 cm in central Europe.
DEEPEST_ZOOM = 18
_EXTENT = 8192
_OVERVIEW_EXTENT = 4096
_FIRST_ZOOMS = {"source_image": 6, "railway_line": 6, "qa_issue": 8}
_LAST_ZOOMS = {"source_image": 14}
_DETAIL_ZOOM = 12
# No features are dropped: a map without some of its tracks is wrong.
_MOST_FEATURES = 10_000_000
_MOST_BYTES = 100_000_000


@dataclass(frozen=True, slots=True)
class TileJob:
    """A layer for one PMTiles file.

    Parameters
    ----------
    name, frame
        The layer.
    first, last
        Zooms of its tiles.
    extent
        Steps along the side of a tile.
    simplification
        GDAL's simplification tolerance, steps.
    """

    name: str
    frame: gpd.GeoDataFrame
    first: int
    last: int
    extent: int = _EXTENT
    simplification: float = 0.0


def tile_jobs(content: Map, own: Sequence[UserEvents] = ()) -> list[TileJob]:
    """Return the tile jobs of a map: its layers with geometry, and the overview of the links."""
    known = [
        (name, frame, STYLES[name])
        for name in DRAWING_ORDER
        if isinstance(frame := content.layers.get(name), gpd.GeoDataFrame)
    ]
    known += [(one.key, one.frame, layer_rules(one.layer)) for one in own]
    jobs = []
    for name, frame, rules in known:
        shapes = frame.geometry.to_numpy()
        frame = frame[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
        if frame.empty:
            continue
        flat = _flat(frame, content)
        first = OVERVIEW_ZOOM if name == "railway_link" else _first_zoom(name, rules, content)
        jobs.append(TileJob(name, flat, first, _LAST_ZOOMS.get(name, DEEPEST_ZOOM)))
        if name == "railway_link":
            overview = _overview(flat)
            jobs.append(TileJob("overview", overview, 0, OVERVIEW_ZOOM - 1, _OVERVIEW_EXTENT, 1.0))
    return jobs


def _first_zoom(name: str, rules: Sequence[Rule], content: Map) -> int:
    """Return the first zoom at which the layer has tiles."""
    if name in _FIRST_ZOOMS:
        return _FIRST_ZOOMS[name]
    scales = [rule.farthest for rule in rules]
    if not all(scales):
        return _DETAIL_ZOOM
    # Towards the poles a scale is reached at a lower zoom; one degree allows for the map's size.
    lat = np.abs(to_lonlat(content.crs, [_middle(content)])[0, 1]) + 1.0
    return int(zoom_of_scale(max(scales), min(float(lat), 85.0)))


def _middle(content: Map) -> tuple[float, float]:
    for layer in ("railway_link", "source_image"):
        box = np.asarray(content.layers[layer].total_bounds)
        if np.isfinite(box).all():
            return float(box[0] + box[2]) / 2, float(box[1] + box[3]) / 2
    return 0.0, 0.0


def write_tiles(job: TileJob, path: Path) -> None:
    """Write one PMTiles file.

    GDAL writes to memory: its driver loses tiles without a word when a write to a disk fails.

    Raises
    ------
    MissingExtraError
        If pyogrio's GDAL has no PMTiles driver.
    OutputError
        If it cannot be written.
    """
    if "w" not in pyogrio.list_drivers().get("PMTiles", ""):
        raise MissingExtraError(
            "tiles need GDAL 3.8 or newer with the PMTiles driver: update pyogrio"
        )
    options: dict[str, Any] = {
        "MINZOOM": str(job.first),
        "MAXZOOM": str(job.last),
        "EXTENT": str(job.extent),
        "BUFFER": str(job.extent // 64),
        "MAX_SIZE": str(_MOST_BYTES),
        "MAX_FEATURES": str(_MOST_FEATURES),
        "NAME": job.name,
        "DESCRIPTION": job.name,
    }
    if job.simplification:
        options["SIMPLIFICATION"] = str(job.simplification)
    try:
        content = io.BytesIO()
        pyogrio.write_dataframe(job.frame, content, driver="PMTiles", layer=job.name, **options)
        write_verified(path, content.getvalue())
    except RuntimeError as error:  # base of all errors of pyogrio
        raise OutputError(
            f"the tiles of {job.name} cannot be written; check the free disk space"
        ) from error


def _flat(frame: gpd.GeoDataFrame, content: Map) -> gpd.GeoDataFrame:
    table = plain_columns(frame)
    shapes = shapely.force_2d(frame.geometry.to_numpy())
    return gpd.GeoDataFrame(table, geometry=shapes, crs=content.crs)


def _overview(links: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return links merged to long lines, with only the columns that the style needs."""
    table = pd.DataFrame(
        {
            "service": links["service"].fillna(""),
            "geometry_source": np.where(
                links["geometry_source"] == "interpolated", "interpolated", "seen"
            ),
            "confidence": links["confidence"].fillna(1.0).round(1),
        }
    )
    rows, shapes = [], []
    for key, members in table.groupby(list(table.columns), sort=True).groups.items():
        service, source, confidence = key
        lines = links.geometry.loc[members].to_numpy()
        merged = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(lines)))
        rows += [(service or None, source, confidence)] * len(merged)
        shapes += list(merged)
    out = pd.DataFrame(rows, columns=list(table.columns))
    return gpd.GeoDataFrame(out, geometry=np.array(shapes, dtype=object), crs=links.crs)
