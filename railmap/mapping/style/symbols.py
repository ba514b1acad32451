"""Types of the style rules, from which QML and other style languages are generated.

Sizes are millimetres on screen or paper.
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
    """`column` is one of `values`, or NULL if `values` is empty; `negate` inverts the test."""

    column: str
    values: tuple[str | bool | int, ...] = ()
    negate: bool = False


@dataclass(frozen=True, slots=True)
class Fade:
    """Opacity that increases with a column, from `lightest` at `low` to 1 at `high`; NULL is 1."""

    column: str
    low: float
    high: float
    lightest: float


@dataclass(frozen=True, slots=True)
class Line:
    """A line; `gauge_offset` is a lateral offset in gauges (0.5 = the left rail)."""

    color: str
    width: float
    dash: tuple[float, ...] = ()
    gauge_offset: float = 0.0
    level: int = 0
    fade: Fade | None = None


@dataclass(frozen=True, slots=True)
class Marker:
    """A point symbol; `heading` is a column with degrees clockwise from north."""

    shape: Shape
    size: float
    fill: str
    outline: str = "#ffffff"
    outline_width: float = 0.3
    heading: str | None = None
    fade: Fade | None = None


@dataclass(frozen=True, slots=True)
class Fill:
    """A polygon: `fill` with `opacity`, hatched with `hatch` if given."""

    outline: str
    outline_width: float = 0.3
    fill: str | None = None
    opacity: float = 1.0
    hatch: str | None = None
    dash: tuple[float, ...] = ()


Symbol = Line | Marker | Fill


@dataclass(frozen=True, slots=True)
class Rule:
    """Symbols for features that meet all conditions, between two scale denominators.

    In a layer of mixed geometry, a rule applies to the features that its symbols can draw.
    """

    label: str
    symbols: tuple[Symbol, ...]
    where: tuple[Condition, ...] = ()
    closest: int = 0
    farthest: int = 0


@dataclass(frozen=True, slots=True)
class Label:
    """Text from a numeric column with a prefix, shown at scales larger than 1:`farthest`.

    Parameters
    ----------
    prefix, column, decimals
        Such as ``1:9.0``.
    farthest
        Scale denominator.
    color
        Of the text.
    text, probability
        Column with a text that is shown instead where it is known, and column with its
        probability: below one half a question mark follows the text.
    after
        Column whose value follows the number or text.
    names
        Columns that a user may have added; the first one that is there and set comes before all.
    """

    prefix: str
    column: str
    farthest: int
    color: str = "#202020"
    decimals: int = 0
    text: str | None = None
    probability: str | None = None
    after: str | None = None
    names: tuple[str, ...] = ()
