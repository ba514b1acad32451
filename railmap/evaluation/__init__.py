"""Evaluate a mask, a set of lines or a map against a truth."""

from __future__ import annotations

from railmap.evaluation.apls import AplsScore, evaluate_apls
from railmap.evaluation.evaluation import Evaluation, evaluate
from railmap.evaluation.lines import LineScores, ToleranceScore, evaluate_lines
from railmap.evaluation.nodes import Confusion, NodeScore, NodeScores, evaluate_nodes
from railmap.evaluation.picture import render_evaluation
from railmap.evaluation.pixels import (
    ConfusionMatrix,
    PixelScores,
    evaluate_pixels,
    evaluate_probability,
)
from railmap.evaluation.reach import ReachScore, evaluate_reach
from railmap.evaluation.report import as_table

__all__ = [
    "AplsScore",
    "Confusion",
    "ConfusionMatrix",
    "Evaluation",
    "LineScores",
    "NodeScore",
    "NodeScores",
    "PixelScores",
    "ReachScore",
    "ToleranceScore",
    "as_table",
    "evaluate",
    "evaluate_apls",
    "evaluate_lines",
    "evaluate_nodes",
    "evaluate_pixels",
    "evaluate_probability",
    "evaluate_reach",
    "render_evaluation",
]
