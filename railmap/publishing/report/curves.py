"""Curves with the uncertainty of their radius."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np

from railmap.publishing.report.markup import (
    Html,
    metres,
    number,
    paragraph,
    section,
    short_id,
    table,
    uncertain,
)
from railmap.publishing.report.survey import Survey

__all__ = ["curves", "radius_sigma"]

_MOST = 200
# Radii by which a track engineer groups curves, metres.
_BOUNDS = (0.0, 190.0, 300.0, 500.0, 1000.0, 2000.0, math.inf)


def curves(survey: Survey) -> Html:
    """Return the curves by radius, and a table of the tightest ones."""
    segments = survey.layer("alignment_segment")
    radii = segments["start_radius_m"].abs()
    arcs = segments[(segments["type"] == "CIRCULARARC") & np.isfinite(radii) & (radii > 0)]
    if arcs.empty:
        return section("Curves", paragraph("The map has no curve with a radius."))
    radii = arcs["start_radius_m"].abs()
    groups = []
    for low, high in pairwise(_BOUNDS):
        part = arcs[(radii >= low) & (radii < high)]
        if len(part):
            name = (
                f"{number(low)} to {number(high)}" if high < math.inf else f"{number(low)} and more"
            )
            groups.append((name, number(len(part)), metres(part["length_m"].sum())))
    links = survey.content.links
    accuracy = dict(zip(links["link_id"], links["h_accuracy_m"], strict=True))
    arcs = arcs.iloc[radii.argsort(kind="stable")]
    rows = [_row(survey, row, accuracy.get(row.link_id, math.nan)) for row in arcs.itertuples()]
    head = ("link", "place of the middle", "turns", "radius (m)", "length", "misfit (m)")
    return section(
        "Curves",
        table(("radius (m)", "arcs", "length"), groups, numbers=(0, 1, 2)),
        table(head, rows, numbers=(3, 4, 5), caption="Arcs, tightest first", most=_MOST),
        paragraph(
            "± of a radius is one sigma of the fit; where the map states none, the change that "
            "displaces the middle of the arc by one sigma of the position "
            "(8 R² σ / length², σ from the accuracy of the link and the misfit). Arcs of "
            "which it exceeds the radius are not determined by the survey. Misfit: RMS distance "
            "of the mapped line from the arc.",
            kind="note",
        ),
    )


def radius_sigma(radius_m: float, length_m: float, sigma_m: float) -> float:
    """Return one sigma of a radius from that of the middle ordinate of its arc, metres.

    Examples
    --------
    >>> radius_sigma(400.0, 80.0, 0.02)
    4.0
    >>> radius_sigma(400.0, 0.0, 0.02)
    inf
    """
    return 8 * radius_m**2 * sigma_m / length_m**2 if length_m > 0 else math.inf


def _row(survey: Survey, row: Any, accuracy: float) -> tuple[Any, ...]:
    known = [value for value in (accuracy, row.rmse_m) if math.isfinite(value)]
    sigma = row.radius_sigma_m
    if not math.isfinite(sigma):
        sigma = radius_sigma(abs(row.start_radius_m), row.length_m, math.hypot(*known))
    radius = abs(row.start_radius_m)
    if not known:
        shown = uncertain(radius, math.nan)
    else:
        shown = uncertain(radius, sigma) if sigma < radius else f"{number(radius)}, not determined"
    place = survey.places.at(row.link_id, row.m_from + row.length_m / 2)
    return (
        short_id(row.link_id),
        survey.place(place, row.geom),
        "left" if row.start_radius_m > 0 else "right",
        shown,
        metres(row.length_m),
        number(row.rmse_m, 3),
    )
