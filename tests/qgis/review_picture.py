"""Take the picture of the review panel again: ``python tests/qgis/review_picture.py``.

Needs QGIS, Xvfb, and railmap with its shipped model and the `synth` extra.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # for `tests`, as a program

from tests.qgis.qgis_system import HERE, RAILMAP, qgis_variables

PICTURE = HERE.parents[1] / "docs" / "images" / "qgis_review.png"
# Coarse, and with the weakest pieces: much is doubtful.
SCENE = "--seed 2 --kind yard --gsd 0.3 --width 900 --height 600"
VECTORIZE = "--min-confidence 0"


def main() -> int:
    """Run the program."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "home").mkdir(mode=0o700)
        image, tracks = folder / "ortho.tif", folder / "tracks.gpkg"
        subprocess.run([str(RAILMAP), "synth", str(image), *SCENE.split()], check=True)
        words = ["vectorize", str(image), "-o", str(tracks), *VECTORIZE.split()]
        subprocess.run([str(RAILMAP), *words], check=True)
        work = {"image": str(image), "map": str(tracks), "folder": str(folder)}
        environment = qgis_variables(folder / "home") | {
            "RAILMAP_EXECUTABLE": str(RAILMAP),
            "RAILMAP_PICTURES": json.dumps(work),
            "QT_QPA_PLATFORM": "xcb",
        }
        command = [
            "xvfb-run", "-a", "-s", "-screen 0 1600x1100x24", "qgis", "--nologo",
            "--noversioncheck", "--defaultui", "--profiles-path", str(folder / "profiles"),
            "--code", str(HERE / "in_qgis" / "review_picture.py"),
        ]  # fmt: skip
        done = subprocess.run(
            command, capture_output=True, encoding="utf-8", errors="replace", env=environment,
            check=False, timeout=600,
        )  # fmt: skip
        told = folder / "told.json"
        if not told.is_file():
            print(done.stdout + done.stderr)
            return 1
        print(told.read_text(encoding="utf-8"))
        few = Image.open(folder / "review.png").convert("RGB")
        few.quantize(256, dither=Image.Dither.NONE).save(PICTURE, optimize=True)
        print(PICTURE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
