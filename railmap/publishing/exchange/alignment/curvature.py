"""Curves whose curvature is linear along them: where they lead, and how long they are."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

__all__ = ["length_reaching", "way_along"]

Floats = NDArray[np.float64]

# Ends meet to better than this, metres.
_MEET_M = 1e-9
_STEPS = 60
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(32)


def length_reaching(k0: float, k1: float, chord: float, length: float) -> float | None:
    """Return the length at which a curve is `chord` metres from its start; None if it never is.

    Parameters
    ----------
    k0, k1
        Curvature at its ends, 1/m, + left; linear between them.
    chord
        Metres from its start to its end.
    length
        First guess, metres.
    """
    if k0 == k1:
        return 2 / abs(k0) * math.asin(min(1.0, chord * abs(k0) / 2))
    length = max(length, chord)
    for _ in range(_STEPS):
        here = float(np.hypot(*way_along(k0, k1, length, np.array([length]))[0]))
        if abs(here - chord) < _MEET_M:
            return length
        length += chord - here
        if not chord <= length < 4 * chord:
            return None
    return None


def way_along(k0: float, k1: float, length: float, s: Floats) -> Floats:
    """Return ``(n, 2)`` places on a curve that begins in the origin along x.

    Parameters
    ----------
    k0, k1, length
        Curvature at its ends, 1/m, + left, linear between them; metres from one to the other.
    s
        ``(n,)`` metres from its start.
    """
    u = (_NODES + 1) / 2 * s[:, None]
    heading = k0 * u + (k1 - k0) * u * u / (2 * length)
    half = s / 2
    return np.column_stack([np.cos(heading) @ _WEIGHTS * half, np.sin(heading) @ _WEIGHTS * half])
