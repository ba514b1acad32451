"""Which standard turnout a fitted one most probably is."""

from __future__ import annotations

from dataclasses import dataclass
from math import atan, exp, log, pi, tan
from typing import Literal

__all__ = ["StandardTurnout", "TurnoutTable", "most_probable_type", "turnout_table"]

TurnoutTable = Literal["uic", "arema"]
"""Catalogue of turnouts: European ones by radius and crossing number, American ones by number."""

_SHAPE_SIGMA = 0.2  # standard deviation of ln(R / N²) of a fitted leg, which sees few metres of arc
_LEAST_SIGMA = 0.05  # least standard deviation of ln(N) ...
_LARGEST_SIGMA = 0.25  # ... and that from which the angle is not known
_NONE = 0.1  # prior of a turnout that is in no catalogue ...
_RANGE = log(25 / 4) * log(5 / 1.5)  # ... equally probable from 1:4 to 1:25 and R/N² of 1.5 to 5 m
_LEAST = 0.5  # a less probable type is not stated


@dataclass(frozen=True, slots=True)
class StandardTurnout:
    """A turnout of a catalogue.

    Parameters
    ----------
    name
        ``radius-1:N`` or ``#N``.
    number
        N of 1:N, the cotangent of the angle.
    radius
        Radius of the diverging track, metres.
    """

    name: str
    number: float
    radius: float


def _arema(number: int, radius_ft: float) -> StandardTurnout:
    """AREMA's number is half the cotangent of half the angle."""
    return StandardTurnout(
        f"#{number}", 1 / tan(2 * atan(0.5 / number)), round(0.3048 * radius_ft, 1)
    )


_TABLES: dict[TurnoutTable, tuple[StandardTurnout, ...]] = {
    # the name of a European turnout is its radius and crossing number
    "uic": tuple(
        StandardTurnout(f"{radius:g}-1:{number:g}", number, radius)
        for radius, number in (
            (190.0, 7.5), (190.0, 9.0), (300.0, 9.0), (500.0, 12.0), (760.0, 14.0), (1200.0, 18.5),
        )
    ),
    # Radius of the centreline, feet. 8 to 10 were compared with TI 850-02, table 6-12 (curvature of
    # 11.8, 9.3 and 7.4 degrees: within 1 %); the others were not compared with AREMA's plans, and
    # lie as they do at 7.6 to 8.2 ft N².
    "arema": tuple(
        _arema(number, radius)
        for number, radius in (
            (8, 487.28), (9, 615.12), (10, 779.39), (11, 927.27), (12, 1104.63), (14, 1581.20),
            (15, 1720.77), (16, 2007.12), (18, 2578.79), (20, 3289.29),
        )
    ),
}  # fmt: skip


def turnout_table(lon: float, lat: float) -> TurnoutTable:
    """Return the catalogue in use at a place: AREMA in North America, else UIC.

    Examples
    --------
    >>> turnout_table(-104.9, 39.8), turnout_table(8.5, 47.4)
    ('arema', 'uic')
    """
    return "arema" if -170.0 <= lon <= -52.0 and 14.0 <= lat <= 75.0 else "uic"


def most_probable_type(
    angle: float, angle_sigma: float, radius: float, table: TurnoutTable
) -> tuple[str, float] | None:
    """Name the standard turnout that a fitted one most probably is.

    All of a catalogue are equally probable before; the angle of the fit decides by its standard
    deviation, its radius by how far ``R / N²`` lies from that of the catalogue.

    Parameters
    ----------
    angle, angle_sigma
        Angle of the turnout and its standard deviation, radians.
    radius
        Radius of the leg relative to the main track, metres.
    table
        The catalogue.

    Returns
    -------
    tuple of str and float, or None
        Name and probability; None below one half, and if the catalogue has none like it.

    Examples
    --------
    >>> most_probable_type(atan(1 / 8.9), 0.008, 296.0, "uic")
    ('300-1:9', 0.87)
    """
    if not (angle > 0 and radius > 0):
        return None
    number, sigma = 1 / tan(angle), max(angle_sigma / angle, _LEAST_SIGMA)
    if sigma > _LARGEST_SIGMA:
        return None
    shape = radius / number**2
    norm = 2 * pi * sigma * _SHAPE_SIGMA
    known = _TABLES[table]
    likely = [
        (1 - _NONE) / len(known) / norm * exp(
            -0.5 * (log(number / one.number) / sigma) ** 2
            - 0.5 * (log(shape * one.number**2 / one.radius) / _SHAPE_SIGMA) ** 2
        )
        for one in known
    ]  # fmt: skip
    best = max(range(len(known)), key=lambda i: likely[i])
    probability = likely[best] / (sum(likely) + _NONE / _RANGE)
    return (known[best].name, round(probability, 2)) if probability >= _LEAST else None
