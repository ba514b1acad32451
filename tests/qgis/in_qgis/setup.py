"""The setup dialog, driven as a user does; also under PyQt6, with the shim in place of QGIS."""

import json
import os
import sys
import time
from pathlib import Path

plugins, folder, python, existing, bad, other, stranger, good = sys.argv[1:]
sys.path.insert(0, plugins)

from qgis.core import QgsApplication, QgsSettings  # noqa: E402
from qgis.PyQt.QtGui import QPalette  # noqa: E402
from qgis.PyQt.QtWidgets import QApplication  # noqa: E402

if hasattr(QgsApplication, "initQgis"):
    application = QgsApplication([], True)
    application.initQgis()
else:
    application = QApplication([])
    QgsApplication.folder = folder

import railmap.setup_dialog as module  # noqa: E402
from railmap.engine import READY, find_engine, private_folder  # noqa: E402
from railmap.installer import (  # noqa: E402
    Python,
    find_pythons,
    probe_python,
    proxy_environment,
)

from railmap import installer, wheel_file  # noqa: E402

out = {}
# The wheels of the test have no dependencies.
installer.REQUIREMENTS = Path(folder) / "requirements.txt"
installer.REQUIREMENTS.write_text("")


def wait(dialog):
    """Let the dialog finish what it is at."""
    end = time.monotonic() + 400
    while dialog.worker is not None and time.monotonic() < end:
        application.processEvents()
        time.sleep(0.02)
    application.processEvents()
    return dialog.status.text()


wheel_file.FOLDER = Path(folder) / "nothing here"
dialog = module.SetupDialog()
out["nothing"] = wait(dialog)
dialog.copy_log()
out["copied"] = QApplication.clipboard().text()
out["usable"] = [one.path for one in find_pythons() if not one.problem]
out["no python"] = probe_python(bad)
dialog.python.clear()
dialog._add_python(Python(python, sys.version_info[:2]))

# Without a wheel the button asks for one first; the user leaves that window.
asked = []


class Files:
    """Stands in for the window that chooses a file."""

    chosen = ""

    @classmethod
    def getOpenFileName(cls, *words):
        asked.append(words)
        return cls.chosen, ""


module.QFileDialog = Files
out["default"] = dialog.wheel.text()
hint = dialog.wheel.palette().color(QPalette.ColorRole.PlaceholderText)
out["hint"] = [hint.lightnessF(), hint.alphaF()]
dialog.start.click()
out["asked"] = len(asked)
out["no wheel"] = wait(dialog)

# Installations that fail, and the same button again; the last wheel is chosen in that window.
candidates = {"stranger": stranger, "failed": bad, "other": other, "installed": good}
for name, wheel in candidates.items():
    Files.chosen = wheel
    dialog.wheel.setText("" if name == "installed" else wheel)
    dialog.offline.setChecked(True)
    dialog.start.click()
    out[f"{name} busy"] = [dialog.start.isEnabled(), dialog.stop.isEnabled()]
    out[name] = wait(dialog)
    out[f"{name} ready"] = (private_folder() / READY).is_file()
    out[f"{name} folder"] = private_folder().exists()
    out[f"{name} log"] = dialog.log.toPlainText()
engine = find_engine()
out["engine"] = [engine.version, engine.command[0] == str(private_folder() / "bin" / "python")]

# A cancelled one leaves nothing, not even what was there: it was being replaced.
dialog.start.click()
dialog.stop.click()
out["cancelled"] = wait(dialog)
out["cancelled folder"] = private_folder().exists()

wheel_file.FOLDER = Path(good).parent
carrier = module.SetupDialog()
out["carried"] = Path(carrier.wheel.text()).name
wait(carrier)

# A program that is there.
QgsSettings().setValue("railmap/engine", existing)
dialog.look()
out["existing"] = wait(dialog)
out["doctor"] = dialog.log.toPlainText()
out["can forget"] = dialog.forget.isEnabled()
dialog.forget.click()
out["forgotten"] = wait(dialog)

settings = QgsSettings()
for key, value in {
    "proxy/proxyEnabled": True, "proxy/proxyHost": "proxy.example", "proxy/proxyPort": "3128",
    "proxy/proxyUser": "me", "proxy/proxyPassword": "p@ss", "proxy/proxyType": "HttpProxy",
}.items():  # fmt: skip
    settings.setValue(key, value)
out["proxy"] = proxy_environment()["HTTPS_PROXY"]
settings.setValue("proxy/proxyEnabled", False)
out["no proxy"] = proxy_environment()
dialog.reject()

if not hasattr(QgsApplication, "initQgis"):  # every parameter can be made with Qt 6's enums
    from railmap.algorithms import ALGORITHMS

    import railmap

    out["defined"] = sum(
        len(parameter.define()) for algorithm in ALGORITHMS for parameter in algorithm.PARAMETERS
    )
    railmap.classFactory(None).initProcessing()
print("RESULT" + json.dumps(out, default=str), flush=True)
os._exit(0)
