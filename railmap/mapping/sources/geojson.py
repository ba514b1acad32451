"""Read the properties of a GeoJSON file as they are written: GDAL changes their types."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from railmap.errors import InputError

__all__ = ["GEOJSON_SUFFIXES", "feature_properties"]

GEOJSON_SUFFIXES = (".geojson", ".json")
# Python refuses to convert integers of more digits.
_LONGEST_INTEGER = 4000


def feature_properties(path: Path) -> list[dict[str, Any]] | None:
    """Return the properties of each feature; None if the file is no feature collection.

    Values have the types of `json.loads`, so that long integers, lists, objects and texts such as
    dates are whole. The id of a feature is its property ``id`` if it has no other.

    Raises
    ------
    InputError
        If the file is not JSON.
    """
    try:
        content = json.loads(
            path.read_bytes(), object_pairs_hook=_object, parse_int=_integer, parse_constant=float
        )
    except RecursionError as error:
        raise InputError(f"{path}: is nested too deeply for GeoJSON; check the file") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is not UTF-8 (byte {error.start + 1}); save it so") from error
    except ValueError as error:
        raise InputError(f"{path}: is not JSON ({error}); check or export it again") from error
    if not isinstance(content, dict):
        return None
    found = [content] if content.get("type") == "Feature" else content.get("features")
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        return None
    return [_properties(feature) for feature in found]


def _properties(feature: dict[str, Any]) -> dict[str, Any]:
    given = feature.get("properties")
    values = dict(given) if isinstance(given, dict) else {}
    if "id" in feature and "id" not in values:
        values["id"] = feature["id"]
    return values


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; a key that is there twice gets a number instead of the other's value."""
    out: dict[str, Any] = {}
    for key, value in pairs:
        name, number = key, 2
        while name in out:
            name, number = f"{key}_{number}", number + 1
        out[name] = value
    return out


def _integer(text: str) -> int | str:
    return int(text) if len(text) <= _LONGEST_INTEGER else text
