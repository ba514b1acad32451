"""Doubtful pieces: the rails of a turnout confirm them, or they go."""

import numpy as np
import pytest

from railmap.geometry.evidence.field import ProbabilityField
from railmap.geometry.graph import WorkGraph
from railmap.geometry.judge.confirm import doubtful_edges, remove_unconfirmed
from railmap.geometry.judge.features import FEATURES
from railmap.geometry.judge.model import PieceModel
from railmap.geometry.judge.remove import Judgement


def only_long_pieces() -> PieceModel:
    """Confidence 0.9 from about 40 m on, less for shorter pieces."""
    zeros = np.zeros(len(FEATURES))
    weights = zeros.copy()
    weights[FEATURES.index("log_length")] = 8.0
    mean = zeros.copy()
    mean[FEATURES.index("log_length")] = np.log(30.0)
    return PieceModel(tuple(mean), (1.0,) * len(FEATURES), tuple(weights), 0.0)


def judged(confidence: float) -> Judgement:
    return Judgement(np.zeros(len(FEATURES)), confidence)


@pytest.fixture
def junction() -> tuple[WorkGraph, ProbabilityField, list[int], list[int]]:
    """A track of 100 m with a leg of 15 m from its middle, and a lone piece of 15 m."""
    raster = np.full((60, 120), 200, np.uint8)
    field = ProbabilityField(lambda r, c, h, w: raster[r : r + h, c : c + w], 1.0, 60, 120, 0.4)
    graph = WorkGraph()
    at = [graph.add_node(np.array(p, float)) for p in ((5, -30), (55, -30), (105, -30), (69, -24))]
    lone = [graph.add_node(np.array(p, float)) for p in ((10, -50), (25, -50))]

    def line(a: int, b: int) -> int:
        ends = graph.nodes[a].xy, graph.nodes[b].xy
        return graph.add_edge(np.linspace(*ends, 30), a, b)

    edges = [line(at[0], at[1]), line(at[1], at[2]), line(at[1], at[3]), line(*lone)]
    return graph, field, edges, at


def test_a_leg_on_rails_stays_and_a_doubtful_piece_goes(junction) -> None:
    graph, field, (left, right, leg, lone), at = junction
    before = {left: judged(0.9), right: judged(0.9), leg: judged(0.2), lone: judged(0.2)}
    assert doubtful_edges(before, 0.5) == {leg, lone}
    _, after = remove_unconfirmed(graph, field, only_long_pieces(), 0.1, 0.5, before, {at[1]})
    assert leg in graph.edges
    assert after[leg].confidence == 0.5
    assert lone not in graph.edges
    assert after[left].confidence == 0.9


def test_tracks_are_one_again_where_a_leg_is_removed(junction) -> None:
    graph, field, (left, right, leg, lone), _ = junction
    before = {left: judged(0.9), right: judged(0.8), leg: judged(0.2), lone: judged(0.9)}
    origin, after = remove_unconfirmed(graph, field, only_long_pieces(), 0.1, 0.5, before, set())
    (through,) = set(graph.edges) - {lone}
    assert origin[through] in (left, right)
    assert after[origin[through]].confidence >= 0.8


def test_a_piece_that_has_grown_is_judged_as_a_whole(junction) -> None:
    graph, field, (left, right, leg, lone), _ = junction
    before = {left: judged(0.2), right: judged(0.9), leg: judged(0.9), lone: judged(0.9)}
    _, after = remove_unconfirmed(graph, field, only_long_pieces(), 0.1, 0.5, before, set())
    assert left in graph.edges
    assert after[left].confidence > 0.9


def test_nothing_doubtful_changes_nothing(junction) -> None:
    graph, field, edges, _ = junction
    before = dict.fromkeys(edges, judged(0.9))
    origin, after = remove_unconfirmed(graph, field, only_long_pieces(), 0.1, 0.5, before, set())
    assert origin == {n: n for n in edges}
    assert after == before
