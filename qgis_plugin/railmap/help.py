"""The help that comes with the plugin: one page, opened in the browser."""

from __future__ import annotations

from pathlib import Path

from qgis.PyQt.QtCore import QUrl
from qgis.PyQt.QtGui import QDesktopServices


def help_url(part: str) -> QUrl:
    """Give the address of a part of the page."""
    url = QUrl.fromLocalFile(str(Path(__file__).resolve().parent / "help.html"))
    url.setFragment(part)
    return url


def open_help(part: str) -> None:
    """Open a part of the page."""
    QDesktopServices.openUrl(help_url(part))
