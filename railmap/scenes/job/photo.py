"""When a photo was taken, and what a person should know before trusting it."""

from __future__ import annotations

import datetime
from pathlib import Path

from railmap.errors import InputError
from railmap.mapping.sources.exif import read_photos

__all__ = ["taken_at"]


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
