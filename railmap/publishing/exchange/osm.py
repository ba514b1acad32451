"""Write OSM XML with shared nodes at junctions; upload is disabled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TextIO
from xml.sax.saxutils import quoteattr

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from railmap.mapping.store.reader import Map
from railmap.publishing.exchange.lonlat import to_lonlat
from railmap.publishing.exchange.origin import Origin, origin_of
from railmap.publishing.exchange.safe_text import xml_text

__all__ = ["write_osm"]

# No object of OpenStreetMap has such a number. GDAL and SUMO do not read negative ones, which JOSM
# gives new objects.
_FIRST_ID = 10**12
_LINK_TAGS = ("railway", "usage", "service", "name", "ref", "electrified", "maxspeed")
_FLAGS = ("bridge", "tunnel")


def write_osm(content: Map, path: Path) -> int:
    """Write links as ways and nodes as tagged nodes; return the number of ways.

    Ids are beyond those of OpenStreetMap, so that GDAL reads them without options, and
    ``upload="never"`` requires a person to review the data. The root has licence and attribution.
    Coordinates are WGS 84 with 9 decimals (0.1 mm).
    """
    nodes = content.nodes[content.nodes.geometry.geom_type == "Point"]
    links = content.links[content.links.geometry.geom_type == "LineString"]
    numbers = {node_id: _FIRST_ID + row for row, node_id in enumerate(nodes["node_id"])}
    places = to_lonlat(content.crs, shapely.get_coordinates(nodes.geometry.to_numpy()))
    xy, owner = shapely.get_coordinates(links.geometry.to_numpy(), return_index=True)
    vertices = to_lonlat(content.crs, xy)
    starts = np.searchsorted(owner, np.arange(len(links) + 1))
    free = _FIRST_ID + len(nodes)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write("<?xml version='1.0' encoding='UTF-8'?>\n")
        _write_head(file, origin_of(content))
        for row, node in enumerate(nodes.itertuples()):
            _write_node(file, _FIRST_ID + row, places[row], _node_tags(node))
        chains: list[list[int]] = []
        for row, link in enumerate(links.itertuples()):
            chain: list[int] = []
            first, last = starts[row], starts[row + 1] - 1
            for vertex in range(first, last + 1):
                end = {first: link.start_node, last: link.end_node}.get(vertex)
                number = numbers.get(end)
                # A link end without a node (in a map edited by hand) gets a new node.
                if number is None:
                    number, free = free, free + 1
                    _write_node(file, number, vertices[vertex], ())
                chain.append(number)
            chains.append(chain)
        for row, link in enumerate(links.itertuples()):
            _write_way(file, _FIRST_ID + row, chains[row], _link_tags(link))
        file.write("</osm>\n")
    return len(links)


def _write_head(file: TextIO, origin: Origin) -> None:
    said = {"attribution": origin.attribution, "license": origin.licence if origin.licences else ""}
    rights = "".join(f" {key}={quoteattr(xml_text(value))}" for key, value in said.items() if value)
    file.write(f'<osm version="0.6" upload="never" generator="railmap"{rights}>\n')
    # "--" ends a comment.
    text = "\n  ".join(origin.lines()).replace("--", "- -")
    file.write(f"  <!-- {xml_text(text)} -->\n")


def _link_tags(link: Any) -> Iterator[tuple[str, str]]:
    for column in _LINK_TAGS:
        if not pd.isna(value := getattr(link, column)):
            yield column, str(value)
    if not pd.isna(link.track_ref):
        yield "railway:track_ref", str(link.track_ref)
    # A default gauge was not observed.
    if not pd.isna(link.gauge) and link.gauge_source != "default":
        yield "gauge", str(link.gauge)
    for column in _FLAGS:
        value = getattr(link, column)
        if not pd.isna(value) and value:
            yield column, "yes"
    if not pd.isna(link.layer) and link.layer:
        yield "layer", str(link.layer)


def _node_tags(node: Any) -> Iterator[tuple[str, str]]:
    if pd.isna(node.railway):
        return
    yield "railway", str(node.railway)
    if not pd.isna(node.turnout_side):
        yield "railway:turnout_side", str(node.turnout_side)


def _write_node(
    file: TextIO, number: int, place: NDArray[np.float64], tags: Iterable[tuple[str, str]]
) -> None:
    lon, lat = place
    head = f'  <node id="{number}" version="1" visible="true" lat="{lat:.9f}" lon="{lon:.9f}"'
    rows = [
        f"    <tag k={quoteattr(key)} v={quoteattr(xml_text(value))} />\n" for key, value in tags
    ]
    file.write(f"{head}>\n{''.join(rows)}  </node>\n" if rows else f"{head} />\n")


def _write_way(
    file: TextIO, number: int, chain: list[int], tags: Iterable[tuple[str, str]]
) -> None:
    file.write(f'  <way id="{number}" version="1" visible="true">\n')
    file.writelines(f'    <nd ref="{node}" />\n' for node in chain)
    file.writelines(
        f"    <tag k={quoteattr(key)} v={quoteattr(xml_text(value))} />\n" for key, value in tags
    )
    file.write("  </way>\n")
