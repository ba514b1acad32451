"""Write the models of the plugin again, with QGIS's own Python.

``QT_HASH_SEED=0 QT_QPA_PLATFORM=offscreen python3 qgis_plugin/write_models.py`` (else the order of
XML attributes is by chance)

A model is a chain of steps; a step is an algorithm with what its parameters take: a parameter of
the model, the result of an earlier step, or a value.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from qgis.core import (
    QgsApplication,
    QgsProcessing,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildAlgorithm,
    QgsProcessingModelChildParameterSource,
    QgsProcessingModelOutput,
    QgsProcessingModelParameter,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterFile,
    QgsProcessingParameterPoint,
    QgsProcessingParameterRasterLayer,
    QgsProcessingParameterString,
)
from qgis.PyQt.QtCore import QPointF

HERE = Path(__file__).resolve().parent
_SOURCE = QgsProcessingModelChildParameterSource
_VECTOR = [QgsProcessing.SourceType.TypeVector]
_FILE = QgsProcessingParameterFile.Behavior.File

# Parameters with their explanation.
IMAGE = {
    QgsProcessingParameterRasterLayer("image", "Image"): (
        "Georeferenced image, 0.8 to 60 cm per pixel."
    ),
}
NETWORK = {
    QgsProcessingParameterFile("model", "Model", _FILE, "onnx", None, True): (
        "ONNX file; empty: the model that comes with the engine."
    ),
}
LINE = {
    QgsProcessingParameterString("line", "Number of the line"): "Such as 6185.",
    QgsProcessingParameterPoint("start", "Start of the line"): (
        "The nearest node of the map within 25 m counts."
    ),
    QgsProcessingParameterPoint("end", "End of the line"): (
        "The nearest node of the map within 25 m counts."
    ),
    QgsProcessingParameterFeatureSource("posts", "Kilometre posts of the line", _VECTOR): (
        "Points, or a table with x and y, and a column position_km or position_text."
    ),
    QgsProcessingParameterFeatureSource("events", "Events to place on the tracks", _VECTOR): (
        "Any vector layer, or a table with line and km."
    ),
}
EXTRACT = ("extract", "extractrailtracks", {"INPUT": "@image", "MODEL": "@model"}, "Map")


def _check_and_publish(before: str) -> tuple:
    return (
        ("check", "checkmap", {"INPUT": before}, ""),
        ("publish", "publishmap", {"INPUT": "check", "ORTHO": "@image"}, "Web page"),
    )


# File: name, help, parameters, steps. "@name" is a parameter of the model; the name of a step is
# the map that it gives.
MODELS = {
    "survey_to_web_map": (
        "Survey to web map",
        "Image to map, with lines along its tracks, checked and published as a web page.",
        IMAGE | NETWORK,
        (
            EXTRACT,
            ("lines", "addlinesautomatically", {"INPUT": "extract"}, ""),
            *_check_and_publish("lines"),
        ),
    ),
    "survey_to_chainage": (
        "Survey to map with chainage and events",
        "Image to map; a line from start to end, calibrated by its kilometre posts; events on the "
        "tracks with their chainage; checked and published as a web page.",
        IMAGE | LINE | NETWORK,
        (
            EXTRACT,
            (
                "line",
                "addline",
                {"INPUT": "extract", "REF": "@line", "START": "@start", "END": "@end"},
                "",
            ),
            (
                "posts",
                "addkilometreposts",
                {"INPUT": "line", "POSTS": "@posts", "REF": "@line"},
                "",
            ),
            ("events", "attachevents", {"INPUT": "@events", "MAP": "posts"}, ""),
            *_check_and_publish("events"),
        ),
    ),
}


def build(name: str, about: str, parameters: dict, steps: tuple) -> QgsProcessingModelAlgorithm:
    """Give the model; its boxes stand in two columns."""
    model = QgsProcessingModelAlgorithm(name, "Models")
    hints = {definition.name(): hint for definition, hint in parameters.items()}
    model.setHelpContent({"ALG_DESC": about, **hints})
    for row, definition in enumerate(parameters):
        box = QgsProcessingModelParameter(definition.name())
        box.setPosition(QPointF(150, 60 + 100 * row))
        model.addModelParameter(definition.clone(), box)
    model.setParameterOrder([definition.name() for definition in parameters])
    for row, (identifier, algorithm, sources, output) in enumerate(steps):
        child = QgsProcessingModelChildAlgorithm(f"railmap:{algorithm}")
        child.setChildId(identifier)
        child.setDescription(child.algorithm().displayName())
        child.setPosition(QPointF(450, 60 + 130 * row))
        for key, value in sources.items():
            source = (
                _SOURCE.fromModelParameter(value[1:])
                if value.startswith("@")
                else _SOURCE.fromChildOutput(value, "OUTPUT")
            )
            child.addParameterSources(key, [source])
        if output:
            final = QgsProcessingModelOutput(output, output)
            final.setChildId(identifier)
            final.setChildOutputName("OUTPUT")
            final.setPosition(QPointF(750, 60 + 130 * row))
            child.setModelOutputs({output: final})
        model.addChildAlgorithm(child)
    return model


def main() -> None:
    """Run the program."""
    application = QgsApplication([], False)
    application.initQgis()
    sys.path.insert(0, str(HERE))
    import railmap

    plugin = railmap.classFactory(None)  # keeps the provider
    plugin.initProcessing()
    for file, parts in MODELS.items():
        path = HERE / "railmap" / "models" / f"{file}.model3"
        if not build(*parts).toFile(str(path)):
            raise SystemExit(f"{path}: cannot be written")
        print(path)
    sys.stdout.flush()
    os._exit(0)  # QGIS's own way out crashes without a window


if __name__ == "__main__":
    main()
