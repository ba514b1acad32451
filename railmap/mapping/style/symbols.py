"""The words the map's look is written in; QML (and other style languages) are made from them.

Sizes are millimetres on the screen or the paper unless a name ends in ``_m``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = [
    "Condition",
    "Fade",
    "Fill",
    "Label",
    "Line",
    "Marker",
    "Rule",
    "Shape",
    "Symbol",
]


Shape = Literal["circle", "square", "diamond", "triangle", "left_half", "right_half", "cross"]


@dataclass(frozen=True, slots=True)
class Condition:
    """`column` is one of `values`; an empty tuple means: is NULL. `negate` turns it round."""

    column: str
    values: tuple[str | bool | int, ...] = ()
    negate: bool = False


@dataclass(frozen=True, slots=True)
class Fade:
    """Opacity that rises with a column, from `lightest` at `low` to 1 at `high`; NULL is 1."""

    column: str
    low: float
    high: float
    lightest: float


@dataclass(frozen=True, slots=True)
class Line:
    """A stroke; `gauge_offset` moves it sideways by that many gauges (0.5 = the left rail)."""

    color: str
    width: float
    dash: tuple[float, ...] = ()
    gauge_offset: float = 0.0
    level: int = 0
    fade: Fade | None = None


@dataclass(frozen=True, slots=True)
class Marker:
    """A point symbol; `heading` names a column with degrees clockwise from north."""

    shape: Shape
    size: float
    fill: str
    outline: str = "#ffffff"
    outline_width: float = 0.3
    heading: str | None = None
    fade: Fade | None = None


@dataclass(frozen=True, slots=True)
class Fill:
    """A surface: `fill` with `opacity`, hatched with `hatch` if given."""

    outline: str
    outline_width: float = 0.3
    fill: str | None = None
    opacity: float = 1.0
    hatch: str | None = None
    dash: tuple[float, ...] = ()


Symbol = Line | Marker | Fill


@dataclass(frozen=True, slots=True)
class Rule:
    """Symbols for the features that meet every condition, between two scale denominators.

    A rule without symbols for lines says nothing about lines: in a layer of mixed geometry each
    rule applies to the features that its symbols can draw.
    """

    label: str
    symbols: tuple[Symbol, ...]
    where: tuple[Condition, ...] = ()
    closest: int = 0
    farthest: int = 0


@dataclass(frozen=True, slots=True)
class Label:
    """Text from a numeric column with a prefix, shown closer than `farthest`."""

    prefix: str
    column: str
    farthest: int
    color: str = "#202020"
    decimals: int = 0
