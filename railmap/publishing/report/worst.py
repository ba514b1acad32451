"""Choose the places that a person should look at first."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from railmap.publishing.report.events import DEFECT_LAYERS
from railmap.publishing.report.markup import number, words
from railmap.publishing.report.survey import Survey, middle

__all__ = ["Spot", "worst_spots"]

# One picture shows both of two places nearer than this.
_SAME_PICTURE_M = 12.0
_SEVERE = 3


@dataclass(frozen=True, slots=True)
class Spot:
    """A place of a fault.

    Parameters
    ----------
    rank
        Sorting key, smallest first.
    x, y
        Metres in the CRS of the map.
    kind
        ``error``, ``warning`` or ``defect``.
    title, detail, place
        For the caption.
    others
        How many further places the picture shows.
    """

    rank: tuple[float, ...]
    x: float
    y: float
    kind: str
    title: str
    detail: str
    place: str
    others: int = 0


def worst_spots(survey: Survey, most: int) -> list[Spot]:
    """Return at most `most` places: errors, severe defects, warnings, then other defects."""
    chosen: list[Spot] = []
    for spot in sorted((*_issues(survey), *_defects(survey)), key=lambda one: one.rank):
        near = [
            index
            for index, one in enumerate(chosen)
            if math.hypot(one.x - spot.x, one.y - spot.y) <= _SAME_PICTURE_M
        ]
        if near:
            chosen[near[0]] = replace(chosen[near[0]], others=chosen[near[0]].others + 1)
        elif len(chosen) < most:
            chosen.append(spot)
    return chosen


def _issues(survey: Survey) -> Iterator[Spot]:
    for index, row in enumerate(survey.layer("qa_issue").itertuples()):
        is_open = pd.isna(row.status) or row.status == "open"
        at = middle(row.geom)
        if not is_open or row.severity not in ("error", "warning") or at is None:
            continue
        yield Spot(
            (0.0 if row.severity == "error" else 2.0, 0.0, 0.0, float(index)),
            *at,
            row.severity,
            f"{words(row.rule)} ({row.severity})",
            "" if pd.isna(row.message) else str(row.message),
            survey.place("", row.geom),
        )


def _defects(survey: Survey) -> Iterator[Spot]:
    for name in DEFECT_LAYERS:
        frame = survey.layer(name)
        if frame.empty:
            continue
        rows = zip(frame.itertuples(), frame["class"], survey.places.of(name, frame), strict=True)
        for index, (row, kind, place) in enumerate(rows):
            at = middle(row.geom)
            if at is None or row.status == "repaired":
                continue
            severity = 0.0 if pd.isna(row.severity) else float(row.severity)
            area = 0.0 if pd.isna(row.area_mm2) else float(row.area_mm2)
            yield Spot(
                (1.0 if severity >= _SEVERE else 3.0, -severity, -area, float(index)),
                *at,
                "defect",
                f"{words(kind) or 'defect'}, severity {number(row.severity)}",
                _size(row),
                survey.place(place, row.geom),
            )


def _size(row: Any) -> str:
    parts = [] if pd.isna(row.area_mm2) else [f"area {number(row.area_mm2, 0, 'mm²')}"]
    if not pd.isna(row.length_m):
        parts.append(f"length {number(1000 * row.length_m, 0, 'mm')}")
    return ", ".join(parts)
