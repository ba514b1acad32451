"""What is said without an engine, with a wrong one, on errors; and how a cancel ends."""

import os
import sys
import time
from pathlib import Path

from qgis.core import QgsSettings
from start import Feedback, answer, run
from start import engine as finder

from railmap import programs

image, folder, *engines = sys.argv[1:]
slow = engines[engines.index("--slow") + 1 :]
engines = engines[: engines.index("--slow")]
name = "railmap:extractrailtracks"
out = {}


def attempt(feedback=None):
    return run(name, {"INPUT": image, "OUTPUT": f"{folder}/out.gpkg"}, feedback)


out["missing"] = attempt()
os.environ["RAILMAP_EXECUTABLE"] = f"{folder}/not there"
out["named but missing"] = attempt()
for engine in engines:
    os.environ["RAILMAP_EXECUTABLE"] = engine
    feedback = Feedback()
    found = attempt(feedback)
    out[Path(engine).name] = {**found, "warnings": feedback.told["warning"]}

# Where it is looked for: the variable, then the setting, then the private one, then PATH.
del os.environ["RAILMAP_EXECUTABLE"]
QgsSettings().setValue(finder.SETTING, engines[0])
out["setting"] = finder.find_engine().found
QgsSettings().remove(finder.SETTING)
link = Path(folder) / "bin"
link.mkdir()
(link / "railmap").symlink_to(engines[0])
os.environ["PATH"] = f"{link}:{os.environ['PATH']}"
out["path"] = finder.find_engine().found
out["python"] = finder.as_command("/usr/bin/python3.12")

os.environ["PROJ_LIB"] = os.environ["PYTHONHOME"] = "/foreign"
out["foreign"] = [key for key in ("PROJ_LIB", "PYTHONHOME") if key in programs.environment()]
del os.environ["PROJ_LIB"], os.environ["PYTHONHOME"]


class Impatient(Feedback):
    """Cancels as soon as the engine is at work."""

    asked = 0.0

    def setProgressText(self, text):
        super().setProgressText(text)
        if text == "segment":
            self.asked = time.monotonic()
            self.cancel()


out["cancelled"] = {}
for engine in slow:
    os.environ["RAILMAP_EXECUTABLE"] = engine
    took = []
    while len(took) < 3 and min(took, default=9) > 2:  # a busy machine gets another chance
        feedback = Impatient()
        found = attempt(feedback)
        took.append(time.monotonic() - feedback.asked)
    out["cancelled"][Path(engine).name] = {
        **found,
        "seconds": took,
        "left": sorted(file.name for file in Path(folder).iterdir() if "out" in file.name),
    }
answer(out)
