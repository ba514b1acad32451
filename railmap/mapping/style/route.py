"""Style of a route: a band over the tracks, with its switches and reversals."""

from __future__ import annotations

from railmap.mapping.schema.route import ROUTE, ROUTE_NODE
from railmap.mapping.style.rules import GUESS, STOP, SWITCH
from railmap.mapping.style.symbols import Condition, Line, Marker, Rule, Shape

__all__ = ["ROUTE_STYLES"]

_BAND = "#1565c0"
_NODES: tuple[tuple[str, str, Shape, float, str], ...] = (
    ("Start", "start", "circle", 3.6, "#2e7d32"),
    ("End", "end", "circle", 3.6, STOP),
    ("Switch", "switch", "diamond", 2.8, SWITCH),
    ("Reversal", "reversal", "diamond", 3.6, GUESS),
)

ROUTE_STYLES: dict[str, tuple[Rule, ...]] = {
    ROUTE.name: (Rule("Route", (Line(_BAND, 1.6),)),),
    ROUTE_NODE.name: tuple(
        Rule(label, (Marker(shape, size, color),), (Condition("kind", (kind,)),))
        for label, kind, shape, size, color in _NODES
    ),
}
