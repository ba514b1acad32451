"""Write DXF for CAD with ezdxf (extra ``export``)."""

from __future__ import annotations

from pathlib import Path

from railmap.errors import missing_extra
from railmap.mapping.store.reader import Map
from railmap.publishing.exchange.dxf.canvas import Canvas, one_line
from railmap.publishing.exchange.dxf.events import add_events
from railmap.publishing.exchange.dxf.symbols import add_nodes, add_posts, define_blocks
from railmap.publishing.exchange.dxf.tracks import add_alignments, add_tracks
from railmap.publishing.exchange.origin import origin_of

__all__ = ["write_dxf"]


def write_dxf(content: Map, path: Path) -> int:
    """Write tracks, alignments, nodes, posts and events; return the number of centrelines.

    Coordinates are metres in the map's CRS. Each kind has a layer with its colour and line type.
    Rails are half the gauge from the centreline. Elements of alignments are LINE and ARC,
    clothoids polylines to 0.5 mm. Switches, crossings, kilometre posts and events are blocks with
    attributes. Ids are extended data (``RAILMAP``). The properties of the drawing state licences
    and origin.

    Raises
    ------
    MissingExtraError
        If ezdxf is not installed.
    """
    try:
        import ezdxf
        from ezdxf import units
    except ImportError as error:
        raise missing_extra("DXF export", "export", error) from error

    # Otherwise the file contains the current time and a random id.
    before = ezdxf.options.write_fixed_meta_data_for_testing
    ezdxf.options.write_fixed_meta_data_for_testing = True
    try:
        drawing = ezdxf.new("R2010", setup=["linetypes"], units=units.M)
        drawing.appids.add("RAILMAP")
        for number, text in enumerate(origin_of(content).lines(), 1):
            drawing.header.custom_vars.append(f"Origin {number}", one_line(text))
        define_blocks(drawing)
        canvas = Canvas(drawing, drawing.modelspace())
        count = add_tracks(canvas, content)
        add_alignments(canvas, content)
        add_nodes(canvas, content)
        add_posts(canvas, content)
        add_events(canvas, content)
        with path.open("w", encoding="utf-8", newline="\n") as file:
            drawing.write(file)
    finally:
        ezdxf.options.write_fixed_meta_data_for_testing = before
    return count
