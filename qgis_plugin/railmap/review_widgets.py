"""What the review panel shows: map, threshold, the entry, its buttons with their keys."""

from __future__ import annotations

import html

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QKeySequence
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QGridLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from .i18n import later, tr

try:
    from qgis.PyQt.QtGui import QAction  # Qt 6
except ImportError:
    from qgis.PyQt.QtWidgets import QAction

# Name, text, keys (the first is shown), row and column.
_BUTTONS = (
    ("accept", later("Accept"), ("A",), 0, 0),
    ("reject", later("Reject"), ("R",), 0, 1),
    ("edit", later("Edit"), ("E",), 1, 0),
    ("fixed", later("Fixed"), ("F",), 1, 1),
    ("previous", later("Previous"), ("P", "Left"), 2, 0),
    ("next", later("Next"), ("N", "Right"), 2, 1),
    ("undo", later("Undo"), ("U",), 3, 0),
    ("labels", later("Labels…"), (), 3, 1),
)
_VERDICTS = {
    "accept": later("accepted"),
    "reject": later("rejected"),
    "fixed": later("fixed"),
}
_HELP = later(
    "Accept: the track is right; it stays as it is when the image is mapped again. An issue is "
    "none. Reject: there is no track; it is removed and does not come back. Edit: change the track "
    "in QGIS; saving the edits counts as fixed. Fixed: the fault is corrected. Every decision is "
    "stored in the map at once; Undo takes back those of this session. Labels writes the decided "
    "places for “railmap train tracks”. The keys work while the panel has the focus: click on it."
)


class ReviewWidgets(QWidget):
    """The content of the panel."""

    def __init__(self, parent=None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.maps = QComboBox()
        self.below = QDoubleSpinBox()
        self.below.setRange(0.0, 1.0)
        self.below.setSingleStep(0.05)
        self.below.setToolTip(tr("Tracks with a lower confidence are reviewed."))
        self.buttons = {"start": QPushButton(tr("Start the review"))}
        self.bar = QProgressBar()
        self.title, self.text = QLabel(), QLabel()
        for label in (self.title, self.text):
            label.setWordWrap(True)
        self.title.setTextFormat(Qt.TextFormat.RichText)
        self.text.setTextFormat(Qt.TextFormat.PlainText)  # messages come from the file
        self.help = QLabel(tr(_HELP))
        self.help.setWordWrap(True)
        self.help.setVisible(False)
        self._lay_out()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        form = QFormLayout()
        form.addRow(tr("Map"), self.maps)
        form.addRow(tr("Confidence below"), self.below)
        layout.addLayout(form)
        layout.addWidget(self.buttons["start"])
        for widget in (self.bar, self.title, self.text):
            layout.addWidget(widget)
        grid = QGridLayout()
        for name, text, keys, row, column in _BUTTONS:
            label = f"{tr(text)} ({keys[0]})" if keys else tr(text)
            button = self.buttons[name] = QPushButton(label)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the keys stay the panel's
            button.setToolTip(", ".join(keys))
            grid.addWidget(button, row, column)
        layout.addLayout(grid)
        help_button = QPushButton(tr("Help"))
        help_button.clicked.connect(lambda: self.help.setVisible(not self.help.isVisible()))
        layout.addWidget(help_button)
        layout.addWidget(self.help)
        layout.addStretch(1)

    def on(self, name: str, work) -> None:
        """Do `work` on a button, and on its keys while the panel has the focus."""
        button = self.buttons[name]
        button.clicked.connect(lambda *_: work())
        keys = next((keys for other, _, keys, _, _ in _BUTTONS if other == name), ())
        if not keys:
            return
        action = QAction(button.text(), self)
        action.setObjectName(f"railmapReview_{name}")
        action.setShortcuts([QKeySequence(key) for key in keys])
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.setAutoRepeat(False)
        action.triggered.connect(lambda *_: work())
        self.addAction(action)

    def offer(self, maps: dict) -> None:
        """Offer maps: titles by file; the chosen one stays."""
        before = self.chosen_map()
        self.maps.clear()
        for path, title in maps.items():
            self.maps.addItem(title, path)
            self.maps.setItemData(self.maps.count() - 1, path, Qt.ItemDataRole.ToolTipRole)
        self.maps.setCurrentIndex(max(self.maps.findData(before), 0))

    def chosen_map(self) -> str:
        """Give the file of the chosen map, empty without one."""
        return self.maps.currentData() or ""

    def busy(self, working: bool) -> None:
        """Let nobody decide while the engine writes."""
        for name in ("accept", "reject", "fixed", "undo", "labels", "start"):
            self.buttons[name].setEnabled(not working)

    def show_entry(self, review) -> None:
        """Show the current entry of a `ReviewList` and the progress."""
        done, count = review.progress
        self.bar.setRange(0, max(count, 1))
        self.bar.setValue(done)
        self.bar.setFormat(tr("{done} of {count}").format(done=done, count=count))
        entry = review.current
        for name, *_ in _BUTTONS:
            if name not in ("undo", "labels"):
                self.buttons[name].setEnabled(entry is not None)
        if entry is None:
            self.title.clear()
            self.text.clear()
            return
        self.buttons["reject"].setEnabled(entry.link_id is not None)
        self.title.setText(_title(entry, review.index + 1, review.verdict))
        self.text.setText(entry.message)
        self.setFocus()


def _title(entry, number: int, verdict: str) -> str:
    if entry.confidence is None:
        confidence = tr("confidence unknown")
    else:
        confidence = tr("confidence {value}").format(value=f"{entry.confidence:.2f}")
    what = tr("Track") if entry.kind == "link" else f"{entry.rule} ({entry.severity})"
    parts = [what]
    if entry.kind == "link" or entry.confidence is not None:
        parts.append(confidence)
    if verdict:
        parts.append(tr(_VERDICTS[verdict]))
    text = html.escape(f"{number}. {', '.join(parts)}")
    return f'<span style="color: {entry.colour}; font-size: large">■</span> <b>{text}</b>'
