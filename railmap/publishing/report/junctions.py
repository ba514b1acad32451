"""Switches and crossings with the uncertainty of their measures."""

from __future__ import annotations

import math
from typing import Any

from railmap.publishing.report.markup import (
    Html,
    number,
    paragraph,
    section,
    short_id,
    table,
    uncertain,
    words,
)
from railmap.publishing.report.survey import Survey

__all__ = ["junctions"]

_KINDS = ("switch", "railway_crossing", "level_crossing", "buffer_stop")
_MOST = 500


def junctions(survey: Survey) -> Html:
    """Return the table of switches, crossings and buffer stops."""
    nodes = survey.content.nodes
    nodes = nodes[nodes["railway"].isin(_KINDS)]
    title = "Switches and crossings"
    if nodes.empty:
        return section(title, paragraph("The map has no switch, crossing or buffer stop."))
    order = nodes["railway"].map({kind: index for index, kind in enumerate(_KINDS)})
    nodes = nodes.iloc[order.argsort(kind="stable")]
    places = survey.places.of("railway_node", nodes)
    rows = [
        (
            short_id(row.node_id),
            words(row.railway),
            survey.place(place, row.geom),
            row.turnout_side,
            uncertain(row.crossing_number, _number_sigma(row), 1),
            uncertain(row.angle_deg, row.angle_sigma_deg, 2),
            _type(row),
            number(row.h_accuracy_m, 2),
            number(row.confidence, 2),
            "yes" if row.reviewed is True else "no",
        )
        for row, place in zip(nodes.itertuples(), places, strict=True)
    ]
    head = ("id", "kind", "place", "side", "1 : N", "angle (°)", "type", "± place (m)",
            "confidence", "reviewed")  # fmt: skip
    return section(
        title,
        table(head, rows, numbers=(4, 5, 7, 8), most=_MOST),
        paragraph(
            "N = cot(angle); the side is seen from the toe. The type is the most probable standard "
            "turnout, with its probability. ± ? means that the map states no uncertainty.",
            kind="note",
        ),
    )


def _type(row: Any) -> str | None:
    if not isinstance(row.turnout_type, str):
        return None
    return f"{row.turnout_type} ({row.turnout_type_probability:.0%})"


def _number_sigma(row: Any) -> float:
    """Return one sigma of N = cot(angle): sigma of the angle / sin²(angle)."""
    if not row.angle_deg > 0:
        return float("nan")
    return math.radians(row.angle_sigma_deg) / math.sin(math.radians(row.angle_deg)) ** 2
