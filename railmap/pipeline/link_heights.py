"""Heights of all links of a map, fitted along chains of links that share their nodes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from railmap.geometry.vertical.chain_heights import ChainHeights, chain_heights
from railmap.geometry.vertical.options import HeightOptions
from railmap.geometry.vertical.profile import Profile
from railmap.mapping.referencing.chains import through_chains
from railmap.mapping.referencing.link_arrays import LinkArrays, read_moves
from railmap.mapping.store.heights import LinkHeights, VerticalSegment
from railmap.mapping.store.reader import Map
from railmap.pipeline.node_heights import NodeHeight, known_heights, nodes_along
from railmap.progress import Reporter

__all__ = ["Places", "link_heights"]

Floats = NDArray[np.float64]
Chain = list[tuple[int, bool]]

_LONGEST = 8000.0  # a chain goes on as another after this length, metres


@dataclass(frozen=True, slots=True)
class Places:
    """Where heights are taken: all links, one after the other.

    Parameters
    ----------
    first
        ``(links + 1,)``: link i has the places ``first[i]:first[i + 1]``.
    xy
        ``(places, 2)`` metres, CRS x/y.
    m
        ``(places,)`` metres along the link.
    """

    first: NDArray[np.int64]
    xy: Floats
    m: Floats

    @classmethod
    def of(cls, track: LinkArrays, step: float) -> Places:
        """Places at even steps of at most `step` metres, with both ends of each link."""
        xy, m, first = [], [], [0]
        for link in range(len(track.ids)):
            line, own = track.line(link), track.m[track.first[link] : track.first[link + 1]]
            at = np.linspace(0.0, own[-1], max(1, int(np.ceil(own[-1] / step - 1e-9))) + 1)
            xy.append(np.column_stack([np.interp(at, own, line[:, i]) for i in (0, 1)]))
            m.append(at)
            first.append(first[-1] + len(at))
        return cls(np.array(first), np.concatenate(xy), np.concatenate(m))

    def of_chain(self, chain: Chain, track: LinkArrays) -> tuple[NDArray[np.int64], Floats]:
        """Indices of the places of a chain in its order, and their stations, metres."""
        rows, stations, done = [], [], 0.0
        for link, reverse in chain:
            own = np.arange(self.first[link], self.first[link + 1])
            m, total = self.m[own], float(track.length[link])
            rows.append(own[::-1] if reverse else own)
            stations.append(done + (total - m[::-1] if reverse else m))
            done += total
        return np.concatenate(rows), np.concatenate(stations)


def link_heights(
    content: Map,
    track: LinkArrays,
    places: Places,
    terrain: Floats,
    pixel: float,
    options: HeightOptions,
    reporter: Reporter,
) -> list[LinkHeights]:
    """Fit the vertical alignment of all links.

    Long tracks are fitted first; a track that leaves one at a switch begins with its height and
    gradient.

    Parameters
    ----------
    content, track
        The map and its links.
    places
        Where the heights are.
    terrain
        ``(places,)`` heights of the elevation model, metres; NaN where it has none.
    pixel
        Size of its pixels, metres.
    options
        See `HeightOptions`.
    reporter
        Receives the progress; can cancel.

    Returns
    -------
    list of LinkHeights
        In the order of `track`.
    """
    structures = np.array(_structures(content, track), dtype=object)
    of_place = np.repeat(np.arange(len(track.ids)), np.diff(places.first))
    source = np.full(len(terrain), "unknown", dtype=object)
    height, gradient = np.full(len(terrain), np.nan), np.full(len(terrain), np.nan)
    segments: dict[int, list[VerticalSegment]] = {}
    nodes: dict[int, NodeHeight] = {}
    away = track.outward()
    reporter.stage("heights", float(track.length.sum()), "m")
    for chain in _chains(content, track):
        rows, s = places.of_chain(chain, track)
        ends = nodes_along(chain, track, away)
        pins = known_heights(ends, nodes)
        found = chain_heights(s, terrain[rows], structures[of_place[rows]], pins, options, pixel)
        source[rows] = found.source
        for section in found.sections:
            part = slice(section.first, section.last)
            height[rows[part]] = section.profile.heights(s[part])
            gradient[rows[part]] = 1000 * section.profile.gradients(s[part])
        for end in ends:
            profile = _profile_at(found, s, end.station)
            if end.node not in nodes and profile is not None:
                nodes[end.node] = NodeHeight.of(profile, end)
        done = 0.0
        for link, reverse in chain:
            total = float(track.length[link])
            own = slice(places.first[link], places.first[link + 1])
            measured = np.where(source[own] == "measured", terrain[own], np.nan)
            segments[link] = list(
                _segments(found, s, done, total, reverse, places.m[own], measured)
            )
            if reverse:
                gradient[own] *= -1
            done += total
        reporter.advance(done)
    out = []
    for link, link_id in enumerate(track.ids):
        own = slice(places.first[link], places.first[link + 1])
        drawn = slice(track.first[link], track.first[link + 1])
        out.append(
            LinkHeights(
                link_id,
                np.column_stack([places.xy[own], places.m[own]]),
                height[own],
                gradient[own],
                terrain[own],
                [str(text) for text in source[own]],
                np.column_stack([track.xy[drawn], track.m[drawn]]),
                segments[link],
            )
        )
    return out


def _chains(content: Map, track: LinkArrays) -> Iterator[Chain]:
    """Chains of links, the longest first, cut where they are very long."""
    for chain in through_chains(track, read_moves(content, track)):
        part: Chain = []
        size = 0.0
        for link, reverse in chain:
            part.append((link, reverse))
            size += float(track.length[link])
            if size > _LONGEST:
                yield part
                part, size = [], 0.0
        if part:
            yield part


def _profile_at(found: ChainHeights, s: Floats, at: float) -> Profile | None:
    """Profile of the section at a station; None where there is none."""
    for section in found.sections:
        if s[section.first] - 1e-6 <= at <= s[section.last - 1] + 1e-6:
            return section.profile
    return None


def _segments(
    found: ChainHeights,
    s: Floats,
    start: float,
    total: float,
    reverse: bool,
    m: Floats,
    measured: Floats,
) -> Iterator[VerticalSegment]:
    """Vertical segments of one link of a chain, in order of its M."""
    sections = found.sections[::-1] if reverse else found.sections
    for section in sections:
        low, high = max(s[section.first], start), min(s[section.last - 1], start + total)
        if high <= low:
            continue
        yield from _parts(section.profile, low, high, start, total, reverse, m, measured)


def _parts(
    profile: Profile,
    low: float,
    high: float,
    start: float,
    total: float,
    reverse: bool,
    m: Floats,
    measured: Floats,
) -> Iterator[VerticalSegment]:
    elements = profile.part(low, high)
    for one in elements[::-1] if reverse else elements:
        first = total - (one.s_from - start + one.length) if reverse else one.s_from - start
        (z,) = profile.heights(np.array([one.s_from + (one.length if reverse else 0.0)]))
        gradients = one.start_gradient, one.end_gradient
        if reverse:
            gradients = -gradients[1], -gradients[0]
        inside = (m >= first - 1e-6) & (m <= first + one.length + 1e-6) & np.isfinite(measured)
        station = start + (total - m[inside] if reverse else m[inside])
        off = measured[inside] - profile.heights(station)
        bent = abs(one.curvature) > 0
        sigma = one.curvature_sigma
        yield VerticalSegment(
            type="PARABOLICARC" if bent else "CONSTANTGRADIENT",
            m_from=round(max(first, 0.0), 3),
            length_m=round(one.length, 3),
            start_height_m=round(float(z), 4),
            start_gradient_permille=round(1000 * gradients[0], 4),
            end_gradient_permille=round(1000 * gradients[1], 4),
            radius_m=round(1 / one.curvature, 1) if bent else None,
            radius_sigma_m=round(sigma / one.curvature**2, 1) if bent and sigma else None,
            rmse_m=round(float(np.sqrt((off**2).mean())), 4) if len(off) else None,
        )


def _structures(content: Map, track: LinkArrays) -> list[str]:
    """``bridge``, ``tunnel`` or an empty text for each link."""
    names = ("link_id", "bridge", "tunnel", "layer")
    by_id: dict[str, str] = {}
    for link_id, bridge, tunnel, level in zip(
        *(content.links[name].tolist() for name in names), strict=True
    ):
        if bridge is True or _number(level) > 0:
            by_id[link_id] = "bridge"
        elif tunnel is True or _number(level) < 0:
            by_id[link_id] = "tunnel"
    return [by_id.get(link_id, "") for link_id in track.ids]


def _number(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):  # None, or the missing value of pandas
        return 0
