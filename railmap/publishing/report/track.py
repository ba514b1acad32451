"""Lengths of track by kind and class, the lines, and the gauge."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from railmap.publishing.report.markup import (
    Html,
    metres,
    number,
    paragraph,
    section,
    short_id,
    table,
    uncertain,
    words,
)
from railmap.publishing.report.survey import Survey

__all__ = ["gauges", "lengths"]

_MOST = 200
_SOURCES = {
    "measured": "measured in the image",
    "tag": "from another map",
    "default": "assumed, not measured",
}


def lengths(survey: Survey) -> Html:
    """Return the section on lengths by kind, use and service, and on the lines."""
    links = survey.content.links
    if links.empty:
        return section("Track", paragraph("The map has no track."))
    frame = pd.DataFrame(
        {
            "kind": _classes(links["railway"], "not stated"),
            "use": _classes(links["usage"], "not stated"),
            "service": _classes(links["service"], "running track"),
            "length": survey.link_lengths(),
            "hidden": links["interpolated_m"].fillna(0.0).to_numpy(),
            "accuracy": links["h_accuracy_m"].to_numpy(),
        }
    )
    rows = [_length_row(keys, part) for keys, part in frame.groupby(["kind", "use", "service"])]
    rows.append(_length_row(("all", "", ""), frame))
    parts = [
        table(
            ("kind", "use", "service", "links", "length", "interpolated", "accuracy (m)"),
            rows,
            numbers=(3, 4, 5, 6),
        ),
        paragraph(
            "Length is horizontal. Interpolated: drawn where the track is hidden. Accuracy: median "
            "of the horizontal accuracy, one sigma; ",
            _unknown(frame),
            kind="note",
        ),
    ]
    lines = survey.layer("railway_line")
    if len(lines):
        parts.append(
            table(
                ("line", "name", "from km", "to km", "chainage", "length"),
                [_line_row(row) for row in lines.itertuples()],
                numbers=(2, 3, 5),
                caption="Lines",
                most=_MOST,
            )
        )
    return section("Track", *parts)


def _classes(values: pd.Series, missing: str) -> list[str]:
    return [words(value) or missing for value in values]


def _length_row(keys: tuple[Any, ...], part: pd.DataFrame) -> tuple[Any, ...]:
    return (
        *keys,
        number(len(part)),
        metres(part["length"].sum()),
        metres(part["hidden"].sum()),
        number(part["accuracy"].median(), 2),
    )


def _unknown(frame: pd.DataFrame) -> str:
    count = int(frame["accuracy"].isna().sum())
    return f"{count} of {len(frame)} links have none." if count else "every link has one."


def _line_row(row: Any) -> tuple[Any, ...]:
    calibration = {"posts": "from posts", "design": "from design"}.get(row.calibration)
    # M of a line without posts is metres from its start, not a kilometre of the railway.
    ends = (row.m_min / 1000, row.m_max / 1000)
    length = row.geom.length if row.geom is not None else None
    return (
        row.ref,
        row.name,
        *(number(km, 3) for km in ends),
        calibration or "from its start",
        metres(length),
    )


def gauges(survey: Survey) -> Html:
    """Return the section on the gauge, by nominal gauge and its source."""
    links = survey.content.links
    if links.empty:
        return Html("")
    frame = pd.DataFrame(
        {
            "nominal": links["gauge"].astype("Float64").fillna(-1.0).astype(float).to_numpy(),
            "source": _classes(links["gauge_source"], "not stated"),
            "length": survey.link_lengths(),
            "mm": links["gauge_measured_mm"].to_numpy(),
            "sigma": links["gauge_sigma_mm"].to_numpy(),
        }
    )
    rows = []
    for (nominal, source), part in frame.groupby(["nominal", "source"]):
        measured = part[np.isfinite(part["mm"])]
        weights = measured["length"].to_numpy()
        mean = (
            float(np.average(measured["mm"], weights=weights))
            if weights.sum() > 0
            else float("nan")
        )
        rows.append(
            (
                number(nominal) if nominal > 0 else "none of the standard ones",
                _SOURCES.get(source, source),
                metres(part["length"].sum()),
                metres(measured["length"].sum()),
                number(mean, 0),
                f"{number(measured['mm'].min())} to {number(measured['mm'].max())}"
                if len(measured)
                else None,
                number(measured["sigma"].median(), 1),
            )
        )
    head = ("nominal (mm)", "source", "length", "measured on", "mean (mm)", "links (mm)", "± (mm)")
    return section(
        "Gauge",
        table(head, rows, numbers=(0, 2, 3, 4, 5, 6)),
        paragraph(
            "Mean: weighted by length. Links: smallest and largest mean of a link. ±: median of "
            "the one sigma of a link. An assumed gauge says nothing about the track.",
            kind="note",
        ),
        _odd_gauges(survey),
    )


def _odd_gauges(survey: Survey) -> Html:
    """Return the links whose gauge differs from the nominal one by more than two sigma."""
    links = survey.content.links
    sigma = links["gauge_sigma_mm"]
    off = links["gauge_measured_mm"] - links["gauge"].astype("Float64").astype(float)
    chosen = off.abs() > 2 * sigma
    if not chosen.any():
        return Html("")
    some = links[chosen].assign(off=off[chosen])
    some = some.reindex(some["off"].abs().sort_values(ascending=False, kind="stable").index)
    rows = [
        (
            short_id(row.link_id),
            survey.place(place, row.geom),
            number(row.gauge),
            uncertain(row.gauge_measured_mm, row.gauge_sigma_mm, 0),
            number(row.off, 0),
        )
        for row, place in zip(
            some.itertuples(), survey.places.of("railway_link", some), strict=True
        )
    ]
    head = ("link", "place", "nominal (mm)", "measured (mm)", "difference (mm)")
    return table(
        head, rows, numbers=(2, 3, 4), caption="Gauge off by more than two sigma", most=_MOST
    )
