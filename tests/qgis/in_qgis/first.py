"""Extract through processing.run, into a project, and what is refused."""

import sys

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsGeometry,
    QgsProcessingContext,
    QgsProcessingFeatureSourceDefinition,
    QgsProject,
    QgsRasterLayer,
    QgsVectorLayer,
)
from start import Feedback, answer, logged, run

image, model, folder = sys.argv[1:]
out = {}
feedback = Feedback()
out["extract"] = run(
    "railmap:extractrailtracks",
    {"INPUT": image, "MODEL": model, "OUTPUT": f"{folder}/轨道 一.gpkg"},
    feedback,
)
out["told"] = feedback.told
out["moves"] = feedback.moves

# An area in a memory layer: only the selected polygon, the upper track, counts.
memory = QgsVectorLayer("Polygon?crs=EPSG:25832", "area", "memory")
for wkt in (
    "POLYGON((500000 5699978, 500090 5699978, 500090 5699995, 500000 5699995, 500000 5699978))",
    "POLYGON((500000 5699960, 500090 5699960, 500090 5699975, 500000 5699975, 500000 5699960))",
):
    feature = QgsFeature()
    feature.setGeometry(QgsGeometry.fromWkt(wkt))
    memory.dataProvider().addFeature(feature)
QgsProject.instance().addMapLayer(memory)
memory.selectByIds([next(memory.getFeatures()).id()])
chosen = QgsProcessingFeatureSourceDefinition(memory.id(), True)
# The extent is in degrees and takes the right half only.
out["area"] = run(
    "railmap:extractrailtracks",
    {
        "INPUT": image,
        "MODEL": model,
        "AOI": chosen,
        "EXTENT": "500045,500095,5699950,5700005 [EPSG:25832]",
        "OUTPUT": f"{folder}/area.gpkg",
    },
)
found = QgsVectorLayer(f"{folder}/area.gpkg|layername=railway_link", "", "ogr")
out["area_extent"] = found.extent().toString(2)
out["area_count"] = found.featureCount()
out["empty_area"] = run(
    "railmap:extractrailtracks",
    {
        "INPUT": image,
        "MODEL": model,
        "AOI": chosen,
        "EXTENT": "600000,600010,5699950,5700005 [EPSG:25832]",
        "OUTPUT": f"{folder}/none.gpkg",
    },
)

# Into the project, as the dialog does it.
context = QgsProcessingContext()
context.setProject(QgsProject.instance())
path = f"{folder}/project.gpkg"
details = QgsProcessingContext.LayerDetails("Tracks", QgsProject.instance(), "OUTPUT")
context.addLayerToLoadOnCompletion(path, details)
feedback = Feedback()
parameters = {"INPUT": image, "MODEL": model, "OUTPUT": path}
run("railmap:extractrailtracks", parameters, feedback, context)
out["to_load"] = [key.split("|")[1] for key in context.layersToLoadOnCompletion()]
from processing.gui.Postprocessing import handleAlgorithmResults  # noqa: E402
from qgis.core import QgsApplication  # noqa: E402

algorithm = QgsApplication.processingRegistry().algorithmById("railmap:extractrailtracks")
out["loaded"] = handleAlgorithmResults(algorithm, context, feedback, False, parameters)
root = QgsProject.instance().layerTreeRoot()
group = root.findGroup("project")
out["group"] = [node.name() for node in group.children()]
out["visible"] = [node.isVisible() for node in group.children()]
out["outside"] = [node.name() for node in root.children()]
out["renderers"] = [node.layer().renderer().type() for node in group.children()]

# Refused.
out["bad_model"] = run(
    "railmap:extractrailtracks",
    {"INPUT": image, "MODEL": "/nowhere.onnx", "OUTPUT": f"{folder}/no.gpkg"},
)
odd = QgsRasterLayer(image, "odd")
odd.setCrs(QgsCoordinateReferenceSystem("EPSG:32633"))
wms = QgsRasterLayer("type=xyz&url=http://localhost:9/%7Bz%7D/%7Bx%7D/%7By%7D.png", "web", "wms")
QgsProject.instance().addMapLayers([odd, wms])
for name, layer in (("other_crs", odd), ("wms", wms)):
    out[name] = run(
        "railmap:extractrailtracks",
        {"INPUT": layer, "MODEL": model, "OUTPUT": f"{folder}/no.gpkg"},
    )
out["not_a_map"] = run("railmap:checkmap", {"INPUT": memory})
out["logged"] = logged
answer(out)
