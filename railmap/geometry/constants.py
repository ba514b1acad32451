"""Constants that several geometry modules share. Tuning values of one module stay in it.

Lengths are metres. After changing a constant here, delete the numba caches (``__pycache__``):
they do not notice changes in other modules.
"""

from __future__ import annotations

__all__ = [
    "END_FIT",
    "FIXED_WEIGHT",
    "GAUGE",
    "GAUGES",
    "MIN_RADIUS",
    "NOISE_SAGITTA",
    "POINT_SPACING",
    "RAIL_HEAD",
    "SAME_TRACK",
    "SAME_TRACK_LENGTH",
    "SECTION_REACH",
    "SLEEPER_LENGTH",
    "TIGHTEST_LOOP",
    "TRACE_STEP",
]

# Track.

GAUGE = 1.435
"""Standard track gauge, between the inner faces of the rail heads (EN 13848-1)."""

GAUGES = (GAUGE, 1.0, 1.067, 1.52, 1.6, 1.668)
"""Gauges that are looked for in images: standard, metre, Cape, Russian, Irish, Iberian."""

RAIL_HEAD = 0.072
"""Width of a rail head (profile 60E1, EN 13674-1)."""

SLEEPER_LENGTH = 2.6
"""Length of a standard-gauge sleeper, so the usual width of the band of one track."""

MIN_RADIUS = 80.0
"""Tightest curve that is drawn. Project rule: sidings are not built tighter."""

TIGHTEST_LOOP = 75.0
"""Shortest closed loop that is drawn: that of a tram of 12 m radius, the least that is built."""

# Curves.

END_FIT = 15.0
"""Length of curve from which the heading and the curvature at an end are fitted."""

NOISE_SAGITTA = 0.03
"""Sagitta over `END_FIT` up to which a fitted end counts as straight."""

FIXED_WEIGHT = 1e4
"""Weight that keeps a point in place while the curve through it is smoothed; others have 1."""

POINT_SPACING = 0.25
"""Spacing of the points of a new edge."""

TRACE_STEP = 0.5
"""Spacing of the points of a ridge trace (ridge solver)."""

SECTION_REACH = 1.6
"""Half length of a cross-section, as a multiple of the band width."""

SAME_TRACK, SAME_TRACK_LENGTH = 0.25, 8.0
"""Two paths nearer than the first over at least the second are the same track."""
