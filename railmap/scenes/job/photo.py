"""The photos of a job, and what a person should know about each before trusting its place."""

from __future__ import annotations

import datetime
import glob
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from railmap.errors import InputError
from railmap.mapping.photos import read_photos
from railmap.scenes.photos import PHOTO_SUFFIXES, list_photos

__all__ = ["ScenePhoto", "find_photos", "taken_at"]


@dataclass(frozen=True, slots=True)
class ScenePhoto:
    """One photo and what it is called in the results."""

    path: Path
    name: str


def find_photos(sources: Sequence[str | Path]) -> list[ScenePhoto]:
    """Return the photos named by files, folders (searched through) and patterns.

    Raises
    ------
    InputError
        If a source names nothing, or none of it is a photo.
    """
    paths: list[Path] = []
    for source in sources:
        path = Path(source)
        if path.is_dir():
            paths += list_photos(path)
        elif path.exists():
            paths.append(path)
        else:
            found = sorted(Path(name) for name in glob.glob(str(source), recursive=True))
            if not found:
                raise InputError(f"{source}: there is no such photo or folder")
            paths += found
    paths = list(dict.fromkeys(paths))
    if not paths:
        told = ", ".join(map(str, sources))
        raise InputError(f"no photos in {told} (looked for {' '.join(PHOTO_SUFFIXES)})")
    names = [path.name for path in paths]
    if len(set(names)) < len(names):
        names = [path.as_posix() for path in paths]
    return [ScenePhoto(path, name) for path, name in zip(paths, names, strict=True)]


def taken_at(path: Path, now: datetime.datetime | None = None) -> tuple[str | None, str | None]:
    """Return the camera's time (ISO 8601, no zone) and what is wrong with it, or None for either.

    A time in the future is a wrong camera clock: it isn't passed on.
    """
    try:
        told = read_photos(path)[0]["taken_at"].iloc[0]
    except InputError:
        return None, None
    if not isinstance(told, str):
        return None, None
    try:
        taken = datetime.datetime.fromisoformat(told)
    except ValueError:
        return None, f"{path}: its date {told} is none"
    now = now or datetime.datetime.now()
    if taken > now + datetime.timedelta(days=1):  # zones apart
        return None, f"{path}: taken {taken.date()}, in the future: its clock was wrong"
    return told, None
