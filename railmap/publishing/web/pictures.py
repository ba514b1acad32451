"""Publish the pictures that objects of the map name: photos of events, defects and scenes.

Every picture is decoded and saved again, upright and reduced, under a name made of its content:
no metadata (position, owner, camera) and nothing but pixels is published.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import json
import os
import re
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
from PIL import Image

from railmap.errors import InputError
from railmap.files.disk import write_verified
from railmap.files.photo import read_photo
from railmap.files.photo_files import PHOTO_SUFFIXES, list_photos
from railmap.progress import Reporter
from railmap.publishing.file_names import file_name
from railmap.publishing.web.tiles import TileJob

__all__ = [
    "PICTURES_COLUMN",
    "PictureFolder",
    "check_photo_folders",
    "warn_of_pictures",
    "with_pictures",
]

PICTURES_COLUMN = "railmap:pictures"
"""Property of tiles: JSON list of ``[file name, width, height]``; a user cannot have its name."""

# Footprints name orthophotos; the overview has only what its style needs.
_WITHOUT = ("source_image", "overview")
_MAX_SIDE = 1280
_QUALITY = 80
_EMBEDDED = re.compile(r"data:image/[\w.+-]+;base64,", re.IGNORECASE)
_EMBEDDED_NAME = "embedded picture"


def check_photo_folders(folders: Iterable[str | os.PathLike[str]]) -> list[Path]:
    """Return the folders of photos as paths.

    Raises
    ------
    InputError
        If one is not a folder.
    """
    paths = [Path(folder) for folder in folders]
    for path in paths:
        if not path.is_dir():
            raise InputError(f"{path}: is not a folder; name the folder that has the photos")
    return paths


class PictureFolder:
    """Finds pictures by the text that names them, and writes them to the published folder.

    Parameters
    ----------
    target
        Folder to write; it is created with the first picture.
    beside
        The map's folder: a relative name of a file in it is found.
    folders
        Folders given by the user: their photos are found by file name, in subfolders too.
    not_photos
        File names of orthophotos, which are no pictures of an object.
    """

    def __init__(
        self, target: Path, beside: Path, folders: Sequence[Path], not_photos: Iterable[str]
    ) -> None:
        self._target = target
        self._roots = [*folders, beside]
        self._not_photos = {name.lower() for name in not_photos}
        self._by_name: dict[str, list[Path]] = {}
        for folder in folders:
            for path in list_photos(folder):
                if _inside(path, folder):
                    self._by_name.setdefault(path.name.lower(), []).append(path)
        self._done: dict[str, list[Any] | None] = {}
        self.missing: list[str] = []
        self.unreadable: list[str] = []

    @property
    def count(self) -> int:
        """Pictures published."""
        return len({tuple(entry) for entry in self._done.values() if entry})

    def names_picture(self, value: Any) -> bool:
        """Return whether a value of a column names a picture file or is one (data URI)."""
        if not isinstance(value, str):
            return False
        if _EMBEDDED.match(value):
            return True
        name = file_name(value).lower()
        return (
            name.endswith(PHOTO_SUFFIXES)
            and value.isprintable()
            and "://" not in value
            and name not in self._not_photos
        )

    def publish(self, value: str) -> list[Any] | None:
        """Write a picture and return its file name, width and height; None if there is none."""
        if value not in self._done:
            try:
                self._done[value] = self._write(value)
            except InputError as error:
                self._done[value] = None
                self.unreadable.append(str(error))
        return self._done[value]

    def _write(self, value: str) -> list[Any] | None:
        if prefix := _EMBEDDED.match(value):
            pixels = _embedded_pixels(value[prefix.end() :])
        else:
            path = self._find(value)
            if path is None:
                self.missing.append(file_name(value))
                return None
            pixels = read_photo(path, _MAX_SIDE)
        image, data = Image.fromarray(pixels), io.BytesIO()
        image.save(data, "JPEG", quality=_QUALITY, optimize=True, progressive=True)
        name = hashlib.sha256(data.getvalue()).hexdigest()[:16] + ".jpg"
        self._target.mkdir(exist_ok=True)
        write_verified(self._target / name, data.getvalue())
        return [name, image.width, image.height]

    def _find(self, value: str) -> Path | None:
        """Return the file of a name, inside the folders only; None if it is not unique there."""
        relative = Path(value.replace("\\", "/"))
        for root in self._roots:
            path = root / (file_name(value) if relative.is_absolute() else relative)
            if _inside(path, root):
                return path
        found = self._by_name.get(file_name(value).lower(), [])
        return found[0] if len(found) == 1 else None


def _inside(path: Path, root: Path) -> bool:
    """Return whether a path leads to a file in a folder, also where parts of it are links."""
    try:
        return path.resolve().is_relative_to(root.resolve()) and os.path.isfile(path)
    except (OSError, RuntimeError, ValueError):  # a link that leads to itself
        return False


def _embedded_pixels(code: str) -> Any:
    try:
        data = base64.b64decode(code, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InputError("an embedded picture is damaged") from error
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "picture"
        path.write_bytes(data)
        try:
            return read_photo(path, _MAX_SIDE)
        except InputError as error:
            raise InputError("an embedded picture cannot be read") from error


def with_pictures(
    jobs: Sequence[TileJob], pictures: PictureFolder, *, keep_paths: bool, reporter: Reporter
) -> list[TileJob]:
    """Publish the pictures of all layers and return the tile jobs with `PICTURES_COLUMN`.

    Parameters
    ----------
    jobs
        From `tile_jobs`.
    pictures
        Finds and writes the pictures.
    keep_paths
        Keep the folders in the columns that name pictures.
    reporter
        Can cancel.
    """
    return [
        job if job.name in _WITHOUT else _job_with_pictures(job, pictures, keep_paths, reporter)
        for job in jobs
    ]


def _job_with_pictures(
    job: TileJob, pictures: PictureFolder, keep_paths: bool, reporter: Reporter
) -> TileJob:
    frame = job.frame
    found: dict[Any, list[list[Any]]] = {}
    changed = {}
    for column in frame.columns.drop(frame.geometry.name):
        values = frame[column]
        if not pd.api.types.is_object_dtype(values) and not pd.api.types.is_string_dtype(values):
            continue
        named = {one for one in values.dropna().unique() if pictures.names_picture(one)}
        if not named:
            continue
        for index, value in values[values.isin(named)].items():
            reporter.check()
            entry = pictures.publish(value)
            if entry is not None and entry not in found.setdefault(index, []):
                found[index].append(entry)
        shown = {one: _shown(one, keep_paths) for one in named}
        changed[column] = values.map(lambda value, shown=shown: shown.get(value, value))
    if any(found.values()):
        texts = [json.dumps(found[i]) if found.get(i) else None for i in frame.index]
        changed[PICTURES_COLUMN] = pd.Series(texts, index=frame.index, dtype=object)
    return replace(job, frame=frame.assign(**changed)) if changed else job


def _shown(value: str, keep_paths: bool) -> str:
    if _EMBEDDED.match(value):
        return _EMBEDDED_NAME
    return value if keep_paths else file_name(value)


def warn_of_pictures(pictures: PictureFolder, *, asked: bool, reporter: Reporter) -> None:
    """Say which pictures are not on the page.

    Parameters
    ----------
    pictures
        After all layers.
    asked
        Whether the user gave folders; a map that only names its photos causes no warning.
    reporter
        Receives the warnings.
    """
    if pictures.missing and (asked or pictures.count):
        names = list(dict.fromkeys(pictures.missing))
        reporter.warning(
            f"{len(names)} pictures that the map names, such as {names[0]}, are not in the folders"
            " of photos, or twice"
        )
    if pictures.unreadable:
        reporter.warning(
            f"{len(pictures.unreadable)} pictures cannot be shown, such as {pictures.unreadable[0]}"
        )
