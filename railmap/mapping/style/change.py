"""Style of a comparison: a colour for each kind of change."""

from __future__ import annotations

from railmap.mapping.schema.change import DEFECT_CHANGE, LINK_CHANGE, NODE_CHANGE
from railmap.mapping.style.rules import GUESS, QUIET, STOP
from railmap.mapping.style.symbols import Condition, Line, Marker, Rule

__all__ = ["CHANGE_COLORS", "CHANGE_STYLES"]

# By value of `change`, in the order of the legend.
CHANGE_COLORS = {
    "new": "#2e7d32",
    "removed": STOP,
    "moved": GUESS,
    "attributes": "#1565c0",
}
_LABELS = {
    "new": "New",
    "removed": "Removed",
    "moved": "Moved",
    "attributes": "Other attributes",
}


def _link_rules() -> tuple[Rule, ...]:
    # A link can be moved and have other attributes: dashes on top leave the colour below visible.
    return tuple(
        Rule(
            _LABELS[change],
            (
                Line(color, 1.6, (1.5, 1.5), level=1)
                if change == "attributes"
                else Line(color, 1.6),
            ),
            (Condition("change", (change,)),),
        )
        for change, color in CHANGE_COLORS.items()
    )


def _node_rules() -> tuple[Rule, ...]:
    return tuple(
        Rule(
            _LABELS[change],
            (Marker("diamond", 3.2, color),),
            (Condition("change", (change,)),),
        )
        for change, color in CHANGE_COLORS.items()
    )


def _defect_rules() -> tuple[Rule, ...]:
    # Not the colours of tracks: red for a new defect, grey for a repaired one as in the map.
    return tuple(
        Rule(label, (Marker("circle", size, color),), (Condition("status", (status,)),))
        for label, status, color, size in (
            ("New defect", "new", STOP, 2.8),
            ("Unchanged", "open", "#1e88e5", 2.4),
            ("Grown", "grown", GUESS, 3.4),
            ("Repaired", "repaired", QUIET, 2.2),
        )
    )


CHANGE_STYLES: dict[str, tuple[Rule, ...]] = {
    LINK_CHANGE.name: _link_rules(),
    NODE_CHANGE.name: _node_rules(),
    DEFECT_CHANGE.name: _defect_rules(),
}
