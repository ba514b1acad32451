"""Horizontal alignment of a line: few straights, clothoids and arcs that explain its centreline."""

from __future__ import annotations

from railmap.geometry.alignment.fit import Alignment, fit_alignment, fit_line

__all__ = ["Alignment", "fit_alignment", "fit_line"]
