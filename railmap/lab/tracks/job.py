"""One call of the track laboratory: a table or figure of the paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch

from railmap.errors import Option, UsageError
from railmap.lab.tracks.curves import make_curves
from railmap.lab.tracks.data import lab_data
from railmap.lab.tracks.paper import CURVES, PICTURES, paper_table
from railmap.lab.tracks.pictures import make_pictures
from railmap.lab.tracks.runs import LabSettings
from railmap.lab.tracks.tables import make_table
from railmap.progress import Reporter
from railmap.training.data import LabelSource
from railmap.training.tracks.recipes import find_recipe

__all__ = ["TrackLabOptions", "run_track_lab"]

_RENDERED = 600


@dataclass(frozen=True)
class TrackLabOptions:
    """A table or figure of the track paper, and the data and trainings behind it.

    Parameters
    ----------
    output
        Folder for tables and runs.
    table
        1: comparison on rail data, 3: on road data; 2 and 4: the masks of their networks;
        5: ablation on rail data, 6: on road data.
    figure
        In place of a table: losses of four networks on rail data (8) or road data (9).
    source
        Labelled images; rendered ones without them.
    split, share
        How the test data is split off, see `split_images`.
    gsd
        Metres per pixel; None: 0.1 for rail, 0.5 or the pixels as they are for roads.
    rendered
        Rendered images to train on; None: 600, or none with `source`.
    tests
        Rendered images to test on.
    settings
        How the networks are trained.
    threads
        CPU threads of torch; None: as many as it takes.
    models
        Names or files of model packages that a table with figures evaluates on the same images.
    """

    output: Path
    table: int | None = None
    figure: int | None = None
    source: LabelSource | None = None
    split: str = "scene"
    share: float = 0.1
    gsd: float | None = None
    rendered: int | None = None
    tests: int = 96
    settings: LabSettings = field(default_factory=LabSettings)
    threads: int | None = None
    models: Sequence[str] = ()


def run_track_lab(options: TrackLabOptions, command: str, reporter: Reporter) -> dict[str, Path]:
    """Train the networks of a table or figure, and write our numbers next to the paper's.

    Finished runs are not repeated, so an interrupted table continues where it stopped.

    Parameters
    ----------
    options
        Table, data and trainings.
    command
        Command line for the notes of the table.
    reporter
        Receives the progress and may cancel.

    Returns
    -------
    dict of str to Path
        What was written: "table" (Markdown), "csv", "figure".

    Raises
    ------
    UsageError
        If the paper has no such table or figure, or an option is out of range.
    RailmapError
        As `lab_data` and `train_tracks`.
    """
    settings = options.settings
    _check(options)
    if options.threads is not None:
        torch.set_num_threads(options.threads)
    rendered = 0 if options.source is not None else _RENDERED
    if options.table is None:
        domain = CURVES[_figure(options)][0]
    else:
        domain = paper_table(options.table).domain
    data = lab_data(
        domain,
        size=settings.training.crop,
        rendered=rendered if options.rendered is None else options.rendered,
        tests=options.tests,
        target=find_recipe(settings.training.recipe or "railmap").target_profile,
        source=options.source,
        split=options.split,
        share=options.share,
        gsd=options.gsd,
    )
    out = options.output
    if options.table is None:
        return {"figure": make_curves(_figure(options), data, settings, out, reporter)}
    table = paper_table(options.table)
    if options.table in PICTURES:
        return {"figure": make_pictures(options.table, table, data, settings, out, reporter)}
    make_table(table, data, settings, out, reporter, command, options.models)
    stem = out / f"table{options.table}"
    return {
        kind: stem.with_name(stem.name + suffix)
        for kind, suffix in (("table", ".md"), ("csv", ".csv"), ("figure", ".png"))
    }


def _figure(options: TrackLabOptions) -> int:
    figure = options.figure
    if figure not in CURVES:
        known = " and ".join(map(str, CURVES))
        raise UsageError(Option("figure", figure), f": losses are in the figures {known}")
    return figure


def _check(options: TrackLabOptions) -> None:
    if (options.table is None) == (options.figure is None):
        raise UsageError("give ", Option("table", 1), " or ", Option("figure", 8))
    if options.models and (options.table is None or options.table in PICTURES):
        raise UsageError(Option("model"), ": give it with ", Option("table", 1), ", 3, 5 or 6")
    size, kernel = options.settings.training.crop, options.settings.kernel
    if kernel < 1 or kernel % 2 == 0:
        raise UsageError(Option("kernel", kernel), ": must be an odd number of pixels")
    if size % 16:
        raise UsageError(Option("size", size), ": must be a multiple of 16 pixels")
