"""Heights: gradients and vertical elements by line, and profiles."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from railmap.publishing.exchange.alignment.alignments import Alignment, alignments_of
from railmap.publishing.exchange.alignment.vertical import VerticalPart, vertical_runs
from railmap.publishing.report.markup import (
    Html,
    metres,
    number,
    paragraph,
    section,
    table,
)
from railmap.publishing.report.profile_drawing import profile_drawing
from railmap.publishing.report.survey import Survey

__all__ = ["heights"]

_MOST = 200
_SOURCES = {
    "measured": "elevation model",
    "bridge": "bridged: bridge",
    "tunnel": "bridged: tunnel",
    "void": "bridged: no data in the model",
    "jump": "bridged: ground too steep for a track",
    "unknown": "no height",
}
_MOST_DRAWINGS = 8
_LEAST_DRAWN_M = 60.0  # shorter profiles are not drawn if there is a longer one


def heights(survey: Survey) -> Html:
    """Return the section on heights; empty if the map has none."""
    points = survey.layer("track_height")
    if points.empty or not points["height_m"].notna().any():
        return Html("")
    found = [one for one in alignments_of(survey.content) if one.profile]
    found.sort(key=lambda one: -_known(one))
    head = (
        "line or track", "with height", "lowest (m)", "highest (m)", "up (‰)", "down (‰)",
        "crest (m)", "sag (m)",
    )  # fmt: skip
    rows = [_extremes(one.name, [one]) for one in found[:_MOST]]
    if len(found) > 1:
        rows.append(_extremes("all", found))
    elements = [row for one in found for row in _elements(survey, one)]
    return section(
        "Heights and gradients",
        _reference(survey),
        table(head, rows, numbers=range(1, 8), caption="Extremes"),
        *_drawings(survey, found),
        table(
            ("line or track", "from", "length", "height (m)", "gradient (‰)", "radius (m)"),
            elements,
            numbers=(2, 3, 4, 5),
            caption="Vertical elements",
            most=_MOST,
        ),
        _origin(survey),
        paragraph(
            "Up and down: steepest gradient in the direction of the stations. Crest and sag: "
            "smallest radius. Height: at the start of the element. A parabola has the gradients "
            "at both ends. Profiles: black is the track, brown the elevation model; where the "
            "model does not show the track, this is bridged and orange.",
            kind="note",
        ),
    )


def _known(one: Alignment) -> float:
    return sum(part.length for part in one.profile)


def _reference(survey: Survey) -> Html:
    models = survey.layer("elevation_model")
    names = [
        row.vertical_name if isinstance(row.vertical_name, str) else None
        for row in models.itertuples()
    ]
    if names and names[-1]:
        return paragraph(f"Heights are metres in {names[-1]}.")
    return paragraph("Heights are metres; the elevation model names no vertical CRS.")


def _extremes(name: str, every: list[Alignment]) -> tuple[Any, ...]:
    parts = [part for one in every for part in one.profile]
    gradients = np.array([g for part in parts for g in (part.start_gradient, part.end_gradient)])
    low, high = zip(*(_range(part) for part in parts), strict=True)
    up, down = float(gradients.max()), float(gradients.min())
    radii = [_radius(part) for part in parts if part.is_parabola]
    crest = min((-r for r in radii if r < 0), default=math.nan)
    sag = min((r for r in radii if r > 0), default=math.nan)
    return (
        name,
        metres(sum(part.length for part in parts)),
        number(min(low), 2),
        number(max(high), 2),
        number(1000 * up, 1) if up > 0 else None,
        number(-1000 * down, 1) if down < 0 else None,
        number(crest),
        number(sag),
    )


def _range(part: VerticalPart) -> tuple[float, float]:
    """Lowest and highest height of a part, metres."""
    ends = [part.height, part.end_height]
    if part.start_gradient * part.end_gradient < 0:  # a parabola with its vertex inside
        share = part.start_gradient / (part.start_gradient - part.end_gradient)
        ends.append(part.height + part.start_gradient * share * part.length / 2)
    return min(ends), max(ends)


def _radius(part: VerticalPart) -> float:
    """Radius of a parabola, metres, + sag, - crest."""
    return part.length / (part.end_gradient - part.start_gradient)


def _elements(survey: Survey, one: Alignment) -> Iterator[tuple[Any, ...]]:
    for run in vertical_runs(one.profile):
        for part in run:
            ends = [number(1000 * g, 1) for g in (part.start_gradient, part.end_gradient)]
            radius = _radius(part) if part.is_parabola else math.nan
            kind = " crest" if radius < 0 else " sag"
            yield (
                one.name,
                _place(survey, one, part.first),
                metres(part.length),
                number(part.height, 2),
                " to ".join(ends) if part.is_parabola else ends[0],
                f"{number(abs(radius))}{kind}" if part.is_parabola else None,
            )


def _place(survey: Survey, one: Alignment, along: float) -> str:
    """Return a place of an alignment in words: its kilometre, or metres from the start."""
    for link in one.links:
        if along <= link.first + link.length + 1e-6:
            told = survey.places.at(link.link_id, link.m(along))
            return told or f"{number(along, 1)} m from the start"
    return ""


def _drawings(survey: Survey, found: list[Alignment]) -> list[Html]:
    long = [one for one in found if _known(one) >= _LEAST_DRAWN_M] or found[:1]
    points = dict(tuple(survey.layer("track_height").sort_values("seq").groupby("link_id")))
    out = [profile_drawing(one, points) for one in long[:_MOST_DRAWINGS]]
    if len(found) > len(out):
        left = len(found) - len(out)
        what = "profile is" if left == 1 else "profiles are"
        out.append(paragraph(f"{left} shorter {what} not drawn.", kind="note"))
    return out


def _origin(survey: Survey) -> Html:
    """Return the length of track by what its height follows from."""
    points = survey.layer("track_height").sort_values(["link_id", "seq"])
    m = points["link_m"].to_numpy(dtype=float)
    same = points["link_id"].to_numpy()[1:] == points["link_id"].to_numpy()[:-1]
    half = np.where(same, np.diff(m), 0.0) / 2
    size = points.assign(size=np.r_[half, 0.0] + np.r_[0.0, half]).groupby("source")["size"].sum()
    rows = [
        (_SOURCES.get(str(source), str(source)), metres(length))
        for source, length in size.sort_values(ascending=False).items()
        if length > 0
    ]
    return table(("height from", "length"), rows, numbers=(1,), caption="What heights follow from")
