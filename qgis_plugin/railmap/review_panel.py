"""The panel "Review map": doubtful tracks and issues one by one, decided by a key."""

from __future__ import annotations

from pathlib import Path

from qgis.core import Qgis, QgsProcessingException, QgsProject, QgsSettings
from qgis.PyQt.QtCore import QTimer
from qgis.PyQt.QtWidgets import QDockWidget, QFileDialog

from .engine import EngineError, find_engine, judge_version
from .i18n import tr
from .layers import map_file
from .review_canvas import ReviewCanvas
from .review_editing import ReviewEditing
from .review_engine import ReviewEngine
from .review_list import ReviewList
from .review_maps import link_layer, maps_of, reload_map
from .review_widgets import ReviewWidgets

SETTING = "railmap/review_below"
_BELOW = 0.8
_SECONDS = 10


class ReviewPanel(QDockWidget):
    """Lists, shows and decides; the engine stores what is decided in the map."""

    def __init__(self, iface) -> None:
        super().__init__(tr("Review map"), iface.mainWindow())
        self.setObjectName("railmapReview")
        self.iface = iface
        self.list = ReviewList()
        self.canvas = ReviewCanvas(iface.mapCanvas())
        self.editing = ReviewEditing(iface)
        self.editing.saved.connect(self.edited)
        self.engine = None
        self.crs = ""
        self.view = ReviewWidgets(self)
        self.setWidget(self.view)
        self.view.below.setValue(QgsSettings().value(SETTING, _BELOW, type=float))
        for name in ("accept", "reject", "edit", "fixed", "undo", "labels", "start"):
            self.view.on(name, getattr(self, name))
        self.view.on("next", lambda: self.go(1))
        self.view.on("previous", lambda: self.go(-1))
        QgsProject.instance().layersRemoved.connect(self.layers_changed)
        QgsProject.instance().layersAdded.connect(self.layers_changed)
        self.layers_changed()
        self.show_entry()

    # What is reviewed

    def layers_changed(self, *_) -> None:
        """Offer the maps of the project; forget the one under review if it has vanished."""
        maps = maps_of(QgsProject.instance())
        self.view.offer(maps)
        if self.engine is not None and self.engine.path not in maps:
            self.leave()
            self.tell(tr("The map under review is no longer in the project; decisions are kept."))

    def start(self) -> None:
        """List what there is to review in the chosen map."""
        self.leave()
        QgsSettings().setValue(SETTING, self.view.below.value())
        path = self.view.chosen_map()
        if not path:
            self.tell(tr("There is no railmap map in the project: add the layer of its tracks."))
            return
        try:
            engine = find_engine()
            judge_version(engine)
        except EngineError as error:
            self.tell(str(error), Qgis.MessageLevel.Critical)
            return
        self.engine = ReviewEngine(engine.command, path, self)
        self.engine.answered.connect(self.answered)
        self.engine.failed.connect(self.broken)
        self._list()

    def leave(self) -> None:
        """End the review; what was decided is in the map."""
        if self.engine is not None:
            self.engine.stop()
            self.engine.deleteLater()
            self.engine = None
        self.editing.leave()
        self.list.clear()
        self.canvas.clear()
        self.show_entry()

    def _list(self) -> None:
        self._ask("list", below=self.view.below.value())

    # Keys and buttons

    def accept(self) -> None:
        """Confirm the track; state that an issue is none."""
        self._decide("accept")

    def reject(self) -> None:
        """Remove the track."""
        self._decide("reject")

    def fixed(self) -> None:
        """State that it is corrected."""
        self._decide("fixed")

    def undo(self) -> None:
        """Take the last decision back."""
        if self._free():
            self._ask("undo")

    def edit(self) -> None:
        """Edit the track in QGIS; saving the edits decides."""
        entry, layer = self.list.current, self._layer()
        if entry is not None and layer is not None and not self.editing.begin(layer, entry):
            self.tell(tr("The layer of the tracks cannot be edited: it is read-only."))

    def labels(self) -> None:
        """Write what was decided as training labels."""
        if not self._free():
            return
        title = tr("Labels for training")
        path, _ = QFileDialog.getSaveFileName(self, title, "", "GeoPackage (*.gpkg)")
        if path:
            path = path if path.lower().endswith(".gpkg") else f"{path}.gpkg"
            self._ask("labels", output=path, below=self.view.below.value())

    def go(self, step: int) -> None:
        """Go to the next entry, or back."""
        self.list.move(step)
        self.show_entry()

    def edited(self) -> None:
        """Note that the edits of the current entry were saved."""
        # QGIS is still writing when it reports this.
        QTimer.singleShot(0, lambda: self._decide("fixed"))

    def _decide(self, verdict: str) -> None:
        entry = self.list.current
        if entry is None or self.list.verdict or not self._free():
            return
        if verdict == "reject" and entry.link_id is None:
            self.tell(tr("This issue is not about one track: edit the map, or accept the issue."))
            return
        self._ask("decide", kind=entry.kind, key=entry.key, verdict=verdict)

    def _free(self) -> bool:
        """Whether the engine may change the map now: it is there and has no unsaved edits."""
        if self.engine is None or self.engine.pending:
            return False
        layer = self._layer()
        if layer is None:
            return False
        if not Path(self.engine.path).is_file():
            self.tell(tr("The file of the map is gone: {path}").format(path=self.engine.path))
            return False
        try:
            map_file(layer, QgsProject.instance())
        except QgsProcessingException as error:
            self.tell(str(error))
            return False
        return True

    def _layer(self):
        if self.engine is None:
            return None
        layer = link_layer(QgsProject.instance(), self.engine.path)
        if layer is None:
            self.tell(tr("The map under review is no longer in the project; decisions are kept."))
        return layer

    # Answers of the engine

    def _ask(self, do: str, **values) -> None:
        self.engine.ask(do, **values)
        self.view.busy(True)

    def answered(self, answer: dict) -> None:
        """Show what the engine did."""
        self.view.busy(False)
        if "error" in answer:
            self.tell(str(answer["error"]))
            if answer["do"] == "decide":
                self._list()  # the entry may be gone
            return
        key = (answer.get("kind"), answer.get("key"))
        if answer["do"] == "list":
            self._listed(answer)
        elif answer["do"] == "labels":
            text = tr("Labels of {accepted} accepted and {rejected} rejected tracks: {path}")
            numbers = {name: answer[name] for name in ("accepted", "rejected")}
            self.tell(text.format(path=answer["output"], **numbers), Qgis.MessageLevel.Success)
        elif answer["do"] == "decide":
            self.editing.leave()
            self.list.decided(key, answer["verdict"])
            self.canvas.remove(key)
            self._changed()
        elif answer["do"] == "undo":
            self.list.taken_back(key)
            self._changed()
            self._list()

    def _listed(self, answer: dict) -> None:
        self.list.fill(answer["items"])
        self.crs = answer["crs"]
        open_entries = [one for one in self.list.entries if one.id not in self.list.verdicts]
        self.canvas.show(open_entries, self.crs)
        self.show_entry()
        if not self.list.entries:
            self.tell(
                tr("Nothing to review: no track below this confidence and no open issue."),
                Qgis.MessageLevel.Success,
            )

    def _changed(self) -> None:
        reload_map(QgsProject.instance(), self.engine.path)
        self.show_entry()
        if self.list.finished:
            self.tell(tr("Everything is reviewed."), Qgis.MessageLevel.Success)

    def broken(self, reason: str) -> None:
        """Tell that the engine has ended; what was decided is in the map."""
        self.view.busy(False)
        self.leave()
        self.tell(reason, Qgis.MessageLevel.Critical)

    def show_entry(self) -> None:
        """Show the current entry in the panel and on the canvas."""
        self.view.show_entry(self.list)
        if self.list.current is not None:
            self.canvas.go_to(self.list.current)

    def tell(self, text: str, level=Qgis.MessageLevel.Warning) -> None:
        """Say it at the top of the window."""
        self.iface.messageBar().pushMessage("Railmap", text, level, _SECONDS)

    def unload(self) -> None:
        """Take everything back."""
        QgsProject.instance().layersRemoved.disconnect(self.layers_changed)
        QgsProject.instance().layersAdded.disconnect(self.layers_changed)
        self.leave()
        self.iface.removeDockWidget(self)
        self.deleteLater()
