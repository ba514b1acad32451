"""Scores as JSON, as Markdown and on the terminal."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from railmap.evaluation.apls import AplsScore
from railmap.evaluation.lines import LineScores, ToleranceScore
from railmap.evaluation.nodes import NODE_KINDS, NodeScore, NodeScores
from railmap.evaluation.reach import ReachScore
from railmap.files.output import atomic_output

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["as_json", "as_markdown", "as_table", "write_json"]

Row = tuple[str, Callable[[ToleranceScore], str]]


# Words of the tables for kinds of node; None is a node that only the other layer has.
_LABELS = {"switch": "switch", "railway_crossing": "crossing", None: "nothing"}


def ratio(value: float | None) -> str:
    """Format a ratio with three decimals; None is a dash."""
    return "–" if value is None else f"{value:.3f}"


def metres(value: float | None, digits: int = 1) -> str:
    """Format metres; None is a dash."""
    return "–" if value is None else f"{value:.{digits}f}"


_ROWS: tuple[Row, ...] = (
    ("completeness", lambda s: ratio(s.completeness)),
    ("completeness, not occluded", lambda s: ratio(s.completeness_visible)),
    ("correctness", lambda s: ratio(s.correctness)),
    ("quality", lambda s: ratio(s.quality)),
    ("cross-track RMSE (m)", lambda s: metres(s.rmse_m, 3)),
    ("cross-track median (m)", lambda s: metres(s.median_m, 3)),
    ("cross-track P95 (m)", lambda s: metres(s.p95_m, 3)),
    ("cross-track bias (m)", lambda s: metres(s.bias_m, 3)),
    ("missed (m)", lambda s: metres(s.missed_m)),
    ("false (m)", lambda s: metres(s.false_m)),
    ("false, parallel to a track (m)", lambda s: metres(s.beside_m)),
    ("duplicate (m)", lambda s: metres(s.duplicate_m)),
    ("on the wrong track (m)", lambda s: metres(s.wrong_track_m)),
    ("gaps per km", lambda s: metres(s.gaps_per_km, 2)),
)


def as_json(
    lines: LineScores,
    nodes: NodeScores,
    apls: AplsScore,
    reach: ReachScore,
    about: dict[str, Any],
) -> dict[str, Any]:
    """Return all scores as JSON-serializable values; undefined is null."""
    return {
        **about,
        "truth_m": lines.truth_m,
        "visible_truth_m": lines.visible_truth_m,
        "predicted_m": lines.predicted_m,
        "tolerances": [asdict(score) for score in lines.tolerances],
        "nodes": [asdict(score) for score in nodes.scores],
        "confusion": [asdict(count) for count in nodes.confusion],
        "apls": asdict(apls),
        "reach": asdict(reach),
    }


def write_json(values: dict[str, Any], path: str | Path, *, overwrite: bool = False) -> None:
    """Write JSON atomically; raise `OutputError` if it cannot be written."""
    with atomic_output(path, overwrite=overwrite) as partial:
        text = json.dumps(values, indent=2, ensure_ascii=False, allow_nan=False)
        partial.write_text(text + "\n", encoding="utf-8")


def _line_rows(lines: LineScores) -> tuple[list[str], list[list[str]]]:
    head = ["tolerance", *(f"{score.tolerance_m:g} m" for score in lines.tolerances)]
    return head, [[name, *(text(score) for score in lines.tolerances)] for name, text in _ROWS]


def _node_rows(nodes: NodeScores) -> tuple[list[str], list[list[str]]]:
    head = [
        "node", "within", "true", "found", "recall", "precision", "other kind", "along RMSE (m)",
    ]  # fmt: skip
    rows = [
        [
            _LABELS[score.kind],
            f"{score.distance_m:g} m",
            str(score.truth),
            str(score.predicted),
            ratio(score.recall),
            ratio(score.precision),
            str(score.wrong_kind),
            metres(score.along_rmse_m, 2),
        ]
        for score in nodes.scores
    ]
    return head, rows


def _attribute_rows(nodes: NodeScores) -> tuple[list[str], list[list[str]]]:
    head = ["node", "within", "angle in 2 sigma", "side right", "error of N (bias)"]
    rows = [
        [
            _LABELS[score.kind],
            f"{score.distance_m:g} m",
            ratio(score.within_2_sigma),
            _side(score),
            _error(score),
        ]
        for score in nodes.scores
        if score.matched
    ]
    return head, rows


def _side(score: NodeScore) -> str:
    known = score.sides_right + score.sides_wrong
    return f"{ratio(score.side_right)} of {known}" if known else ratio(None)


def _error(score: NodeScore) -> str:
    if score.number_error is None or score.number_bias is None:
        return ratio(None)
    return f"{score.number_error:.2f} ({score.number_bias:+.2f})"


def _confusion_rows(nodes: NodeScores) -> tuple[list[str], list[list[str]]]:
    """Return a row for each distance and true kind, with the number of each predicted kind."""
    kinds = (*NODE_KINDS, None)
    head = ["true node", "within", *(f"found as {_LABELS[kind]}" for kind in kinds)]
    table = {(one.distance_m, one.truth, one.predicted): one.count for one in nodes.confusion}
    rows = [
        [
            _LABELS[truth],
            f"{distance:g} m",
            *(str(table.get((distance, truth, kind), "")) for kind in kinds),
        ]
        for distance in dict.fromkeys(one.distance_m for one in nodes.confusion)
        for truth in kinds
    ]
    return head, rows


def _reach_rows(reach: ReachScore) -> tuple[list[str], list[list[str]]]:
    head = ["trains", "track pairs", "kept", "share", "false"]
    return head, [
        [
            "do not reverse",
            str(reach.pairs),
            str(reach.kept),
            ratio(reach.share),
            str(reach.false_pairs),
        ],
        [
            "may reverse",
            str(reach.pairs_reversing),
            str(reach.kept_reversing),
            ratio(reach.share_reversing),
            "",
        ],
    ]


def _tables(
    lines: LineScores, nodes: NodeScores, apls: AplsScore, reach: ReachScore
) -> list[tuple[str, list[str], list[list[str]]]]:
    """Return title, head and rows of each table."""
    summary = (
        f"truth {lines.truth_m:.1f} m ({lines.truth_m - lines.visible_truth_m:.1f} m occluded), "
        f"prediction {lines.predicted_m:.1f} m, APLS {ratio(apls.apls)}, "
        f"reachable pairs {ratio(reach.share)}"
    )
    tables = [(summary, *_line_rows(lines))]
    if nodes.scores:
        tables.append(("switches and crossings", *_node_rows(nodes)))
        head, rows = _attribute_rows(nodes)
        if rows:
            tables.append(("angles and sides of those in place", head, rows))
        tables.append(("confusion of kinds", *_confusion_rows(nodes)))
    tables.append((f"reachable pairs of {reach.tracks} tracks of the truth", *_reach_rows(reach)))
    return tables


def as_markdown(lines: LineScores, nodes: NodeScores, apls: AplsScore, reach: ReachScore) -> str:
    """Return the scores as Markdown tables."""
    tables = _tables(lines, nodes, apls, reach)
    parts = [f"{title}\n\n{_markdown(head, rows)}" for title, head, rows in tables]
    return "\n\n".join(parts) + "\n"


def _markdown(head: list[str], rows: list[list[str]]) -> str:
    bar = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, bar, *rows])


def as_table(
    lines: LineScores, nodes: NodeScores, apls: AplsScore, reach: ReachScore
) -> list[Table]:
    """Return the scores as tables to print with `rich`."""
    from rich.table import Table

    tables = []
    for title, head, rows in _tables(lines, nodes, apls, reach):
        table = Table(title=title, title_justify="left")
        for number, name in enumerate(head):
            table.add_column(name, justify="left" if number == 0 else "right")
        for row in rows:
            table.add_row(*row)
        tables.append(table)
    return tables
