"""Match old links and nodes with new ones, and carry link attributes over."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Set
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd
import shapely

from railmap.mapping.compare.conflate import common_values
from railmap.mapping.compare.osm_tracks import OSM_COLUMNS
from railmap.mapping.compare.overlap import Samples, mutual, overlay
from railmap.mapping.compare.tracks import CompareLimits, compare_links, compare_nodes
from railmap.mapping.referencing.link_arrays import LinkArrays
from railmap.mapping.store.reader import Map

__all__ = ["LinkOverlap", "Successors", "carry_attributes", "find_successors", "has_attributes"]

# Attributes that only a person or another map can set; ``railway`` and ``gauge`` always have
# values.
_USER_ATTRIBUTES = (
    *(name for name in OSM_COLUMNS if name not in ("railway", "gauge")),
    "track_ref",
)
_REACH_M = 1.75


@dataclass(frozen=True, slots=True)
class Successors:
    """New objects by old id.

    Parameters
    ----------
    links
        Index of the new link (in `LinkArrays`) by old ``link_id``.
    nodes
        New ``node_id`` by old ``node_id``.
    same
        Ids of links with unchanged geometry.
    """

    links: Mapping[str, int]
    nodes: Mapping[str, str]
    same: Set[str]


def find_successors(old: Map, new: Map, track: LinkArrays) -> Successors:
    """Match links and nodes by id, and those whose id has changed by position.

    Parameters
    ----------
    old, new
        The maps, in one CRS.
    track
        Links of the new map.
    """
    index = {link_id: link for link, link_id in enumerate(track.ids)}
    nodes = set(new.nodes["node_id"])
    known = {name: index[name] for name in old.links["link_id"] if name in index}
    same = {name: name for name in old.nodes["node_id"] if name in nodes}
    everywhere, limits = shapely.Polygon(), CompareLimits(reach_m=_REACH_M)
    _, link_ids = compare_links(
        old.links[~old.links["link_id"].isin(known.keys())],
        new.links[~new.links["link_id"].isin(known.keys())],
        everywhere, everywhere, limits,
    )  # fmt: skip
    _, node_ids = compare_nodes(
        old.nodes[~old.nodes["node_id"].isin(same.keys())],
        new.nodes[~new.nodes["node_id"].isin(same.keys())],
        everywhere, everywhere, limits,
    )  # fmt: skip
    moved = {before: index[after] for after, before in link_ids.items() if after in index}
    nodes_now = same | {before: after for after, before in node_ids.items()}
    return Successors(known | moved, nodes_now, _unmoved(old, new))


def _unmoved(old: Map, new: Map) -> Set[str]:
    before, after = (m.links.drop_duplicates("link_id").set_index("link_id") for m in (old, new))
    both = before.index.intersection(after.index)
    there = shapely.equals_exact(before.geometry[both], after.geometry[both])
    return set(both[there])


def has_attributes(content: Map) -> bool:
    """Return whether links have attributes that mapping does not set."""
    links = content.links
    known = any(links[column].notna().any() for column in _USER_ATTRIBUTES)
    return known or bool((links["gauge_source"] == "tag").any())


@dataclass(frozen=True, slots=True)
class LinkOverlap:
    """Match of a new map's links with an old one's, both indexed by ``fid``."""

    links: gpd.GeoDataFrame
    before: gpd.GeoDataFrame
    samples: Samples

    @staticmethod
    def of(old: Map, new: Map) -> LinkOverlap:
        """Match the links of two maps."""
        links = new.links[new.links.geometry.geom_type == "LineString"]
        before = old.links[old.links.geometry.geom_type == "LineString"]
        lines, others = (shapely.force_2d(f.geometry.to_numpy()) for f in (links, before))
        samples = mutual(overlay(lines, others, reach_m=_REACH_M), lines, others)
        return LinkOverlap(links, before, samples)

    def others(self) -> dict[int, list[tuple[int, float]]]:
        """Return by row of `links` the rows of `before`, with the share of the link on each."""
        out: dict[int, list[tuple[int, float]]] = {}
        found = self.samples.shares(len(self.links), len(self.before))
        for (mine, their), share in found.items():
            out.setdefault(mine, []).append((their, share))
        return out


def carry_attributes(sql: sqlite3.Connection, overlap: LinkOverlap) -> None:
    """Copy attributes of old links to the new links on them; values that are set are kept."""
    before = overlap.before.copy()
    before["gauge"] = before["gauge"].where(before["gauge_source"] == "tag", pd.NA)
    columns = (*OSM_COLUMNS, "track_ref")
    for fid, column, value in common_values(
        overlap.links, before, overlap.samples, columns=columns
    ):
        sql.execute(f'UPDATE railway_link SET "{column}" = ? WHERE fid = ?', (value, fid))
        if column == "gauge":
            sql.execute("UPDATE railway_link SET gauge_source = 'tag' WHERE fid = ?", (fid,))
