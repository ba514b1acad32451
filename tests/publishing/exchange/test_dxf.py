"""DXF read again by ezdxf: layers, rails, alignment elements, blocks, events."""

from __future__ import annotations

import math
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely

from railmap.mapping import read_map
from railmap.mapping.store.editing import edit_map
from railmap.publishing import export_map

ezdxf = pytest.importorskip("ezdxf")


@pytest.fixture
def drawing(line_map: Path, tmp_path: Path) -> Any:
    assert export_map(line_map, tmp_path / "x.dxf") == "9 centrelines"
    found = ezdxf.readfile(tmp_path / "x.dxf")
    audit = found.audit()
    assert not audit.errors
    assert not audit.fixes
    return found


def xdata(entity: Any) -> dict[str, str]:
    return dict(value.split("=", 1) for code, value in entity.get_xdata("RAILMAP") if code == 1000)


def test_layers_have_colours_and_line_types(drawing: Any) -> None:
    layers = {layer.dxf.name: layer for layer in drawing.layers}
    assert layers["TRACK"].dxf.linetype == "CENTER"
    assert layers["RAIL"].rgb == (0x1D, 0x1D, 0x1F)
    assert layers["TRACK_SIDING"].rgb != layers["TRACK"].rgb
    used = {entity.dxf.layer for entity in drawing.modelspace()}
    assert used <= set(layers)
    assert {entity.dxf.get("linetype", "BYLAYER") for entity in drawing.modelspace()} == {
        "BYLAYER", "DASHED",
    }  # fmt: skip


def test_rails_are_half_the_gauge_from_the_track(drawing: Any, line_map: Path) -> None:
    links = read_map(line_map).links.set_index("link_id")
    rails = drawing.modelspace().query('LWPOLYLINE[layer=="RAIL" | layer=="RAIL_SIDING"]')
    assert len(rails) == 2 * links["gauge"].notna().sum() == 18
    for rail in rails:
        said = xdata(rail)
        link = links.loc[said["link_id"]]
        places = shapely.points(rail.get_points("xy"))
        away = shapely.distance(places[1:-1], link.geom)
        assert away == pytest.approx(link.gauge / 2000, abs=5e-4)
        a, b = shapely.get_coordinates(link.geom)[:2]
        off = np.array(rail.get_points("xy")[0]) - a
        left = (b - a)[0] * off[1] - (b - a)[1] * off[0] > 0
        assert left == (said["rail"] == "left")


def test_alignment_elements_are_true_entities(drawing: Any, line_map: Path) -> None:
    space = drawing.modelspace()
    (line,) = space.query('LINE[layer=="ALIGNMENT_LINE"]')
    (arc,) = space.query('ARC[layer=="ALIGNMENT_ARC"]')
    (clothoid,) = space.query('LWPOLYLINE[layer=="ALIGNMENT_CLOTHOID"]')
    assert arc.dxf.radius == pytest.approx(400.0)
    bend = np.array(clothoid.get_points("xy"))
    # They meet: the arc turns right, so that it ends where DXF begins it.
    assert bend[0] == pytest.approx(tuple(line.dxf.end)[:2], abs=1e-5)
    assert bend[-1] == pytest.approx(tuple(arc.end_point)[:2], abs=1e-5)
    first = shapely.get_coordinates(read_map(line_map).links.geometry.iloc[0])
    assert tuple(line.dxf.start)[:2] == pytest.approx(first[0], abs=1e-5)
    assert tuple(arc.start_point)[:2] == pytest.approx(first[-1], abs=1e-5)
    # Curvature grows linearly from 0 to 1/400 to the right.
    turn = np.unwrap(np.arctan2(*np.diff(bend, axis=0).T[::-1]))
    assert turn[-1] - turn[0] == pytest.approx(-30.0 / 400 / 2, rel=0.2)
    assert math.isclose(float(xdata(clothoid)["end_radius_m"]), -400.0)


def test_nodes_and_posts_are_blocks_with_attributes(drawing: Any, line_map: Path) -> None:
    space = drawing.modelspace()
    nodes = read_map(line_map).nodes.set_index("node_id")
    found = {}
    for insert in space.query("INSERT"):
        found.setdefault(insert.dxf.name, []).append(
            {attribute.dxf.tag: attribute.dxf.text for attribute in insert.attribs}
        )
    (right,), (left,) = found["SWITCH_RIGHT"], found["SWITCH_LEFT"]
    assert (right["CROSSING_NUMBER"], right["SIDE"]) == ("1:9.0", "right")
    assert (left["CROSSING_NUMBER"], left["SIDE"]) == ("1:12.0", "left")
    assert nodes.loc[right["NODE_ID"]].railway == "switch"
    assert len(found["RAILWAY_CROSSING"]) == len(found["BUFFER_STOP"]) == 1
    assert found["KM_POST"] == [{"CHAINAGE": "12,4", "KM": "12.4", "LINE": "6185"}]
    assert {event["CLASS"] for event in found["EVENT"]} == {"squat", 'bridge, "old"'}
    texts = {text.dxf.text for text in space.query("TEXT")}
    assert {"1:9.0", "1:12.0", "km 12,4", "squat"} <= texts


def test_user_events_are_drawn(user_layers: Path, tmp_path: Path) -> None:
    export_map(user_layers, tmp_path / "x.dxf")
    drawing = ezdxf.readfile(tmp_path / "x.dxf")
    assert not drawing.audit().errors
    space = drawing.modelspace()
    assert len(space.query('INSERT[layer=="EVENT_WALK"]')) == 1
    assert len(space.query('LWPOLYLINE[layer=="EVENT_WALK"]')) == 1
    assert len(space.query('INSERT[layer=="EVENT_SCHRAUBEN_ÖST"]')) == 2


def test_gdal_reads_it(line_map: Path, tmp_path: Path) -> None:
    export_map(line_map, tmp_path / "x.dxf")
    frame = pyogrio.read_dataframe(tmp_path / "x.dxf")
    assert (frame["Layer"] == "RAIL").sum() == 16
    assert frame.total_bounds[0] > 499_000


def test_a_switch_points_from_its_toe(line_map: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(line_map, tmp_path / "m.gpkg"))
    with edit_map(path) as sql:
        sql.execute("UPDATE railway_node SET heading_deg = 60 WHERE railway = 'switch'")
    export_map(path, tmp_path / "x.dxf")
    switches = ezdxf.readfile(tmp_path / "x.dxf").modelspace().query('INSERT[layer=="NODE_SWITCH"]')
    assert [one.dxf.rotation for one in switches] == [30.0, 30.0]  # to the left of x
