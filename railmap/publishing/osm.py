"""OSM XML for JOSM: shared nodes at junctions, negative ids, never to be uploaded unseen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TextIO
from xml.sax.saxutils import quoteattr

import pandas as pd
import shapely

from railmap.mapping.reader import Map
from railmap.publishing.lonlat import to_lonlat

__all__ = ["write_osm"]

_LINK_TAGS = ("railway", "usage", "service", "name", "ref", "electrified")
# Written only when it was seen or tagged: a default is no observation.
_FLAGS = ("bridge", "tunnel")


def write_osm(content: Map, path: Path) -> int:
    """Write links as ways and nodes as tagged nodes; return how many ways.

    Ids are negative (new objects) and the file says ``upload="never"``: a person looks first.
    Coordinates are WGS 84 with 9 decimals (0.1 mm).
    """
    links, nodes = content.links, content.nodes
    links = links[links.geometry.notna()]
    node_xy = shapely.get_coordinates(nodes.geometry.to_numpy())
    node_number = {node_id: -1 - row for row, node_id in enumerate(nodes["node_id"])}
    lonlat = to_lonlat(content.crs, node_xy)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write("<?xml version='1.0' encoding='UTF-8'?>\n")
        file.write('<osm version="0.6" upload="never" generator="railmap">\n')
        for row, (_, values) in enumerate(nodes.iterrows()):
            _write_node(file, -1 - row, lonlat[row], _node_tags(values))
        free = -1 - len(nodes)
        chains: list[list[int]] = []
        for start, end, line in zip(
            links["start_node"], links["end_node"], links.geometry, strict=True
        ):
            inner = to_lonlat(content.crs, shapely.get_coordinates(line)[1:-1])
            for place in inner:
                _write_node(file, free, place, ())
                free -= 1
            numbers = range(free + len(inner), free, -1)
            chains.append([node_number[start], *numbers, node_number[end]])
        for row, (_, values) in enumerate(links.iterrows()):
            _write_way(file, -1 - row, chains[row], _link_tags(values))
        file.write("</osm>\n")
    return len(links)


def _link_tags(values: pd.Series) -> Iterator[tuple[str, str]]:
    for column in _LINK_TAGS:
        if not pd.isna(values[column]):
            yield column, str(values[column])
    if not pd.isna(values["track_ref"]):
        yield "railway:track_ref", str(values["track_ref"])
    if not pd.isna(values["gauge"]) and values["gauge_source"] != "default":
        yield "gauge", str(values["gauge"])
    for column in _FLAGS:
        if values[column] is True or values[column] == 1:
            yield column, "yes"
    if not pd.isna(values["layer"]) and values["layer"]:
        yield "layer", str(values["layer"])


def _node_tags(values: pd.Series) -> Iterator[tuple[str, str]]:
    if pd.isna(values["railway"]):
        return
    yield "railway", str(values["railway"])
    if not pd.isna(values["turnout_side"]):
        yield "railway:turnout_side", str(values["turnout_side"])


def _write_node(
    file: TextIO, number: int, place: object, tags: Iterator[tuple[str, str]] | tuple[()]
) -> None:
    lon, lat = place  # type: ignore[misc]
    head = f'  <node id="{number}" visible="true" lat="{lat:.9f}" lon="{lon:.9f}"'
    rows = [f"    <tag k={quoteattr(key)} v={quoteattr(value)} />\n" for key, value in tags]
    file.write(f"{head}>\n{''.join(rows)}  </node>\n" if rows else f"{head} />\n")


def _write_way(
    file: TextIO, number: int, chain: list[int], tags: Iterator[tuple[str, str]]
) -> None:
    file.write(f'  <way id="{number}" visible="true">\n')
    file.writelines(f'    <nd ref="{node}" />\n' for node in chain)
    file.writelines(f"    <tag k={quoteattr(key)} v={quoteattr(value)} />\n" for key, value in tags)
    file.write("  </way>\n")
