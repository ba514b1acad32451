"""`railmap evaluate`: a map against a truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.common.session import DebugOption, OverwriteOption, ProgressOption, run_job
from railmap.progress import Reporter

__all__ = ["evaluate_command"]


def evaluate_command(
    predicted: Annotated[str, typer.Argument(help="Map or any line layer to judge.")],
    truth: Annotated[str, typer.Argument(help="Map or any line layer taken as true.")],
    json_path: Annotated[Path | None, typer.Option("--json", help="Scores as JSON.")] = None,
    picture: Annotated[
        Path | None,
        typer.Option(
            help="Picture to write: matched green, missed blue, false red, duplicate orange."
        ),
    ] = None,
    image: Annotated[Path | None, typer.Option(help="Raster beneath the picture.")] = None,
    ignore: Annotated[Path | None, typer.Option(help="Polygons that are not judged.")] = None,
    area: Annotated[Path | None, typer.Option(help="Polygons to judge in, nowhere else.")] = None,
    tolerance: Annotated[
        list[float] | None, typer.Option(help="Metres; repeat for several [0.1 0.25 0.5 1].")
    ] = None,
    heading: Annotated[float, typer.Option(help="Heading gate in degrees.")] = 10.0,
    overwrite: OverwriteOption = False,
    progress: ProgressOption = "auto",
    debug: DebugOption = False,
) -> None:
    """Score lines, switches, crossings and routes of a map against a truth."""

    def job(reporter: Reporter) -> None:
        from rich.console import Console

        from railmap.evaluation import as_table, evaluate

        found = evaluate(
            predicted,
            truth,
            out_json=json_path,
            out_png=picture,
            image=image,
            ignore=ignore,
            area=area,
            tolerances=tolerance or (0.1, 0.25, 0.5, 1.0),
            heading_deg=heading,
            overwrite=overwrite,
        )
        # a table that is cut off tells nothing; a line that wraps still does
        console = Console()
        console.width = max(console.width, 110)
        for table in as_table(found.lines, found.nodes, found.apls):
            console.print(table)
        outputs = {
            name: str(path) for name, path in (("json", json_path), ("picture", picture)) if path
        }
        if outputs:
            reporter.result(f"wrote {' and '.join(outputs.values())}", outputs)

    run_job(job, progress, debug)
