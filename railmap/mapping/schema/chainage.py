"""Chainage as people write it: ``12.4+35`` on a post, ``6185 km 12.400 +3.2`` for a place."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from railmap.errors import UsageError

__all__ = ["Location", "format_location", "parse_chainage", "parse_location"]

_NUMBER = r"\d+(?:[.,]\d+)?"
_POST = re.compile(rf"(?:km|k)?\s*(-?{_NUMBER})(?:\s*\+\s*({_NUMBER}))?\s*(?:km)?", re.IGNORECASE)
_PLACE = re.compile(
    rf"(?P<ref>\S.*?)\s*,?\s+km\s*(?P<km>-?{_NUMBER})(?:\s*\+\s*(?P<plus>{_NUMBER}))?(?:\s*m)?"
    rf"(?:\s*,?\s*(?P<side>right|left)\s*(?P<offset>{_NUMBER})(?:\s*m)?)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Location:
    """A place by chainage.

    Parameters
    ----------
    ref
        Number (or name) of the line.
    km
        Kilometre value to begin at.
    plus_m
        Metres of track from there on, in the direction of rising chainage.
    offset_m
        Metres from the centreline, + right of rising chainage.
    """

    ref: str
    km: float
    plus_m: float = 0.0
    offset_m: float = 0.0


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def parse_chainage(text: str) -> float:
    """Return metres of ``12.4``, ``12,4``, ``12.4+35``, ``km 12.435`` or ``K12+435``.

    Raises
    ------
    ValueError
        If it is none of these.
    """
    match = _POST.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no chainage; write 12.435 or 12.4+35")
    km, plus = match.groups()
    # In whole micrometres: 12.4 km is 12400 m, not 12400.000000000002.
    return round(1000 * _number(km) + (_number(plus) if plus else 0.0), 6)


def parse_location(text: str) -> Location:
    """Read ``6185 km 12.400 +3.2`` or ``6185 km 12.400 +3.2 right 1.5``.

    Raises
    ------
    UsageError
        If it is no such text.
    """
    match = _PLACE.fullmatch(text.strip())
    if match is None:
        raise UsageError(f'{text!r} is no place on a line; write it as "6185 km 12.400 +3.2"')
    offset = _number(match["offset"]) if match["offset"] else 0.0
    if match["side"] and match["side"].lower() == "left":
        offset = -offset
    plus = _number(match["plus"]) if match["plus"] else 0.0
    return Location(match["ref"], _number(match["km"]), plus, offset)


def _metres(value: float) -> str:
    """Write metres to a tenth of a millimetre, one decimal at least."""
    text = f"{value:.4f}".rstrip("0")
    return text + "0" if text.endswith(".") else text


def format_location(location: Location) -> str:
    """Write a place so that `parse_location` reads it back to a tenth of a millimetre."""
    text = f"{location.ref} km {location.km:.3f} +{_metres(max(location.plus_m, 0.0))}"
    if abs(location.offset_m) >= 0.00005:
        side = "right" if math.copysign(1.0, location.offset_m) > 0 else "left"
        text += f" {side} {_metres(abs(location.offset_m))}"
    return text
