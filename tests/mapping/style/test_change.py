"""Style of comparisons: a colour for each kind of change."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageColor
from shapely.geometry import LineString, Point

from railmap.mapping.compare.surveys import Comparison, compare_maps
from railmap.mapping.compare.tracks import Change
from railmap.mapping.schema import DOMAINS, Layer
from railmap.mapping.schema.change import CHANGE_LAYERS, DEFECT_CHANGE, LINK_CHANGE, NODE_CHANGE
from railmap.mapping.store.editing import edit_map
from railmap.mapping.style.change import CHANGE_COLORS
from railmap.mapping.style.lookup import layer_rules
from railmap.mapping.style.qml import layer_qml
from railmap.mapping.style.symbols import Line, Marker
from tests.helpers import networks
from tests.helpers.qgis_python import run_in_qgis

_STATUSES = tuple(value for value, _ in DOMAINS["defect_status"].values)


def made_up() -> Comparison:
    """One change of each kind side by side, 30 m apart."""
    x0, y0 = networks.X0, networks.Y0
    links, nodes, defects = [], [], []
    for row, change in enumerate(CHANGE_COLORS):
        y = y0 + 30.0 * row
        line = LineString([(x0, y), (x0 + 100, y)])
        links.append(Change({"change": change}, line))
        nodes.append(Change({"change": change}, Point(x0 + 120, y)))
    for row, status in enumerate(_STATUSES):
        place = Point(x0 + 150, y0 + 30.0 * row)
        defects.append(Change({"layer": "defect", "status": status}, place))
    # Moved and with other attributes: both are visible.
    both = LineString([(x0 + 180, y0), (x0 + 180, y0 + 90)])
    links += [Change({"change": change}, both) for change in ("moved", "attributes")]
    ids: dict[str, dict[str, str]] = {"link": {}, "node": {}, "defect": {}, "defect_area": {}}
    changes = {"link_change": links, "node_change": nodes, "defect_change": defects}
    return Comparison(changes, ids, networks.CRS)


@pytest.fixture
def comparison(junction_map: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("railmap.mapping.compare.surveys.find_changes", lambda *_, **__: made_up())
    compare_maps(junction_map, junction_map, tmp_path / "change.gpkg")
    return tmp_path / "change.gpkg"


def test_colours_and_sizes() -> None:
    assert {
        value: rule.symbols[0].color
        for rule in layer_rules(LINK_CHANGE)
        for value in rule.where[0].values
    } == {"new": "#2e7d32", "removed": "#c62828", "moved": "#e07a1f", "attributes": "#1565c0"}
    for rule in layer_rules(LINK_CHANGE):
        (line,) = rule.symbols
        assert isinstance(line, Line)
        assert line.width == 1.6
    for rule in layer_rules(NODE_CHANGE):
        (marker,) = rule.symbols
        assert isinstance(marker, Marker)
        assert (marker.shape, marker.size) == ("diamond", 3.2)
        assert marker.fill == CHANGE_COLORS[str(rule.where[0].values[0])]


@pytest.mark.parametrize(
    ("drawn", "column", "values"),
    [(LINK_CHANGE, "change", tuple(CHANGE_COLORS)), (NODE_CHANGE, "change", tuple(CHANGE_COLORS)),
     (DEFECT_CHANGE, "status", _STATUSES)],
    ids=lambda value: value.name if isinstance(value, Layer) else "",
)  # fmt: skip
def test_each_value_has_exactly_one_rule(
    drawn: Layer, column: str, values: tuple[str, ...]
) -> None:
    conditions = [condition for rule in layer_rules(drawn) for condition in rule.where]
    assert {condition.column for condition in conditions} == {column}
    assert sorted(value for condition in conditions for value in condition.values) == sorted(values)
    # The description in the schema lists the same values.
    if drawn.column(column).domain is None:
        listed = drawn.column(column).description.replace(" or ", ", ").split(", ")
        assert set(listed) == set(values)


def test_every_change_has_a_rule(junction_map: Path, tmp_path: Path) -> None:
    new = Path(shutil.copy(junction_map, tmp_path / "new.gpkg"))
    with edit_map(new) as sql:
        sql.execute("UPDATE railway_link SET gauge = 1000 WHERE fid = 1")
        sql.execute("DELETE FROM railway_link WHERE fid = 7")
        sql.execute("UPDATE railway_node SET turnout_side = 'left' WHERE railway = 'switch'")
    values = set()
    for name, (before, after) in {"a": (junction_map, new), "b": (new, junction_map)}.items():
        found = compare_maps(before, after, tmp_path / f"{name}.gpkg")
        values |= {change.values["change"] for change in found.changes["link_change"]}
        values |= {change.values["change"] for change in found.changes["node_change"]}
    assert {"attributes", "new", "removed"} <= values <= set(CHANGE_COLORS)


def test_styles_are_in_the_comparison_and_default(comparison: Path) -> None:
    with closing(sqlite3.connect(comparison)) as sql:
        rows = sql.execute(
            "SELECT f_table_name, f_geometry_column, styleQML FROM layer_styles"
            " WHERE useAsDefault = 1"
        ).fetchall()
    assert {(name, column): text for name, column, text in rows} == {
        (entry.name, "geom"): layer_qml(entry) for entry in CHANGE_LAYERS if entry.geometry
    }


def test_events_named_like_a_change_layer_have_the_style_of_events() -> None:
    events = Layer("link_change", "", (), geometry="POINT")
    assert "On a track" in {rule.label for rule in layer_rules(events)}


_SCRIPT = r"""
import json, sys
from qgis.core import QgsApplication, QgsMapRendererSequentialJob, QgsMapSettings, QgsVectorLayer
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor
app = QgsApplication([], False); app.initQgis()
path, picture = sys.argv[1:]
layers = [QgsVectorLayer(path + "|layername=" + name, name, "ogr")
          for name in ("defect_change", "node_change", "link_change")]
settings = QgsMapSettings()
settings.setLayers(layers)
settings.setDestinationCrs(layers[0].crs())
settings.setOutputSize(QSize(900, 500))
settings.setOutputDpi(96)
settings.setBackgroundColor(QColor("#ffffff"))
extent = layers[2].extent(); extent.grow(12); settings.setExtent(extent)
job = QgsMapRendererSequentialJob(settings); job.start(); job.waitForFinished()
job.renderedImage().save(picture)
out = {layer.name(): [layer.renderer().type(), layer.featureCount()] for layer in layers}
seen = settings.visibleExtent()
out["extent"] = [seen.xMinimum(), seen.yMaximum(), seen.width() / 900]
del layers, job
print("RESULT" + json.dumps(out))
sys.stdout.flush()
import os; os._exit(0)
"""


@pytest.mark.slow
def test_qgis_draws_each_change_in_its_colour(comparison: Path, tmp_path: Path) -> None:
    picture = tmp_path / "change.png"
    result = run_in_qgis(_SCRIPT, tmp_path, comparison, picture)
    assert result["link_change"] == ["RuleRenderer", 6]
    assert result["node_change"] == result["defect_change"] == ["RuleRenderer", 4]
    pixels = np.asarray(Image.open(picture).convert("RGB")).astype(int)
    west, north, step = result["extent"]

    def shows(color: str, x: float, y: float) -> bool:
        """Whether the colour is within 2 m of the place."""
        row, column = int((north - y) / step), int((x - west) / step)
        reach = max(1, round(2 / step))
        part = pixels[row - reach : row + reach + 1, column - reach : column + reach + 1]
        return bool((np.abs(part - ImageColor.getrgb(color)).max(axis=-1) <= 2).any())

    rules = {rule.where[0].values[0]: rule for rule in layer_rules(DEFECT_CHANGE)}
    for change in made_up().changes["link_change"][:4]:
        middle = change.geometry.interpolate(0.5, normalized=True)
        color = CHANGE_COLORS[change.values["change"]]
        # Dashes: one of two places a dash apart.
        assert any(shows(color, middle.x + aside, middle.y) for aside in (0, 2, 4)), change.values
    for change in made_up().changes["node_change"]:
        color = CHANGE_COLORS[change.values["change"]]
        assert shows(color, change.geometry.x, change.geometry.y), change.values
    for change in made_up().changes["defect_change"]:
        marker = rules[change.values["status"]].symbols[0]
        assert isinstance(marker, Marker)
        assert shows(marker.fill, change.geometry.x, change.geometry.y), change.values
    both = made_up().changes["link_change"][-1].geometry
    for color in (CHANGE_COLORS["moved"], CHANGE_COLORS["attributes"]):
        assert any(shows(color, both.coords[0][0], both.coords[0][1] + up) for up in range(20, 30))
