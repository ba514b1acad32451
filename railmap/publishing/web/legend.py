"""Legend of the web page: only what the map has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from railmap.mapping.style.symbols import Condition, Fill, Line, Rule
from railmap.publishing.web.icons import legend_svg

__all__ = ["legend"]


def legend(rules: Sequence[Rule], frame: gpd.GeoDataFrame, *, mixed: bool) -> list[dict[str, Any]]:
    """Return the legend of a layer.

    Rules for several scales are one entry, drawn as at the largest.

    Parameters
    ----------
    rules
        Rules of the layer.
    frame
        Its features.
    mixed
        Whether the layer has points, lines and polygons; each symbol draws one kind.

    Returns
    -------
    list of dict
        ``label``, ``svg`` and ``rules`` (their numbers) of each entry that draws a feature.
    """
    entries: dict[str, dict[str, Any]] = {}
    for number, rule in enumerate(rules):
        if not _draws(rule, frame, mixed):
            continue
        near = rule.label.endswith(" (rails)")
        label = rule.label.removesuffix(" (overview)").removesuffix(" (rails)")
        entry = entries.setdefault(
            label, {"label": label, "svg": legend_svg(rule.symbols), "rules": []}
        )
        if near:
            entry["svg"] = legend_svg(rule.symbols)
        entry["rules"].append(number)
    return list(entries.values())


def _draws(rule: Rule, frame: gpd.GeoDataFrame, mixed: bool) -> bool:
    kept = np.ones(len(frame), bool)
    for condition in rule.where:
        kept &= _fulfils(condition, frame)
    if mixed:
        symbol = rule.symbols[0]
        kind = "Line" if isinstance(symbol, Line) else "Point"
        kind = "Polygon" if isinstance(symbol, Fill) else kind
        kept &= frame.geom_type.fillna("").str.contains(kind).to_numpy(bool)
    return bool(kept.any())


def _fulfils(condition: Condition, frame: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Return for each feature whether it fulfils a condition, as the page's filter does."""
    column = frame[condition.column]
    wanted = column.isin(condition.values) if condition.values else column.isna()
    test = wanted.to_numpy(dtype=bool, na_value=False)
    return ~test if condition.negate else test
