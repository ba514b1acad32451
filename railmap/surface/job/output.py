"""GeoPackage of the job: defects, their outlines in pixels, and the state of every image."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from railmap.files.photo_files import PhotoFile
from railmap.mapping.schema import layer
from railmap.mapping.schema.ids import IdMaker
from railmap.mapping.sources.image_positions import ImagePosition
from railmap.surface.job.journal import Journal
from railmap.surface.job.places import Placer

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["DEFECT_LAYER", "DefectTables", "collect_defects", "defect_events", "write_defects"]

DEFECT_LAYER = "defect"


class DefectTables:
    """All defects of the job as tables.

    Parameters
    ----------
    defects
        One row per defect; ``x``, ``y`` in the CRS of the placer, NaN where the position is
        unknown.
    outlines
        Polygons in pixels, parallel to `defects`.
    images
        One row per image.
    """

    def __init__(
        self, defects: pd.DataFrame, outlines: list[shapely.Polygon], images: pd.DataFrame
    ) -> None:
        self.defects = defects
        self.outlines = outlines
        self.images = images

    @property
    def placed(self) -> int:
        """Number of defects with a position."""
        return int(self.defects["x"].notna().sum())


def collect_defects(
    journal: Journal,
    images: Sequence[PhotoFile],
    keys: Sequence[str],
    positions: Sequence[ImagePosition | None],
    placer: Placer,
    survey_date: str | None,
) -> DefectTables:
    """Collect the defects of the journal and place them.

    Parameters
    ----------
    journal
        Results per image.
    images, keys, positions
        Images, their keys in the journal and their positions, parallel.
    placer
        Computes the position of a defect from that of its image.
    survey_date
        Day of the survey, ``2026-05-01``; None: unknown.

    Raises
    ------
    InputError
        If the map has no line of that ref.
    """
    rows: list[dict[str, Any]] = []
    outlines: list[shapely.Polygon] = []
    image_rows: list[dict[str, Any]] = []
    make_id = IdMaker()
    for image, key, position in zip(images, keys, positions, strict=True):
        height, width, head_px, across, along, problem = journal.image(key)
        count = 0
        for count, defect in enumerate(journal.defects(key), start=1):
            place = (
                None if position is None else placer.place(position, defect.row, defect.across_mm)
            )
            x, y = place if place is not None else (np.nan, np.nan)
            left, top, right, bottom = defect.outline.bounds
            row: dict[str, Any] = {
                "defect_id": make_id("defect", f"{key}\0{count}\0{survey_date}".encode()),
                "class": defect.kind,
                "severity": defect.severity,
                "confidence": round(defect.confidence, 4),
                "length_m": round(defect.length_mm / 1000, 5),
                "width_m": round(defect.width_mm / 1000, 5),
                "area_mm2": round(defect.area_mm2, 2),
                "status": "new",
                "first_seen": survey_date,
                "last_seen": survey_date,
                "image_id": image.name,
                "px_left": left,
                "px_top": top,
                "px_right": right,
                "px_bottom": bottom,
                "x": x,
                "y": y,
            }
            if position is not None:
                row |= {
                    "h_accuracy_m": position.accuracy_m,
                    "side": position.side,
                    "line": position.line,
                }
                if position.line is not None:
                    row["km"] = (position.start_m + defect.row * position.metres_per_row) / 1000
            rows.append(row)
            outlines.append(defect.outline)
        image_rows.append(
            {
                "image_id": image.name, "uri": str(image.path), "rows": height, "columns": width,
                "head_px": head_px, "mm_across": across or None, "mm_along": along or None,
                "defects": count, "placed": position is not None, "problem": problem,
            }
        )  # fmt: skip
    columns = ["defect_id", "class", "severity", "confidence", "length_m", "width_m", "area_mm2",
               "status", "first_seen", "last_seen", "image_id", "px_left", "px_top", "px_right",
               "px_bottom", "x", "y", "h_accuracy_m", "side", "line", "km"]  # fmt: skip
    frame = pd.DataFrame(rows, columns=columns)
    return DefectTables(frame, outlines, pd.DataFrame(image_rows))


def write_defects(path: Path, tables: DefectTables, crs: Any) -> None:
    """Write the layers ``defect``, ``outline`` (pixels, y downwards as negative y) and ``image``.

    The layer ``defect`` is a table without geometry where no defect has a position.

    Parameters
    ----------
    path
        GeoPackage to create.
    tables
        Defects and images.
    crs
        CRS of the positions, as pyproj accepts it.
    """
    import geopandas as gpd
    import pyogrio

    plain = tables.defects.drop(columns=["x", "y"])
    for name in ("first_seen", "last_seen"):
        plain[name] = pd.to_datetime(plain[name], utc=True)
    for name in ("side", "line"):
        plain[name] = plain[name].astype(object).where(plain[name].notna(), None)
    where = tables.defects["x"].notna().to_numpy()
    if where.any():
        points = np.full(len(plain), None, dtype=object)
        points[where] = shapely.points(tables.defects.loc[where, ["x", "y"]].to_numpy(float))
        points_layer = gpd.GeoDataFrame(plain, geometry=gpd.GeoSeries(points, crs=crs))
        pyogrio.write_dataframe(
            points_layer, path, layer=DEFECT_LAYER, driver="GPKG", geometry_type="Point"
        )
    else:
        pyogrio.write_dataframe(plain, path, layer=DEFECT_LAYER, driver="GPKG")
    # GIS draws y upwards: negated, outlines match the image as QGIS shows it without georeference
    flipped = shapely.transform(np.array(tables.outlines, dtype=object), lambda xy: xy * [1, -1])
    outline = gpd.GeoDataFrame(
        tables.defects[["defect_id", "image_id", "class", "severity"]],
        geometry=gpd.GeoSeries(flipped, index=tables.defects.index),
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "'crs' was not provided")  # pixels have none
        pyogrio.write_dataframe(
            outline, path, layer="outline", driver="GPKG", append=True, geometry_type="Polygon"
        )
    images = tables.images.copy()
    images["head_px"] = images["head_px"].astype(float)
    pyogrio.write_dataframe(images, path, layer="image", driver="GPKG", append=True)


def defect_events(tables: DefectTables, crs: Any) -> gpd.GeoDataFrame:
    """Return the placed defects with the columns of the map's layer ``defect``.

    Parameters
    ----------
    tables
        Defects and images.
    crs
        CRS of the positions, as pyproj accepts it.
    """
    import geopandas as gpd

    placed = tables.defects[tables.defects["x"].notna()]
    known = {column.name for column in layer(DEFECT_LAYER).columns} | {"h_accuracy_m"}
    events = placed[[name for name in placed.columns if name in known]].dropna(axis=1, how="all")
    points = gpd.points_from_xy(placed["x"], placed["y"])
    return gpd.GeoDataFrame(events, geometry=points, crs=crs)
