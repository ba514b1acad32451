"""Find photos and other images without georeference, in natural order of their names."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from railmap.errors import InputError
from railmap.files.walk import list_files

__all__ = ["PHOTO_SUFFIXES", "PhotoFile", "find_photo_files", "list_photos"]

PHOTO_SUFFIXES = (
    ".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".bmp", ".gif", ".pgm", ".heic", ".heif",
    ".dng",
)  # fmt: skip
"""Suffixes of images in a folder. HEIC is listed too, so that its reader can report it."""
_DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class PhotoFile:
    """An image file and its name in results.

    Parameters
    ----------
    path
        The file.
    name
        Its file name, with folders if two images of a job have the same file name.
    """

    path: Path
    name: str

    def key(self) -> str:
        """Return what identifies it in a later run: path, size and modification time."""
        try:
            status = self.path.stat()
        except OSError:  # reported by the one who reads it
            return str(self.path.absolute())
        return f"{self.path.absolute()}|{status.st_size}|{status.st_mtime_ns}"


def find_photo_files(sources: Iterable[str | Path], kind: str = "image") -> list[PhotoFile]:
    """Return the images that are named by files, folders (with subfolders) and patterns.

    The order of `sources` is kept; within a folder or pattern ``img2`` comes before ``img10``. An
    image that is named twice is returned once.

    Parameters
    ----------
    sources
        Names of files and folders, and patterns such as ``run*/*.tif``.
    kind
        The word for an image in messages.

    Raises
    ------
    InputError
        If a source does not exist, or no image is found.
    """
    sources = list(sources)
    paths: list[Path] = []
    for source in sources:
        path = Path(source)
        if path.is_dir():
            found = list_photos(path)
        elif path.exists():
            found = [path]
        else:
            found = [Path(name) for name in glob.glob(str(source), recursive=True)]
            if not found:
                raise InputError(f"{source}: there is no such {kind} or folder; check the path")
        paths += sorted(found, key=_natural_key)
    once: dict[str, Path] = {}
    for path in paths:
        once.setdefault(os.path.abspath(path), path)
    paths = list(once.values())
    if not paths:
        searched = ", ".join(map(str, sources)) or "nothing"
        raise InputError(f"no {kind}s in {searched} (looked for {' '.join(PHOTO_SUFFIXES)})")
    names = [path.name for path in paths]
    if len(set(names)) < len(names):
        names = [path.as_posix() for path in paths]
    return [PhotoFile(path, name) for path, name in zip(paths, names, strict=True)]


def list_photos(folder: Path) -> list[Path]:
    """List the images in a folder and its subfolders by path, without hidden files."""
    return list_files(folder, PHOTO_SUFFIXES, deep=True)


def _natural_key(path: Path) -> list[tuple[bool, int, str]]:
    parts = _DIGITS.split(path.as_posix())
    return [(part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in parts]
