"""Compare defects of two surveys: new, open, grown or repaired."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from railmap.mapping.compare.tracks import Change, CompareLimits, covers, nearest_pairs

__all__ = ["compare_defects", "dated"]

_DAY_S = 86_400.0
# `railmap defects` confuses these classes in one of five cases: they match each other.
_ALIKE = ("damage", "dent", "crush", "scratch", "slant")


def compare_defects(
    old: gpd.GeoDataFrame | None,
    new: gpd.GeoDataFrame | None,
    layer: str,
    seen_new: BaseGeometry,
    limits: CompareLimits,
) -> tuple[list[Change], dict[str, str]]:
    """Match the defects of a layer by class and position.

    An old defect without a match is repaired if its position is within the new survey's images (or
    the survey has no images); otherwise it is not reported. Defects that were already repaired are
    excluded.

    Parameters
    ----------
    old, new
        Defects of both surveys, None for none.
    layer
        ``defect`` or ``defect_area``.
    seen_new
        Area covered by the new survey's images; empty means everything.
    limits
        Thresholds.

    Returns
    -------
    list of Change
        Rows of ``defect_change``.
    dict
        Old id by new id.
    """
    old, new = _usable(old), _usable(new)
    classes_old, classes_new = (_column(frame, "class") for frame in (old, new))
    points_old, points_new = (_points(frame) for frame in (old, new))
    pairs = nearest_pairs(
        shapely.get_coordinates(points_old),
        shapely.get_coordinates(points_new),
        _matched(classes_old),
        _matched(classes_new),
        limits.defect_reach_m,
    )
    changes: list[Change] = []
    ids: dict[str, str] = {}
    for to in range(len(points_new)):
        values: dict[str, Any] = {
            "layer": layer,
            "status": "new",
            "class": classes_new[to] or None,
            "new_defect_id": _column(new, "defect_id")[to],
            "severity": _number(new["severity"].iloc[to]),
        }
        if to in pairs:
            of, distance = pairs[to]
            old_id = _column(old, "defect_id")[of]
            ids[values["new_defect_id"]] = old_id
            values |= {"old_defect_id": old_id, "distance_m": distance}
            values["old_severity"] = _number(old["severity"].iloc[of])
            values |= _growth(old.iloc[of], new.iloc[to], limits)
        changes.append(Change(values, points_new[to]))
    found = {of for of, _ in pairs.values()}
    for of in range(len(points_old)):
        if of in found or not covers(seen_new, points_old[of]):
            continue
        values = {
            "layer": layer,
            "status": "repaired",
            "class": classes_old[of] or None,
            "old_defect_id": _column(old, "defect_id")[of],
            "old_severity": _number(old["severity"].iloc[of]),
        }
        changes.append(Change(values, points_old[of]))
    return changes, ids


def _matched(classes: np.ndarray) -> np.ndarray:
    return np.where(np.isin(classes, _ALIKE), "defect", classes)


def _usable(frame: gpd.GeoDataFrame | None) -> pd.DataFrame:
    if frame is None:
        return pd.DataFrame({"class": [], "defect_id": [], "severity": [], "geom": []})
    there = ~(frame.geometry.isna() | frame.geometry.is_empty)
    return frame[there & (frame["status"].fillna("") != "repaired")]


def _column(frame: pd.DataFrame, name: str) -> np.ndarray:
    return np.asarray(frame[name].astype(object).fillna("").to_numpy())


def _number(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)


def _points(frame: pd.DataFrame) -> np.ndarray:
    shapes = frame["geom"].to_numpy()
    return np.array(
        [shape if shape.geom_type == "Point" else shape.representative_point() for shape in shapes],
        dtype=object,
    )


def dated(frame: gpd.GeoDataFrame | None, images: pd.DataFrame) -> gpd.GeoDataFrame | None:
    """Return defects with the date of sighting: their own, their image's or the survey's."""
    if frame is None:
        return None
    by_image = images.drop_duplicates("image_id").set_index("image_id")["acquired_at"]
    seen = frame["last_seen"].fillna(frame["image_id"].map(by_image))
    seen = seen.fillna(images["acquired_at"].max())
    return frame.assign(last_seen=seen, first_seen=frame["first_seen"].fillna(seen))


def _growth(old: pd.Series, new: pd.Series, limits: CompareLimits) -> dict[str, Any]:
    days = None
    if not pd.isna(old["last_seen"]) and not pd.isna(new["last_seen"]):
        days = (new["last_seen"] - old["last_seen"]).total_seconds() / _DAY_S
    values: dict[str, Any] = {"days": days, "status": "open"}
    if not pd.isna(old["first_seen"]):
        values["first_seen"] = old["first_seen"].to_pydatetime()
    for column, key in (("area_mm2", "area_growth_mm2"), ("length_m", "length_growth_m")):
        before, after = old[column], new[column]
        if pd.isna(before) or pd.isna(after):
            continue
        rise = float(after - before)
        values[key] = rise
        if days and days > 0:
            values[f"{key}_day"] = rise / days
        if rise > limits.growth * before:
            values["status"] = "grown"
    return values
