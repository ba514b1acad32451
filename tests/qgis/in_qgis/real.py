"""The real engine: a model of extract, check and publish; a picture; cancel in the middle."""

import sys
import time
from pathlib import Path

from qgis.core import (
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsProcessingContext,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildAlgorithm,
    QgsProcessingModelChildParameterSource,
    QgsProcessingModelOutput,
    QgsProcessingModelParameter,
    QgsProcessingParameterRasterLayer,
    QgsProject,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor
from start import Feedback, answer, run

image, network, large, folder = sys.argv[1:]
Source = QgsProcessingModelChildParameterSource
out = {}

model = QgsProcessingModelAlgorithm("railway", "test")
model.addModelParameter(
    QgsProcessingParameterRasterLayer("image", "Image"), QgsProcessingModelParameter("image")
)


def step(algorithm, identifier, output, **sources):
    """Add an algorithm to the model."""
    child = QgsProcessingModelChildAlgorithm(algorithm)
    child.setChildId(identifier)
    for key, source in sources.items():
        child.addParameterSources(key, [source])
    if output:
        final = QgsProcessingModelOutput(output, output)
        final.setChildId(identifier)
        final.setChildOutputName(output)
        child.setModelOutputs({output: final})
    model.addChildAlgorithm(child)


step(
    "railmap:extractrailtracks", "extract", "OUTPUT",
    INPUT=Source.fromModelParameter("image"), MODEL=Source.fromStaticValue(network),
)  # fmt: skip
step("railmap:checkmap", "check", "", INPUT=Source.fromChildOutput("extract", "OUTPUT"))
step(
    "railmap:publishmap", "publish", "OUTPUT",
    INPUT=Source.fromChildOutput("check", "OUTPUT"),
)  # fmt: skip
file = f"{folder}/铁路 model.model3"
out["saved"] = model.toFile(file)
read = QgsProcessingModelAlgorithm()
out["read"] = read.fromFile(file)
context = QgsProcessingContext()
context.setProject(QgsProject.instance())
feedback = Feedback()
parameters = {
    "image": image,
    "extract:OUTPUT": f"{folder}/铁路 map.gpkg",
    "publish:OUTPUT": f"{folder}/site",
}
read.initAlgorithm()
out["model"], out["ok"] = read.run(parameters, context, feedback)
out["errors"] = feedback.told["error"]
out["site"] = sorted(one.name for one in Path(folder, "site").glob("*"))

# The picture that QGIS makes of it, with the styles that came with it.
layers = []
for table in ("railway_node", "railway_link"):
    layer = QgsVectorLayer(f"{folder}/铁路 map.gpkg|layername={table}", table, "ogr")
    layers.append(layer)
settings = QgsMapSettings()
settings.setLayers(layers)
settings.setDestinationCrs(layers[0].crs())
settings.setOutputSize(QSize(900, 400))
settings.setBackgroundColor(QColor("#ffffff"))
settings.setExtent(layers[1].extent().buffered(3))
job = QgsMapRendererSequentialJob(settings)
job.start()
job.waitForFinished()
picture = job.renderedImage()
picture.save(f"{folder}/map.png")
out["colours"] = sorted({picture.pixelColor(x, y).name() for x in range(0, 900, 3)
                         for y in range(0, 400)})[:2000]  # fmt: skip


class Impatient(Feedback):
    """Cancels in the middle of the segmentation."""

    asked = 0.0

    def __init__(self):
        super().__init__()
        self.progressChanged.connect(self.look)

    def look(self, progress):
        if progress > 0 and not self.asked:
            self.asked = time.monotonic()
            self.cancel()


Path(folder, "cancelled").mkdir()
out["seconds"] = []
while len(out["seconds"]) < 3 and min(out["seconds"], default=9) > 2:  # a machine may be busy
    feedback = Impatient()
    out["cancel"] = run(
        "railmap:extractrailtracks",
        {"INPUT": large, "MODEL": network, "THREADS": 1, "OUTPUT": f"{folder}/cancelled/map.gpkg"},
        feedback,
    )
    out["seconds"].append(time.monotonic() - feedback.asked)
out["at"] = feedback.moves
out["left"] = [one.name for one in Path(folder, "cancelled").iterdir()]
answer(out)
