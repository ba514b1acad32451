"""`railmap lab defects`: the rail-surface paper's tables, and our network on boxed images."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.common.options import DeviceOption, command_line
from railmap.cli.common.session import DebugOption, ProgressOption, run_job
from railmap.progress import Reporter

__all__ = ["lab_defects_command"]

_DATA = "On what"
_SIZE = "How large"


def lab_defects_command(
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for tables and runs.")],
    table: Annotated[
        int | None,
        typer.Option(
            help="1: structure, 2: training, 3: test set, 5: F1 of five folds, 6: their IoU, "
            "7: means."
        ),
    ] = None,
    boxes: Annotated[
        Path | None,
        typer.Option(
            help="Instead of a table: judge --model on images with boxes (folder with images, "
            "labels_3class, train.txt, val.txt).",
            rich_help_panel=_DATA,
        ),
    ] = None,
    split: Annotated[
        str, typer.Option(help="List of --boxes to judge on.", rich_help_panel=_DATA)
    ] = "val",
    model: Annotated[
        str, typer.Option(help="Defect model to judge on --boxes.", rich_help_panel=_DATA)
    ] = "defects",
    halves: Annotated[
        bool,
        typer.Option(
            help="With --boxes: what the threshold is worth, chosen on one half of the list and "
            "judged on the other.",
            rich_help_panel=_DATA,
        ),
    ] = False,
    fit_boxes: Annotated[
        bool,
        typer.Option(
            "--fit",
            help="Train our network on the train list of --boxes; makes OUTPUT/defects.onnx.",
            rich_help_panel=_DATA,
        ),
    ] = False,
    rendered: Annotated[
        int | None,
        typer.Option(
            help="Instead of a table: judge --model on so many rendered rails of each type; with "
            "--fit: rendered rails to learn from too [40].",
            min=0,
            rich_help_panel=_DATA,
        ),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(help="Folder of RSDDs; else rendered rails.", rich_help_panel=_DATA),
    ] = None,
    types: Annotated[
        str, typer.Option(help="Types of rail: 1, 2 or 1,2.", rich_help_panel=_DATA)
    ] = "1,2",
    by_rail: Annotated[
        bool,
        typer.Option(
            "--by-rail",
            help="Keep strips of a rail on one side of the split; the paper doesn't (it leaks).",
            rich_help_panel=_DATA,
        ),
    ] = False,
    models: Annotated[
        str, typer.Option(help="Networks of Tables 5-7.", rich_help_panel=_SIZE)
    ] = "proposed,segnet,fcn8s,railmap",
    epochs: Annotated[
        int, typer.Option(help="Epochs (paper: 300).", min=1, rich_help_panel=_SIZE)
    ] = 300,
    strips: Annotated[
        int | None, typer.Option(help="At most so many training strips.", rich_help_panel=_SIZE)
    ] = None,
    folds: Annotated[
        int, typer.Option(help="Folds of the five to run.", rich_help_panel=_SIZE)
    ] = 5,
    minutes: Annotated[
        float | None, typer.Option(help="Most minutes for one training.", rich_help_panel=_SIZE)
    ] = None,
    kept: Annotated[
        bool,
        typer.Option(
            "--kept",
            help="Train nothing; show what the folder holds, however long it was trained.",
            rich_help_panel=_SIZE,
        ),
    ] = False,
    imagenet: Annotated[
        bool,
        typer.Option("--imagenet", help="Start VGG from ImageNet.", rich_help_panel=_SIZE),
    ] = False,
    weights: Annotated[
        Path | None,
        typer.Option(help="Safetensors file to start from.", rich_help_panel=_SIZE),
    ] = None,
    first: Annotated[
        float | None,
        typer.Option(
            help="Minutes that each network learns from other rendered rails before its folds, in "
            "place of ImageNet's weights.",
            rich_help_panel=_SIZE,
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of data, weights and order.")] = 7,
    device: DeviceOption = "auto",
    progress: ProgressOption = "auto",
    debug: DebugOption = False,
) -> None:
    """Make a table of the rail-surface paper anew, or judge or train our network on boxes."""

    def job(reporter: Reporter) -> None:
        from railmap.lab.defects.job import DefectLabOptions, run_defect_lab

        options = DefectLabOptions(
            output=output,
            table=table,
            boxes=boxes,
            split=split,
            model=model,
            halves=halves,
            fit=fit_boxes,
            rendered=rendered,
            data=data,
            types=types,
            models=models,
            by_rail=by_rail,
            epochs=epochs,
            strips=strips,
            folds=folds,
            minutes=minutes,
            kept=kept,
            imagenet=imagenet,
            weights=weights,
            first=first,
            seed=seed,
            device=device,
        )
        path = run_defect_lab(options, command_line(), reporter)
        reporter.result(f"wrote {path}", {"output": str(path)})

    run_job(job, progress, debug)
