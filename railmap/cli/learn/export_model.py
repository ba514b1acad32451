"""`railmap export-model`: a run or weights as ONNX for Deepness and railmap, or for OpenVINO."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from railmap.cli.common.session import OverwriteOption, Result, Session
from railmap.errors import UsageError
from railmap.progress import Reporter

__all__ = ["export_model_command"]


def _strip_record(source: Path) -> dict[str, Any] | None:
    """Return the record of a run if it trained a network on strips of rail heads."""
    if not source.is_dir():
        return None
    from railmap.training.fit.record import RECORD, read_record

    if not (source / RECORD).is_file():
        return None
    record = read_record(source)
    return record if {"model", "kind", "mean", "std"} <= record.get("config", {}).keys() else None


def _export_strips(
    source: Path,
    record: dict[str, Any],
    output: Path,
    given: dict[str, Any],
    version: str | None,
    overwrite: bool,
) -> list[Path]:
    from railmap.surface.training.strip_export import export_strips

    odd = [flag for flag, value in given.items() if value is not None]
    if odd:
        raise UsageError(f"{odd[0]} is for track networks; {source} is a run on rail heads")
    if output.suffix.lower() != ".onnx":
        raise UsageError(f"{output}: a defect model is an ONNX file; name it .onnx")
    export_strips(
        source, record["config"], record.get("data", {}), output, version=version,
        overwrite=overwrite,
    )  # fmt: skip
    return [output]


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
    gsd: Annotated[
        float | None, typer.Option(help="Metres per pixel of weights.", min=0.0001)
    ] = None,
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
    """Export a track network: ONNX with metadata that the Deepness plugin reads, or OpenVINO.

    A run of `railmap lab defects` becomes a model for `railmap defects --model`.
    """

    def job(reporter: Reporter) -> Result:
        reporter.stage("export", 1)
        record = _strip_record(source)
        if record is not None:
            given = {"--network": network, "--gsd": gsd, "--tile": tile, "--threshold": threshold}
            written = _export_strips(source, record, output, given, version, overwrite)
        else:
            from railmap.training.tracks.export import export_tracks

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
