"""Read and check the time at which a photo was taken."""

from __future__ import annotations

import datetime
from pathlib import Path

from railmap.errors import InputError
from railmap.mapping.sources.exif import read_photos

__all__ = ["taken_at"]


def taken_at(path: Path, now: datetime.datetime | None = None) -> tuple[str | None, str | None]:
    """Return the camera's time and a warning about it.

    Parameters
    ----------
    path
        The photo.
    now
        Current time; None: now.

    Returns
    -------
    time
        ISO 8601 without time zone; None if unknown or invalid. A time in the future, from a wrong
        camera clock, is invalid.
    warning
        What is wrong with the time; None if nothing.
    """
    try:
        text = read_photos(path).frame["taken_at"].iloc[0]
    except InputError:
        return None, None
    if not isinstance(text, str):
        return None, None
    try:
        taken = datetime.datetime.fromisoformat(text)
    except ValueError:
        return None, f"{path}: {text} is not a date; it is ignored"
    now = now or datetime.datetime.now()
    if taken > now + datetime.timedelta(days=1):  # time zones
        day = taken.date()
        return (
            None,
            f"{path}: taken {day}, in the future; the date is ignored: set the camera's clock",
        )
    return text, None
