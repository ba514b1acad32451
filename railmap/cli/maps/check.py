"""`railmap check`: what does not hold in a map."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.common.session import DebugOption, ProgressOption, run_job
from railmap.progress import Reporter

__all__ = ["check_command"]


def check_command(
    path: Annotated[Path, typer.Argument(help="Map to check.", metavar="MAP")],
    min_radius: Annotated[
        float, typer.Option(help="Smallest radius that isn't doubted, metres.", min=0.0)
    ] = 90.0,
    min_spacing: Annotated[
        float, typer.Option(help="Smallest track spacing that isn't doubted, metres.", min=0.0)
    ] = 3.5,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 3 if there are errors.")] = False,
    progress: ProgressOption = "auto",
    debug: DebugOption = False,
) -> None:
    """Check a map's topology, measures and values; what is found goes into its qa_issue layer."""

    def job(reporter: Reporter) -> None:
        from railmap.errors import InputError
        from railmap.mapping import CheckLimits, check_map

        reporter.stage("check", 1)
        limits = CheckLimits(min_radius_m=min_radius, min_spacing_m=min_spacing)
        issues = check_map(path, limits=limits)
        reporter.advance(1)
        if issues:
            _print_table([(issue.severity, issue.rule, issue.message) for issue in issues])
        errors = sum(issue.severity == "error" for issue in issues)
        told = f"{path}: {errors} errors, {len(issues) - errors} warnings in qa_issue"
        if strict and errors:
            raise InputError(f"{told}; correct them or accept them there")
        reporter.result(told if issues else f"{path}: nothing wrong", {"map": str(path)})

    run_job(job, progress, debug)


def _print_table(issues: list[tuple[str, str, str]]) -> None:
    from collections import Counter

    from rich.console import Console
    from rich.table import Table

    table = Table("severity", "rule", "count", "first")
    first: dict[tuple[str, str], str] = {}
    for severity, rule, message in issues:
        first.setdefault((severity, rule), message)
    counts = Counter((severity, rule) for severity, rule, _ in issues)
    order = ("error", "warning", "info")
    for severity, rule in sorted(first, key=lambda key: order.index(key[0])):
        key = (severity, rule)
        table.add_row(severity, rule, str(counts[key]), first[key])
    Console().print(table)
