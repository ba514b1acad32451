"""Lay the elements of a link end to end without kinks."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from railmap.publishing.exchange.alignment.curvature import way_along
from railmap.publishing.exchange.alignment.elements import Element

__all__ = ["tangential"]

Floats = NDArray[np.float64]

_FURTHEST_M = 0.25  # most by which a joint is moved from the drawn line; more is another line
_LOOP = 0.3  # of its length: ends that are closer tell no direction
_LONGER = 0.02  # share by which lengths change at most
_MEET_M = 1e-7
_STEPS = 40


def tangential(elements: list[Element]) -> list[Element]:
    """Move the joints of elements from the drawn line to where the elements meet without kinks.

    The fitted alignment has no kinks, but the drawn line leaves it by some centimetres, so that
    joints on that line are up to degrees apart where an element is short. Both ends of the link
    and all radii stay; lengths change by one factor, so that the elements reach the end.

    Parameters
    ----------
    elements
        Of one link, in order, with their ends on the drawn line.

    Returns
    -------
    list of Element
        Those given if the drawn line is not that of the elements: it was changed by hand.
    """
    if len(elements) < 2:
        return elements
    drawn = np.array([elements[0].xys[0, :2], *(one.xys[-1, :2] for one in elements)])
    lengths = np.array([one.xys[-1, 2] - one.xys[0, 2] for one in elements])
    reach = math.dist(drawn[0], drawn[-1])
    if reach < _LOOP * lengths.sum():
        return elements
    factor = 1.0
    for _ in range(_STEPS):
        joints = _joints(elements, factor * lengths)
        here = float(np.hypot(*joints[-1]))
        if abs(here - reach) < _MEET_M:
            break
        factor *= reach / here
        if abs(factor - 1) > _LONGER:
            return elements
    else:
        return elements
    turn = complex(*(drawn[-1] - drawn[0])) / complex(*joints[-1])
    turn /= abs(turn)
    placed = joints @ np.array([[turn.real, turn.imag], [-turn.imag, turn.real]]) + drawn[0]
    placed[-1] = drawn[-1]
    if np.hypot(*(placed - drawn).T).max() > _FURTHEST_M:
        return elements
    return [
        _between(one, a, b) for one, a, b in zip(elements, placed[:-1], placed[1:], strict=True)
    ]


def _joints(elements: list[Element], lengths: Floats) -> Floats:
    """Ends of elements that follow one another from the origin along x."""
    place, heading = np.zeros(2), 0.0
    out = [place]
    for one, length in zip(elements, lengths.tolist(), strict=True):
        k0, k1 = one.curvatures
        x, y = way_along(k0, k1, length, np.array([length]))[0]
        c, s = math.cos(heading), math.sin(heading)
        place = place + np.array([x * c - y * s, x * s + y * c])
        heading += (k0 + k1) / 2 * length
        out.append(place)
    return np.array(out)


def _between(element: Element, start: Floats, end: Floats) -> Element:
    xys = element.xys.copy()
    xys[0, :2], xys[-1, :2] = start, end
    return replace(element, xys=xys)
