"""One call of the track laboratory: a table of the paper."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import torch

from railmap.errors import Option, UsageError
from railmap.lab.tracks.data import lab_data
from railmap.lab.tracks.paper import paper_table
from railmap.lab.tracks.runs import LabSettings
from railmap.lab.tracks.tables import make_table
from railmap.progress import Reporter
from railmap.training.data import LabelSource
from railmap.training.tracks.recipes import find_recipe

__all__ = ["TrackLabOptions", "run_track_lab"]

_RENDERED = 600


@dataclass(frozen=True)
class TrackLabOptions:
    """A table of the track paper, and the data and trainings behind it.

    Parameters
    ----------
    table
        1: comparison on rail data, 3: on road data, 5: ablation on rail data, 6: on road data.
    output
        Folder for tables and runs.
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
    """

    table: int
    output: Path
    source: LabelSource | None = None
    split: str = "scene"
    share: float = 0.1
    gsd: float | None = None
    rendered: int | None = None
    tests: int = 96
    settings: LabSettings = field(default_factory=LabSettings)
    threads: int | None = None


def run_track_lab(options: TrackLabOptions, command: str, reporter: Reporter) -> Path:
    """Train the networks of a table, evaluate them, and write both our numbers and the paper's.

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
    Path
        The table without suffix; ``.md``, ``.csv`` and ``.png`` exist.

    Raises
    ------
    UsageError
        If the paper has no such table, or an option is out of range.
    RailmapError
        As `lab_data` and `train_tracks`.
    """
    table = paper_table(options.table)
    settings = options.settings
    size = settings.training.crop
    if settings.kernel < 1 or settings.kernel % 2 == 0:
        raise UsageError(Option("kernel", settings.kernel), ": must be an odd number of pixels")
    if size % 16:
        raise UsageError(Option("size", size), ": must be a multiple of 16 pixels")
    if options.threads is not None:
        torch.set_num_threads(options.threads)
    rendered = 0 if options.source is not None else _RENDERED
    data = lab_data(
        table.domain,
        size=size,
        rendered=rendered if options.rendered is None else options.rendered,
        tests=options.tests,
        target=find_recipe(settings.training.recipe or "railmap").target_profile,
        source=options.source,
        split=options.split,
        share=options.share,
        gsd=options.gsd,
    )
    make_table(table, data, settings, options.output, reporter, command)
    return options.output / f"table{options.table}"
