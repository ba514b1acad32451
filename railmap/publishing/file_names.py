"""Replace paths by file names before a map is handed on: folders tell of people and machines."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pandas as pd

from railmap.mapping.store.reader import Map

__all__ = ["PATH_COLUMNS", "file_name", "without_paths"]

PATH_COLUMNS = {
    "source_image": ("uri",),
    "elevation_model": ("uri",),
    "qa_issue": ("message",),
    "processing_run": ("command", "parameters", "warnings"),
}
"""Columns that may name files, by layer."""

_END = r"[^\s/\\:;,()\[\]{}'\"<>|=?#]"
_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s'\"<>|]+", re.IGNORECASE)
_WINDOWS = re.compile(
    rf"(?:\b[a-z]:[\\/]|\\\\|%\w+%[\\/])(?:[^\\/:*?\"<>|\r\n]+[\\/])*({_END}*)", re.IGNORECASE
)
_POSIX = re.compile(rf"(?<![\w/.~])~?(?:/{_END}+)*/({_END}+)/?")
_RELATIVE = re.compile(rf"(?<![\w/])\.\.?(?:/{_END}+)*/({_END}+)")


def file_name(place: str) -> str:
    """Return the file name of a path or address.

    Examples
    --------
    >>> file_name("/home/alice/flight 3/ortho.tif")
    'ortho.tif'
    >>> file_name("https://alice:secret@example.org/a/ortho.tif?token=1")
    'ortho.tif'
    >>> file_name("D:" + chr(92) + "Alice" + chr(92) + "ortho.tif")
    'ortho.tif'
    """
    if "://" in place:
        place = re.split(r"[?#]", place)[0]
    return re.split(r"[/\\]", place.rstrip("/\\"))[-1]


def without_paths(content: Map) -> Map:
    """Return a map in which the names of images, the messages and the runs have no folders.

    Columns of a user's own events stay as they are.

    Parameters
    ----------
    content
        The map; it is not changed.
    """
    known = _known_paths(content)
    layers = dict(content.layers)
    for name, columns in PATH_COLUMNS.items():
        if name not in layers or not len(layers[name]):
            continue
        frame = layers[name].copy()
        for column in columns:
            if column in frame:
                clean = file_name if column == "uri" else _cleaner(known)
                values = [clean(v) if isinstance(v, str) else v for v in frame[column]]
                frame[column] = pd.Series(values, index=frame.index, dtype=frame[column].dtype)
        layers[name] = frame
    return replace(content, layers=layers)


def _known_paths(content: Map) -> list[str]:
    """Return the paths that the map names as such, longest first: they may contain spaces."""
    found: set[str] = set()
    images, runs = content.layers.get("source_image"), content.layers.get("processing_run")
    if images is not None:
        found |= {value for value in images["uri"] if isinstance(value, str)}
    for text in runs["parameters"] if runs is not None else ():
        try:
            found |= set(_texts(json.loads(text)))
        except (TypeError, ValueError, RecursionError):
            continue
    return sorted((one for one in found if re.search(r"[/\\]", one)), key=lambda s: (-len(s), s))


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for part in value.values() for text in _texts(part)]
    if isinstance(value, list):
        return [text for part in value for text in _texts(part)]
    return [value] if isinstance(value, str) else []


def _cleaner(known: list[str]) -> Any:
    def clean(text: str) -> str:
        for path in known:
            text = text.replace(path, file_name(path))
            text = text.replace(json.dumps(path)[1:-1], file_name(path))  # in JSON
        text = _ADDRESS.sub(lambda found: file_name(found.group()), text)
        for pattern in (_WINDOWS, _POSIX, _RELATIVE):
            text = pattern.sub(lambda found: found.group(1), text)
        return text

    return clean
