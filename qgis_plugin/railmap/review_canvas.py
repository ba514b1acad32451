"""Entries of a review on the map canvas: bands in the colour of the confidence, and the zoom."""

from __future__ import annotations

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCsException,
    QgsGeometry,
    QgsProject,
)
from qgis.gui import QgsRubberBand
from qgis.PyQt.QtGui import QColor

_MARGIN = 1.6
_LEAST = 40.0  # metres that are shown at least
_WIDTH, _CURRENT_WIDTH = 2, 9
_OPACITY, _CURRENT_OPACITY = 110, 200
_MOST = 2000  # bands; more make the canvas slow


class ReviewCanvas:
    """Draws on a canvas and takes everything back."""

    def __init__(self, canvas) -> None:
        self.canvas = canvas
        self.bands: dict = {}
        self.crs = QgsCoordinateReferenceSystem()

    def show(self, entries, wkt: str) -> None:
        """Draw the open entries of a map whose CRS is `wkt`."""
        self.clear()
        self.crs = QgsCoordinateReferenceSystem.fromWkt(wkt)
        for entry in entries[:_MOST]:
            geometry = self._on_canvas(QgsGeometry.fromWkt(entry.wkt)) if entry.wkt else None
            if geometry is not None and not geometry.isNull():
                band = QgsRubberBand(self.canvas, geometry.type())
                band.setToGeometry(geometry, None)
                colour = QColor(entry.colour)
                colour.setAlpha(_OPACITY)
                band.setColor(colour)
                band.setWidth(_WIDTH)
                self.bands[entry.id] = band

    def go_to(self, entry) -> None:
        """Zoom to an entry and stress it; one without a place moves nothing."""
        for key, band in self.bands.items():
            colour = band.strokeColor()
            colour.setAlpha(_CURRENT_OPACITY if key == entry.id else _OPACITY)
            band.setColor(colour)
            band.setWidth(_CURRENT_WIDTH if key == entry.id else _WIDTH)
        geometry = QgsGeometry.fromWkt(entry.wkt) if entry.wkt else QgsGeometry()
        if geometry.isNull():
            return
        box = geometry.boundingBox()
        if max(box.width(), box.height()) < _LEAST:
            box.grow((_LEAST - max(box.width(), box.height())) / 2)
        box.scale(_MARGIN)
        window = self._on_canvas(QgsGeometry.fromRect(box))
        if window is not None:
            self.canvas.setExtent(window.boundingBox())
            self.canvas.refresh()

    def remove(self, key) -> None:
        """Take the band of an entry away."""
        band = self.bands.pop(tuple(key), None)
        if band is not None:
            self.canvas.scene().removeItem(band)

    def clear(self) -> None:
        """Take all bands away."""
        for key in list(self.bands):
            self.remove(key)

    def _on_canvas(self, geometry):
        """Give a geometry of the map in the CRS of the canvas, None where it has no place."""
        target = self.canvas.mapSettings().destinationCrs()
        if target.isValid() and self.crs.isValid():
            move = QgsCoordinateTransform(self.crs, target, QgsProject.instance())
            try:
                geometry.transform(move)
            except QgsCsException:
                return None
        return geometry
