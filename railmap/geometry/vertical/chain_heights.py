"""Heights along one chain of links: which are the track's, what is bridged, the profile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from railmap.geometry.curves import Array
from railmap.geometry.vertical.fit import fit_profile
from railmap.geometry.vertical.options import HeightOptions
from railmap.geometry.vertical.profile import Profile
from railmap.geometry.vertical.track_ground import on_track, runs_of

__all__ = ["ChainHeights", "Section", "chain_heights"]

_END_GAP = 15.0  # at the end of a track, which is continued at its gradient, metres
_REDUNDANT = 0.5  # closer heights are one for the fit, metres
_CORRELATION = 15.0  # usual length over which errors of elevation models are alike, metres


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a chain with heights.

    Parameters
    ----------
    first, last
        First and past-last index of its places.
    profile
        Its vertical alignment.
    """

    first: int
    last: int
    profile: Profile


@dataclass(frozen=True, slots=True)
class ChainHeights:
    """Heights along a chain.

    Parameters
    ----------
    source
        ``(n,)`` values of the domain ``height_source``.
    sections
        Parts with heights, in order.
    """

    source: NDArray[np.object_]
    sections: list[Section]


def chain_heights(
    s: Array,
    terrain: Array,
    structure: NDArray[np.object_],
    pins: tuple[Array, Array],
    options: HeightOptions,
    pixel: float,
) -> ChainHeights:
    """Decide which heights are the track's, and fit its vertical alignment.

    Parameters
    ----------
    s
        ``(n,)`` stations that do not decrease, metres.
    terrain
        ``(n,)`` heights of the elevation model, metres; NaN where it has none.
    structure
        ``(n,)`` ``bridge`` or ``tunnel``, else an empty text.
    pins
        Stations and heights of nodes that are known, ``(p,)`` each.
    options
        Steepest gradient, longest gap, accuracy.
    pixel
        Size of a pixel of the elevation model, metres.

    Returns
    -------
    ChainHeights
        A source for each place, and the sections with heights.
    """
    free = structure == ""
    track = _on_track(s, np.where(free, terrain, np.nan), options.max_gradient_permille / 1000)
    source = structure.copy()
    source[free] = np.where(np.isfinite(terrain[free]), "jump", "void")
    source[track] = "measured"
    anchored = track | np.isin(s, pins[0])
    for first, last in runs_of(~anchored):
        inner = first > 0 and last < len(s)
        low, high = s[max(first - 1, 0)], s[min(last, len(s) - 1)]
        most = options.longest_gap_m if inner else min(_END_GAP, options.longest_gap_m)
        if high - low > most or not anchored.any():
            source[first:last] = "unknown"
    sections = list(_sections(s, terrain, source, pins, options, pixel))
    covered = np.zeros(len(s), np.bool_)
    for one in sections:
        covered[one.first : one.last] = True
    source[~covered] = "unknown"
    return ChainHeights(source, sections)


def _on_track(s: Array, z: Array, gradient: float) -> NDArray[np.bool_]:
    """`on_track` for stations of which some are equal."""
    keep = np.r_[True, np.diff(s) > 0]
    flags = on_track(s[keep], z[keep], gradient)
    return np.asarray(flags[np.cumsum(keep) - 1] & np.isfinite(z))


def _sections(
    s: Array,
    terrain: Array,
    source: NDArray[np.object_],
    pins: tuple[Array, Array],
    options: HeightOptions,
    pixel: float,
) -> Iterator[Section]:
    for first, last in runs_of(source != "unknown"):
        at, z = s[first:last], np.where(source == "measured", terrain, np.nan)[first:last]
        keep = _spaced(at)
        inside = (pins[0] >= at[0]) & (pins[0] <= at[-1])
        profile = fit_profile(
            at[keep],
            z[keep],
            pins=(pins[0][inside], pins[1][inside]),
            sigma=options.accuracy_m,
            correlations=(max(pixel / 2, 0.1), max(pixel, _CORRELATION)),
        )
        if profile is not None:
            yield Section(first, last, profile)


def _spaced(at: Array) -> NDArray[np.bool_]:
    """Which stations to keep so that none are alike; the first and the last are."""
    keep = np.r_[True, np.diff(at) > _REDUNDANT]
    if not keep[-1]:
        inner = np.flatnonzero(keep)[1:]
        keep[inner[-1:]] = False
        keep[-1] = at[-1] > at[0]
    return np.asarray(keep, np.bool_)
