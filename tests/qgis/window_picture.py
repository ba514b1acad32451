"""Take a picture of the QGIS window: a script runs in it, under Xvfb."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from tests.qgis.qgis_system import HERE, RAILMAP, qgis_variables

__all__ = ["IMAGES", "railmap", "take_picture"]

IMAGES = HERE.parents[1] / "docs" / "images"


def railmap(*words: str | Path) -> None:
    """Run a command of railmap."""
    subprocess.run([str(RAILMAP), *map(str, words)], check=True)


def take_picture(script: str, name: str, prepare: Callable[[Path], dict[str, object]]) -> int:
    """Run a script of ``in_qgis/`` in the window and store what it grabs.

    Parameters
    ----------
    script
        It writes ``told.json`` and the picture `name` into the folder that
        ``RAILMAP_PICTURES`` gives, with the values of `prepare`, as JSON.
    name
        File of the picture in ``docs/images``.
    prepare
        Makes the files in a new folder.

    Returns
    -------
    int
        Exit status.
    """
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "home").mkdir(mode=0o700)
        work = {**prepare(folder), "folder": str(folder)}
        environment = qgis_variables(folder / "home") | {
            "RAILMAP_EXECUTABLE": str(RAILMAP),
            "RAILMAP_PICTURES": json.dumps(work),
            "QT_QPA_PLATFORM": "xcb",
        }
        command = [
            "xvfb-run", "-a", "-s", "-screen 0 1600x1100x24", "qgis", "--nologo",
            "--noversioncheck", "--defaultui", "--profiles-path", str(folder / "profiles"),
            "--code", str(HERE / "in_qgis" / script),
        ]  # fmt: skip
        done = subprocess.run(
            command, capture_output=True, encoding="utf-8", errors="replace", env=environment,
            check=False, timeout=600,
        )  # fmt: skip
        told = folder / "told.json"
        if not told.is_file() or not (folder / name).is_file():
            print(done.stdout + done.stderr + (told.read_text() if told.is_file() else ""))
            return 1
        print(told.read_text(encoding="utf-8"))
        few = Image.open(folder / name).convert("RGB")
        few.quantize(256, dither=Image.Dither.NONE).save(IMAGES / name, optimize=True)
        print(IMAGES / name)
    return 0
