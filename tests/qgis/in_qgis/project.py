"""Extract into a project, area, CRS, and what is refused; with a quick stand-in for the engine."""

import os
import sys
import time
from pathlib import Path

from qgis.core import (
    Qgis,
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsGeometry,
    QgsProcessingAlgRunnerTask,
    QgsProcessingContext,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingOutputLayerDefinition,
    QgsProject,
    QgsRasterLayer,
    QgsVectorFileWriter,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QVariant
from start import Feedback, answer, application, run

image, bare, folder = sys.argv[1:]
out = {"algorithms": {}}
name = "railmap:extractrailtracks"
for algorithm in QgsApplication.processingRegistry().providerById("railmap").algorithms():
    helps = [bool(one.help()) for one in algorithm.parameterDefinitions()]
    out["algorithms"][algorithm.name()] = [len(helps), sum(helps), len(algorithm.shortHelpString())]


def asked(**parameters):
    """Run; the words that the engine got."""
    found = run(name, {"INPUT": image, "OUTPUT": f"{folder}/x.gpkg", **parameters})
    if "error" in found:
        return found
    return Path(os.environ["ASKED"]).read_text(encoding="utf-8").splitlines()


feedback = Feedback()
out["extract"] = run(name, {"INPUT": image, "OUTPUT": f"{folder}/轨道 一.gpkg"}, feedback)
out["told"] = feedback.told
out["moves"] = feedback.moves
out["words"] = asked(THRESHOLD="0.4", DEVICE="cpu", THREADS=2, REFINE="rails", BANDS="3,2,1")
out["temporary"] = run(name, {"INPUT": image, "OUTPUT": "TEMPORARY_OUTPUT"})

# A memory layer limits the work: its selected polygon, and of that what is in the extent.
memory = QgsVectorLayer("Polygon?crs=EPSG:25832", "area", "memory")
for south, north in ((5699978, 5699995), (5699960, 5699975)):
    feature = QgsFeature()
    feature.setGeometry(
        QgsGeometry.fromWkt(
            f"POLYGON((500000 {south}, 500090 {south}, 500090 {north}, 500000 {north}, "
            f"500000 {south}))"
        )
    )
    memory.dataProvider().addFeature(feature)
QgsProject.instance().addMapLayer(memory)
memory.selectByIds([next(memory.getFeatures()).id()])
chosen = QgsProcessingFeatureSourceDefinition(memory.id(), True)
extent = "500045,500095,5699950,5700005 [EPSG:25832]"
for key, parameters in {
    "area": {"AOI": chosen},
    "extent": {"EXTENT": extent},
    "both": {"AOI": chosen, "EXTENT": extent},
}.items():
    asked(**parameters)
    area = QgsVectorLayer(f"{folder}/x.gpkg.area.gpkg", "", "ogr")
    out[key] = [area.crs().authid(), area.featureCount(), area.extent().toString(1)]
far = "600000,600010,5699950,5700005 [EPSG:25832]"
rail = QgsVectorLayer("LineString?crs=EPSG:25832", "rail", "memory")
feature = QgsFeature()
feature.setGeometry(QgsGeometry.fromWkt("LINESTRING(500000 5699980, 500090 5699980)"))
rail.dataProvider().addFeature(feature)
QgsProject.instance().addMapLayer(rail)
out["near"] = asked(NEAR=rail.id(), NEAR_DISTANCE=20)
out["nowhere"] = asked(AOI=chosen, EXTENT=far)

# Into the project, in a task, as the dialog does it.
context = QgsProcessingContext()
context.setProject(QgsProject.instance())
path = f"{folder}/project.gpkg"
feedback = Feedback()
parameters = {
    "INPUT": image,
    "OUTPUT": QgsProcessingOutputLayerDefinition(path, QgsProject.instance()),
}
from processing.gui.Postprocessing import handleAlgorithmResults  # noqa: E402

algorithm = QgsApplication.processingRegistry().createAlgorithmById(name)
task = QgsProcessingAlgRunnerTask(algorithm, parameters, context, feedback)
ended = []
task.executed.connect(lambda good, results: ended.append([good, results]))
QgsApplication.taskManager().addTask(task)
until = time.monotonic() + 300
while not ended and time.monotonic() < until:
    application.processEvents()
    time.sleep(0.02)
out["task"] = ended[0]
# QGIS before 3.36 has one more argument, whether to show the results.
shown = {"showResults": False} if Qgis.QGIS_VERSION_INT < 33600 else {}
out["loaded"] = handleAlgorithmResults(algorithm, context, feedback, parameters=parameters, **shown)
root = QgsProject.instance().layerTreeRoot()
group = root.findGroup("project")
out["group"] = [[node.name(), node.isVisible()] for node in group.children()]
out["outside"] = [node.name() for node in root.children()]
out["renderers"] = [node.layer().renderer().type() for node in group.children()]

# Events: a file goes as it is, a layer in memory is exported under its name.
tracks = group.children()[1].layer()
events = QgsVectorLayer("Point?crs=EPSG:25832&field=class:string", "rail defects", "memory")
feature = QgsFeature(events.fields())
feature.setAttribute("class", "squat")
feature.setGeometry(QgsGeometry.fromWkt("POINT(500010 5699984)"))
events.dataProvider().addFeature(feature)
# What the engine would do: a new layer of the map. It joins those that are shown.
options = QgsVectorFileWriter.SaveVectorOptions()
options.layerName = "rail defects"
options.actionOnExistingFile = QgsVectorFileWriter.ActionOnExistingFile.CreateOrOverwriteLayer
QgsVectorFileWriter.writeAsVectorFormatV3(
    events, path, QgsProject.instance().transformContext(), options
)
out["attached"] = []
for layer in (events, group.children()[0].layer()):
    found = run("railmap:attachevents", {"INPUT": layer, "MAP": tracks})
    words = Path(os.environ["ASKED"]).read_text(encoding="utf-8").splitlines()
    out["attached"].append([found, words])

# Of the events only what is selected.
feature.setAttribute("class", "crack")
events.dataProvider().addFeature(feature)
events.selectByExpression("class = 'squat'")
QgsProject.instance().addMapLayer(events, False)
chosen = QgsProcessingFeatureSourceDefinition(events.id(), True)
run("railmap:attachevents", {"INPUT": chosen, "MAP": tracks})
exported = QgsVectorLayer(os.environ["ASKED"] + ".events.gpkg", "", "ogr")
out["selected"] = [one["class"] for one in exported.getFeatures()]

# In a model a map gets layers after the step that made it and before it is loaded.
context = QgsProcessingContext()
context.setProject(QgsProject.instance())
later = f"{folder}/later.gpkg"
parameters["OUTPUT"] = QgsProcessingOutputLayerDefinition(later, QgsProject.instance())
registry = QgsApplication.processingRegistry()
registry.createAlgorithmById(name).run(parameters, context, feedback)
out["more"] = [sorted(one.name for one in context.layersToLoadOnCompletion().values())]
QgsVectorFileWriter.writeAsVectorFormatV3(
    events, later, QgsProject.instance().transformContext(), options
)
asked_for = {"INPUT": events, "MAP": later}
registry.createAlgorithmById("railmap:attachevents").run(asked_for, context, feedback)
out["more"].append(sorted(one.name for one in context.layersToLoadOnCompletion().values()))

out["group after"] = [node.name() for node in group.children()]

# Located places become points.
out["located"] = run(
    "railmap:locatebychainage",
    {"INPUT": tracks, "KILOMETRE": "6185 km 12.400 +3.2", "OUTPUT": f"{folder}/places.gpkg"},
)
places = QgsVectorLayer(f"{folder}/places.gpkg", "", "ogr")
out["places"] = [
    [one.geometry().asWkt(4), one["text"], one["line_m"]] for one in places.getFeatures()
]

# Refused, or passed on.
none = QgsRasterLayer(bare, "none")
none.setCrs(QgsCoordinateReferenceSystem("EPSG:32633"))
odd = QgsRasterLayer(image, "odd")
odd.setCrs(QgsCoordinateReferenceSystem("EPSG:32633"))
wms = QgsRasterLayer("type=xyz&url=http://localhost:9/%7Bz%7D/%7Bx%7D/%7By%7D.png", "web", "wms")
out["assumed"] = asked(INPUT=none)
out["own_crs"] = asked(INPUT=odd)
out["wms"] = asked(INPUT=wms)
extent = "500000,500020,5699970,5699990 [EPSG:25832]"
out["service"] = asked(INPUT=wms, EXTENT=extent, LICENCE="CC0 1.0", ZOOM=19)
out["suffix"] = asked(OUTPUT=f"{folder}/x.shp")
out["not_a_map"] = run("railmap:checkmap", {"INPUT": memory})
tracks.startEditing()
tracks.changeAttributeValue(next(tracks.getFeatures()).id(), 5, QVariant("x"))
out["edited"] = run("railmap:checkmap", {"INPUT": tracks})
tracks.rollBack()
nodes = next(one.layer() for one in group.children() if one.name() == "Switches and nodes")
nodes.startEditing()
nodes.changeAttributeValue(next(nodes.getFeatures()).id(), 5, QVariant("x"))
out["edited_other"] = run("railmap:checkmap", {"INPUT": tracks})
nodes.rollBack()
out["left"] = sorted(file.name for file in Path(folder).iterdir() if file.name.startswith("."))
answer(out)
