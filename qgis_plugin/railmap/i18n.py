"""Translation: `tr` translates now, `later` marks a text that is translated where it is shown."""

from __future__ import annotations

from qgis.PyQt.QtCore import QCoreApplication

CONTEXT = "Railmap"


def tr(text: str) -> str:
    """Translate `text` into QGIS's language."""
    return QCoreApplication.translate(CONTEXT, text)


def later(text: str) -> str:
    """Mark `text` for the translators."""
    return text
