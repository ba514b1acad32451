"""One call of the defect laboratory: a table of the paper, or our network on boxed images."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from railmap.errors import MissingExtraError, Option, UsageError, missing_extra
from railmap.progress import Reporter

__all__ = ["DefectLabOptions", "run_defect_lab"]

_RENDERED = 40  # rails of each type that `fit` adds
_RATE, _FINE_TUNING_RATE = 2e-3, 1e-3


@dataclass(frozen=True)
class DefectLabOptions:
    """What the defect laboratory computes: one of `table`, `boxes` and `rendered`.

    Parameters
    ----------
    output
        Folder for tables and runs.
    table
        Number of a table of the rail-surface paper, 1 to 7.
    boxes
        Folder with images, ``labels_3class``, ``train.txt`` and ``val.txt`` to evaluate `model` on.
    split
        List of `boxes` to evaluate on, "train" or "val".
    model
        Name or ONNX file of a defect model.
    halves
        With `boxes`: choose the threshold on one half of the list and evaluate on the other.
    fit
        With `boxes`: train our network on the train list and write ``OUTPUT/defects.onnx``.
    rendered
        Number of rendered rails of each type to evaluate `model` on; with `fit`, rendered rails
        in addition to the images (40 if None).
    data
        Folder of RSDDs for the tables; rendered rails if None.
    types
        Rail types of the tables, separated by commas: "1", "2" or "1,2".
    models
        Networks of Tables 5 to 7, separated by commas.
    by_rail
        Keep all strips of a rail on one side of the split (the paper does not).
    epochs
        Number of epochs; the paper has 300.
    batch
        Strips of a step; the paper has 16, and 4 follows from its numbers for Table 4.
    rate
        Learning rate; None: that of the network, 1e-4 in the paper.
    strips
        Largest number of training strips; all if None.
    folds
        How many of the five folds to run.
    minutes
        Longest time of one training, minutes.
    kept
        Train nothing; show the trainings that `output` holds.
    imagenet
        Start VGG from ImageNet weights.
    weights
        Safetensors file to start from.
    first
        Minutes of training on other rendered rails before the folds.
    seed
        Seed of data, weights and order.
    device
        "auto", "cpu", "cuda", "cuda:N" or "mps".
    """

    output: Path
    table: int | None = None
    boxes: Path | None = None
    split: str = "val"
    model: str = "defects"
    halves: bool = False
    fit: bool = False
    rendered: int | None = None
    data: Path | None = None
    types: str = "1,2"
    models: str = "proposed,segnet,fcn8s,railmap"
    by_rail: bool = False
    epochs: int = 300
    batch: int = 16
    rate: float | None = None
    strips: int | None = None
    folds: int = 5
    minutes: float | None = None
    kept: bool = False
    imagenet: bool = False
    weights: Path | None = None
    first: float | None = None
    seed: int = 7
    device: str = "auto"


def run_defect_lab(options: DefectLabOptions, command: str, reporter: Reporter) -> Path:
    """Compute a table, an evaluation or a model.

    Parameters
    ----------
    options
        What to compute.
    command
        Command line for the notes of the tables.
    reporter
        Receives the progress and may cancel.

    Returns
    -------
    Path
        The table as Markdown, or the model package.

    Raises
    ------
    UsageError
        If options contradict each other or are unknown.
    MissingExtraError
        If the libraries for training are not installed.
    InputError
        If data is missing or cannot be read.
    """
    if options.fit and options.boxes is None:
        raise UsageError(Option("fit"), " needs ", Option("boxes", "FOLDER"))
    wanted = (
        options.table is not None,
        options.boxes is not None,
        options.rendered is not None and not options.fit,
    )
    if sum(wanted) != 1:
        raise UsageError(
            "give ", Option("table", "N"), ", ", Option("boxes", "FOLDER"), " or ",
            Option("rendered", "N"),
        )  # fmt: skip
    if options.halves and (options.boxes is None or options.fit):
        raise UsageError(
            Option("halves"), " needs ", Option("boxes", "FOLDER"), ", without ", Option("fit")
        )
    try:
        if options.boxes is not None:
            return _on_boxes(options, options.boxes, command, reporter)
        if options.rendered is not None:
            from railmap.lab.defects.boxes import rendered_table

            return rendered_table(
                options.output, options.seed, options.rendered, options.model, command, reporter
            )
        return _table(options, command, reporter)
    except MissingExtraError:
        raise
    except ImportError as error:
        raise missing_extra("the laboratory", "train", error) from error


def _on_boxes(options: DefectLabOptions, data: Path, command: str, reporter: Reporter) -> Path:
    if options.fit:
        return _fit(options, data, reporter)
    if options.halves:
        from railmap.lab.defects.halves import halves_table as table
    else:
        from railmap.lab.defects.boxes import box_table as table
    return table(options.output, data, options.split, options.model, command, reporter)


def _fit(options: DefectLabOptions, data: Path, reporter: Reporter) -> Path:
    """Train our network on boxed images and write its model package."""
    from railmap.models.defects import RegionRule
    from railmap.models.export.defects import export_defect_model
    from railmap.surface.training.railnet import RailNetSettings, fit_railnet

    settings = RailNetSettings(
        epochs=options.epochs,
        rate=_RATE if options.weights is None else _FINE_TUNING_RATE,
        seed=options.seed,
        weights=options.weights,
        minutes=options.minutes,
        rendered=_RENDERED if options.rendered is None else options.rendered,
        device=options.device,
    )
    network = fit_railnet(data, options.output, settings, reporter)
    path = options.output / "defects.onnx"
    sources = [{"name": data.name, "licence": "its own"}]
    export_defect_model(network, path, RegionRule(), version="own", training_data=sources)
    return path


def _table(options: DefectLabOptions, command: str, reporter: Reporter) -> Path:
    from railmap.lab.defects.runs import LabSetting
    from railmap.lab.defects.tables import TABLES, make_table
    from railmap.surface.training.strips import FitSettings

    if options.table not in TABLES:
        raise UsageError(
            Option("table", options.table), f": there are {', '.join(map(str, TABLES))}"
        )
    fit = FitSettings(
        epochs=options.epochs,
        batch=options.batch,
        rate=options.rate,
        seed=options.seed,
        imagenet=options.imagenet,
        weights=options.weights,
        minutes=options.minutes,
        device=options.device,
    )
    setting = LabSetting(
        options.output, options.data, fit, options.strips, options.folds, options.by_rail,
        options.kept, options.first,
    )  # fmt: skip
    kinds, models = _types(options.types), _models(options.models)
    return make_table(options.table, setting, kinds, models, command, reporter)


def _types(text: str) -> list[int]:
    if text not in ("1", "2", "1,2", "2,1"):
        raise UsageError(Option("types", text), ": give 1, 2 or 1,2")
    return sorted(int(part) for part in text.split(","))


def _models(text: str) -> list[str]:
    from railmap.surface.training.strip_networks import MODELS

    names = text.split(",")
    unknown = [name for name in names if name not in MODELS]
    if unknown:
        raise UsageError(Option("models", unknown[0]), f": there are {', '.join(MODELS)}")
    return names
