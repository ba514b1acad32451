"""Open issues by severity and rule, and each error and warning."""

from __future__ import annotations

from railmap.mapping.style.rules import SEVERITY
from railmap.publishing.report.markup import (
    Html,
    number,
    paragraph,
    section,
    short_id,
    table,
    words,
)
from railmap.publishing.report.survey import Survey

__all__ = ["issues"]

_MOST = 200
_ORDER = tuple(name for name, _ in reversed(SEVERITY))


def issues(survey: Survey) -> Html:
    """Return the section on what a person must still look at."""
    frame = survey.layer("qa_issue")
    title = "Open issues"
    if frame.empty:
        return section(title, paragraph("The map has no issues. railmap check looks for them."))
    status = frame["status"].fillna("open")
    open_ones = frame[status == "open"]
    closed = f"{int((status == 'accepted').sum())} accepted, {int((status == 'fixed').sum())} fixed"
    parts = [paragraph(f"{len(open_ones)} open; {closed}.")]
    if len(open_ones):
        severity = open_ones["severity"].fillna("not stated")
        rank = severity.map({name: index for index, name in enumerate(_ORDER)}).fillna(len(_ORDER))
        open_ones = open_ones.assign(severity=severity, rank=rank)
        open_ones = open_ones.sort_values("rank", kind="stable")
        counts = open_ones.groupby(["rank", "severity", "rule"]).size()
        parts.append(
            table(
                ("severity", "rule", "issues"),
                [(kind, words(rule), number(n)) for (_, kind, rule), n in counts.items()],
                numbers=(2,),
            )
        )
        listed = open_ones[open_ones["severity"] != "info"]
        rows = [
            (
                row.severity,
                words(row.rule),
                row.message,
                survey.place("", row.geom),
                short_id(row.object_id),
            )
            for row in listed.itertuples()
        ]
        if rows:
            head = ("severity", "rule", "what", "place", "object")
            parts.append(table(head, rows, caption="Errors and warnings", most=_MOST))
    return section(title, *parts)
