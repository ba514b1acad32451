"""`railmap review`: doubtful tracks and issues of a map, and labels of what was decided."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from railmap.cli.common.session import JsonSession, OverwriteOption, Result
from railmap.progress import Reporter

if TYPE_CHECKING:
    from railmap.mapping.review.items import ReviewItem

__all__ = ["review_command"]


def review_command(
    path: Annotated[Path, typer.Argument(help="Map to review.", metavar="MAP")],
    session: JsonSession,
    below: Annotated[
        float, typer.Option(help="Confidence below which a track is doubtful.", min=0.0, max=1.0)
    ] = 0.8,
    labels: Annotated[
        Path | None,
        typer.Option(help="GeoPackage to write: what was decided, for train tracks --labels."),
    ] = None,
    serve: Annotated[
        bool,
        typer.Option(
            "--serve",
            help="Answer requests, one JSON object a line on stdin (for the tools in QGIS).",
        ),
    ] = False,
    overwrite: OverwriteOption = False,
) -> None:
    """List the doubtful tracks and open issues of a map; write decisions as training labels.

    The decisions are made in the panel "Review map" in QGIS.
    """

    def job(reporter: Reporter) -> Result:
        from railmap.mapping import read_map
        from railmap.mapping.review.items import review_items
        from railmap.mapping.review.labels import write_labels

        if serve:
            return _serve(path)
        if labels is not None:
            done = write_labels(path, labels, below, overwrite=overwrite)
            text = (
                f"{labels}: {done.length_m:.0f} m of track around {done.accepted} accepted and"
                f" {done.rejected} rejected tracks"
            )
            counts = {"accepted": done.accepted, "rejected": done.rejected}
            return Result(text, {"labels": str(labels), **counts})
        reporter.stage("review", 1)
        items = review_items(read_map(path), below)
        reporter.advance(1)
        tracks = sum(item.kind == "link" for item in items)
        text = f"{path}: {tracks} doubtful tracks, {len(items) - tracks} issues to review"
        data = {"items": [item.plain() for item in items]}
        return Result(text, {"map": str(path)}, data, [_table(items)] if items else [])

    session.run(job)


def _serve(path: Path) -> Result:
    from railmap.mapping.review.service import ReviewService
    from railmap.pipeline.between import trace_between

    for answer in ReviewService(path, trace_between).serve(sys.stdin):
        sys.stdout.write(answer + "\n")
        sys.stdout.flush()
    return Result()


def _table(items: list[ReviewItem]) -> Any:
    from rich.table import Table

    table = Table("rule", "count", "lowest confidence")
    counts = Counter(item.rule for item in items)
    for rule, count in sorted(counts.items()):
        values = [i.confidence for i in items if i.rule == rule and i.confidence is not None]
        table.add_row(rule, str(count), f"{min(values):.2f}" if values else "")
    return table
