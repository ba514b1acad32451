"""`railmap lab defects`: the tables of the rail-surface paper, and our network on boxed images."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.common.options import DeviceOption, command_line
from railmap.cli.common.session import Result, Session
from railmap.progress import Reporter

__all__ = ["lab_defects_command"]

_DATA = "Data"
_SIZE = "Size of the experiment"


@dataclass(frozen=True)
class BoxGroup:
    """Images with boxes.

    Parameters
    ----------
    boxes, split, model, halves, fit, rendered
        See `railmap.lab.defects.job.DefectLabOptions`.
    """

    boxes: Annotated[
        Path | None,
        typer.Option(
            help="Instead of a table: evaluate --model on images with boxes (folder with images, "
            "labels_3class, train.txt, val.txt).",
            rich_help_panel=_DATA,
        ),
    ] = None
    split: Annotated[
        str, typer.Option(help="List of --boxes to evaluate on.", rich_help_panel=_DATA)
    ] = "val"
    model: Annotated[
        str, typer.Option(help="Defect model to evaluate on --boxes.", rich_help_panel=_DATA)
    ] = "defects"
    halves: Annotated[
        bool,
        typer.Option(
            help="With --boxes: cross-validate the threshold, chosen on one half of the list and "
            "evaluated on the other.",
            rich_help_panel=_DATA,
        ),
    ] = False
    fit: Annotated[
        bool,
        typer.Option(
            "--fit",
            help="Train our network on the train list of --boxes; writes OUTPUT/defects.onnx.",
            rich_help_panel=_DATA,
        ),
    ] = False
    rendered: Annotated[
        int | None,
        typer.Option(
            help="Instead of a table: evaluate --model on so many rendered rails of each type; "
            "with --fit: rendered rails to train on in addition [40].",
            min=0,
            rich_help_panel=_DATA,
        ),
    ] = None


@dataclass(frozen=True)
class StripGroup:
    """Data of the tables.

    Parameters
    ----------
    data, types, by_rail
        See `railmap.lab.defects.job.DefectLabOptions`.
    """

    data: Annotated[
        Path | None,
        typer.Option(help="Folder of RSDDs; else rendered rails.", rich_help_panel=_DATA),
    ] = None
    types: Annotated[
        str, typer.Option(help="Types of rail: 1, 2 or 1,2.", rich_help_panel=_DATA)
    ] = "1,2"
    by_rail: Annotated[
        bool,
        typer.Option(
            "--by-rail",
            help="Keep strips of a rail on one side of the split; the paper does not (it leaks).",
            rich_help_panel=_DATA,
        ),
    ] = False


@dataclass(frozen=True)
class SizeGroup:
    """Size of the experiment.

    Parameters
    ----------
    models, epochs, batch, rate, strips, folds, minutes, kept
        See `railmap.lab.defects.job.DefectLabOptions`.
    """

    models: Annotated[str, typer.Option(help="Networks of Tables 5-7.", rich_help_panel=_SIZE)] = (
        "proposed,segnet,fcn8s,railmap"
    )
    epochs: Annotated[
        int, typer.Option(help="Epochs (paper: 300).", min=1, rich_help_panel=_SIZE)
    ] = 300
    batch: Annotated[
        int, typer.Option(help="Strips of a step, not of Table 4.", min=2, rich_help_panel=_SIZE)
    ] = 16
    rate: Annotated[
        float | None,
        typer.Option(
            help="Learning rate; else that of the network, 1e-4 in the paper.",
            min=1e-8,
            max=1,
            rich_help_panel=_SIZE,
        ),
    ] = None
    strips: Annotated[
        int | None,
        typer.Option(help="Maximum number of training strips.", min=1, rich_help_panel=_SIZE),
    ] = None
    folds: Annotated[
        int, typer.Option(help="Folds of the five to run.", min=1, max=5, rich_help_panel=_SIZE)
    ] = 5
    minutes: Annotated[
        float | None,
        typer.Option(help="Maximum minutes of one training.", min=0.001, rich_help_panel=_SIZE),
    ] = None
    kept: Annotated[
        bool,
        typer.Option(
            "--kept",
            help="Do not train; show what the folder holds, however long it was trained.",
            rich_help_panel=_SIZE,
        ),
    ] = False


@dataclass(frozen=True)
class WeightsGroup:
    """Weights to start from.

    Parameters
    ----------
    imagenet, weights, first
        See `railmap.lab.defects.job.DefectLabOptions`.
    """

    imagenet: Annotated[
        bool,
        typer.Option("--imagenet", help="Start VGG from ImageNet.", rich_help_panel=_SIZE),
    ] = False
    weights: Annotated[
        Path | None,
        typer.Option(help="Safetensors file to start from.", rich_help_panel=_SIZE),
    ] = None
    first: Annotated[
        float | None,
        typer.Option(
            help="Minutes that each network trains on other rendered rails before its folds, in "
            "place of ImageNet's weights.",
            min=0.001,
            rich_help_panel=_SIZE,
        ),
    ] = None


def lab_defects_command(
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for tables and runs.")],
    boxes: BoxGroup,
    strips: StripGroup,
    size: SizeGroup,
    start: WeightsGroup,
    session: Session,
    table: Annotated[
        int | None,
        typer.Option(
            help="1: structure, 2: training, 3: test set, 4: whole rails, 5: F1 of five folds, "
            "6: their IoU, 7: means.",
            min=1,
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of data, weights and order.", min=0)] = 7,
    device: DeviceOption = "auto",
) -> None:
    """Reproduce a table of the rail-surface paper, or evaluate or train our network on boxes."""

    def job(reporter: Reporter) -> Result:
        from railmap.lab.defects.job import DefectLabOptions, run_defect_lab

        options = DefectLabOptions(
            output=output,
            table=table,
            boxes=boxes.boxes,
            split=boxes.split,
            model=boxes.model,
            halves=boxes.halves,
            fit=boxes.fit,
            rendered=boxes.rendered,
            data=strips.data,
            types=strips.types,
            models=size.models,
            by_rail=strips.by_rail,
            epochs=size.epochs,
            strips=size.strips,
            folds=size.folds,
            minutes=size.minutes,
            batch=size.batch,
            rate=size.rate,
            kept=size.kept,
            imagenet=start.imagenet,
            weights=start.weights,
            first=start.first,
            seed=seed,
            device=device,
        )
        path = run_defect_lab(options, command_line(), reporter)
        return Result(f"wrote {path}", {"output": str(path)})

    session.run(job)
