"""The map in QGIS, where it is installed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from railmap.mapping import read_map
from railmap.mapping.remap.edited_map import read_edits
from railmap.mapping.schema import DOMAINS, layer
from railmap.mapping.store.editing import edit_map
from railmap.mapping.style.rules import STYLES
from tests.helpers.qgis_python import run_in_qgis

_SCRIPT = r"""
import json, sys
from qgis.core import (QgsApplication, QgsVectorLayer, QgsMapSettings,
    QgsMapRendererSequentialJob, QgsWkbTypes)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor
app = QgsApplication([], False); app.initQgis()
logged = []
app.messageLog().messageReceived.connect(lambda text, tag, level: logged.append([tag, text]))
path, picture = sys.argv[1:]
out = {"layers": {}, "logged": logged}
layers = []
for name in ["railway_node", "railway_link", "alignment_segment", "track_area", "source_image",
             "qa_issue|geometrytype=Polygon"]:
    layer = QgsVectorLayer(path + "|layername=" + name, name, "ogr")
    assert layer.isValid(), name
    widgets = {f.name(): layer.editorWidgetSetup(i).config().get("map")
               for i, f in enumerate(layer.fields())
               if layer.editorWidgetSetup(i).type() == "ValueMap"}
    rules = layer.renderer().rootRule().children() if layer.renderer().type() == "RuleRenderer" \
        else []
    bad = [rule.filterExpression() for rule in rules
           if rule.filter() is not None and rule.filter().hasParserError()]
    symbols = [[type(rule.symbol().symbolLayer(i)).__name__
                for i in range(rule.symbol().symbolLayerCount())] for rule in rules]
    out["layers"][name] = {"type": QgsWkbTypes.displayString(layer.wkbType()),
        "crs": layer.crs().authid(), "count": layer.featureCount(),
        "renderer": layer.renderer().type(), "symbols": symbols, "bad": bad,
        "values": sorted(widgets)}
    layers.append(layer)
settings = QgsMapSettings()
settings.setLayers(layers)
settings.setDestinationCrs(layers[0].crs())
settings.setOutputSize(QSize(800, 400))
settings.setBackgroundColor(QColor("#ffffff"))
settings.setExtent(layers[4].extent())
job = QgsMapRendererSequentialJob(settings); job.start(); job.waitForFinished()
out["errors"] = [error.message for error in job.errors()]
job.renderedImage().save(picture)
del layers, layer, rules, job
print("RESULT" + json.dumps(out))
sys.stdout.flush()
import os; os._exit(0)
"""


@pytest.mark.slow
def test_qgis_opens_the_map_styled(junction_map: Path, tmp_path: Path) -> None:
    picture = tmp_path / "map.png"
    result = run_in_qgis(_SCRIPT, tmp_path, junction_map, picture)
    assert result["logged"] == []
    assert result["errors"] == []
    layers = result["layers"]
    assert layers["railway_link"]["type"] == "LineStringM"
    assert layers["railway_link"]["count"] == 9
    for name, found in layers.items():
        rules = STYLES[name.split("|")[0]]
        assert found["crs"] == "EPSG:25832"
        assert found["renderer"] == "RuleRenderer"
        assert found["bad"] == []
        assert len(found["symbols"]) == len(rules)
        for rule, symbols in zip(rules, found["symbols"], strict=True):
            assert len(symbols) >= len(rule.symbols)
    enums = {
        column.name
        for column in layer("railway_link").columns
        if column.domain and DOMAINS[column.domain].values
    }
    assert set(layers["railway_link"]["values"]) == enums
    assert picture.stat().st_size > 2000


_LABELS = r"""
import json, sys
from qgis.core import (QgsApplication, QgsExpression, QgsExpressionContext,
    QgsExpressionContextUtils, QgsVectorLayer)
app = QgsApplication([], False); app.initQgis()
layer = QgsVectorLayer(sys.argv[1] + "|layername=railway_node", "nodes", "ogr")
expression = QgsExpression(layer.labeling().settings().fieldName)
context = QgsExpressionContext(QgsExpressionContextUtils.globalProjectLayerScopes(layer))
out = []
for feature in layer.getFeatures():
    context.setFeature(feature)
    out.append(expression.evaluate(context))
    assert not expression.hasEvalError(), expression.evalErrorString()
print("RESULT" + json.dumps({"texts": [text or None for text in out]}))
sys.stdout.flush()
import os; os._exit(0)
"""


@pytest.mark.slow
def test_switches_are_labelled_with_number_type_and_side(
    junction_map: Path, tmp_path: Path
) -> None:
    path = Path(shutil.copy(junction_map, tmp_path / "labels.gpkg"))
    with edit_map(path) as sql:
        count = sql.execute("SELECT count(*) FROM railway_node").fetchone()[0]
        sql.execute("UPDATE railway_node SET crossing_number = NULL, turnout_side = NULL")
    plain = run_in_qgis(_LABELS, tmp_path, path)["texts"]
    assert plain == [None] * count
    with edit_map(path) as sql:
        sql.execute("ALTER TABLE railway_node ADD COLUMN ref TEXT")
        for fid, side, number, kind, probability, ref in (
            (1, "left", 9.02, None, None, None),
            (2, "right", 9.02, "190-1:9", 0.9, None),
            (3, "right", 9.02, "190-1:9", 0.4, "W 12"),
            (4, None, None, None, None, "13"),
        ):
            sql.execute(
                "UPDATE railway_node SET turnout_side = ?, crossing_number = ?, turnout_type = ?,"
                " turnout_type_probability = ?, ref = ? WHERE fid = ?",
                (side, number, kind, probability, ref, fid),
            )
    texts = run_in_qgis(_LABELS, tmp_path, path)["texts"]
    assert texts[:4] == ["1:9 left", "190-1:9 right", "W 12 190-1:9? right", "13"]


_EDIT = r"""
import json, sys
from qgis.core import QgsApplication, QgsGeometry, QgsVectorLayer, QgsVectorLayerUtils
app = QgsApplication([], False); app.initQgis()
path = sys.argv[1]
links = QgsVectorLayer(path + "|layername=railway_link", "links", "ogr")
assert links.startEditing()
feature = links.getFeature(1)
shape = feature.geometry()
vertex = shape.vertexAt(1)
shape.moveVertex(vertex.x(), vertex.y() + 2, 1)
assert links.changeGeometry(1, shape)
drawn = QgsGeometry.fromWkt("LineStringM(500000 5400100 0, 500100 5400100 100)")
assert links.addFeature(QgsVectorLayerUtils.createFeature(links, drawn))
saved = links.commitChanges()
nodes = QgsVectorLayer(path + "|layername=railway_node", "nodes", "ogr")
assert nodes.startEditing()
assert nodes.changeAttributeValue(2, nodes.fields().indexOf("turnout_side"), "left")
saved = nodes.commitChanges() and saved
print("RESULT" + json.dumps({"saved": saved, "errors": links.commitErrors()}))
sys.stdout.flush()
import os; os._exit(0)
"""


@pytest.mark.slow
def test_qgis_marks_edited_features(junction_map: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(junction_map, tmp_path / "m.gpkg"))
    before = read_map(path)
    result = run_in_qgis(_EDIT, tmp_path, path)
    assert result["saved"], result
    after = read_map(path)
    marked = after.links["geometry_source"] == "edited"
    assert after.links.index[marked].tolist() == [1, len(before.links) + 1]
    assert len(set(after.links["link_id"])) == len(before.links) + 1
    assert after.nodes.index[after.nodes["reviewed"].fillna(False)].tolist() == [2]
    edits = read_edits(path)
    assert edits is not None
    assert len(edits.links) == 2
