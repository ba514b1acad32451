"""What programs have to answer, and how often they are asked."""

import os
import sys
import time
from pathlib import Path

from start import answer, run
from start import engine as finder

from railmap import identity

image, counted, real, interpreter, *programs = sys.argv[1:]
out = {"seconds": {}}


def find(program, refresh=False):
    """Give the engine's version, or why it is none."""
    os.environ["RAILMAP_EXECUTABLE"] = program
    try:
        return finder.find_engine(refresh).version
    except finder.EngineError as error:
        return str(error)


out["real"] = find(real)
out["interpreter"] = find(interpreter)
for program in programs:
    name = Path(program).name
    patience, identity.PATIENCE_S = identity.PATIENCE_S, 1 if name == "hangs" else 60
    start = time.monotonic()
    out[name] = find(program)
    out["seconds"][name] = time.monotonic() - start
    identity.PATIENCE_S = patience

os.environ["RAILMAP_EXECUTABLE"] = programs[0]
out["algorithm"] = run("railmap:segmentrailtracks", {"INPUT": image, "OUTPUT": f"{counted}.tif"})[
    "error"
]

out["asked"] = {}
for key in ("at first", "again", "anew", "file changed"):
    if key == "file changed":
        os.utime(counted, (1, 1))
    find(counted, key == "anew")
    out["asked"][key] = Path(counted + ".count").stat().st_size

broken = Path(counted + ".broken")
broken.touch()
out["broken"] = [find(counted), find(counted, refresh=True), find(counted)]
broken.unlink()
out["broken"].append(find(counted))

del os.environ["RAILMAP_EXECUTABLE"]
link = Path(counted).parent / "bin"
link.mkdir()
(link / "railmap").symlink_to(programs[0])
os.environ["PATH"] = f"{link}:{os.environ['PATH']}"
try:
    finder.find_engine()
except finder.EngineError as error:
    out["on the path"] = str(error)
answer(out)
