"""Where the map comes from: licences, and the runs of railmap that made it."""

from __future__ import annotations

import html
import json
from typing import Any

import pandas as pd

from railmap._version import __version__
from railmap.publishing.report.markup import Html, number, paragraph, section, table, text
from railmap.publishing.report.survey import Survey
from railmap.publishing.web.links import safe_link

__all__ = ["sources"]

_MOST_WARNINGS = 50


def sources(survey: Survey) -> Html:
    """Return the section on sources and licences."""
    parts = []
    if survey.licences:
        rows = [(one.name, one.attribution, _link(one.url)) for one in survey.licences]
        parts.append(table(("licence", "attribution", "address"), rows, caption="Other sources"))
        parts.append(
            paragraph(
                "Who hands the map or this report on must keep to these licences.", kind="note"
            )
        )
    else:
        parts.append(paragraph("The map records no data of other sources with a licence."))
    images = survey.layer("source_image")
    if "licence" not in images or images["licence"].isna().any():
        parts.append(
            paragraph(
                "The rights in the images are not all recorded in the map; ask who took them."
            )
        )
    models = [
        (
            row.uri,
            row.crs,
            row.vertical_name if isinstance(row.vertical_name, str) else "not stated",
            number(row.resolution_m, 2),
            number(row.unit_m, 4),
        )
        for row in survey.layer("elevation_model").itertuples()
    ]
    if models:
        head = ("elevation model", "CRS", "vertical CRS", "pixel (m)", "unit (m)")
        parts.append(table(head, models, numbers=(3, 4), caption="Heights"))
    runs = survey.layer("processing_run")
    made = [
        (
            None if pd.isna(row.started_at) else row.started_at.strftime("%Y-%m-%d %H:%M UTC"),
            row.version,
            row.command,
            row.model,
            None if pd.isna(row.model_sha256) else str(row.model_sha256)[:12],
            number(row.seconds, 0),
        )
        for row in runs.itertuples()
    ]
    if made:
        columns = ("run", "railmap", "command", "model", "SHA-256", "seconds")
        parts.append(table(columns, made, numbers=(5,), caption="How the map was made"))
    said = [warning for row in runs.itertuples() for warning in _warnings(row.warnings)]
    if said:
        items = "".join(f"<li>{text(one)}</li>" for one in said[:_MOST_WARNINGS])
        parts.append(Html(f"<h3>Warnings of these runs</h3><ul>{items}</ul>"))
        if len(said) > _MOST_WARNINGS:
            parts.append(
                paragraph(f"{len(said) - _MOST_WARNINGS} more are in the map.", kind="note")
            )
    parts.append(paragraph(f"This report: railmap {__version__}.", kind="note"))
    return section("Sources and licences", *parts)


def _link(address: str) -> Html:
    target = safe_link(address)
    if target is None:
        return text(address)
    return Html(f'<a href="{html.escape(target)}">{text(address)}</a>')


def _warnings(stored: Any) -> list[str]:
    if not isinstance(stored, str):
        return []
    try:
        found = json.loads(stored)
    except (ValueError, RecursionError):
        return [stored]
    return [str(one) for one in found] if isinstance(found, list) else [str(found)]
