"""`railmap export-model`: a run or weights as ONNX for Deepness and railmap, or for OpenVINO."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.common.session import OverwriteOption, Result, Session
from railmap.progress import Reporter

__all__ = ["export_model_command"]


def export_model_command(
    source: Annotated[
        Path,
        typer.Argument(
            help="Folder of a training run, .safetensors weights, or an ONNX model package."
        ),
    ],
    output: Annotated[
        Path,
        typer.Option("--output", "-o", help=".onnx (with Deepness's keys), or .xml for OpenVINO."),
    ],
    session: Session,
    network: Annotated[
        str | None, typer.Option(help="Network of weights, as `railmap info` names it.")
    ] = None,
    gsd: Annotated[float | None, typer.Option(help="Metres per pixel of weights.")] = None,
    tile: Annotated[
        int | None, typer.Option(help="Side of a tile, pixels, a multiple of 16; else 512.", min=32)
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(help="Minimum probability of a track pixel.", min=0.01, max=0.99),
    ] = None,
    version: Annotated[
        str | None, typer.Option("--model-version", help="Version of the model.")
    ] = None,
    fields: Annotated[
        bool,
        typer.Option(
            help="Export the second output (directions, toes, crossings) where the network has it; "
            "the Deepness plugin runs models of one output only."
        ),
    ] = True,
    overwrite: OverwriteOption = False,
) -> None:
    """Export a track network: ONNX with metadata that the Deepness plugin reads, or OpenVINO."""

    def job(reporter: Reporter) -> Result:
        from railmap.training.tracks.export import export_tracks

        reporter.stage("export", 1)
        written = export_tracks(
            source,
            output,
            network=network,
            gsd=gsd,
            tile=tile,
            threshold=threshold,
            version=version,
            fields=fields,
            overwrite=overwrite,
        )
        reporter.advance(1)
        names = " and ".join(path.name for path in written)
        return Result(f"wrote {names} in {output.parent}", {"model": str(output)})

    session.run(job)
