"""Places of objects in words: "6185 km 12.430, 3.20 m right"."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pandas as pd

from railmap.mapping.store.reader import Map

__all__ = ["Places"]

_NEGLIGIBLE_M = 0.005


class Places:
    """Places on the lines of a map.

    Parameters
    ----------
    content
        The map.
    """

    def __init__(self, content: Map) -> None:
        self.content = content
        lines = content.layers.get("railway_line", pd.DataFrame())
        self._lines = {row.line_id: _text(row.ref) or _text(row.name) for row in lines.itertuples()}
        self._links: dict[str, tuple[str | None, float, float]] = {}
        for row in content.layers.get("railway_line_link", pd.DataFrame()).itertuples():
            turned = not pd.isna(row.reversed) and bool(row.reversed)
            ends = (row.m_to, row.m_from) if turned else (row.m_from, row.m_to)
            self._links.setdefault(row.link_id, (self._lines.get(row.line_id), *ends))
        self._lengths = dict(zip(content.links["link_id"], content.links["length_m"], strict=True))
        self._nodes: dict[str, str] = {}
        for row in content.links.itertuples():
            line, start, end = self._links.get(row.link_id, (None, 0.0, 0.0))
            if line:
                self._nodes.setdefault(row.start_node, f"{line} {_km(start)}")
                self._nodes.setdefault(row.end_node, f"{line} {_km(end)}")

    def of(self, name: str, frame: gpd.GeoDataFrame) -> list[str]:
        """Return the place of each object of a layer, empty where it is on no line."""
        if name == "railway_node":
            return [self._nodes.get(node, "") for node in frame["node_id"]]
        if name == "railway_link":
            return [self._link(link) for link in frame["link_id"]]
        if {"line_id", "line_m"} <= set(frame.columns):
            offsets = frame["offset_m"] if "offset_m" in frame else [float("nan")] * len(frame)
            rows = zip(frame["line_id"], frame["line_m"], offsets, strict=True)
            return [self._event(*row) for row in rows]
        return [""] * len(frame)

    def at(self, link: str, m: float) -> str:
        """Return the place at a link's M, metres; empty where the link is on no line."""
        line, start, end = self._links.get(link, (None, 0.0, 0.0))
        length = self._lengths.get(link, 0.0)
        if not line or pd.isna(m) or not length > 0:
            return ""
        return f"{line} {_km(start + (end - start) * min(max(m / length, 0.0), 1.0))}"

    def _link(self, link: str) -> str:
        line, start, end = self._links.get(link, (None, 0.0, 0.0))
        low, high = sorted((start, end))
        return f"{line} {_km(low)} to {high / 1000:.3f}" if line else ""

    def _event(self, line: Any, m: float, offset: float) -> str:
        name = self._lines.get(line)
        if not name or pd.isna(m):
            return ""
        if pd.isna(offset) or abs(offset) < _NEGLIGIBLE_M:
            return f"{name} {_km(m)}"
        return f"{name} {_km(m)}, {abs(offset):.2f} m {'right' if offset > 0 else 'left'}"


def _km(m: float) -> str:
    return f"km {m / 1000:.3f}"


def _text(value: Any) -> str | None:
    return None if pd.isna(value) else str(value)
