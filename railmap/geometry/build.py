"""Build the track network in metres from a skeleton in pixels."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from affine import Affine

from railmap.errors import UsageError
from railmap.geometry.areas import area_polygons
from railmap.geometry.constants import SLEEPER_LENGTH
from railmap.geometry.curves import cut, length_of, resample, smooth
from railmap.geometry.evidence.band import (
    Scale,
    accuracy,
    recentre,
    single_band,
    typical_width,
)
from railmap.geometry.evidence.field import ProbabilityField
from railmap.geometry.evidence.rails import RAIL_GSD, drawn_on_rails, fit_rails
from railmap.geometry.evidence.strip import Image
from railmap.geometry.graph import WorkGraph
from railmap.geometry.judge.confirm import CANDIDATE, doubtful_edges, remove_unconfirmed
from railmap.geometry.judge.remove import Judgement, remove_unlikely
from railmap.geometry.junctions.solve import solve_junctions
from railmap.geometry.options import GeometryOptions
from railmap.geometry.output import network_from_graph
from railmap.geometry.repair.cleanup import (
    contract_short_edges,
    drop_isolated,
    drop_loops,
    remove_loops,
    smooth_edges,
)
from railmap.geometry.repair.corners import fit_clipped_edges
from railmap.geometry.repair.double_crossings import unite_double_crossings
from railmap.geometry.repair.ends import extend_to_dataset_edge, finish_ends
from railmap.geometry.repair.folds import cut_folds
from railmap.geometry.repair.gaps import bridge_gaps
from railmap.geometry.repair.missing_diamonds import restore_diamonds
from railmap.geometry.repair.noding import node_edges
from railmap.geometry.repair.parallel_gaps import bridge_parallel_gaps
from railmap.geometry.repair.prune import prune
from railmap.geometry.repair.unconnected_legs import join_unconnected_legs
from railmap.geometry.turnouts.place import place_turnouts
from railmap.geometry.turnouts.rail_strip import TURNOUT_GSD
from railmap.geometry.types import TrackNetwork
from railmap.progress import NullReporter, Reporter
from railmap.tracing.types import PixelNetwork, ReadProbability

__all__ = ["build_network"]

_T = TypeVar("_T")
_WELL_PLACED = 0.03  # a line that the probability places better is not led onto rails, metres


def build_network(
    pixels: PixelNetwork,
    transform: Affine,
    read_probability: ReadProbability,
    *,
    options: GeometryOptions | None = None,
    image: Image | None = None,
    reporter: Reporter | None = None,
) -> TrackNetwork:
    """Turn a traced skeleton into centrelines in metres.

    Parameters
    ----------
    pixels
        Links and nodes of the skeleton.
    transform
        Pixel (col, row) to CRS (x, y): north-up, square pixels, metres.
    read_probability
        ``read(row, col, height, width)`` returns uint8 probability, 255 = no data. Only called
        for windows inside the raster.
    options
        Tolerance, minimum length, gauge, largest gap, and the profile of the probability.
    image
        The image that the probability was computed from, or None: an object with ``.grid``
        (`railmap.raster.types.Grid`) and ``.read(PixelWindow)`` -> `Patch`.
    reporter
        Receives the progress; can cancel.

    Returns
    -------
    TrackNetwork
        Coordinates in the CRS of `transform`, x/y; the ends of links equal their nodes.

    Raises
    ------
    UsageError
        If `transform` is rotated or its pixels are not square, or if ``refine="rails"`` and the
        image is too coarse.
    Cancelled
        If the reporter was cancelled.
    """
    options = options or GeometryOptions()
    reporter = reporter or NullReporter()
    gsd = _gsd(transform)
    field = ProbabilityField(read_probability, gsd, pixels.height, pixels.width, options.threshold)
    graph = WorkGraph.from_pixels(pixels, gsd)
    width = _band_width(field, graph, pixels, gsd)
    scale = Scale.from_width(gsd, width, options.profile == "tent")
    prune(graph, scale.width)
    _centre(field, graph, scale, reporter)
    finish_ends(field, graph, scale)
    solve_junctions(graph, field, scale, options.gauge)
    finish_ends(field, graph, scale, continuing=True)
    extend_to_dataset_edge(field, graph)
    fit_clipped_edges(field, graph, scale)
    bridge_gaps(graph, field, scale, options.max_gap)
    bridge_parallel_gaps(graph, scale, options.max_gap)
    restore_diamonds(graph, scale)
    join_unconnected_legs(graph, scale)
    contract_short_edges(graph)
    drop_loops(graph)
    smooth_edges(graph, scale)
    drop_isolated(graph, options.min_length)
    judged: dict[int, Judgement] = {}
    turnouts = image is not None and _use_turnouts(options, image)
    source_gsd, least = options.source_gsd or gsd, options.min_confidence
    if options.piece_model is not None:
        share = CANDIDATE if turnouts else 1.0
        judged = remove_unlikely(graph, field, options.piece_model, source_gsd, share * least)
        drop_isolated(graph, options.min_length)
    rails = {}
    if image is not None and _use_rails(options, image):
        rails = fit_rails(graph, image, transform, scale, reporter)
    if image is not None and turnouts:
        good = rails.keys() | _well_placed(graph, field, scale)
        doubtful = doubtful_edges(judged, least)
        before, drawn, placed = place_turnouts(
            graph, field, image, transform, scale, reporter, good, doubtful
        )
        rails = _renumbered(rails, before)
        rails |= {new: drawn_on_rails(graph.edges[new].xy) for new in drawn if new in graph.edges}
        judged = _renumbered(judged, before)
        if options.piece_model is not None:
            before, judged = remove_unconfirmed(
                graph, field, options.piece_model, source_gsd, least, judged, placed
            )
            rails, judged = _renumbered(rails, before), _renumbered(judged, before)
    before = cut_folds(graph)
    rails, judged = _renumbered(rails, before), _renumbered(judged, before)
    drop_isolated(graph, options.min_length)
    unite_double_crossings(graph)
    origin = node_edges(graph)
    remove_loops(graph)
    rails |= _renumbered(rails, origin)
    judged |= _renumbered(judged, origin)
    areas = area_polygons(pixels, transform)
    return network_from_graph(graph, field, scale, transform, options, areas, rails, judged)


def _renumbered(values: dict[int, _T], before: dict[int, int]) -> dict[int, _T]:
    """Give the edges what was known of the edges that they were before."""
    return {new: values[old] for new, old in before.items() if old in values}


def _use_rails(options: GeometryOptions, image: Image) -> bool:
    if options.refine == "probability":
        return False
    fine = image.grid.gsd <= RAIL_GSD
    if options.refine == "rails" and not fine:
        raise UsageError(
            f"refining on the rails needs the image at a GSD of {RAIL_GSD} m or finer; "
            "use refine='auto' or 'probability'"
        )
    return fine


def _use_turnouts(options: GeometryOptions, image: Image) -> bool:
    return options.refine != "probability" and image.grid.gsd <= TURNOUT_GSD


def _well_placed(graph: WorkGraph, field: ProbabilityField, scale: Scale) -> set[int]:
    """Edges that the probability places better than rails of either brightness would."""
    found = set()
    for number, edge in graph.edges.items():
        sections, good = single_band(field, edge.xy, scale)
        if accuracy(sections, good, field.values(edge.xy), scale)[0] <= _WELL_PLACED:
            found.add(number)
    return found


def _gsd(transform: Affine) -> float:
    if (
        transform.b
        or transform.d
        or transform.a <= 0
        or abs(transform.a + transform.e) > (1e-6 * transform.a)
    ):
        raise UsageError(
            "the geometry needs a north-up grid with square pixels in metres; "
            "read the raster through railmap.raster.open_raster"
        )
    return float(transform.a)


def _band_width(
    field: ProbabilityField, graph: WorkGraph, pixels: PixelNetwork, gsd: float
) -> float:
    """Band width of a single track, metres."""
    half = pixels.link_half_width
    guess = float(np.median(half)) * 2 * gsd if len(half) else SLEEPER_LENGTH
    guess = max(guess, 3 * gsd)
    curves = [resample(s.xy, 0.5) for s in graph.edges.values() if length_of(s.xy) > 2 * guess]
    curves = [smooth(c, np.ones(len(c)), 0.5, 4.0) for c in curves]
    sample = curves[:: max(len(curves) // 300, 1)]
    width = typical_width(field, sample, guess)
    if width is None:
        # too little whole band to measure: bands that the dataset's edge clips are narrower
        width = SLEEPER_LENGTH if guess < 1.6 * SLEEPER_LENGTH else guess
    return width


def _centre(field: ProbabilityField, graph: WorkGraph, scale: Scale, reporter: Reporter) -> None:
    """Move the edges from the skeleton to the centre of their bands."""
    total = sum(length_of(s.xy) for s in graph.edges.values())
    reporter.stage("geometry", total / 1000, "km")
    for number in sorted(graph.edges):
        edge = graph.edges[number]
        before = length_of(edge.xy)
        degree = [graph.degree(v) for v in (edge.start, edge.end)]
        # near a junction the skeleton leaves the centreline
        trim = [min(1.2 * scale.width, 0.3 * before) if d > 2 else 0.0 for d in degree]
        trunk = cut(edge.xy, trim[0], before - trim[1])
        xy, _, _ = recentre(
            field, trunk, scale, scale.width, fixed=(degree[0] == 2, degree[1] == 2)
        )
        parts = [xy]
        for end, node in ((0, edge.start), (1, edge.end)):
            if degree[end] == 1:
                graph.nodes[node].xy = xy[0 if end == 0 else -1].copy()
            elif degree[end] > 2:
                parts.insert(0 if end == 0 else len(parts), graph.nodes[node].xy[None])
        graph.set_points(number, resample(np.concatenate(parts), scale.step))
        reporter.advance(before / 1000)
