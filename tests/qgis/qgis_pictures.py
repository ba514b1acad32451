"""Take the pictures of docs/howto/qgis.md again: ``python tests/qgis/qgis_pictures.py``.

Needs QGIS, Xvfb, and railmap with its shipped model and the `synth` extra.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # for `tests`, as a program

from tests.qgis.qgis_system import HERE, RAILMAP, qgis_variables

IMAGES = HERE.parents[1] / "docs" / "images"
SCENE = "--seed 2 --kind yard --gsd 0.1 --width 1600 --height 1000"


def take_pictures(
    environment: dict[str, str],
    image: Path,
    folder: Path,
    model: Path | None = None,
    twice: str = "",
) -> dict[str, Any]:
    """Run the QGIS window through its first hour; the pictures come into `folder`.

    Parameters
    ----------
    environment
        Of QGIS, with RAILMAP_EXECUTABLE.
    image, model
        Image to map, model to map it with (None: the shipped one).
    twice
        Extent: also run into a file, into the same for this extent, into a temporary one again.

    Returns
    -------
    dict
        What in_qgis/pictures.py saw.
    """
    work = {
        "image": str(image), "folder": str(folder), "model": str(model or ""), "twice": twice,
    }  # fmt: skip
    profiles = folder / "profiles"
    environment = environment | {"RAILMAP_PICTURES": json.dumps(work), "QT_QPA_PLATFORM": "xcb"}
    command = [
        "xvfb-run", "-a", "-s", "-screen 0 1600x1100x24",
        "qgis", "--nologo", "--noversioncheck", "--defaultui", "--profiles-path", str(profiles),
        "--code", str(HERE / "in_qgis" / "pictures.py"),
    ]  # fmt: skip
    done = subprocess.run(
        command, capture_output=True, encoding="utf-8", errors="replace", env=environment,
        check=False, timeout=900,
    )  # fmt: skip
    told = folder / "told.json"
    assert told.is_file(), done.stdout + done.stderr
    return json.loads(told.read_text(encoding="utf-8"))


def main() -> int:
    """Run the program."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "home").mkdir(mode=0o700)
        ortho = folder / "ortho.tif"
        subprocess.run([str(RAILMAP), "synth", str(ortho), *SCENE.split()], check=True)
        environment = qgis_variables(folder / "home") | {"RAILMAP_EXECUTABLE": str(RAILMAP)}
        told = take_pictures(environment, ortho, folder)
        print(json.dumps(told, indent=1, ensure_ascii=False))
        if "error" in told:
            return 1
        for picture in sorted(folder.glob("qgis_*.png")):
            few = Image.open(picture).convert("RGB").quantize(256, dither=Image.Dither.NONE)
            few.save(IMAGES / picture.name, optimize=True)
            print(IMAGES / picture.name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
