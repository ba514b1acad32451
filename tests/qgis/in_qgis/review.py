"""Drive the review panel by its keys; tell what it shows, says and stores."""

import os
import shutil
import sqlite3
import sys
from pathlib import Path

from iface import start_with_window, wait
from qgis.core import QgsGeometry, QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest
from start import answer, application, plugin

source, folder, stand_in = sys.argv[1:]
out = {}


def settled():
    """Wait until the engine has answered everything."""
    wait(seconds=0.1)
    return wait(lambda: panel.engine is None or not panel.engine.pending)


def key(one):
    """Press a key in the panel."""
    QTest.keyClick(panel.view, one)
    settled()


def shown():
    """What the panel shows."""
    entry = panel.list.current
    return {
        "title": panel.view.title.text().split("<b>")[-1].split("</b>")[0],
        "progress": panel.view.bar.text(),
        "rule": entry.rule if entry else "",
        "bands": len(panel.canvas.bands),
        "said": iface.bar.take(),
    }


def stored(path):
    """What is in the map."""
    with sqlite3.connect(path) as sql:
        return {
            "links": sql.execute("SELECT count(*) FROM railway_link").fetchone()[0],
            "edited": sql.execute(
                "SELECT count(*) FROM railway_link WHERE geometry_source = 'edited'"
            ).fetchone()[0],
            "issues": sql.execute("SELECT rule, status FROM qa_issue ORDER BY 1, 2").fetchall(),
        }


def add(path, table="railway_link"):
    """Add a layer of a map to the project."""
    layer = QgsVectorLayer(f"{path}|layername={table}", table, "ogr")
    QgsProject.instance().addMapLayer(layer)
    return layer


iface = start_with_window()
out["offered"] = [list(iface.menu), list(iface.tools)]
iface.bar.take()
plugin.review()
panel = plugin.panel
application.setActiveWindow(iface.window)
start = panel.view.buttons["start"]

start.click()
out["no map"] = shown()

path = f"{folder}/轨道 review.gpkg"
shutil.copy(source, path)
links = add(path)
add(path, "qa_issue")
QgsProject.instance().setCrs(links.crs())
iface.canvas.setDestinationCrs(links.crs())
panel.view.below.setValue(0.8)
start.click()
settled()
out["listed"] = shown()
entry = panel.list.current
box = QgsGeometry.fromWkt(entry.wkt).boundingBox() if entry.wkt else None
out["zoomed"] = bool(box) and iface.canvas.extent().contains(box)
out["hue"] = [one.colour for one in panel.list.entries]
out["order"] = [[one.rule, one.confidence] for one in panel.list.entries]

out["keys"] = []
for one in (Qt.Key.Key_N, Qt.Key.Key_Right, Qt.Key.Key_P, Qt.Key.Key_Left):
    key(one)
    out["keys"].append(panel.list.index)
# Another widget has the focus: the keys are not the panel's.
iface.canvas.setFocus()
QTest.keyClick(iface.canvas, Qt.Key.Key_R)
wait(seconds=0.3)
out["elsewhere"] = stored(path)
panel.view.setFocus()

key(Qt.Key.Key_R)  # an error that is about no track
out["not a track"] = shown()
key(Qt.Key.Key_F)
out["fixed"] = shown()
key(Qt.Key.Key_R)
out["rejected"] = {**shown(), **stored(path), "features": links.featureCount()}
key(Qt.Key.Key_U)
out["undone"] = {**shown(), **stored(path)}
key(Qt.Key.Key_R)
key(Qt.Key.Key_A)
out["accepted"] = {**shown(), **stored(path)}

# Another program writes to the map.
other = sqlite3.connect(path, isolation_level=None)
other.execute("BEGIN IMMEDIATE")
key(Qt.Key.Key_A)
out["held"] = {**shown(), "index": panel.list.index}
other.execute("ROLLBACK")
other.close()
settled()
iface.bar.take()

# Unsaved edits, and the edit of a track, which decides when it is saved.
links.startEditing()
feature = next(links.getFeatures())
links.changeAttributeValue(feature.id(), links.fields().indexOf("name"), "West")
key(Qt.Key.Key_A)
out["unsaved"] = shown()
key(Qt.Key.Key_E)
out["editing"] = [links.isEditable(), iface.vertex, links.selectedFeatureCount()]
links.commitChanges()
settled()
wait(seconds=0.3)
settled()
out["edited"] = {**shown(), **stored(path)}
key(Qt.Key.Key_A)
out["all"] = shown()

labels = f"{folder}/labels.gpkg"
panel._ask("labels", output=labels, below=0.8)
settled()
out["labels"] = [Path(labels).is_file(), iface.bar.take()]

# A map without anything doubtful, one that vanishes from the project, and from the disk.
panel.view.below.setValue(0.0)
start.click()
settled()
out["nothing"] = shown()
panel.view.below.setValue(0.99)
start.click()
settled()
out["again"] = shown()
before = stored(path)
os.rename(path, f"{path}.away")
key(Qt.Key.Key_A)
out["file gone"] = shown()
os.rename(f"{path}.away", path)
settled()
iface.bar.take()
QgsProject.instance().removeAllMapLayers()
wait(seconds=0.2)
out["layer gone"] = {**shown(), "engine": panel.engine is None, "same": stored(path) == before}
key(Qt.Key.Key_A)
out["after"] = shown()

# An engine that ends at once.
add(path)
os.environ["RAILMAP_EXECUTABLE"] = stand_in
start.click()
settled()
wait(lambda: panel.engine is None)
out["broken"] = shown()
os.environ["RAILMAP_EXECUTABLE"] = f"{folder}/nowhere"
start.click()
out["no engine"] = shown()
plugin.unload()
out["unloaded"] = [iface.menu, iface.tools]
answer(out)
