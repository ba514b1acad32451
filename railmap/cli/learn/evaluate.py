"""`railmap evaluate`: a map against a truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.common.session import JsonSession, OverwriteOption, Result
from railmap.progress import Reporter

__all__ = ["evaluate_command"]


def evaluate_command(
    predicted: Annotated[str, typer.Argument(help="Map or any line layer to evaluate.")],
    truth: Annotated[str, typer.Argument(help="Map or any line layer taken as true.")],
    session: JsonSession,
    scores: Annotated[
        Path | None, typer.Option("--scores", help="JSON file for the scores.")
    ] = None,
    picture: Annotated[
        Path | None,
        typer.Option(
            help="Picture to write: matched green, missed blue, false red, duplicate orange."
        ),
    ] = None,
    image: Annotated[Path | None, typer.Option(help="Raster under the picture.")] = None,
    ignore: Annotated[Path | None, typer.Option(help="Polygons that are excluded.")] = None,
    area: Annotated[Path | None, typer.Option(help="Polygons to evaluate in.")] = None,
    tolerance: Annotated[
        list[float] | None, typer.Option(help="Metres; repeat for several [0.1 0.25 0.5 1].")
    ] = None,
    heading: Annotated[float, typer.Option(help="Maximum difference of heading, degrees.")] = 10.0,
    overwrite: OverwriteOption = False,
) -> None:
    """Score the lines, switches, crossings and paths of a map against a truth."""

    def job(reporter: Reporter) -> Result:
        from railmap.evaluation import as_table, evaluate

        found = evaluate(
            predicted,
            truth,
            out_json=scores,
            out_png=picture,
            image=image,
            ignore=ignore,
            area=area,
            tolerances=tolerance or (0.1, 0.25, 0.5, 1.0),
            heading_deg=heading,
            overwrite=overwrite,
        )
        files = (("json", scores), ("picture", picture))
        outputs = {name: str(path) for name, path in files if path is not None}
        return Result(
            f"wrote {' and '.join(outputs.values())}" if outputs else "",
            outputs,
            {"scores": found.to_dict()},
            as_table(found.lines, found.nodes, found.apls, found.reach),
        )

    session.run(job)
