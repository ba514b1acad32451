"""Read position, heading and time of photos from EXIF tags."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from railmap.errors import InputError, RailmapError, one_line
from railmap.files.inputs import check_input
from railmap.files.photo_files import PHOTO_SUFFIXES
from railmap.files.raster_file import open_raster_file
from railmap.files.walk import list_files

__all__ = ["PHOTO_SUFFIXES", "PhotoTable", "read_photos"]

_NUMBERS = re.compile(r"-?\d+(?:\.\d+)?")
_TAKEN = re.compile(r"(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)")


@dataclass(frozen=True, slots=True)
class PhotoTable:
    """Positions of photos.

    Parameters
    ----------
    frame
        ``uri`` (file name), ``heading_deg`` (viewing direction, clockwise from true north),
        ``h_accuracy_m`` (metres), ``taken_at`` (camera time); NaN or None where unknown.
    names
        File names, for messages.
    lonlat
        ``(photos, 2)`` WGS 84 degrees, NaN for a photo without position.
    bad
        What is wrong with the photos that cannot be read, by row.
    """

    frame: pd.DataFrame
    names: list[str]
    lonlat: NDArray[np.float64]
    bad: dict[int, str]


def read_photos(source: Path) -> PhotoTable:
    """Read the positions of a photo, or of all photos in a folder by name.

    Raises
    ------
    InputError
        If the photo cannot be read, or the folder cannot be read or has no photos.
    """
    if source.is_dir():
        files = sorted(list_files(source, PHOTO_SUFFIXES), key=lambda file: file.name)
        if not files:
            raise InputError(f"{source}: the folder has no photos")
    else:
        files = [source]
    tags: list[dict[str, str]] = []
    bad: dict[int, str] = {}
    for row, file in enumerate(files):
        try:
            tags.append(_tags(file))
        except InputError as error:
            if file == source:
                raise
            bad[row] = str(error).removeprefix(f"{file}: ")
            tags.append({})
    frame = pd.DataFrame(
        {
            "uri": [file.name for file in files],
            "heading_deg": [_heading(tag) for tag in tags],
            "h_accuracy_m": [_one(tag, "GPSHPositioningError") for tag in tags],
            "taken_at": [_taken(tag) for tag in tags],
        }
    )
    lonlat = np.array(
        [[_degrees(tag, "GPSLongitude", "W"), _degrees(tag, "GPSLatitude", "S")] for tag in tags]
    )
    return PhotoTable(frame, [file.name for file in files], lonlat.reshape(-1, 2), bad)


def _tags(file: Path) -> dict[str, str]:
    from rasterio.errors import NotGeoreferencedWarning

    check_input(file, what="photo")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with open_raster_file(file) as data:
                # GDAL drivers store EXIF tags in different domains.
                found: dict[str, Any] = data.tags() | data.tags(ns="EXIF")
    except RailmapError:
        raise
    except Exception as error:  # GDAL's errors have no common base
        raise InputError(f"{file}: cannot be read as a photo ({one_line(error)})") from error
    return {key.removeprefix("EXIF_"): str(value) for key, value in found.items()}


def _numbers(tags: dict[str, str], key: str) -> list[float]:
    return [float(text) for text in _NUMBERS.findall(tags.get(key, ""))]


def _one(tags: dict[str, str], key: str) -> float:
    found = _numbers(tags, key)
    return found[0] if found else np.nan


def _degrees(tags: dict[str, str], key: str, negative: str) -> float:
    parts = _numbers(tags, key)
    if not parts:
        return np.nan
    value = float(sum(part / 60.0**power for power, part in enumerate(parts[:3])))
    return -value if tags.get(f"{key}Ref", "").strip().upper().startswith(negative) else value


def _heading(tags: dict[str, str]) -> float:
    # Magnetic headings are off by the declination, which is unknown.
    if tags.get("GPSImgDirectionRef", "T").strip().upper().startswith("M"):
        return np.nan
    return _one(tags, "GPSImgDirection")


def _taken(tags: dict[str, str]) -> str | None:
    match = _TAKEN.match(tags.get("DateTimeOriginal", ""))
    return None if match is None else "{}-{}-{}T{}:{}:{}".format(*match.groups())
