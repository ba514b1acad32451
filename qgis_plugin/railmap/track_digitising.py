"""Digitise a track by two clicks: what is asked of the engine, and the preview on the canvas."""

from __future__ import annotations

from pathlib import Path

from qgis.core import (
    QgsCoordinateTransform,
    QgsCsException,
    QgsGeometry,
    QgsProcessingException,
    QgsProject,
    QgsRasterLayer,
    QgsWkbTypes,
)
from qgis.gui import QgsRubberBand, QgsVertexMarker
from qgis.PyQt.QtCore import QObject, pyqtSignal
from qgis.PyQt.QtGui import QColor

from .engine import EngineError, find_engine, judge_version
from .i18n import tr
from .layers import map_file
from .review_engine import ReviewEngine
from .review_maps import link_layer, maps_of, reload_map

_COLOUR, _WIDTH = QColor(255, 0, 160, 220), 3


class TrackDigitising(QObject):
    """Start, end and preview of one track after the other, in one map."""

    told = pyqtSignal(str, bool)

    def __init__(self, canvas) -> None:
        super().__init__()
        self.canvas = canvas
        self.engine = None
        self.path = ""
        self.start = None
        self.marker = None
        self.band = None

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
            self._warn(tr("There is no railmap map in the project: add the layer of its tracks."))

    def layers_changed(self, *_) -> None:
        """Forget the map if it has left the project; what was kept is in it."""
        if self.path and self.path not in maps_of(QgsProject.instance()):
            self.leave()

    def leave(self) -> None:
        """End the engine; what was kept is in the map."""
        self.drop_all()
        self._end_engine()
        self.path = ""

    # Clicks and keys

    def click(self, point) -> None:
        """Take the start, then the end; another click moves the end of the preview."""
        if not self.path:
            self.choose_map(None)
        if not self.path or self._busy():
            return
        if self.start is None:
            self.start = point
            self.marker = QgsVertexMarker(self.canvas)
            self.marker.setCenter(point)
            self.marker.setColor(_COLOUR)
            self.marker.setPenWidth(_WIDTH)
            return
        ends = self._in_map([self.start, point])
        if ends is not None and self._ready():
            self._clear_band()
            self.engine.ask("trace", start=ends[0], end=ends[1], rasters=_rasters())

    def keep(self) -> None:
        """Add the track of the preview to the map."""
        if self.band is not None and not self._busy() and self._ready():
            self.engine.ask("keep")

    def drop(self) -> None:
        """Drop the preview; without one, the start."""
        if self.band is not None:
            self._clear_band()
        else:
            self.drop_all()

    def drop_all(self) -> None:
        """Drop preview and start."""
        self._clear_band()
        if self.marker is not None:
            self.canvas.scene().removeItem(self.marker)
        self.marker = self.start = None

    def undo(self) -> None:
        """Take back the track that was kept last."""
        if self.engine is None:
            self._warn(tr("There is no track to take back."))
        elif not self._busy() and self._ready():
            self.engine.ask("undo")

    # The engine

    def _busy(self) -> bool:
        return self.engine is not None and bool(self.engine.pending)

    def _ready(self) -> bool:
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
                self.engine.answered.connect(self.answered)
                self.engine.failed.connect(self.broken)
        except (EngineError, QgsProcessingException) as error:
            self._warn(str(error))
            return False
        return True

    def answered(self, answer: dict) -> None:
        """Show what the engine has found or done."""
        if "error" in answer:
            self._warn(str(answer["error"]))
        elif answer["do"] == "trace" and self.start is not None:
            self._preview(answer)
        elif answer["do"] == "keep":
            self.drop_all()
            reload_map(QgsProject.instance(), self.path)
            text = tr("{length} m of track added; U takes it back.")
            self.told.emit(text.format(length=f"{answer['length_m']:.1f}"), True)
        elif answer["do"] == "undo":
            reload_map(QgsProject.instance(), self.path)
            self.told.emit(tr("The last track is taken back."), True)

    def broken(self, reason: str) -> None:
        """Tell that the engine has ended."""
        self.drop_all()
        self._end_engine()
        self._warn(reason)

    def _end_engine(self) -> None:
        if self.engine is not None:
            self.engine.stop()
            self.engine.deleteLater()
            self.engine = None

    def _warn(self, text: str) -> None:
        self.told.emit(text, False)

    # The canvas

    def _preview(self, answer: dict) -> None:
        line = QgsGeometry.fromWkt(answer["wkt"])
        move = self._transform(to_map=False)
        if move is not None:
            line.transform(move)
        self._clear_band()
        self.band = QgsRubberBand(self.canvas, QgsWkbTypes.GeometryType.LineGeometry)
        self.band.setColor(_COLOUR)
        self.band.setWidth(_WIDTH)
        self.band.setToGeometry(line, None)
        text = tr(
            "{length} m of track found, {unseen} m of it unseen. Enter keeps it, Esc drops it."
        )
        numbers = {name: f"{answer[f'{name}_m']:.1f}" for name in ("length", "unseen")}
        self.told.emit(text.format(**numbers), True)

    def _clear_band(self) -> None:
        if self.band is not None:
            self.canvas.scene().removeItem(self.band)
            self.band = None

    def _transform(self, to_map: bool):
        """Give the transform between canvas and map; None if their CRS are equal or unknown."""
        layer = link_layer(QgsProject.instance(), self.path)
        shown = self.canvas.mapSettings().destinationCrs()
        if layer is None or not shown.isValid() or shown == layer.crs():
            return None
        ends = (shown, layer.crs()) if to_map else (layer.crs(), shown)
        return QgsCoordinateTransform(*ends, QgsProject.instance())

    def _in_map(self, points):
        """Give points of the canvas as x, y of the map; None where it has no such place."""
        move = self._transform(to_map=True)
        try:
            moved = points if move is None else [move.transform(point) for point in points]
        except QgsCsException:
            self._warn(tr("This place is outside the area of the map's CRS."))
            return None
        return [[point.x(), point.y()] for point in moved]


def _rasters() -> list:
    """Give the files of the visible raster layers, from the top one down."""
    found = []
    for node in QgsProject.instance().layerTreeRoot().layerOrder():
        tree = QgsProject.instance().layerTreeRoot().findLayer(node.id())
        local = isinstance(node, QgsRasterLayer) and node.providerType() == "gdal"
        file = Path(node.source().split("|")[0])
        if local and tree is not None and tree.isVisible() and file.is_file():
            found.append(str(file.absolute()))
    return found
