"""Drive the map tool "Add kilometre posts by clicks"; tell what it asks, says and stores."""

import json
import sqlite3
import sys

from iface import start_with_window, wait
from qgis.core import QgsPointXY, QgsProject, QgsRectangle, QgsVectorLayer
from qgis.PyQt.QtCore import QPoint, Qt, QTimer
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication
from start import answer, plugin

path, places, picture = sys.argv[1:]
places = json.loads(places)
out = {}
asked = []


def settled():
    """Wait until the engine has answered everything."""
    wait(seconds=0.1)
    return wait(lambda: work.engine is None or not work.engine.pending)


def fill(dialog, text, key):
    """Type into the dialog as a user does."""
    asked.append([dialog.line.itemText(row) for row in range(dialog.line.count())])
    QTest.keyClicks(dialog.kilometre, text)
    if picture and text:
        iface.window.grab().save(picture.replace(".png", "_canvas.png"))
        dialog.grab().save(picture)
    QTest.keyClick(dialog.kilometre, key)


def answer_with(text, key):
    """Fill in the dialog once it is open."""

    def look():
        dialog = QApplication.activeModalWidget()
        if dialog is not None and hasattr(dialog, "kilometre"):
            timer.stop()
            fill(dialog, text, key)

    timer = QTimer(iface.window)
    timer.timeout.connect(look)
    timer.start(20)
    return timer


def post(name, text, key=Qt.Key.Key_Return):
    """Click on a place and type a kilometre."""
    timer = answer_with(text, key)
    at = iface.canvas.getCoordinateTransform().transform(QgsPointXY(*places[name]))
    QTest.mouseClick(
        iface.canvas.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
        QPoint(round(at.x()), round(at.y())),
    )  # fmt: skip
    settled()
    settled()
    timer.stop()
    return state()


def state():
    """What is asked, said and stored."""
    with sqlite3.connect(path) as sql:
        tables = [row[0] for row in sql.execute("SELECT name FROM sqlite_master")]
        count = sql.execute("SELECT count(*) FROM milestone").fetchone()[0]
        line = sql.execute(
            "SELECT calibration, m_min, m_max FROM railway_line ORDER BY calibration DESC, ref DESC"
        ).fetchone()
    taken, asked[:] = list(asked), []
    shown = [one.name() for one in QgsProject.instance().mapLayers().values()]
    assert "milestone" in tables
    return {
        "asked": taken, "said": iface.bar.take(), "posts": count, "line": list(line),
        "marker": work.marker is not None, "layers": sorted(shown),
    }  # fmt: skip


iface = start_with_window()
iface.bar.take()
links = QgsVectorLayer(f"{path}|layername=railway_link", "Tracks", "ogr")
QgsProject.instance().addMapLayer(links)
QgsProject.instance().setCrs(links.crs())
iface.setActiveLayer(links)
iface.canvas.setDestinationCrs(links.crs())
iface.canvas.setExtent(QgsRectangle(*places["extent"]))
iface.canvas.setLayers([links])
wait(seconds=0.3)
plugin.tool_actions[1].trigger()
work = plugin.tools["Post"].work

out["first"] = post("near", "12.4")
out["second"] = post("far", "12.46")
out["wrong"] = post("middle", "twelve")
out["cancelled"] = post("middle", "", Qt.Key.Key_Escape)
out["outside"] = post("outside", "")
QTest.keyClick(iface.canvas, Qt.Key.Key_U)
settled()
out["undone"] = state()
plugin.unload()
out["unloaded"] = [iface.menu, iface.tools]
answer(out)
