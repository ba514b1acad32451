"""Drive the review panel by its keys; tell what it shows, says and stores."""

import os
import shutil
import sqlite3
import sys
import time
from pathlib import Path

from qgis.core import QgsGeometry, QgsProject, QgsVectorLayer
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QObject, Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QMainWindow
from start import answer, application, plugin

source, folder, stand_in = sys.argv[1:]
out = {}


class Bar:
    """Keeps what is said in the message bar."""

    def __init__(self):
        self.said = []

    def pushMessage(self, title, text, level, duration):
        self.said.append(text)

    def take(self):
        said, self.said = self.said, []
        return said


class Iface(QObject):
    """What the panel needs of the QGIS window."""

    def __init__(self):
        super().__init__()
        self.window, self.bar, self.vertex = QMainWindow(), Bar(), 0
        self.canvas = QgsMapCanvas(self.window)
        self.window.setCentralWidget(self.canvas)
        self.menu, self.tools = [], []
        self.window.resize(900, 700)
        self.window.show()

    def mainWindow(self):
        return self.window

    def mapCanvas(self):
        return self.canvas

    def messageBar(self):
        return self.bar

    def addPluginToMenu(self, menu, action):
        self.menu.append(action.text())

    def removePluginMenu(self, menu, action):
        self.menu.remove(action.text())

    def addToolBarIcon(self, action):
        self.tools.append(action.text())

    def removeToolBarIcon(self, action):
        self.tools.remove(action.text())

    def addDockWidget(self, area, dock):
        self.window.addDockWidget(area, dock)

    def removeDockWidget(self, dock):
        self.window.removeDockWidget(dock)

    def setActiveLayer(self, layer):
        self.active = layer.name()

    def actionVertexToolActiveLayer(self):
        return self

    def trigger(self):
        self.vertex += 1


def wait(until=lambda: False, seconds=60):
    """Let the window work until that is so."""
    end = time.monotonic() + seconds
    while not until() and time.monotonic() < end:
        application.processEvents()
        time.sleep(0.02)
    return until()


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


iface = Iface()
plugin.unload()  # start.py has loaded it without a window
plugin.iface = iface
plugin.initGui()
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
