"""The widgets and the engine of the review panel, in QGIS's Qt or in PyQt6; the map is faked."""

import importlib
import json
import os
import sys
import time
from pathlib import Path

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QApplication

program, broken = sys.argv[1:]
sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "qgis_plugin"))
application = QApplication([])

from railmap.review_engine import ReviewEngine  # noqa: E402
from railmap.review_list import ReviewList  # noqa: E402
from railmap.review_widgets import ReviewWidgets  # noqa: E402

for name in ("review_editing", "review_maps"):
    importlib.import_module(f"railmap.{name}")
out = {"answers": [], "failed": []}


def wait(until):
    """Let Qt work until that is so."""
    end = time.monotonic() + 30
    while not until() and time.monotonic() < end:
        application.processEvents()
        time.sleep(0.02)


view, review, pressed = ReviewWidgets(), ReviewList(), []
for name in view.buttons:
    view.on(name, lambda name=name: pressed.append(name))
view.offer({"/a/b.gpkg": "b", "/c.gpkg": "c"})
view.maps.setCurrentIndex(1)
view.offer({"/c.gpkg": "c"})
out["map"] = view.chosen_map()
view.show_entry(review)
out["empty"] = [view.bar.text(), view.buttons["accept"].isEnabled()]
review.fill([
    {"kind": "link", "key": "a", "confidence": 0.5, "link_id": "a"},
    {"kind": "issue", "key": "1", "rule": "<b>", "severity": "error", "message": "<i>x</i>"},
])  # fmt: skip
view.show_entry(review)
out["track"] = [view.title.text(), view.bar.text(), view.buttons["reject"].isEnabled()]
review.move(1)
view.show_entry(review)
out["issue"] = [view.title.text(), view.text.text(), view.buttons["reject"].isEnabled()]
view.busy(True)
out["busy"] = view.buttons["accept"].isEnabled()
view.busy(False)
for action in view.actions():
    action.trigger()
out["pressed"] = pressed
out["keys"] = {
    action.objectName(): [one.toString() for one in action.shortcuts()] for action in view.actions()
}
out["only here"] = all(
    action.shortcutContext() == Qt.ShortcutContext.WidgetWithChildrenShortcut
    for action in view.actions()
)

engine = ReviewEngine((program,), "轨道.gpkg")
engine.answered.connect(out["answers"].append)
engine.failed.connect(out["failed"].append)
engine.ask("list", below=0.5)
engine.ask("undo")
wait(lambda: not engine.pending)
engine.stop()
for one in (broken, f"{broken} that is not there"):
    ended = ReviewEngine((one,), "x.gpkg")
    ended.failed.connect(out["failed"].append)
    ended.ask("list", below=0.5)
    before = len(out["failed"])
    wait(lambda before=before: len(out["failed"]) > before)
    ended.stop()
print("RESULT" + json.dumps(out), flush=True)
os._exit(0)
