"""Base of the map tools: clicks and keys on the canvas, messages at the top of the window."""

from __future__ import annotations

from qgis.core import Qgis, QgsProject
from qgis.gui import QgsMapTool
from qgis.PyQt.QtCore import Qt

from .i18n import tr

_SECONDS = 10


class RailmapTool(QgsMapTool):
    """Gives clicks and keys to its work, a `MapWork`, which asks the engine and draws."""

    TITLE = ""

    def __init__(self, iface, work) -> None:
        super().__init__(iface.mapCanvas())
        self.iface = iface
        self.work = work
        self.work.told.connect(self.tell)
        self.keys = {Qt.Key.Key_U: self.work.undo, Qt.Key.Key_Escape: self.work.drop_all}
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
        """Take the place of a click; the right button does what Esc does."""
        if event.button() == Qt.MouseButton.RightButton:
            self.keys[Qt.Key.Key_Escape]()
        elif event.button() == Qt.MouseButton.LeftButton:
            self.work.click(self.toMapCoordinates(event.pos()))

    def keyPressEvent(self, event) -> None:
        """Do what a key stands for."""
        action = self.keys.get(event.key())
        if action is None:
            event.ignore()
            return
        event.accept()
        action()

    def tell(self, text: str, good: bool) -> None:
        """Say it at the top of the window."""
        level = Qgis.MessageLevel.Success if good else Qgis.MessageLevel.Warning
        self.iface.messageBar().pushMessage(tr(self.TITLE), text, level, _SECONDS)

    def unload(self) -> None:
        """Take everything back."""
        QgsProject.instance().layersRemoved.disconnect(self.work.layers_changed)
        self.work.leave()
        self.canvas().unsetMapTool(self)
