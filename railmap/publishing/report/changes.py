"""Changes against the survey before."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from railmap.mapping.compare.tracks import Change
from railmap.publishing.report.markup import (
    Html,
    metres,
    number,
    paragraph,
    section,
    table,
    uncertain,
    words,
)
from railmap.publishing.report.survey import Survey

__all__ = ["changes"]

_MOST = 100


def changes(survey: Survey) -> Html:
    """Return the section on what is new, removed, moved or changed; empty without comparison."""
    found = survey.changes
    if found is None:
        return Html("")
    parts = [
        paragraph(
            f"Against {survey.before}. Ground that the images of one of the surveys do not show is "
            "neither new nor removed nor repaired. Displacements are listed from 3 sigma on."
        )
    ]
    links, nodes, defects = (
        found.changes[name] for name in ("link_change", "node_change", "defect_change")
    )
    if links:
        head = ("track", "place", "length", "mean (m)", "largest (m)", "values, old → new")
        rows = [_link_row(survey, one) for one in links]
        parts += [_totals(links), table(head, rows, numbers=(2, 3, 4), most=_MOST, caption="Track")]
    if nodes:
        rows = [_node_row(survey, one) for one in nodes]
        columns = ("node", "kind", "place", "moved (m)", "values, old → new")
        parts.append(
            table(columns, rows, numbers=(3,), most=_MOST, caption="Switches and crossings")
        )
    if defects:
        rank = {"grown": 0, "new": 1, "repaired": 2, "open": 3}
        ordered = sorted(defects, key=lambda one: rank.get(one.values["status"], 4))
        head = ("defect", "class", "place", "severity", "area, more (mm²)", "in days")
        parts.append(
            table(
                head,
                [_defect_row(survey, one) for one in ordered],
                numbers=(3, 4, 5),
                most=_MOST,
                caption="Defects",
            )
        )
    if not links and not nodes and not defects:
        parts.append(paragraph("No change was found."))
    return section("Changes since the survey before", *parts)


def _totals(links: list[Change]) -> Html:
    frame = pd.DataFrame(
        {
            "change": [one.values["change"] for one in links],
            "length": [one.geometry.length for one in links],
        }
    )
    rows = [
        (_said(kind), number(len(part)), metres(part["length"].sum()))
        for kind, part in frame.groupby("change")
    ]
    return table(("change of track", "stretches", "length"), rows, numbers=(1, 2))


def _said(change: Any) -> str:
    return "other attributes" if change == "attributes" else str(change)


def _link_row(survey: Survey, one: Change) -> tuple[Any, ...]:
    values = one.values
    place = ""
    if "new_link_id" in values:
        place = survey.places.at(values["new_link_id"], (values["m_from"] + values["m_to"]) / 2)
    return (
        _said(values["change"]),
        survey.place(place, one.geometry),
        metres(one.geometry.length),
        uncertain(values.get("moved_mean_m"), values.get("sigma_m"), 2),
        number(values.get("moved_max_m"), 2),
        _differences(values.get("attributes")),
    )


def _node_row(survey: Survey, one: Change) -> tuple[Any, ...]:
    values = one.values
    moved = values.get("moved_m") if values["change"] == "moved" else None
    return (
        _said(values["change"]),
        words(values.get("railway")),
        survey.place("", one.geometry),
        uncertain(moved, values.get("sigma_m"), 2),
        _differences(values.get("attributes")),
    )


def _defect_row(survey: Survey, one: Change) -> tuple[Any, ...]:
    values = one.values
    before, now = number(values.get("old_severity")), number(values.get("severity"))
    return (
        values["status"],
        words(values.get("class")),
        survey.place("", one.geometry),
        now if before in (now, number(None)) else f"{before} → {now}",
        number(values.get("area_growth_mm2")),
        number(values.get("days")),
    )


def _differences(attributes: str | None) -> str | None:
    if not attributes:
        return None
    return "; ".join(
        f"{words(name)}: {_shown(old)} → {_shown(new)}"
        for name, (old, new) in json.loads(attributes).items()
    )


def _shown(value: Any) -> str:
    return "nothing" if value is None else str(value)
