"""`railmap synth`: a rendered image with exact truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.common.session import OverwriteOption, Result, Session
from railmap.progress import Reporter

__all__ = ["synth_command"]


def synth_command(
    output: Annotated[Path, typer.Argument(help="GeoTIFF to write.")],
    session: Session,
    truth: Annotated[Path | None, typer.Option(help="GeoPackage for the exact truth.")] = None,
    dem: Annotated[
        Path | None,
        typer.Option(
            "--dem",
            help="GeoTIFF for the heights of the ground; the truth has those of the tracks.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same pixels.", min=0)] = 0,
    gsd: Annotated[float, typer.Option(help="Metres per pixel.", min=0.008, max=0.4)] = 0.1,
    width: Annotated[int, typer.Option(help="Pixels.", min=64, max=20_000)] = 2000,
    height: Annotated[int, typer.Option(help="Pixels.", min=64, max=20_000)] = 2000,
    kind: Annotated[
        str | None,
        typer.Option(help="plain, double, multiple, junction, yard, diamond or none; else random."),
    ] = None,
    bridge: Annotated[
        bool,
        typer.Option(
            "--bridge",
            help="Lead the tracks over a valley: --dem has its ground, the truth the height of the "
            "tracks.",
        ),
    ] = False,
    overwrite: OverwriteOption = False,
) -> None:
    """Render an image of a railway that resembles drone imagery, with exact truth."""

    def job(reporter: Reporter) -> Result:
        from railmap.rendering import render_files

        render_files(
            output,
            truth,
            dem,
            seed=seed,
            gsd=gsd,
            width=width,
            height=height,
            kind=kind,
            bridge=bridge,
            overwrite=overwrite,
            reporter=reporter,
        )
        files = {"image": output, "truth": truth, "dem": dem}
        outputs = {name: str(path) for name, path in files.items() if path is not None}
        return Result(f"wrote {' and '.join(outputs.values())}", outputs)

    session.run(job)
