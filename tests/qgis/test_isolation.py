"""A project's folder is QGIS's working folder: nothing in it may run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from railmap._version import IDENTITY
from tests.qgis.qgis_system import PLUGIN
from tests.qgis.test_setup import _wheel

# Stands in for QGIS; then the plugin probes interpreters, installs an engine and runs it.
_PROGRAM = """
import json, os, sys, types
plugins, home, python, wheel = sys.argv[1:]
core = types.ModuleType("qgis.core")
class Application:
    qgisSettingsDirPath = staticmethod(lambda: home)
class Settings:
    value = lambda self, key, default=None, type=None: default
core.QgsApplication, core.QgsSettings, core.QgsAuthMethodConfig = Application, Settings, object
core.QCoreApplication = type("C", (), {"translate": staticmethod(lambda context, text: text)})
sys.modules["qgis"], sys.modules["qgis.core"] = types.ModuleType("qgis"), core
package = types.ModuleType("railmap")
package.__path__ = [plugins]
sys.modules["railmap"] = package
i18n = types.ModuleType("railmap.i18n")
i18n.tr = i18n.later = lambda text: text
sys.modules["railmap.i18n"] = i18n
from railmap import engine, installer, process, programs
installer.REQUIREMENTS = __import__("pathlib").Path(home) / "requirements.txt"
installer.REQUIREMENTS.write_text("")
lines = []
out = {
    "probe": installer.probe_python(python).problem,
    "pythons": [one.path for one in installer.find_pythons()],
    "named": programs.find_program("railmap-of-a-stranger"),
}
installer.install(python, wheel, True, lines.append, lambda: False)
found = engine.find_engine()
outcome = process.run_engine([*found.command, "doctor"], (), lambda event: None, lambda: False)
out["code"], out["printed"] = outcome.code, outcome.printed
out["log"] = lines
print("RESULT" + json.dumps(out))
"""
_MODULES = (
    "platform", "venv", "pip", "json", "struct", "ensurepip", "railmap", "runpy", "encodings",
    "sitecustomize", "usercustomize", "subprocess", "argparse", "logging",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="stand-ins are Unix scripts")
def test_nothing_of_the_working_folder_runs(tmp_path: Path) -> None:
    project, home = tmp_path / "project", tmp_path / "home"
    project.mkdir()
    home.mkdir()
    for name in _MODULES:
        mark = project / f"RAN_{name}"
        (project / f"{name}.py").write_text(f"open({str(mark)!r}, 'w').close()\n")
    for name in ("railmap", "python3", "python3.12", "railmap-of-a-stranger"):
        script = project / name
        script.write_text(f"#!/bin/sh\ntouch {project}/RAN_program_{name}\n")
        script.chmod(0o755)
    wheel = _wheel(tmp_path / "wheels", IDENTITY)
    environment = {
        "HOME": str(home), "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1",
        "PATH": os.pathsep.join((".", "", "/usr/bin", "/bin")),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-I", "-c", _PROGRAM, str(PLUGIN / "railmap"), str(home), sys.executable,
         str(wheel)],
        cwd=project, env=environment, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert "RESULT" in done.stdout, done.stderr
    found = json.loads(done.stdout.split("RESULT", 1)[1])
    assert sorted(path.name for path in project.glob("RAN_*")) == []
    assert found["probe"] == ""
    assert found["named"] == ""
    assert all(Path(path).is_absolute() for path in found["pythons"])
    assert not any(path.startswith(str(project)) for path in found["pythons"])
    assert found["code"] == 0
    assert found["printed"] == ["CPU of the test"]
    assert any("--require-hashes" in line for line in found["log"])
