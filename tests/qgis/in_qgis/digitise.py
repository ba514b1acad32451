"""Drive the map tool "Digitise track" by clicks and keys; tell what it shows, says and stores."""

import json
import sqlite3
import sys

from iface import start_with_window, wait
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsPointXY,
    QgsProject,
    QgsRasterLayer,
    QgsRectangle,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QPoint, Qt
from qgis.PyQt.QtTest import QTest
from start import answer, plugin

path, image, places, picture = sys.argv[1:]
places = json.loads(places)
out = {}


def settled():
    """Wait until the engine has answered everything."""
    wait(seconds=0.1)
    return wait(lambda: work.engine is None or not work.engine.pending)


def click(name, button=Qt.MouseButton.LeftButton):
    """Click on a place of the map."""
    point = QgsPointXY(*places[name])
    canvas = iface.canvas
    crs = canvas.mapSettings().destinationCrs()
    if crs != links.crs():
        point = QgsCoordinateTransform(links.crs(), crs, QgsProject.instance()).transform(point)
    at = canvas.getCoordinateTransform().transform(point)
    QTest.mouseClick(
        canvas.viewport(), button, Qt.KeyboardModifier.NoModifier,
        QPoint(round(at.x()), round(at.y())),
    )  # fmt: skip
    settled()


def key(one):
    """Press a key on the canvas."""
    QTest.keyClick(iface.canvas, one)
    settled()


def state():
    """What is shown, said and stored."""
    with sqlite3.connect(path) as sql:
        stored = sql.execute(
            "SELECT count(*), sum(geometry_source = 'edited') FROM railway_link"
        ).fetchone()
    band = work.band.asGeometry() if work.band is not None else None
    return {
        "start": work.start is not None,
        "preview": band.length() if band is not None else None,
        "said": iface.bar.take(),
        "stored": list(stored),
        "features": links.featureCount() if links is not None else None,
    }


iface = start_with_window()
iface.bar.take()
links = None
plugin.tool_actions[0].trigger()
work = plugin.tools["Track"].work
out["no map"] = [iface.bar.take(), iface.canvas.mapTool() is plugin.tools["Track"]]

links = QgsVectorLayer(f"{path}|layername=railway_link", "Tracks", "ogr")
QgsProject.instance().addMapLayer(links)
QgsProject.instance().setCrs(links.crs())
iface.setActiveLayer(links)
iface.canvas.setDestinationCrs(links.crs())
box = QgsRectangle(*places["extent"])
iface.canvas.setExtent(box)
wait(seconds=0.2)
plugin.tool_actions[0].trigger()

click("from")
click("to")
out["no raster"] = state()
key(Qt.Key.Key_Escape)
QgsProject.instance().addMapLayer(QgsRasterLayer(image, "ortho"))
click("from")
out["started"] = state()
click("to")
out["found"] = state()
if picture:
    iface.window.grab().save(picture)
key(Qt.Key.Key_Escape)
out["dropped"] = state()
click("nearer")
out["again"] = state()
key(Qt.Key.Key_Return)
out["kept"] = state()
key(Qt.Key.Key_U)
out["undone"] = state()
key(Qt.Key.Key_U)
out["nothing to undo"] = state()

# A canvas in another CRS shows the preview at the same place.
iface.canvas.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:3857"))
there = QgsCoordinateTransform(
    links.crs(), QgsCoordinateReferenceSystem("EPSG:3857"), QgsProject.instance()
)
iface.canvas.setExtent(there.transformBoundingBox(box))
wait(seconds=0.2)
click("from")
click("to")
out["other crs"] = {
    **state(),
    "inside": there.transformBoundingBox(box).contains(work.band.asGeometry().boundingBox())
    if work.band
    else False,
}
key(Qt.Key.Key_Return)
out["kept there"] = state()

# Unsaved edits.
links.startEditing()
feature = next(links.getFeatures())
links.changeAttributeValue(feature.id(), links.fields().indexOf("name"), "West")
click("from")
click("to")
out["unsaved"] = state()
links.rollBack()
key(Qt.Key.Key_Escape)

QgsProject.instance().removeAllMapLayers()
links = None
wait(seconds=0.2)
out["layer gone"] = [work.engine is None, work.path]
plugin.unload()
out["unloaded"] = [iface.menu, iface.tools]
answer(out)
