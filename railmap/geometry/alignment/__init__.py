"""Horizontal alignment of a line: few straights, clothoids and arcs that explain its centreline."""

from __future__ import annotations

from railmap.geometry.alignment.fit import Alignment, fit_alignment, fit_line
from railmap.geometry.alignment.lines import align_links, stretched

__all__ = ["Alignment", "align_links", "fit_alignment", "fit_line", "stretched"]
