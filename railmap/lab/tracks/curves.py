"""Losses of networks against epochs, as Figures 8 and 9 of the track paper."""

from __future__ import annotations

from pathlib import Path

from railmap.lab.tracks.data import LabData
from railmap.lab.tracks.figures import draw_runs
from railmap.lab.tracks.paper import CURVES
from railmap.lab.tracks.runs import LabSettings, run_network, test_tiles
from railmap.progress import Reporter

__all__ = ["make_curves"]


def make_curves(
    number: int, data: LabData, settings: LabSettings, out: Path, reporter: Reporter
) -> Path:
    """Train what is missing of a figure's networks (seed 0) and draw their losses.

    All are trained with the same loss, as in the paper.

    Parameters
    ----------
    number
        A key of `CURVES`.
    data, settings
        Images, and how the networks are trained.
    out
        Folder for the results.
    reporter
        Receives the progress and may cancel.

    Returns
    -------
    Path
        ``OUT/figureN.png``.

    Raises
    ------
    RailmapError
        As `run_network`.
    """
    tiles = test_tiles(data, settings.training.crop)
    runs = {}
    for name in CURVES[number][1]:
        reporter.message(f"figure {number}: {name}")
        folder = out / "runs" / f"figure{number}"
        runs[name] = run_network(name, 0, data, tiles, settings, folder, reporter).run
    path = out / f"figure{number}.png"
    draw_runs(path, runs)
    return path
