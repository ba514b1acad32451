"""What the map tools share: the map that they change, and the engine that runs next to them."""

from __future__ import annotations

from qgis.core import (
    QgsCoordinateTransform,
    QgsCsException,
    QgsProcessingException,
    QgsProject,
)
from qgis.gui import QgsVertexMarker
from qgis.PyQt.QtCore import QObject, pyqtSignal
from qgis.PyQt.QtGui import QColor

from .engine import EngineError, find_engine, judge_version
from .i18n import tr
from .layers import map_file
from .review_engine import ReviewEngine
from .review_maps import link_layer, maps_of

COLOUR, WIDTH = QColor(255, 0, 160, 220), 3


class MapWork(QObject):
    """One map of the project, changed by requests to the engine.

    A subclass defines `answered`, which takes what the engine answers without an error, and
    `drop_all`, which takes what is drawn off the canvas.
    """

    told = pyqtSignal(str, bool)

    def __init__(self, canvas) -> None:
        super().__init__()
        self.canvas = canvas
        self.engine = None
        self.path = ""
        self.marker = None

    def answered(self, answer: dict) -> None:
        """Show what the engine has found or done."""
        raise NotImplementedError

    def drop_all(self) -> None:
        """Take the marker off the canvas."""
        if self.marker is not None:
            self.canvas.scene().removeItem(self.marker)
        self.marker = None

    # The map

    def choose_map(self, layer) -> None:
        """Work on the map of a layer, else on the one before, else on the first of the project."""
        maps = maps_of(QgsProject.instance())
        own = layer.source().split("|")[0] if layer is not None else ""
        path = own if own in maps else self.path if self.path in maps else next(iter(maps), "")
        if path != self.path:
            self.leave()
            self.path = path
        if not path:
            self.warn(tr("There is no railmap map in the project: add the layer of its tracks."))

    def layers_changed(self, *_) -> None:
        """Forget the map if it has left the project; what was kept is in it."""
        if self.path and self.path not in maps_of(QgsProject.instance()):
            self.leave()

    def leave(self) -> None:
        """End the engine; what was kept is in the map."""
        self.drop_all()
        self._end_engine()
        self.path = ""

    # The engine

    def is_busy(self) -> bool:
        """Return whether an answer is awaited."""
        return self.engine is not None and bool(self.engine.pending)

    def is_ready(self) -> bool:
        """Start the engine if need be; whether the map may be changed now."""
        layer = link_layer(QgsProject.instance(), self.path)
        try:
            if layer is None:
                raise EngineError(
                    tr("There is no railmap map in the project: add the layer of its tracks.")
                )
            map_file(layer, QgsProject.instance())
            if self.engine is None:
                engine = find_engine()
                judge_version(engine)
                self.engine = ReviewEngine(engine.command, self.path, self)
                self.engine.answered.connect(self._answered)
                self.engine.failed.connect(self._broken)
        except (EngineError, QgsProcessingException) as error:
            self.warn(str(error))
            return False
        return True

    def undo(self) -> None:
        """Take back what was stored last."""
        if self.engine is None:
            self.warn(tr("There is nothing to take back."))
        elif not self.is_busy() and self.is_ready():
            self.engine.ask("undo")

    def warn(self, text: str) -> None:
        """Say what is wrong."""
        self.told.emit(text, False)

    def _answered(self, answer: dict) -> None:
        if "error" in answer:
            self.warn(str(answer["error"]))
        else:
            self.answered(answer)

    def _broken(self, reason: str) -> None:
        self.drop_all()
        self._end_engine()
        self.warn(reason)

    def _end_engine(self) -> None:
        if self.engine is not None:
            self.engine.stop()
            self.engine.deleteLater()
            self.engine = None

    # The canvas

    def mark(self, point) -> None:
        """Show a place of the canvas."""
        MapWork.drop_all(self)
        self.marker = QgsVertexMarker(self.canvas)
        self.marker.setCenter(point)
        self.marker.setColor(COLOUR)
        self.marker.setPenWidth(WIDTH)

    def transform(self, to_map: bool):
        """Give the transform between canvas and map; None if their CRS are equal or unknown."""
        layer = link_layer(QgsProject.instance(), self.path)
        shown = self.canvas.mapSettings().destinationCrs()
        if layer is None or not shown.isValid() or shown == layer.crs():
            return None
        ends = (shown, layer.crs()) if to_map else (layer.crs(), shown)
        return QgsCoordinateTransform(*ends, QgsProject.instance())

    def in_map(self, points):
        """Give points of the canvas as x, y of the map; None where it has no such place."""
        move = self.transform(to_map=True)
        try:
            moved = points if move is None else [move.transform(point) for point in points]
        except QgsCsException:
            self.warn(tr("This place is outside the area of the map's CRS."))
            return None
        return [[point.x(), point.y()] for point in moved]
