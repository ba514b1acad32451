"""The engine as a program that keeps running next to a panel or a map tool: JSON lines, no port."""

from __future__ import annotations

import json
from pathlib import Path

from qgis.PyQt.QtCore import QObject, QProcess, QProcessEnvironment, pyqtSignal

from .i18n import tr
from .programs import environment, safe_folder

_GRACE_MS = 1500


class ReviewEngine(QObject):
    """Asks ``railmap review MAP --serve``; answers come as signals."""

    answered = pyqtSignal(dict)
    failed = pyqtSignal(str)

    def __init__(self, command, path: str, parent=None) -> None:
        super().__init__(parent)
        self.path = path
        self.pending = 0
        self._rest = b""
        self._errors = b""
        self._stopping = False
        self.process = QProcess(self)
        values = QProcessEnvironment()
        for name, value in environment().items():
            values.insert(name, value)
        self.process.setProcessEnvironment(values)
        self.process.setWorkingDirectory(safe_folder())
        self.process.readyReadStandardOutput.connect(self._read)
        self.process.readyReadStandardError.connect(self._read_errors)
        self.process.errorOccurred.connect(self._broken)
        self.process.finished.connect(self._ended)
        program, *words = command
        file = str(Path(path).absolute())  # it runs in another folder
        self.process.start(program, [*words, "review", file, "--serve", "--progress", "none"])

    def ask(self, do: str, **values) -> None:
        """Send a request; `answered` brings what it did, or its ``error``."""
        self.pending += 1
        line = json.dumps({"do": do, **values}) + "\n"
        self.process.write(line.encode("utf-8"))

    def stop(self) -> None:
        """End the program; it holds no file between two requests."""
        self._stopping = True
        self.process.closeWriteChannel()
        if self.process.state() == QProcess.ProcessState.NotRunning:
            return
        if not self.process.waitForFinished(_GRACE_MS):
            self.process.kill()
            self.process.waitForFinished(_GRACE_MS)

    def _read(self) -> None:
        *lines, self._rest = (self._rest + bytes(self.process.readAllStandardOutput())).split(b"\n")
        for line in lines:
            answer = _answer(line)
            if answer is not None and not self._stopping:
                self.pending -= 1
                self.answered.emit(answer)

    def _read_errors(self) -> None:
        self._errors = (self._errors + bytes(self.process.readAllStandardError()))[-4000:]

    def _broken(self, error) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self._fail(self.process.errorString())

    def _ended(self, *_) -> None:
        self._read_errors()
        lines = self._errors.decode("utf-8", "replace").strip().splitlines()
        self._fail(lines[-1] if lines else tr("no answer"))

    def _fail(self, reason: str) -> None:
        if not self._stopping:
            self._stopping = True
            self.failed.emit(tr("The railmap engine has ended: {reason}").format(reason=reason))


def _answer(line: bytes):
    try:
        answer = json.loads(line.decode("utf-8"))
    except ValueError:
        return None
    return answer if isinstance(answer, dict) and "do" in answer else None
