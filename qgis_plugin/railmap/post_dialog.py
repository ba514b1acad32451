"""The question of the map tool "Kilometre posts": which line, and its kilometre."""

from __future__ import annotations

from qgis.PyQt.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QFormLayout, QLabel, QLineEdit

from .help import open_help
from .i18n import tr


class PostDialog(QDialog):
    """Asks for the kilometre on a post; the line too where there are several."""

    def __init__(self, lines: list, parent=None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Kilometre post"))
        self.line = QComboBox()
        for one in lines:
            now = tr("now km {km}").format(km=f"{one['line_m'] / 1000:.3f}")
            self.line.addItem(f"{one['title']} ({now})", one["line_id"])
        self.line.setEnabled(len(lines) > 1)
        self.kilometre = QLineEdit()
        self.kilometre.setPlaceholderText("12.4, 12.4+35")
        self.kilometre.textChanged.connect(self._typed)
        hint = QLabel(tr("As on the post; metres beyond it after “+”."))
        hint.setWordWrap(True)
        kinds = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(kinds.Ok | kinds.Cancel | kinds.Help)
        self.buttons.helpRequested.connect(lambda: open_help("post"))
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        layout = QFormLayout(self)
        layout.addRow(tr("Line"), self.line)
        layout.addRow(tr("Kilometre"), self.kilometre)
        layout.addRow("", hint)
        layout.addRow(self.buttons)
        self._typed("")
        self.kilometre.setFocus()

    def _typed(self, text: str) -> None:
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(bool(text.strip()))


def ask_for_post(lines: list, parent=None):
    """Ask; gives line_id and kilometre, None if the user cancels."""
    dialog = PostDialog(lines, parent)
    if dialog.exec() != QDialog.DialogCode.Accepted:
        return None
    return dialog.line.currentData(), dialog.kilometre.text().strip()
