"""Gradient profiles of tracks as the register writes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from railmap.mapping.store.reader import Map
from railmap.publishing.exchange.alignment.alignments import alignments_of
from railmap.publishing.exchange.alignment.vertical import VerticalPart, vertical_runs

__all__ = ["gradient_profiles"]

_WHOLE_M = 0.1  # a profile ends as near as this to the ends of its track


def gradient_profiles(content: Map) -> dict[str, str]:
    """Return the gradient profile of each link of a line that has heights from end to end.

    It is a text such as ``+12.0(0.000)  -8.0(0.510)``: gradients in per mille, uphill in the
    direction of the kilometres, and the kilometre of the line from which each holds. The gradient
    changes at the points of vertical intersection, in the middle of a parabola.

    Parameters
    ----------
    content
        The map.
    """
    found: dict[str, str] = {}
    if "vertical_segment" not in content.layers:
        return found
    for alignment in alignments_of(content):
        if alignment.links and alignment.object_id == alignment.links[0].link_id:
            continue  # a link without line has no kilometres
        drawn, stations = alignment.stations()
        for link in alignment.links:
            last = link.first + link.length
            inside = (
                part
                for part in alignment.profile
                if part.first >= link.first - _WHOLE_M and part.last <= last + _WHOLE_M
            )
            runs = list(vertical_runs(list(inside)))
            if len(runs) != 1 or link.link_id in found:
                continue
            (run,) = runs
            if run[0].first - link.first > _WHOLE_M or last - run[-1].last > _WHOLE_M:
                continue
            found[link.link_id] = "  ".join(
                f"{1000 * gradient:+.1f}({np.interp(m, drawn, stations) / 1000:.3f})"
                for m, gradient in _changes(run)
            )
    return found


def _changes(run: Sequence[VerticalPart]) -> Iterator[tuple[float, float]]:
    """Yield metres along the drawn line and the gradient that begins there."""
    told = None
    for part in run:
        steps = [(part.first, part.start_gradient)]
        if part.is_parabola:
            steps.append((part.first + part.length / 2, part.end_gradient))
        for m, gradient in steps:
            if told is None or round(1000 * gradient, 1) != told:
                told = round(1000 * gradient, 1)
                yield m, gradient
