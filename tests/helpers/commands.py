"""Commands in this process, and what they answered."""

from __future__ import annotations

from dataclasses import dataclass

from typer.testing import CliRunner

from railmap.cli.main import app


@dataclass
class Answer:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def line(self) -> str:
        """The error, which must be one line."""
        lines = [line for line in self.err.splitlines() if line.startswith("error: ")]
        assert len(lines) == 1, self.err
        assert "Traceback" not in self.err
        return lines[0]


def run_command(*words: object) -> Answer:
    """Run ``railmap`` with these words."""
    result = CliRunner().invoke(app, [str(word) for word in words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Answer(result.exit_code, result.stdout, result.stderr)
