"""Write DXF for CAD with ezdxf (extra ``export``)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from railmap.errors import missing_extra
from railmap.mapping.store.reader import Map
from railmap.mapping.style.rules import CENTRE, CROSSING, QUIET, SERVICE_INK, STOP, SWITCH
from railmap.publishing.exchange.origin import origin_of

__all__ = ["write_dxf"]

_NODE_COLORS = {
    "switch": SWITCH,
    "railway_crossing": CROSSING,
    "level_crossing": QUIET,
    "buffer_stop": STOP,
}
_TEXT_HEIGHT_M = 1.5


def write_dxf(content: Map, path: Path) -> int:
    """Write centrelines and nodes, one CAD layer for each kind; return the number of polylines.

    Coordinates are metres in the map's CRS. Ids are extended data (``RAILMAP``). The properties of
    the drawing state licences and origin.

    Raises
    ------
    MissingExtraError
        If ezdxf is not installed.
    """
    try:
        import ezdxf
        from ezdxf import colors, units
    except ImportError as error:
        raise missing_extra("DXF export", "export", error) from error

    # Otherwise the file contains the current time and a random id.
    before = ezdxf.options.write_fixed_meta_data_for_testing
    ezdxf.options.write_fixed_meta_data_for_testing = True
    try:
        drawing = ezdxf.new("R2010", units=units.M)
        drawing.appids.add("RAILMAP")
        for number, text in enumerate(origin_of(content).lines(), 1):
            drawing.header.custom_vars.append(f"Origin {number}", _line(text))
        space = drawing.modelspace()
        count = _add_links(content, drawing, space, colors)
        _add_nodes(content, drawing, space, colors)
        with path.open("w", encoding="utf-8", newline="\n") as file:
            drawing.write(file)
    finally:
        ezdxf.options.write_fixed_meta_data_for_testing = before
    return count


def _line(value: object) -> str:
    """Return a value as text without line breaks and control characters, which DXF cannot hold."""
    return re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]", " ", str(value))[:240]


def _one_word(value: object) -> str:
    """Return a value as a part of a layer's name."""
    return re.sub(r"[^\w-]", "_", str(value)).upper()


def _layer(drawing: Any, colors: Any, name: str, color: str) -> str:
    if name not in drawing.layers:
        entry = drawing.layers.add(name)
        entry.true_color = colors.rgb2int(
            tuple(int(color[start : start + 2], 16) for start in (1, 3, 5))
        )
    return name


def _add_links(content: Map, drawing: Any, space: Any, colors: Any) -> int:
    links = content.links[content.links.geometry.notna()]
    for row in links.itertuples():
        service = None if pd.isna(row.service) else _one_word(row.service)
        name = f"TRACK_{service}" if service else "TRACK"
        layer = _layer(drawing, colors, name, SERVICE_INK if service else CENTRE)
        line = space.add_lwpolyline(
            np.round(shapely.get_coordinates(row.geom), 6).tolist(), dxfattribs={"layer": layer}
        )
        line.set_xdata("RAILMAP", [(1000, f"link_id={_line(row.link_id)}")])
    return len(links)


def _add_nodes(content: Map, drawing: Any, space: Any, colors: Any) -> None:
    nodes = content.nodes[content.nodes.geometry.notna()]
    for row in nodes.itertuples():
        kind = "end" if pd.isna(row.railway) else str(row.railway)
        layer = _layer(drawing, colors, f"NODE_{_one_word(kind)}", _NODE_COLORS.get(kind, QUIET))
        place = (round(row.geom.x, 6), round(row.geom.y, 6))
        point = space.add_point(place, dxfattribs={"layer": layer})
        point.set_xdata("RAILMAP", [(1000, f"node_id={_line(row.node_id)}")])
        if not pd.isna(row.crossing_number):
            text = space.add_text(
                f"1:{row.crossing_number:.1f}",
                height=_TEXT_HEIGHT_M,
                dxfattribs={"layer": _layer(drawing, colors, "NODE_TEXT", SWITCH)},
            )
            text.set_placement((place[0] + _TEXT_HEIGHT_M, place[1]))
