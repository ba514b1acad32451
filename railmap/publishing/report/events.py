"""Defects by severity, scenes by class, and the layers of the user's own events."""

from __future__ import annotations

from typing import Any

import pandas as pd

from railmap.publishing.report.markup import (
    Html,
    date,
    metres,
    number,
    paragraph,
    section,
    table,
    words,
)
from railmap.publishing.report.survey import Survey

__all__ = ["DEFECT_LAYERS", "defects", "scenes"]

DEFECT_LAYERS = ("defect", "defect_area")
_MOST = 100


def defects(survey: Survey) -> Html:
    """Return defects by class and severity, and the most severe ones that are not repaired."""
    parts = []
    for name in DEFECT_LAYERS:
        frame = survey.layer(name)
        if frame.empty:
            continue
        title = "Defects" if name == "defect" else "Defects with an outline"
        parts += [_by_severity(frame, title), _worst(survey, name, frame)]
    if not parts:
        parts = [paragraph("The map has no defects; whether rails were inspected it does not say.")]
    return section("Defects", *parts)


def _by_severity(frame: pd.DataFrame, title: str) -> Html:
    levels = sorted(frame["severity"].dropna().unique(), reverse=True)
    columns: list[Any] = [*levels, *([None] if frame["severity"].isna().any() else [])]
    head = ["class", *(f"severity {level}" if level is not None else "no severity"
                       for level in columns), "all"]  # fmt: skip
    classes = frame["class"].fillna("not stated")
    rows = []
    for kind in sorted(classes.unique()):
        part = frame[classes == kind]["severity"]
        counts = [part.isna().sum() if level is None else (part == level).sum()
                  for level in columns]  # fmt: skip
        rows.append((words(kind), *map(number, counts), number(len(part))))
    status = frame["status"].fillna("not compared").value_counts().sort_index()
    known = ", ".join(f"{count} {name}" for name, count in status.items())
    return Html(
        table(head, rows, numbers=range(1, len(head)), caption=title)
        + paragraph(f"Status: {known}. A larger severity is worse.", kind="note")
    )


def _worst(survey: Survey, name: str, frame: pd.DataFrame) -> Html:
    frame = frame[frame["status"].fillna("") != "repaired"]
    frame = frame.sort_values(["severity", "area_mm2"], ascending=False, kind="stable")
    rows = [
        (
            row.defect_id,
            words(frame.at[row.Index, "class"]),
            number(row.severity),
            survey.place(place, row.geom),
            words(row.side),
            metres(row.length_m),
            number(row.area_mm2, 0),
            number(row.confidence, 2),
            row.status,
            date(row.first_seen),
        )
        for row, place in zip(frame.itertuples(), survey.places.of(name, frame), strict=True)
    ]
    head = ("defect", "class", "severity", "place", "side", "length", "area (mm²)", "confidence",
            "status", "first seen")  # fmt: skip
    return table(head, rows, numbers=(2, 5, 6, 7), caption="Most severe first", most=_MOST)


def scenes(survey: Survey) -> Html:
    """Return scenes by class, and how many events the user's own layers have."""
    frame = survey.layer("scene_event")
    parts = []
    if len(frame):
        classes = frame["scene_class"].fillna("not stated")
        lengths = (frame["m_to"] - frame["m_from"]).abs()
        rows = [
            (
                words(kind),
                number((classes == kind).sum()),
                metres(lengths[classes == kind].sum()),
                number(frame["probability"][classes == kind].median(), 2),
                number(frame["probability"][classes == kind].min(), 2),
            )
            for kind in sorted(classes.unique())
        ]
        head = ("scene", "events", "length", "median probability", "lowest")
        parts.append(table(head, rows, numbers=(1, 2, 3, 4)))
    own = [
        (layer.name, number(len(rows)), number(rows["link_id"].notna().sum()),
         number(rows["match_ambiguous"].fillna(False).astype(bool).sum()))
        for layer, rows in survey.own_layers
    ]  # fmt: skip
    if own:
        columns = ("layer", "events", "on a track", "track uncertain")
        parts.append(table(columns, own, numbers=(1, 2, 3), caption="Layers of own events"))
    if not parts:
        parts = [paragraph("The map has no scenes and no events of its own.")]
    return section("Scenes and other events", *parts)
