"""From a skeleton in pixels to a track network in metres."""

from __future__ import annotations

import numpy as np
from affine import Affine

from railmap.errors import UsageError
from railmap.geometry.areas import area_polygons
from railmap.geometry.curves import cut, length_of, max_curvature, resample, smooth
from railmap.geometry.evidence.band import Scale, cross_sections, recentre, typical_width
from railmap.geometry.evidence.field import ProbabilityField, ReadProbability
from railmap.geometry.evidence.rails import RAIL_GSD, fit_rails
from railmap.geometry.evidence.strip import Image
from railmap.geometry.graph import WorkGraph
from railmap.geometry.junctions.solve import solve_junctions
from railmap.geometry.options import GeometryOptions
from railmap.geometry.output import network_from_graph
from railmap.geometry.repair.corners import fit_short_band
from railmap.geometry.repair.ends import finish_end, goes_on, reach_edge
from railmap.geometry.repair.gaps import bridge_gaps
from railmap.geometry.repair.missing_diamonds import restore_diamonds
from railmap.geometry.repair.prune import prune
from railmap.geometry.repair.unconnected_legs import join_unconnected_legs
from railmap.geometry.types import TrackNetwork
from railmap.progress import NullReporter, Reporter
from railmap.tracing.types import PixelNetwork

__all__ = ["build_network"]

_SPECK = 0.3  # less than from sleeper to sleeper
_STUMP = 1.0
_MIN_RADIUS = 80.0  # no track bends more, metres
_SLEEPER = 2.6  # usual length, so the usual width of a band, metres


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
        ``read(row, col, height, width)`` gives uint8 probability, 255 = no data. It is only
        asked for windows inside the raster.
    options
        Tolerance, shortest link, gauge, widest gap.
    image
        None, or the image that the probability was made from: an object with ``.grid``
        (`railmap.raster.types.Grid`) and ``.read(PixelWindow)`` -> `Patch`.
    reporter
        Told how far the work is.

    Returns
    -------
    TrackNetwork
        Coordinates in the CRS of `transform`, x/y; the ends of links equal their nodes.

    Raises
    ------
    UsageError
        If `transform` is rotated or has pixels that are not square.
    Cancelled
        If the reporter was told to stop.
    """
    options = options or GeometryOptions()
    reporter = reporter or NullReporter()
    gsd = _gsd(transform)
    field = ProbabilityField(read_probability, gsd, pixels.height, pixels.width, options.threshold)
    graph = WorkGraph.from_pixels(pixels, gsd)
    scale = _scale(field, graph, pixels, gsd)
    prune(graph, scale.width)
    _centre(field, graph, scale, reporter)
    _finish_ends(field, graph, scale)
    solve_junctions(graph, field, scale, options.gauge)
    _finish_ends(field, graph, scale, inner=True)
    _to_edges(field, graph)
    _short_bands(field, graph, scale)
    bridge_gaps(graph, field, scale, options.max_gap)
    restore_diamonds(graph, scale)
    join_unconnected_legs(graph, scale)
    _drop_specks(graph)
    _drop_loops(graph)
    _ease(graph, scale)
    _drop_short(graph, options)
    rails = {}
    if image is not None and _use_rails(options, image):
        rails = fit_rails(graph, image, transform, scale, reporter)
    areas = area_polygons(pixels, transform)
    return network_from_graph(graph, field, scale, transform, options, areas, rails)


def _use_rails(options: GeometryOptions, image: Image | None) -> bool:
    if options.refine == "probability":
        return False
    fine = image is not None and image.grid.gsd <= RAIL_GSD
    if options.refine == "rails" and not fine:
        raise UsageError(
            f"refining on the rails needs the image at a GSD of {RAIL_GSD} m or finer; "
            "use refine='auto' or 'probability'"
        )
    return fine


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


def _scale(field: ProbabilityField, graph: WorkGraph, pixels: PixelNetwork, gsd: float) -> Scale:
    """Band width of a single track, and whether the probability has a ridge."""
    half = pixels.link_half_width
    guess = float(np.median(half)) * 2 * gsd if len(half) else 2.6
    guess = max(guess, 3 * gsd)
    curves = [resample(s.xy, 0.5) for s in graph.edges.values() if length_of(s.xy) > 2 * guess]
    curves = [smooth(c, np.ones(len(c)), 0.5, 4.0) for c in curves]
    sample = curves[:: max(len(curves) // 300, 1)]
    width = typical_width(field, sample, guess)
    if width is None:
        # too little whole band to measure: what an edge of the data leaves is narrower
        width = _SLEEPER if guess < 1.6 * _SLEEPER else guess
    return Scale.from_width(gsd, width, _is_tent(field, sample, width))


def _is_tent(field: ProbabilityField, curves: list[np.ndarray], width: float) -> bool:
    """Half way out a tent has lost half of what lies above the threshold, a mask nothing."""
    if not curves:
        return False
    ratios = []
    for xy in curves[:50]:
        middle = field.values(xy)
        inner = field.band_edges(
            xy, width, level=0.5 * (field.level + 254 * float(np.nanmedian(middle)))
        )
        outer = cross_sections(field, xy, 2 * width)
        ratio = inner[0].sum(1) / outer.width
        ratios.append(ratio[np.isfinite(ratio)])
    values = np.concatenate(ratios)
    return bool(len(values) and np.median(values) < 0.75)


def _centre(field: ProbabilityField, graph: WorkGraph, scale: Scale, reporter: Reporter) -> None:
    total = sum(length_of(s.xy) for s in graph.edges.values())
    reporter.stage("geometry", total / 1000, "km")
    for number in sorted(graph.edges):
        edge = graph.edges[number]
        before = length_of(edge.xy)
        degree = [graph.degree(v) for v in (edge.start, edge.end)]
        # near a junction the skeleton runs across, to where the bands' middles meet
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


def _finish_ends(
    field: ProbabilityField, graph: WorkGraph, scale: Scale, *, inner: bool = False
) -> None:
    """Bring free ends to where their track ends; those where it goes on only if `inner`."""
    for number in sorted(graph.edges):
        edge = graph.edges[number]
        for end in (0, 1):
            node = edge.start if end == 0 else edge.end
            if graph.degree(node) != 1 or graph.nodes[node].continues != inner:
                continue
            if scale.tent and not inner and goes_on(field, graph.points_from(number, end)):
                graph.nodes[node].continues = True
                continue
            held = 1.5 * scale.width if graph.degree(graph.other_node(number, end)) > 2 else 0.0
            xy, at_dataset_edge = finish_end(
                field, graph.points_from(number, end), scale, scale.width, held
            )
            if len(xy) < 2:
                continue
            graph.nodes[node].xy = xy[0].copy()
            graph.nodes[node].at_dataset_edge = at_dataset_edge
            graph.set_points(number, xy if end == 0 else xy[::-1])


def _to_edges(field: ProbabilityField, graph: WorkGraph) -> None:
    """Bring the ends that solving the junctions moved to the edge of the data."""
    for number in sorted(graph.edges):
        edge = graph.edges[number]
        for end, node in ((0, edge.start), (1, edge.end)):
            if graph.degree(node) != 1 or not graph.nodes[node].at_dataset_edge:
                continue
            xy = reach_edge(field, graph.points_from(number, end))
            if len(xy) > 2:
                graph.nodes[node].xy = xy[0].copy()
                graph.set_points(number, xy if end == 0 else xy[::-1])


def _short_bands(field: ProbabilityField, graph: WorkGraph, scale: Scale) -> None:
    """Fit what an edge of the data leaves of a track as one straight band."""
    for number in sorted(graph.edges):
        edge = graph.edges[number]
        ends = (edge.start, edge.end)
        if any(graph.degree(v) != 1 for v in ends) or length_of(edge.xy) > 5.0 * scale.width:
            continue
        if not any(graph.nodes[v].at_dataset_edge for v in ends):
            continue
        xy = fit_short_band(field, edge.xy, scale)
        if xy is None:
            continue
        way = (xy[-1] - xy[0]) / max(length_of(xy), 1e-9) * 2.0 * scale.gsd
        beyond = (xy[0] - way, xy[-1] + way)
        for v, at, past in zip(ends, (0, -1), beyond, strict=True):
            graph.nodes[v].xy = xy[at].copy()
            graph.nodes[v].at_dataset_edge = bool(np.isnan(field.values(past[None]))[0])
        graph.set_points(number, xy)


def _drop_specks(graph: WorkGraph) -> None:
    """Draw together nodes that lie nearer than any piece of track is long, and cut off stumps."""
    for number in sorted(graph.edges):
        edge = graph.edges[number]
        if edge.start == edge.end:
            continue
        ends = [graph.nodes[v] for v in (edge.start, edge.end)]
        free = [graph.degree(v) == 1 for v in (edge.start, edge.end)]
        length = length_of(edge.xy)
        if not any(free) and length < _SPECK:
            graph.contract(number)
        elif sum(free) == 1:
            at_dataset_edge = any(v.at_dataset_edge for v in ends)
            if length < (_SPECK if at_dataset_edge else _STUMP):
                graph.remove(number)


def _drop_loops(graph: WorkGraph) -> None:
    """Take away what leads back to where it began within less than the tightest full circle.

    A skeleton runs like that around a hole in a blot.
    """
    for number in sorted(graph.edges):
        edge = graph.edges[number]
        if edge.start == edge.end and length_of(edge.xy) < 2 * np.pi * _MIN_RADIUS:
            graph.remove(number)
    graph.merge_all()


def _drop_short(graph: WorkGraph, options: GeometryOptions) -> None:
    for number in sorted(graph.edges):
        edge = graph.edges[number]
        ends = (edge.start, edge.end)
        if any(graph.degree(v) > 1 for v in ends):
            continue
        at_limit = any(graph.nodes[v].at_dataset_edge for v in ends)
        if length_of(edge.xy) < (min(2.0, options.min_length) if at_limit else options.min_length):
            graph.remove(number)


def _ease(graph: WorkGraph, scale: Scale) -> None:
    """Smooth over the joints of pieces, until no track bends more than one can.

    The places of both ends stay, and the headings where others follow on.
    """
    for number in sorted(graph.edges):
        edge = graph.edges[number]
        xy = resample(edge.xy, scale.step)
        weight = np.ones(len(xy))
        for part, node in ((slice(0, 3), edge.start), (slice(-3, None), edge.end)):
            weight[part] = 1e4 if graph.degree(node) > 1 else 1.0
        weight[0] = weight[-1] = 1e4
        for wavelength in (6.0, 12.0, 24.0, 48.0):
            eased = smooth(xy, weight, scale.step, wavelength)
            if max_curvature(eased) <= 1 / _MIN_RADIUS:
                break
        graph.set_points(number, eased)
