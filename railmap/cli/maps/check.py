"""`railmap check`: faults in a map."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from railmap.cli.common.session import JsonSession, Result
from railmap.progress import Reporter

if TYPE_CHECKING:
    from railmap.mapping import QaIssue

__all__ = ["check_command"]


def check_command(
    path: Annotated[Path, typer.Argument(help="Map to check.", metavar="MAP")],
    session: JsonSession,
    min_radius: Annotated[
        float, typer.Option(help="Smallest plausible radius, metres.", min=0.0)
    ] = 90.0,
    min_spacing: Annotated[
        float, typer.Option(help="Smallest plausible track spacing, metres.", min=0.0)
    ] = 3.5,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 3 if there are errors.")] = False,
) -> None:
    """Check the topology, measures and values of a map; issues are written to its qa_issue."""

    def job(reporter: Reporter) -> Result:
        from railmap.mapping import CheckLimits, check_map

        reporter.stage("check", 1)
        limits = CheckLimits(min_radius_m=min_radius, min_spacing_m=min_spacing)
        issues = check_map(path, limits=limits)
        reporter.advance(1)
        return _result(path, issues, strict)

    session.run(job)


def _result(path: Path, issues: list[QaIssue], strict: bool) -> Result:
    counts = Counter(issue.severity for issue in issues)
    errors, others = counts["error"], len(issues) - counts["error"]
    text = f"{path}: {errors} errors, {others} warnings in qa_issue" if issues else ""
    failed = strict and errors > 0
    return Result(
        "" if failed else text or f"{path}: no issues",
        {"map": str(path)},
        {
            "errors": errors,
            "warnings": others,
            "issues": [
                {
                    "rule": issue.rule,
                    "severity": issue.severity,
                    "message": issue.message,
                    "object_id": issue.object_id,
                    "geometry": issue.geometry.wkt,
                }
                for issue in issues
            ],
        },
        [_table(issues)] if issues else [],
        error=f"{text}; correct or accept them there" if failed else None,
    )


def _table(issues: list[QaIssue]) -> Any:
    from rich.table import Table

    table = Table("severity", "rule", "count", "first")
    first: dict[tuple[str, str], str] = {}
    for issue in issues:
        first.setdefault((issue.severity, issue.rule), issue.message)
    counts = Counter((issue.severity, issue.rule) for issue in issues)
    order = ("error", "warning", "info")
    for key in sorted(first, key=lambda key: order.index(key[0])):
        table.add_row(*key, str(counts[key]), first[key])
    return table
