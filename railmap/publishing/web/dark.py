"""Colours of the map on a dark screen; the page replaces those of the style by them."""

from __future__ import annotations

from railmap.mapping.style.rules import (
    CENTRE,
    CROSSING,
    EVENT,
    INK,
    LABELS,
    PAPER,
    QUIET,
    SERVICE_INK,
    STOP,
    SWITCH,
)

__all__ = ["DARK"]

_LABEL = LABELS["milestone"].color

DARK: dict[str, str] = {
    INK: "#e6e7ea",
    PAPER: "#17191d",
    CENTRE: "#ff6b81",
    SERVICE_INK: "#cbb09a",
    SWITCH: "#6db1ff",
    CROSSING: "#cf9bf2",
    STOP: "#ff7a75",
    QUIET: "#a3abb5",
    EVENT: "#4dd0e1",
    _LABEL: "#e6e7eb",
    # railway_line, alignment_segment
    "#00796b": "#4db6ac",
    "#2e7d32": "#81c784",
    "#1565c0": "#82b1ff",
    # severities
    "#1e88e5": "#64b5f6",
    "#d50000": "#ff6659",
}
"""Dark colour of each colour of the style; all others are visible on both."""
