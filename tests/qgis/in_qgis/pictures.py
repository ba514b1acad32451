"""A user's first hour in the QGIS window, and pictures of it; `qgis --code` runs this file.

The engine's dialog, the toolbox, the algorithm's dialog and its Run button, the map that comes,
the same again into a file, a model.
"""

import json
import os
import sys
import time
import traceback
from pathlib import Path

from qgis.core import (
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildAlgorithm,
    QgsProcessingModelChildParameterSource,
    QgsProcessingModelOutput,
    QgsProcessingModelParameter,
    QgsProcessingParameterRasterLayer,
    QgsProject,
    QgsRasterLayer,
)
from qgis.PyQt.QtCore import QPointF, QTimer
from qgis.PyQt.QtWidgets import QApplication, QDockWidget, QLineEdit, QPushButton, QTreeView
from qgis.utils import iface, loadPlugin, plugins, startPlugin

WORK = json.loads(os.environ["RAILMAP_PICTURES"])
SECONDS = 240
out = {}


def wait(until=lambda: False, seconds=SECONDS):
    """Let the window work until that is so."""
    end = time.monotonic() + seconds
    while not until() and time.monotonic() < end:
        QApplication.processEvents()
        time.sleep(0.02)
    return until()


def grab(widget, name):
    """Take a picture of a widget once it is drawn."""
    wait(seconds=0.5)
    image = widget.grab().toImage()
    image.save(f"{WORK['folder']}/qgis_{name}.png")
    colours = {
        image.pixel(x, y) for x in range(0, image.width(), 5) for y in range(0, image.height(), 5)
    }
    out[f"colours of {name}"] = len(colours)


def rows(model, parent=None):
    """Give the texts of a tree."""
    parent = parent if parent is not None else model.index(-1, -1)
    found = []
    for row in range(model.rowCount(parent)):
        index = model.index(row, 0, parent)
        found += [index.data(), *rows(model, index)]
    return found


def show_engine():
    """The dialog of the engine where there is none."""
    from railmap.setup_dialog import SetupDialog

    engine = os.environ.pop("RAILMAP_EXECUTABLE")
    out["loaded"] = [loadPlugin("railmap"), startPlugin("railmap")]
    buttons = iface.messageBar().findChildren(QPushButton)
    out["offered"] = [one.text() for one in buttons if "engine" in one.text()]
    iface.messageBar().clearWidgets()
    dialog = SetupDialog(iface.mainWindow())
    dialog.show()
    wait(lambda: dialog.worker is None)
    out["status"] = dialog.status.text()
    grab(dialog, "setup")
    dialog.reject()
    os.environ["RAILMAP_EXECUTABLE"] = engine


def show_toolbox():
    """The toolbox, searched; gives its dock."""
    dock = iface.mainWindow().findChild(QDockWidget, "ProcessingToolbox")
    dock.show()
    dock.findChild(QLineEdit).setText("rail")
    tree = dock.findChild(QTreeView)
    wait(seconds=0.5)
    out["toolbox"] = rows(tree.model())
    dock.resize(320, dock.height())
    grab(dock, "toolbox")
    return dock


def run_dialog(name, picture="", **parameters):
    """Open an algorithm's dialog, press Run, wait for the end, close it."""
    import processing

    dialog = processing.createAlgorithmDialog(name, parameters)
    dialog.resize(900, 760)
    dialog.show()
    if picture:
        grab(dialog, picture)
    ended = []
    dialog.algorithmFinished.connect(lambda good, results: ended.append([good, results]))
    dialog.runButton().click()
    assert wait(lambda: bool(ended)), "the algorithm didn't end"
    wait(seconds=1)
    dialog.close()
    return ended[0]


def layer_tree():
    """Give the groups and their layers as the user sees them."""
    root = QgsProject.instance().layerTreeRoot()
    return {group.name(): [one.name() for one in group.children()] for group in root.findGroups()}


def model_of(title):
    """Extract, check, publish."""
    source = QgsProcessingModelChildParameterSource
    model = QgsProcessingModelAlgorithm(title, "")
    parameter = QgsProcessingModelParameter("image")
    parameter.setPosition(QPointF(160, 60))
    model.addModelParameter(QgsProcessingParameterRasterLayer("image", "Image"), parameter)
    steps = (
        ("extractrailtracks", "extract", "Extract rail tracks", source.fromModelParameter("image")),
        ("checkmap", "check", "Check map", source.fromChildOutput("extract", "OUTPUT")),
        ("publishmap", "publish", "Publish map", source.fromChildOutput("check", "OUTPUT")),
    )
    for number, (name, identifier, text, origin) in enumerate(steps, 1):
        child = QgsProcessingModelChildAlgorithm(f"railmap:{name}")
        child.setChildId(identifier)
        child.setDescription(text)
        for parameter in child.algorithm().parameterDefinitions():
            if parameter.defaultValue() is not None and not parameter.isDestination():
                value = source.fromStaticValue(parameter.defaultValue())
                child.addParameterSources(parameter.name(), [value])
        child.addParameterSources("INPUT", [origin])
        child.setPosition(QPointF(310, 40 + 125 * number))
        if identifier == "publish":
            final = QgsProcessingModelOutput("Web page", "Web page")
            final.setChildId(identifier)
            final.setChildOutputName("OUTPUT")
            final.setPosition(QPointF(540, 540))
            child.setModelOutputs({"Web page": final})
        model.addChildAlgorithm(child)
    return model


def show_model():
    """The model in its designer."""
    from processing.modeler.ModelerDialog import ModelerDialog

    designer = ModelerDialog.create(model_of("railway"))
    designer.resize(1100, 700)
    designer.show()
    grab(designer, "model")
    designer.setDirty(False)
    designer.close()


def main():
    """Do it all."""
    window = iface.mainWindow()
    window.showNormal()
    window.resize(1500, 900)
    if "processing" not in plugins:
        loadPlugin("processing")
        startPlugin("processing")
    for dock in window.findChildren(QDockWidget):
        if dock.objectName() not in ("Layers", "ProcessingToolbox"):
            dock.hide()
    show_engine()
    image = QgsRasterLayer(WORK["image"], "ortho")
    QgsProject.instance().addMapLayer(image)
    QgsProject.instance().setCrs(image.crs())
    show_toolbox()
    name = "railmap:extractrailtracks"
    chosen = {"INPUT": image.id(), **({"MODEL": WORK["model"]} if WORK["model"] else {})}
    out["ran"] = run_dialog(name, "dialog", **chosen)
    out["tree"] = layer_tree()
    (tracks,) = QgsProject.instance().mapLayersByName("Tracks")
    iface.mapCanvas().setExtent(tracks.extent())
    iface.mapCanvas().zoomByFactor(1.05)
    iface.messageBar().clearWidgets()
    wait(lambda: not iface.mapCanvas().isDrawing(), 60)
    wait(seconds=2)
    grab(window, "result")
    if WORK["twice"]:
        out["tracks"] = []
        chosen["OUTPUT"] = f"{WORK['folder']}/轨道.gpkg"
        for extent in ({}, {"EXTENT": WORK["twice"]}):
            run_dialog(name, **extent, **chosen)
            group = QgsProject.instance().layerTreeRoot().findGroup("轨道")
            layers = {node.name(): node.layer() for node in group.findLayers()}
            out["tracks"].append(layers["Tracks"].featureCount())
        del chosen["OUTPUT"]
        run_dialog(name, **chosen)
        out["trees"] = layer_tree()
    show_model()


def start():
    """Tell what went wrong, and leave; QGIS would ask whether to save."""
    try:
        main()
    except BaseException:
        out["error"] = traceback.format_exc()
    Path(WORK["folder"], "told.json").write_text(json.dumps(out, default=str), encoding="utf-8")
    sys.stdout.flush()
    os._exit(0)


QTimer.singleShot(1000, start)
