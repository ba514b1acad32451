"""Photos and other pictures without georeference: found by name, in the order a person counts."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from railmap.errors import InputError

__all__ = ["PHOTO_SUFFIXES", "PhotoFile", "find_photo_files", "list_photos"]

PHOTO_SUFFIXES = (
    ".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".bmp", ".gif", ".pgm", ".heic", ".heif",
    ".dng",
)  # fmt: skip
"""What is taken for a picture in a folder. Some (HEIC) can't be read everywhere; then it's said."""
_DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class PhotoFile:
    """A picture's file, and what it is called in results.

    Parameters
    ----------
    path
        The file.
    name
        Its file name, with folders where two pictures of a job share one.
    """

    path: Path
    name: str

    def key(self) -> str:
        """Return what a later run knows it by: place, size and time of change."""
        found = self.path.stat()
        return f"{self.path.absolute()}|{found.st_size}|{found.st_mtime_ns}"


def find_photo_files(sources: Iterable[str | Path], kind: str = "image") -> list[PhotoFile]:
    """Return the pictures that files, folders (searched through) and patterns name.

    The order of `sources` is kept; within a folder or pattern ``img2`` comes before ``img10``. A
    picture that is named twice is given once.

    Parameters
    ----------
    sources
        Names of files and folders, and patterns such as ``run*/*.tif``.
    kind
        What a picture is called in messages.

    Raises
    ------
    InputError
        If a source names nothing, or none of it is a picture.
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
                raise InputError(f"{source}: there is no such {kind} or folder")
        paths += sorted(found, key=_natural)
    once: dict[str, Path] = {}
    for path in paths:
        once.setdefault(os.path.abspath(path), path)
    paths = list(once.values())
    if not paths:
        told = ", ".join(map(str, sources)) or "nothing"
        raise InputError(f"no {kind}s in {told} (looked for {' '.join(PHOTO_SUFFIXES)})")
    names = [path.name for path in paths]
    if len(set(names)) < len(names):
        names = [path.as_posix() for path in paths]
    return [PhotoFile(path, name) for path, name in zip(paths, names, strict=True)]


def list_photos(folder: Path) -> list[Path]:
    """List the pictures in a folder and below it, by path; what is hidden is left out."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in PHOTO_SUFFIXES
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and path.is_file()
    )


def _natural(path: Path) -> list[tuple[bool, int, str]]:
    parts = _DIGITS.split(path.as_posix())
    return [(part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in parts]
