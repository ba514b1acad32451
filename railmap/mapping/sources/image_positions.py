"""Positions of images from a table, a track log or EXIF."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import pandas as pd

from railmap.errors import InputError, Option, UsageError, one_line
from railmap.files.inputs import check_input
from railmap.mapping.schema.chainage import parse_chainage
from railmap.mapping.sources.csv_tables import CsvTable, read_table
from railmap.mapping.sources.numbers import column_numbers, parse_degrees

__all__ = [
    "CHAINAGE_ACCURACY_M",
    "ByExif",
    "ByTable",
    "ByTrackLog",
    "ImageFile",
    "ImagePosition",
    "Locator",
    "NoPositions",
]

_GPS_ACCURACY_M = 5.0
CHAINAGE_ACCURACY_M = 0.2
"""Default standard deviation of a chainage, metres."""
_LOG_GAP_S = 5.0  # maximum time between an image and the nearest fix


@dataclass(frozen=True, slots=True)
class ImagePosition:
    """Position of an image.

    Parameters
    ----------
    line, start_m, metres_per_row
        Line ref, chainage of the first row in metres, and metres of chainage per row (negative if
        chainage decreases along the image).
    lon, lat
        WGS 84 degrees, for images without chainage.
    accuracy_m
        Standard deviation, metres.
    side
        ``left_rail`` or ``right_rail``, in the direction of increasing chainage.
    """

    line: str | None = None
    start_m: float = np.nan
    metres_per_row: float = 0.0
    lon: float = np.nan
    lat: float = np.nan
    accuracy_m: float = _GPS_ACCURACY_M
    side: str | None = None


class ImageFile(Protocol):
    """An image file with its name in tables and results."""

    @property
    def path(self) -> Path:
        """The file."""

    @property
    def name(self) -> str:
        """Its name in tables and results."""


class Locator(Protocol):
    """Determines the position of each image; None where it is unknown."""

    def positions(
        self, images: Sequence[ImageFile], along_mm: float | None
    ) -> list[ImagePosition | None]:
        """Return the positions of `images`, whose rows are `along_mm` long (None: unknown)."""


class NoPositions:
    """No positions are given."""

    def positions(
        self, images: Sequence[ImageFile], along_mm: float | None
    ) -> list[ImagePosition | None]:
        """Return None for every image."""
        return [None] * len(images)


@dataclass(frozen=True, slots=True)
class ByTable:
    """Positions from a CSV with one row per image.

    Columns: ``image`` and ``lon, lat``, ``x, y`` or ``line, km``; optionally ``accuracy_m``,
    ``side`` (left, right) and, with km, ``m_per_row``.

    Parameters
    ----------
    path
        The table.
    crs
        CRS of ``x, y``.
    """

    path: Path
    crs: str | None = None

    def positions(
        self, images: Sequence[ImageFile], along_mm: float | None
    ) -> list[ImagePosition | None]:
        """Look up each image by its file name.

        Raises
        ------
        InputError
            If the table cannot be read, lacks these columns, or names an image twice; or if a
            name in it without a folder is that of several images.
        UsageError
            If `crs` is missing or is not a CRS.
        """
        read = read_table(self.path)
        table = read.frame.rename(columns=lambda name: str(name).strip().lower())
        if "image" not in table or not any(
            {a, b} <= set(table.columns) for a, b in (("lon", "lat"), ("x", "y"), ("line", "km"))
        ):
            raise InputError(
                f"{self.path}: needs the column image and lon, lat or x, y or line, km; it has "
                f"{', '.join(table.columns)}"
            )
        numbers = _numbers(self.path, read, table)
        if {"x", "y"} <= set(table.columns):
            numbers |= self._projected(numbers)
        found = self._rows(images, [str(name) for name in table["image"]], read.rows)
        return [
            None if row is None else _position(table.iloc[row], numbers, row, along_mm)
            for row in found
        ]

    def _rows(
        self, images: Sequence[ImageFile], names: Sequence[str], lines: Sequence[int]
    ) -> list[int | None]:
        """Return the row of each image; `lines` are the numbers of the rows in the file."""
        at: dict[str, int] = {}
        for number, name in enumerate(names):
            if name in at:
                both = f"rows {lines[at[name]]} and {lines[number]}"
                raise InputError(f"{self.path}: {both} are of the same image, {name}")
            at[name] = number
        exact = {image.name for image in images}
        used: dict[int, str] = {}
        found: list[int | None] = []
        for image in images:
            bare = image.path.name
            row = at.get(image.name, None if bare in exact else at.get(bare))
            if row is not None and row in used:
                raise InputError(
                    f"{self.path}: {names[row]} can be {used[row]} or {image.name}; "
                    "name the images with their folders"
                )
            if row is not None:
                used[row] = image.name
            found.append(row)
        return found

    def _projected(self, numbers: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        import pyproj
        from pyproj.exceptions import CRSError

        if self.crs is None:
            raise UsageError(
                f"{self.path}: x and y need their CRS: give ", Option("crs", "EPSG:CODE")
            )
        try:
            move = pyproj.Transformer.from_crs(self.crs, 4326, always_xy=True)
        except CRSError as error:
            raise UsageError(
                Option("crs", self.crs), ": is no CRS; give one such as EPSG:25832"
            ) from error
        lon, lat = move.transform(numbers["x"], numbers["y"])
        return {"lon": lon, "lat": lat}


def _numbers(path: Path, read: CsvTable, table: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return the numbers in the columns that hold numbers, by name; NaN for an empty cell.

    Raises
    ------
    InputError
        If a cell is not understood.
    """
    parsers: dict[str, Callable[[str], float | None] | None] = {
        "x": None,
        "y": None,
        "accuracy_m": None,
        "m_per_row": None,
        "lon": lambda text: parse_degrees(text, "EW"),
        "lat": lambda text: parse_degrees(text, "NS"),
        "km": lambda text: _km(text),
    }
    found = {}
    for name, parse in parsers.items():
        if name not in table:
            continue
        found[name], bad = column_numbers(table[name], comma=read.comma, parse=parse)
        if bad:
            row, cell = next(iter(bad.items()))
            raise InputError(
                f'{path}: row {read.rows[row]} has the {name} "{cell}", which is not understood'
            )
    return found


def _km(text: str) -> float | None:
    try:
        return parse_chainage(text) / 1000
    except ValueError:
        return None


def _position(
    row: pd.Series, numbers: dict[str, np.ndarray], at: int, along_mm: float | None
) -> ImagePosition | None:
    def number(key: str, otherwise: float) -> float:
        value = numbers[key][at] if key in numbers else np.nan
        return float(value) if np.isfinite(value) else otherwise

    side = str(row.get("side", "")).strip().lower()
    side = {"left": "left_rail", "right": "right_rail"}.get(side, side)
    rail = side if side in ("left_rail", "right_rail") else None
    km = number("km", np.nan)
    if np.isfinite(km) and isinstance(row.get("line"), str):
        step = number("m_per_row", (along_mm or 0.0) / 1000)
        sigma = number("accuracy_m", CHAINAGE_ACCURACY_M)
        return ImagePosition(row["line"].strip(), km * 1000, step, accuracy_m=sigma, side=rail)
    lon, lat = number("lon", np.nan), number("lat", np.nan)
    if not np.isfinite([lon, lat]).all() or (lon == 0 and lat == 0):
        return None
    return ImagePosition(
        lon=lon, lat=lat, accuracy_m=number("accuracy_m", _GPS_ACCURACY_M), side=rail
    )


@dataclass(frozen=True, slots=True)
class ByExif:
    """GPS positions in the EXIF tags of the images."""

    def positions(
        self, images: Sequence[ImageFile], along_mm: float | None
    ) -> list[ImagePosition | None]:
        """Read the positions; None for an image without one."""
        return [self._position(image.path) for image in images]

    def _position(self, path: Path) -> ImagePosition | None:
        from railmap.mapping.sources.exif import read_photos

        try:
            photos = read_photos(path)
        except InputError:
            return None  # reported when the image is processed
        lonlat = photos.lonlat
        lon, lat = lonlat[0]
        if not np.isfinite(lonlat[0]).all() or (lon == 0 and lat == 0):
            return None
        sigma = float(photos.frame["h_accuracy_m"].iloc[0])
        return ImagePosition(lon=lon, lat=lat, accuracy_m=sigma if sigma > 0 else _GPS_ACCURACY_M)


@dataclass(frozen=True, slots=True)
class ByTrackLog:
    """Positions from a GPX track, or a CSV with ``time, lon, lat``, at the time of each image.

    Parameters
    ----------
    path
        The log; times without a time zone are UTC.
    offset_s
        Seconds to add to the camera's time to get UTC.
    """

    path: Path
    offset_s: float = 0.0

    def positions(
        self, images: Sequence[ImageFile], along_mm: float | None
    ) -> list[ImagePosition | None]:
        """Interpolate the position of each image at its EXIF time, else its file time.

        Raises
        ------
        InputError
            If the log cannot be read or has fewer than two fixes.
        """
        time, lon, lat = _read_log(self.path)
        positions: list[ImagePosition | None] = []
        for image in images:
            at = _taken(image.path) + self.offset_s
            near = float(np.abs(time - at).min()) if np.isfinite(at) else np.inf
            between = time[0] <= at <= time[-1] and _bracket(time, at) <= 2 * _LOG_GAP_S
            if near > _LOG_GAP_S and not between:
                positions.append(None)
                continue
            positions.append(
                ImagePosition(
                    lon=float(np.interp(at, time, lon)), lat=float(np.interp(at, time, lat))
                )
            )
        return positions


def _bracket(time: np.ndarray, at: float) -> float:
    """Return the seconds between the fixes before and after."""
    after = int(np.clip(np.searchsorted(time, at), 1, len(time) - 1))
    return float(time[after] - time[after - 1])


def _taken(path: Path) -> float:
    """Return the seconds since 1970 of the EXIF time, else of the file time."""
    from railmap.mapping.sources.exif import read_photos

    try:
        taken = read_photos(path).frame["taken_at"].iloc[0]
    except InputError:
        taken = None
    if taken is not None:
        stamp = pd.to_datetime(taken, errors="coerce", utc=True)
        if not pd.isna(stamp):
            return float(stamp.timestamp())
    try:
        return path.stat().st_mtime
    except OSError:  # reported when the image is processed
        return float("nan")


def _read_log(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    check_input(path)
    try:
        rows = _gpx(path) if path.suffix.lower() == ".gpx" else _csv_log(path)
    except InputError:
        raise
    except Exception as error:  # of the XML parser, GDAL or a value: the file is at fault
        raise InputError(
            f"{path}: is not a track log: a GPX file, or a CSV with time, lon, lat "
            f"({one_line(error)})"
        ) from error
    stamps = pd.to_datetime(rows["time"], utc=True, errors="coerce", format="ISO8601")
    lon = pd.to_numeric(rows["lon"], errors="coerce").to_numpy(float)
    lat = pd.to_numeric(rows["lat"], errors="coerce").to_numpy(float)
    good = (~stamps.isna()).to_numpy() & np.isfinite(lon) & np.isfinite(lat)
    if good.sum() < 2:
        raise InputError(f"{path}: has fewer than two fixes with time and position")
    seconds = stamps[good].map(pd.Timestamp.timestamp).to_numpy(float)
    order = np.argsort(seconds, kind="stable")
    return seconds[order], lon[good][order], lat[good][order]


def _gpx(path: Path) -> pd.DataFrame:
    from xml.etree import ElementTree

    rows = []
    for point in ElementTree.parse(path).iter():
        if point.tag.rsplit("}", 1)[-1] not in ("trkpt", "wpt", "rtept"):
            continue
        times = [child.text for child in point if child.tag.rsplit("}", 1)[-1] == "time"]
        rows.append((times[0] if times else None, point.get("lon"), point.get("lat")))
    return pd.DataFrame(rows, columns=["time", "lon", "lat"])


def _csv_log(path: Path) -> pd.DataFrame:
    read = read_table(path)
    table = read.frame.rename(columns=lambda name: str(name).strip().lower())
    numbers = _numbers(path, read, table[["lon", "lat"]])
    return pd.DataFrame({"time": table["time"], **numbers})
