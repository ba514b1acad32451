"""Start QGIS without a window and load the plugin; for the scripts of this folder."""

import json
import os
import sys
from pathlib import Path

from qgis.core import Qgis, QgsApplication, QgsProcessingContext, QgsProcessingFeedback, QgsProject

PLUGINS = Path(__file__).resolve().parents[3] / "qgis_plugin"

application = QgsApplication([], True)
application.initQgis()
logged = []
QgsApplication.messageLog().messageReceived.connect(
    lambda text, tag, level: logged.append(text) if level == Qgis.MessageLevel.Critical else None
)
sys.path.insert(0, str(Path(QgsApplication.pkgDataPath()) / "python" / "plugins"))
sys.path.insert(0, str(PLUGINS))

import processing  # noqa: E402
from processing.core.Processing import Processing  # noqa: E402

Processing.initialize()

import railmap  # noqa: E402
from railmap import engine  # noqa: E402, F401

plugin = railmap.classFactory(None)
plugin.initProcessing()


class Feedback(QgsProcessingFeedback):
    """Keeps what it is told."""

    def __init__(self) -> None:
        super().__init__(False)
        self.told = {"info": [], "warning": [], "error": [], "text": [], "console": []}
        self.moves = []
        self.progressChanged.connect(self.moves.append)

    def pushInfo(self, text):
        self.told["info"].append(text)

    def pushWarning(self, text):
        self.told["warning"].append(text)

    def pushConsoleInfo(self, text):
        self.told["console"].append(text)

    def pushCommandInfo(self, text):
        self.told["console"].append(text)

    def reportError(self, text, fatal=False):
        self.told["error"].append(text)

    def setProgressText(self, text):
        self.told["text"].append(text)


def run(name, parameters, feedback=None, context=None):
    """Run an algorithm; its results, or the text of its error as ``{"error": ...}``."""
    feedback = feedback or Feedback()
    context = context or QgsProcessingContext()
    context.setProject(QgsProject.instance())
    try:
        return processing.run(name, parameters, feedback=feedback, context=context)
    except Exception as error:
        return {"error": str(error)}


def answer(value) -> None:
    """Print the result and leave; QGIS's own way out crashes without a window."""
    print("RESULT" + json.dumps(value, default=str), flush=True)
    os._exit(0)
