"""Evaluate a map, as ``railmap evaluate`` does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from railmap.errors import OutputError
from railmap.evaluation.apls import AplsScore, score_apls
from railmap.evaluation.comparison import AreaSource, compare_layers
from railmap.evaluation.layers import LayerSource
from railmap.evaluation.lines import LineScores, score_lines
from railmap.evaluation.networks import build_networks
from railmap.evaluation.nodes import NodeScores, score_nodes
from railmap.evaluation.picture import render_evaluation
from railmap.evaluation.reach import ReachScore, score_reach
from railmap.evaluation.report import as_json, as_markdown, write_json
from railmap.files.inputs import is_same_file
from railmap.files.output import check_output
from railmap.files.picture import check_picture
from railmap.files.vector import vector_file
from railmap.raster.members import check_whole

__all__ = ["Evaluation", "evaluate"]

_STEP_M = 0.25
# The picture shows this tolerance if it is evaluated, else the largest.
_SHOWN_M = 0.5


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All scores of a map.

    Parameters
    ----------
    lines, nodes, apls, reach
        Scores of lines, of switches and crossings, of routes, and of the tracks between which
        trains run.
    about
        What was compared and how: names, CRS, heading gate and step.
    """

    lines: LineScores
    nodes: NodeScores
    apls: AplsScore
    reach: ReachScore
    about: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Return the scores as JSON-serializable values."""
        return as_json(self.lines, self.nodes, self.apls, self.reach, self.about)

    def to_markdown(self) -> str:
        """Return the scores as Markdown tables."""
        return as_markdown(self.lines, self.nodes, self.apls, self.reach)


def evaluate(
    predicted: LayerSource,
    truth: LayerSource,
    *,
    out_json: str | Path | None = None,
    out_png: str | Path | None = None,
    image: str | Path | None = None,
    ignore: AreaSource | None = None,
    area: AreaSource | None = None,
    tolerances: Sequence[float] = (0.1, 0.25, 0.5, 1.0),
    heading_deg: float = 10.0,
    overwrite: bool = False,
) -> Evaluation:
    """Compare a map with a truth: lines, switches and crossings, routes.

    Parameters
    ----------
    predicted, truth, ignore, area, tolerances, heading_deg
        As for `railmap.evaluation.lines.evaluate_lines`.
    out_json, out_png
        Files to write; None writes none.
    image
        Raster under the lines in the picture.
    overwrite
        Whether outputs may replace existing files.

    Raises
    ------
    InputError, GeoreferenceError, UsageError
        As for `railmap.evaluation.lines.evaluate_lines`.
    RasterError
        If `image` cannot be read.
    OutputError
        If an output exists, cannot be written, is an input, or both are the same file.
    """
    given = (predicted, truth, image, ignore, area)
    files = [vector_file(source) for source in given if isinstance(source, str | Path)]
    for output in (out_json, out_png):
        if output is not None:
            check_output(output, overwrite=overwrite, inputs=files)
    if out_png is not None:
        check_picture(out_png)
        if out_json is not None and is_same_file(out_json, out_png):
            raise OutputError(
                f"{out_png}: the scores and the picture must be different files; name two"
            )
    if image is not None:
        check_whole(image)
    comparison = compare_layers(predicted, truth, ignore=ignore, area=area)
    lines = score_lines(comparison, tolerances=tolerances, heading_deg=heading_deg, step=_STEP_M)
    networks = build_networks(comparison)
    evaluation = Evaluation(
        lines=lines,
        nodes=score_nodes(comparison),
        apls=score_apls(networks),
        reach=score_reach(networks),
        about={
            "predicted": comparison.predicted.name,
            "truth": comparison.truth.name,
            "crs": comparison.crs.to_string(),
            "heading_deg": heading_deg,
            "step_m": _STEP_M,
        },
    )
    if out_json is not None:
        write_json(evaluation.to_dict(), out_json, overwrite=overwrite)
    if out_png is not None:
        evaluated = [score.tolerance_m for score in lines.tolerances]
        shown = _SHOWN_M if _SHOWN_M in evaluated else evaluated[-1]
        render_evaluation(lines, out_png, tolerance=shown, image=image, overwrite=overwrite)
    return evaluation
