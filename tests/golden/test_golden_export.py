"""`export` in every format, from a map with a line and events."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import pyogrio
import pytest

from tests.golden import golden_events
from tests.golden.golden_files import Golden
from tests.golden.golden_rows import MASK, Rows, digest, geometry, plain
from tests.golden.golden_run import run

_HANDLES = ("handle", "owner")


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("tracks.osm", ()),
        ("alignments.xml", ()),
        ("events.csv", ()),
        ("defects.csv", ("--layer", "defect")),
    ],
)
def test_text(
    golden: Golden, event_folder: Path, tmp_path: Path, name: str, options: tuple[str, ...]
) -> None:
    out = tmp_path / name
    run(event_folder, "export", golden_events.MAP, "-o", out, *options)
    text = out.read_text(encoding="utf-8")
    golden.text(f"export/{name}", re.sub('ogcWktCode="[^"]*"', f'ogcWktCode="{MASK}"', text))


@pytest.mark.parametrize("layer", ["railway_link", "loose_bolts"])
def test_geojson(golden: Golden, event_folder: Path, tmp_path: Path, layer: str) -> None:
    out = tmp_path / "x.geojson"
    run(event_folder, "export", golden_events.MAP, "-o", out, "--layer", layer)
    found = json.loads(out.read_text(encoding="utf-8"))
    rows: Rows = [("type", found["type"]), ("crs", found.get("crs"))]
    for feature in found["features"]:
        feature["properties"] = plain(feature["properties"])
        rows.append(("feature", feature))
    # Degrees have nine decimals, a tenth of a millimetre.
    golden.rows(f"export/{layer}.geojson", rows, tolerances={"geometry": 1.5e-9})


def test_qgis_project(golden: Golden, event_folder: Path) -> None:
    run(event_folder, "export", golden_events.MAP, "-o", "project.qgz", "--overwrite")
    with zipfile.ZipFile(event_folder / "project.qgz") as archive:
        (name,) = archive.namelist()
        root = ET.fromstring(archive.read(name))
    for system in root.iter("spatialrefsys"):  # PROJ's text, which changes with its version
        for text in system.findall("wkt"):
            text.text = MASK
    rows: Rows = [("file", name), ("root", root.attrib)]
    for layer in root.iter("maplayer"):
        for part in list(layer):
            if part.tag not in ("id", "datasource", "layername", "srs", "provider"):
                rows.append((f"{layer.findtext('id')} {part.tag}", digest(ET.tostring(part))))
                layer.remove(part)
    lines = ET.tostring(root, encoding="unicode").replace("><", ">\n<").splitlines()
    golden.rows("export_qgis", rows + [("xml", line) for line in lines])


@pytest.mark.filterwarnings("ignore:Measured")
def test_flatgeobuf(golden: Golden, event_folder: Path) -> None:
    run(event_folder, "export", golden_events.MAP, "-o", "x.fgb", "--overwrite")
    golden.rows("export_flatgeobuf", _features(event_folder / "x.fgb"))


def test_dxf(golden: Golden, event_folder: Path) -> None:
    ezdxf = pytest.importorskip("ezdxf")
    run(event_folder, "export", golden_events.MAP, "-o", "x.dxf", "--overwrite")
    drawing = ezdxf.readfile(event_folder / "x.dxf")
    rows: Rows = [("units", drawing.units)]
    rows += [("layer", [one.dxf.name, one.dxf.color]) for one in drawing.layers]
    for entity in drawing.modelspace():
        values = {key: value for key, value in entity.dxfattribs().items() if key not in _HANDLES}
        for key, value in values.items():
            values[key] = list(value) if isinstance(value, ezdxf.math.Vec3) else value
        if entity.dxftype() == "LWPOLYLINE":
            values["points"] = [list(point) for point in entity.get_points("xy")]
        rows.append((entity.dxftype(), plain(values)))
    golden.rows("export_dxf", rows)


def _features(path: Path) -> Rows:
    frame = pyogrio.read_dataframe(path)
    rows: Rows = [("crs", frame.crs.to_epsg()), ("columns", list(frame.columns))]
    for row in frame.itertuples(index=False):
        values = row._asdict()
        shape = geometry(values.pop("geometry"))
        rows.append(("feature", {k: plain(v) for k, v in values.items() if v == v} | {"": shape}))
    return rows
