"""The wheel file of the engine: by a bare name, an index may give another program."""

from __future__ import annotations

import hashlib
from fnmatch import fnmatchcase
from pathlib import Path

from .i18n import later, tr

PATTERN = "railmap_gis-*.whl"
HOW_TO_GET_ONE = later("Choose {pattern}; “pip wheel --no-deps .” in a clone builds one.")
FOLDER = Path(__file__).resolve().parent / "wheels"


def carried_wheel() -> str:
    """Give the newest wheel file that came with the plugin; empty if none did."""
    found = [(file.stat().st_mtime, str(file)) for file in FOLDER.glob(PATTERN)]
    return max(found)[1] if found else ""


def wheel_problem(wheel: str) -> str:
    """Return why the engine cannot be installed from this file; empty if it can be tried."""
    if not wheel:
        return tr(HOW_TO_GET_ONE).format(pattern=PATTERN)
    if not fnmatchcase(Path(wheel).name, PATTERN):
        return tr("{path} is not the engine's wheel file: its name must be {pattern}.").format(
            path=wheel, pattern=PATTERN
        )
    if not Path(wheel).is_file():
        return tr("{path} is not there.").format(path=wheel)
    stated = Path(wheel + ".sha256")  # beside the file that came with the plugin
    if stated.is_file() and stated.read_text(encoding="utf-8").strip() != sha256_of(wheel):
        return tr("{path} does not have its SHA-256: get the plugin again.").format(path=wheel)
    return ""


def sha256_of(path: str) -> str:
    """Compute the SHA-256 of a file, hexadecimal."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()
