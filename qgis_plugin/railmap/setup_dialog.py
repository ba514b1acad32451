"""The dialog behind "Set up the engine…": what is there, on what it runs, and how to get it."""

from __future__ import annotations

import html

from qgis.core import QgsSettings
from qgis.PyQt.QtCore import QThread, pyqtSignal
from qgis.PyQt.QtGui import QPalette
from qgis.PyQt.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
)

from .engine import SETTING, EngineError, find_engine, judge_version, plugin_version
from .help import open_help
from .i18n import later, tr
from .installer import InstallError, find_pythons, install, probe_python, proxy_environment
from .programs import ask
from .wheel_file import HOW_TO_GET_ONE, PATTERN, carried_wheel

_NO_PYTHON = later("No Python 3.11 or newer was found: install one, or choose it with “…”.")


class Worker(QThread):
    """Runs `work(log, is_cancelled)` in a thread next to the window."""

    line = pyqtSignal(str)
    ended = pyqtSignal(bool, str)

    def __init__(self, work, parent) -> None:
        super().__init__(parent)
        self.work = work

    def run(self) -> None:  # noqa: D102 - Qt's
        try:
            text = self.work(self.line.emit, self.isInterruptionRequested)
        except (InstallError, EngineError) as error:
            self.ended.emit(False, str(error))
        except Exception as error:
            self.ended.emit(False, f"{type(error).__name__}: {error}")
        else:
            self.ended.emit(True, text or "")


class SetupDialog(QDialog):
    """Shows the engine and installs it."""

    def __init__(self, parent=None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Railmap: set up the engine"))
        self.resize(720, 520)
        self.worker = None
        self.told = ""
        self.status = QLabel()
        self.status.setWordWrap(True)
        self.python = QComboBox()
        self.wheel = QLineEdit(carried_wheel())
        self.wheel.setPlaceholderText(tr(HOW_TO_GET_ONE).format(pattern=PATTERN))
        # It is what to do next: some styles draw it nearly white.
        colours = self.wheel.palette()
        legible = colours.color(QPalette.ColorRole.Text)
        legible.setAlphaF(0.7)
        colours.setColor(QPalette.ColorRole.PlaceholderText, legible)
        self.wheel.setPalette(colours)
        self.offline = QCheckBox(tr("Offline: install from the folder of the wheel file only"))
        self.start = _button(tr("Set up the engine"), self.install)
        self.start.setDefault(True)
        self.other = _button(tr("Use a program that is there…"), self.choose_program)
        self.forget = _button(tr("Forget it"), self.forget_program)
        self.stop = _button(tr("Cancel"), self.cancel)
        self.bar = QProgressBar()
        self.log = QPlainTextEdit()
        self.log.setReadOnly(True)
        self._lay_out()
        self._busy(False)
        self.look()

    def _lay_out(self) -> None:
        form = QFormLayout()
        for label, field, tip, choose in (
            (tr("Python"), self.python, tr("Choose another Python"), self.choose_python),
            (tr("Wheel file"), self.wheel, tr("Choose a wheel file"), self.choose_wheel),
        ):
            row = QHBoxLayout()
            row.addWidget(field, 1)
            pick = _button("…", choose)
            pick.setToolTip(tip)
            row.addWidget(pick)
            form.addRow(label, row)
        form.addRow("", self.offline)
        buttons = QHBoxLayout()
        for button in (self.start, self.other, self.forget, self.stop):
            buttons.addWidget(button)
        kinds = QDialogButtonBox.StandardButton
        box = QDialogButtonBox(kinds.Close | kinds.Help)
        box.rejected.connect(self.reject)
        box.helpRequested.connect(lambda: open_help("engine"))
        copy = box.addButton(tr("Copy the log"), QDialogButtonBox.ButtonRole.ActionRole)
        copy.clicked.connect(self.copy_log)
        size = QLabel(
            tr(
                "An engine of its own takes 1.1 GB of disk, with the packages that it needs; "
                "downloading and installing takes some minutes."
            )
        )
        size.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.addWidget(self.status)
        layout.addWidget(size)
        layout.addLayout(form)
        layout.addLayout(buttons)
        layout.addWidget(self.bar)
        layout.addWidget(self.log, 1)
        layout.addWidget(box)

    # What is there

    def look(self) -> None:
        """Look for the engine, ask what it runs on, and look for interpreters."""

        def work(log, is_cancelled) -> str:
            self.pythons = find_pythons()
            engine = find_engine(refresh=True)
            warning = judge_version(engine)
            log(f"railmap {engine.version}: {' '.join(engine.command)} ({engine.found})")
            answer = ask([*engine.command, "doctor"], 300)
            for line in (answer.stdout + answer.stderr).strip().splitlines():
                log(line)
            return warning or tr(
                "The engine is ready: railmap {version}, {path} ({found})."
            ).format(version=engine.version, path=engine.command[0], found=engine.found)

        self._run(work, self._looked)

    def _looked(self, good: bool, text: str) -> None:
        self._tell(good, text)
        if not self.python.count():
            for python in getattr(self, "pythons", []):
                self._add_python(python)
        if not good and all(one.problem for one in getattr(self, "pythons", [])):
            self.log.appendPlainText(tr(_NO_PYTHON))

    def _add_python(self, python) -> None:
        label = "{} ({}.{})".format(python.path, *python.version)
        self.python.addItem(f"{label}: {python.problem}" if python.problem else label, python.path)

    # What the buttons do

    def install(self) -> None:
        """Install the engine into its own environment."""
        python = self.python.currentData()
        if not python:
            self._tell(False, tr(_NO_PYTHON))
            return
        if not self.wheel.text().strip():
            self._tell(False, tr(HOW_TO_GET_ONE).format(pattern=PATTERN))
            self.choose_wheel()
        wheel, offline = self.wheel.text().strip(), self.offline.isChecked()
        if not wheel:
            return
        proxy = proxy_environment()
        self.log.clear()

        def work(log, is_cancelled) -> str:
            return str(install(python, wheel, offline, log, is_cancelled, proxy))

        # What was installed is what shall run.
        self._run(
            work, lambda good, text: self.forget_program() if good else self._tell(False, text)
        )

    def choose_program(self) -> None:
        """Use a `railmap` program or an interpreter with railmap in it."""
        path, _ = QFileDialog.getOpenFileName(self, tr("railmap program or Python with railmap"))
        if path:
            QgsSettings().setValue(SETTING, path)
            self.look()

    def forget_program(self) -> None:
        """Go back to looking for the engine."""
        QgsSettings().remove(SETTING)
        self.look()

    def choose_python(self) -> None:
        """Add an interpreter to the list."""
        path, _ = QFileDialog.getOpenFileName(self, tr("Python 3.11 or newer"))
        python = probe_python(path) if path else None
        if python is not None:
            self._add_python(python)
            self.python.setCurrentIndex(self.python.count() - 1)
        elif path:
            self._tell(False, tr("{path} is no Python.").format(path=path))

    def choose_wheel(self) -> None:
        """Choose a wheel file."""
        title, kind = tr("The engine's wheel file"), f"Wheel ({PATTERN})"
        path, _ = QFileDialog.getOpenFileName(self, title, "", kind)
        if path:
            self.wheel.setText(path)

    def copy_log(self) -> None:
        """Put status and log into the clipboard, to be sent with a question."""
        text = f"{plugin_version()}\n{self.told}\n{self.log.toPlainText()}\n"
        QApplication.clipboard().setText(text)

    def cancel(self) -> None:
        """Stop what runs."""
        if self.worker is not None:
            self.worker.requestInterruption()

    def reject(self) -> None:
        """Close; what runs is stopped first."""
        self.cancel()
        if self.worker is not None:
            self.worker.wait()
        super().reject()

    # Next to the window

    def _run(self, work, then) -> None:
        if self.worker is not None:
            return
        self._busy(True)
        worker = self.worker = Worker(work, self)
        worker.line.connect(self.log.appendPlainText)
        worker.ended.connect(lambda good, text: self._end(good, text, then))
        worker.start()

    def _end(self, good: bool, text: str, then) -> None:
        self.worker.wait()
        self.worker = None
        self._busy(False)
        then(good, text)

    def _busy(self, busy: bool) -> None:
        self.bar.setRange(0, 0 if busy else 1)
        self.stop.setEnabled(busy)
        for widget in (self.start, self.other, self.python, self.wheel):
            widget.setEnabled(not busy)
        self.forget.setEnabled(not busy and bool(QgsSettings().value(SETTING, "")))

    def _tell(self, good: bool, text: str) -> None:
        self.told = text
        color = "#2e7d32" if good else "#c62828"
        self.status.setText(f'<b style="color:{color}">{html.escape(text)}</b>')


def _button(text: str, slot) -> QPushButton:
    button = QPushButton(text)
    button.clicked.connect(lambda: slot())
    return button
