"""The map tool "Digitise track": two clicks, and the engine draws the track between them."""

from __future__ import annotations

from qgis.PyQt.QtCore import Qt

from .i18n import later
from .map_tool import RailmapTool
from .track_digitising import TrackDigitising


class TrackTool(RailmapTool):
    """Enter keeps, Esc drops, U takes back."""

    TITLE = later("Digitise track")

    def __init__(self, iface) -> None:
        super().__init__(iface, TrackDigitising(iface.mapCanvas()))
        self.keys |= {
            Qt.Key.Key_Return: self.work.keep,
            Qt.Key.Key_Enter: self.work.keep,
            Qt.Key.Key_Escape: self.work.drop,
        }
