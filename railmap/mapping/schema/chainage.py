"""Parse and format chainage: ``12.4+35`` on a post, ``6185 km 12.400 +3.2`` for a location."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from railmap.errors import UsageError

__all__ = ["Location", "format_location", "is_location", "parse_chainage", "parse_location"]

_NUMBER = r"\d+(?:[.,]\d+)?"
_POST = re.compile(rf"(?:km|k)?\s*(-?{_NUMBER})(?:\s*\+\s*({_NUMBER}))?\s*(?:km)?", re.IGNORECASE)
_LOCATION = re.compile(
    rf"(?P<ref>\S.*?)\s*,?\s+km\s*(?P<km>-?{_NUMBER})(?:\s*\+\s*(?P<plus>{_NUMBER}))?(?:\s*m)?"
    rf"(?:\s*,?\s*(?P<side>right|left)\s*(?P<offset>{_NUMBER})(?:\s*m)?)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Location:
    """A location by line and chainage.

    Parameters
    ----------
    ref
        Number or name of the line.
    km
        Kilometre value of the reference post.
    plus_m
        Metres along the track from there, in the direction of increasing chainage.
    offset_m
        Metres from the centreline, + to the right in the direction of increasing chainage.
    """

    ref: str
    km: float
    plus_m: float = 0.0
    offset_m: float = 0.0


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def parse_chainage(text: str) -> float:
    """Return the metres of ``12.4``, ``12,4``, ``12.4+35``, ``km 12.435`` or ``K12+435``.

    Examples
    --------
    >>> parse_chainage("12.4+35")
    12435.0

    Raises
    ------
    ValueError
        If the text has another form.
    """
    match = _POST.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a chainage; write 12.435 or 12.4+35")
    km, plus = match.groups()
    # Rounded to micrometres: 12.4 km is 12400 m, not 12400.000000000002.
    return round(1000 * _number(km) + (_number(plus) if plus else 0.0), 6)


def parse_location(text: str) -> Location:
    """Parse ``6185 km 12.400 +3.2`` or ``6185 km 12.400 +3.2 right 1.5``.

    Examples
    --------
    >>> parse_location("6185 km 12.400 +3.2 left 1.5")
    Location(ref='6185', km=12.4, plus_m=3.2, offset_m=-1.5)

    Raises
    ------
    UsageError
        If the text has another form.
    """
    match = _LOCATION.fullmatch(text.strip())
    if match is None:
        raise UsageError(f'{text!r} is not a location on a line; write it as "6185 km 12.400 +3.2"')
    offset = _number(match["offset"]) if match["offset"] else 0.0
    if match["side"] and match["side"].lower() == "left":
        offset = -offset
    plus = _number(match["plus"]) if match["plus"] else 0.0
    return Location(match["ref"], _number(match["km"]), plus, offset)


def is_location(text: str) -> bool:
    """Return whether a text has the form that `parse_location` reads.

    Examples
    --------
    >>> is_location("6185 km 12.400"), is_location("500100.5,5400020")
    (True, False)
    """
    return _LOCATION.fullmatch(text.strip()) is not None


def _metres(value: float) -> str:
    """Format metres to a tenth of a millimetre, with at least one decimal."""
    text = f"{value:.4f}".rstrip("0")
    return text + "0" if text.endswith(".") else text


def format_location(location: Location) -> str:
    """Format a location so that `parse_location` restores it to a tenth of a millimetre."""
    text = f"{location.ref} km {location.km:.3f} +{_metres(max(location.plus_m, 0.0))}"
    if abs(location.offset_m) >= 0.00005:
        side = "right" if math.copysign(1.0, location.offset_m) > 0 else "left"
        text += f" {side} {_metres(abs(location.offset_m))}"
    return text
