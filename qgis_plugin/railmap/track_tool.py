"""The map tool "Digitise track": two clicks, and the engine draws the track between them."""

from __future__ import annotations

from qgis.core import Qgis, QgsProject
from qgis.gui import QgsMapTool
from qgis.PyQt.QtCore import Qt

from .i18n import tr
from .track_digitising import TrackDigitising

_SECONDS = 10


class TrackTool(QgsMapTool):
    """Clicks and keys on the canvas; `TrackDigitising` asks the engine and draws."""

    def __init__(self, iface) -> None:
        super().__init__(iface.mapCanvas())
        self.iface = iface
        self.work = TrackDigitising(iface.mapCanvas())
        self.work.told.connect(self.tell)
        self.setCursor(Qt.CursorShape.CrossCursor)
        QgsProject.instance().layersRemoved.connect(self.work.layers_changed)

    def activate(self) -> None:
        """Choose the map: that of the active layer, else the only one of the project."""
        super().activate()
        self.work.choose_map(self.iface.activeLayer())
        self.canvas().setFocus()

    def deactivate(self) -> None:
        """Drop what is not kept."""
        self.work.drop_all()
        super().deactivate()

    def canvasReleaseEvent(self, event) -> None:
        """Take the place of a click; the right button drops."""
        if event.button() == Qt.MouseButton.RightButton:
            self.work.drop()
        elif event.button() == Qt.MouseButton.LeftButton:
            self.work.click(self.toMapCoordinates(event.pos()))

    def keyPressEvent(self, event) -> None:
        """Enter keeps, Esc drops, U takes back."""
        actions = {
            Qt.Key.Key_Return: self.work.keep,
            Qt.Key.Key_Enter: self.work.keep,
            Qt.Key.Key_Escape: self.work.drop,
            Qt.Key.Key_U: self.work.undo,
        }
        if event.key() in actions:
            event.accept()
            actions[event.key()]()
        else:
            event.ignore()

    def tell(self, text: str, good: bool) -> None:
        """Say it at the top of the window."""
        level = Qgis.MessageLevel.Success if good else Qgis.MessageLevel.Warning
        self.iface.messageBar().pushMessage(tr("Digitise track"), text, level, _SECONDS)

    def unload(self) -> None:
        """Take everything back."""
        QgsProject.instance().layersRemoved.disconnect(self.work.layers_changed)
        self.work.leave()
        self.canvas().unsetMapTool(self)
