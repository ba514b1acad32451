"""What the tests of the scene commands share."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Said:
    """What a command did."""

    code: int
    err: str

    @property
    def line(self) -> str:
        """The error, which must be one line."""
        lines = [line for line in self.err.splitlines() if line.startswith("error: ")]
        assert len(lines) == 1, self.err
        assert "Traceback" not in self.err
        return lines[0]
