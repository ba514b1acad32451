"""Evidence of pieces on exact bands."""

from __future__ import annotations

import numpy as np
import pytest

from railmap.geometry.evidence.field import ProbabilityField
from railmap.geometry.graph import WorkGraph
from railmap.geometry.judge.features import FEATURES, piece_features

GSD = 0.1
SIDE = 600


def _field(rows: dict[float, float]) -> ProbabilityField:
    """Tents of horizontal tracks: height of each ridge by its depth below the edge, metres."""
    depth = (np.arange(SIDE) + 0.5) * GSD
    across = np.max([p * np.clip(1 - np.abs(depth - y) / 2.6, 0, 1) for y, p in rows.items()], 0)
    values = np.repeat(np.round(across * 254).astype(np.uint8)[:, None], SIDE, axis=1)
    return ProbabilityField(
        lambda row, col, height, width: values[row : row + height, col : col + width],
        GSD,
        SIDE,
        SIDE,
    )


def _graph(*lines: tuple[float, float, float]) -> WorkGraph:
    """Horizontal edges: depth, and where they begin and end."""
    graph = WorkGraph()
    for y, x0, x1 in lines:
        a, b = graph.add_node(np.array([x0, -y])), graph.add_node(np.array([x1, -y]))
        graph.add_edge(np.array([[x0, -y], [x1, -y]]), a, b)
    return graph


def _rows(graph: WorkGraph, field: ProbabilityField, gsd: float = 0.2) -> list[dict[str, float]]:
    found = piece_features(graph, field, gsd)
    return [dict(zip(FEATURES, row, strict=True)) for row in found]


def test_clear_parallel_tracks() -> None:
    upper, lower = _rows(
        _graph((20.0, 5.0, 55.0), (24.5, 5.0, 55.0)), _field({20.0: 0.9, 24.5: 0.6})
    )
    assert upper["mean"] == pytest.approx(0.9, abs=0.02)
    assert lower["mean"] == pytest.approx(0.6, abs=0.02)
    assert upper["contrast"] == pytest.approx(0.9 * 1.9 / 2.6, abs=0.05)
    assert upper["parallel"] == lower["parallel"] == 1.0
    assert upper["log_length"] == pytest.approx(np.log(50.0), abs=1e-6)
    assert upper["log_gsd"] == pytest.approx(np.log(0.2))
    assert (upper["free"], upper["clipped"], upper["joined"]) == (2, 0, 0)
    assert upper["bend"] == pytest.approx(0, abs=0.1)


def test_a_bridged_part_does_not_weaken_what_was_seen() -> None:
    graph, field = _graph((20.0, 5.0, 55.0)), _field({20.0: 0.9})
    read = field._read

    def hidden(row: int, col: int, height: int, width: int) -> np.ndarray:
        values = read(row, col, height, width).copy()
        values[:, (np.arange(col, col + width) >= 200) & (np.arange(col, col + width) < 400)] = 0
        return values

    gapped = ProbabilityField(hidden, GSD, SIDE, SIDE)
    (weak,) = _rows(graph, gapped)
    graph.edges[next(iter(graph.edges))].gap_m = 20.0
    (bridged,) = _rows(graph, gapped)
    assert weak["mean"] == pytest.approx(0.6 * 0.9, abs=0.03)
    assert bridged["mean"] == pytest.approx(0.9, abs=0.03)
    assert bridged["gap"] == pytest.approx(0.4)


def test_neighbour_of_another_heading_is_not_parallel() -> None:
    graph = _graph((20.0, 5.0, 55.0))
    a, b = graph.add_node(np.array([30.0, -24.0])), graph.add_node(np.array([40.0, -32.0]))
    graph.add_edge(np.array([[30.0, -24.0], [40.0, -32.0]]), a, b)
    assert [row["parallel"] for row in _rows(graph, _field({20.0: 0.9}))] == [0.0, 0.0]


def test_continuation_and_edge_of_the_data() -> None:
    graph = _graph((20.0, 5.0, 30.0))
    (number,) = graph.edges
    joint, edge = graph.edges[number].end, graph.add_node(np.array([59.9, -20.0]))
    graph.nodes[edge].at_dataset_edge = True
    graph.add_edge(np.array([[30.0, -20.0], [59.9, -20.0]]), joint, edge)
    west, east = _rows(graph, _field({20.0: 0.8}))
    assert (west["free"], west["clipped"]) == (1, 0)
    assert (east["free"], east["clipped"]) == (0, 1)
    assert west["joined"] == pytest.approx(0.4, abs=0.02)


def test_outside_the_data_nothing_is_found() -> None:
    (row,) = _rows(_graph((80.0, 5.0, 30.0)), _field({20.0: 0.8}))
    assert row["mean"] == 0
    assert np.isfinite(list(row.values())).all()


def test_no_strands() -> None:
    assert piece_features(WorkGraph(), _field({20.0: 0.8}), 0.1).shape == (0, len(FEATURES))
