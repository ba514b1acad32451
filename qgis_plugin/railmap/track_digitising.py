"""Digitise a track by two clicks: what is asked of the engine, and the preview on the canvas."""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsGeometry, QgsProject, QgsRasterLayer, QgsWkbTypes
from qgis.gui import QgsRubberBand

from .i18n import tr
from .map_work import COLOUR, WIDTH, MapWork
from .review_maps import reload_map


class TrackDigitising(MapWork):
    """Start, end and preview of one track after the other, in one map."""

    def __init__(self, canvas) -> None:
        super().__init__(canvas)
        self.start = None
        self.band = None

    # Clicks and keys

    def click(self, point) -> None:
        """Take the start, then the end; another click moves the end of the preview."""
        if not self.path:
            self.choose_map(None)
        if not self.path or self.is_busy():
            return
        if self.start is None:
            self.start = point
            self.mark(point)
            return
        ends = self.in_map([self.start, point])
        if ends is not None and self.is_ready():
            self._clear_band()
            self.engine.ask("trace", start=ends[0], end=ends[1], rasters=_rasters())

    def keep(self) -> None:
        """Add the track of the preview to the map."""
        if self.band is not None and not self.is_busy() and self.is_ready():
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
        super().drop_all()
        self.start = None

    # Answers

    def answered(self, answer: dict) -> None:
        """Show what the engine has found or done."""
        if answer["do"] == "trace" and self.start is not None:
            self._preview(answer)
        elif answer["do"] == "keep":
            self.drop_all()
            reload_map(QgsProject.instance(), self.path)
            text = tr("{length} m of track added; U takes it back.")
            self.told.emit(text.format(length=f"{answer['length_m']:.1f}"), True)
        elif answer["do"] == "undo":
            reload_map(QgsProject.instance(), self.path)
            self.told.emit(tr("The last track is taken back."), True)

    def _preview(self, answer: dict) -> None:
        line = QgsGeometry.fromWkt(answer["wkt"])
        move = self.transform(to_map=False)
        if move is not None:
            line.transform(move)
        self._clear_band()
        self.band = QgsRubberBand(self.canvas, QgsWkbTypes.GeometryType.LineGeometry)
        self.band.setColor(COLOUR)
        self.band.setWidth(WIDTH)
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
