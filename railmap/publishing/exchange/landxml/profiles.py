"""Profiles of alignments as LandXML has them: vertical points of intersection and parabolas."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as ET

import numpy as np
from numpy.typing import NDArray

from railmap.publishing.exchange.alignment.vertical import VerticalPart, vertical_runs

__all__ = ["add_profile"]

Floats = NDArray[np.float64]


def add_profile(
    parent: ET.Element, parts: Sequence[VerticalPart], drawn: Floats, stations: Floats
) -> None:
    """Add the profile of an alignment; nothing without heights.

    Each stretch with heights is a ``ProfAlign``: points where gradients meet, as ``PVI`` or, with a
    parabola around them, as ``ParaCurve``.

    Parameters
    ----------
    parent
        The alignment.
    parts
        Its vertical parts in order.
    drawn, stations
        ``(n,)`` metres along the drawn line, and the stations there.
    """
    runs = list(vertical_runs(parts))
    if not runs:
        return
    profile = ET.SubElement(parent, "Profile", name="Heights")
    for number, run in enumerate(runs, 1):
        line = ET.SubElement(profile, "ProfAlign", name=f"Track {number}")
        _add(line, "PVI", np.interp(run[0].first, drawn, stations), run[0].height)
        for one, after in zip(run, [*run[1:], None], strict=True):
            low, high = (float(np.interp(m, drawn, stations)) for m in (one.first, one.last))
            if one.is_parabola:
                middle = one.height + one.start_gradient * one.length / 2
                curve = _add(line, "ParaCurve", (low + high) / 2, middle)
                curve.set("length", f"{high - low:.6f}")
            elif after is not None and not after.is_parabola:
                _add(line, "PVI", high, one.end_height)
        _add(line, "PVI", np.interp(run[-1].last, drawn, stations), run[-1].end_height)


def _add(parent: ET.Element, tag: str, station: float, height: float) -> ET.Element:
    element = ET.SubElement(parent, tag)
    element.text = f"{station:.6f} {height:.4f}"
    return element
