"""Every algorithm through `qgis_process`, with a stand-in for the engine that answers at once."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import typer.main

from railmap.cli.main import app
from tests.qgis.qgis_system import PLUGIN, geometries, write_fake_engine

# Notes its words, and writes what it is asked for.
_ENGINE = """
import shutil
words = sys.argv[1:]
with open(os.environ['ASKED'], 'a', encoding='utf-8') as file:
    file.write(json.dumps(words) + '\\n')
for flag in ('-o', '--scores'):
    output = words[words.index(flag) + 1] if flag in words else ''
    if output.endswith('.gpkg'):
        shutil.copy(os.environ['MAP'], output)
    elif os.path.splitext(output)[1]:
        open(output, 'w').close()
    elif output:
        os.mkdir(output)
if '--json' in words:
    place = {'text': 'T1 km 0.040', 'x': 1.0, 'y': 2.0, 'lon': 9.5, 'lat': 51.25, 'link_id': 'a',
             'link_m': 1.5, 'line_id': 'b', 'line_m': 40.0, 'offset_m': 0.0}
    print(json.dumps({'places': [place]}))
    sys.exit()
say('stage', stage='check', done=0, total=1)
say('warning', message='it rains')
say('result', message='made it', outputs={})
"""
_TRACKS = "{map}|layername=railway_link"
_NODES = "{map}|layername=railway_node"
# Parameters of each algorithm; "{new}" is a path in the folder of the outputs, a line of several
# is a list.
CASES: dict[str, dict[str, str]] = {
    "extractrailtracks": {
        "INPUT": "{image}", "EXTENT": "500045,500095,5699950,5700005", "DEM": "{image}",
        "OUTPUT": "{new}.gpkg",
    },
    "segmentrailtracks": {"INPUT": "{image}", "OUTPUT": "{new}.tif"},
    "tracefrommask": {"INPUT": "{image}", "OUTPUT": "{new}.gpkg"},
    "drawmap": {"INPUT": _TRACKS, "IMAGE": "{image}", "OUTPUT": "{new}.png"},
    "addline": {
        "INPUT": "{map}", "REF": "6185", "START": "500020,5699971", "END_TEXT": "4f1c",
        "VIA": "1,2; 5e",
    },
    "addlinesautomatically": {"INPUT": _TRACKS},
    "addkilometreposts": {"INPUT": "{map}", "POSTS": _NODES, "REF": "6185"},
    "attachevents": {"INPUT": _NODES, "MAP": "{map}"},
    "locatebychainage": {"INPUT": "{map}", "POINT": "500020,5699971", "OUTPUT": "{new}.gpkg"},
    "findroute": {
        "INPUT": "{map}", "START": "500020,5699971", "END_TEXT": "T1 km 0.060",
        "OUTPUT": "{new}.gpkg",
    },
    "comparesurveys": {"OLD": "{map}", "NEW": _TRACKS, "OUTPUT": "{new}.gpkg"},
    "checkmap": {"INPUT": _TRACKS},
    "conflatemap": {"INPUT": "{map}", "OSM": _TRACKS},
    "drapemap": {"INPUT": "{map}", "DEM": "{image}"},
    "exportmap": {"INPUT": _NODES, "LAYER": "railway_link", "OUTPUT": "{new}.fgb"},
    "followdefects": {
        "MAPS": "{map}\n{other}", "AT": "2031-05-01", "OUTPUT": "{new}.csv", "PICTURE": "{new}.svg",
    },
    "publishmap": {
        "INPUT": "{map}", "ORTHO": "{image}", "PHOTOS": "{folder}", "BEFORE": "{other}",
        "BEFORE_ORTHO": "{image}", "OUTPUT": "{new}",
        "BASEMAPS": "A=https://a.example/{{z}}/{{x}}/{{y}}.png © A; B=https://b.example/"
        "{{z}}/{{x}}/{{y}}.png © B",
    },
    "reportsurvey": {"INPUT": "{map}", "IMAGE": "{image}", "OUTPUT": "{new}.html"},
    "evaluate": {"INPUT": _TRACKS, "REFERENCE": _TRACKS, "OUTPUT": "{new}.json"},
    "segmentdefects": {"INPUT": "{folder}", "MAP": "{map}", "OUTPUT": "{new}.gpkg"},
    "classifyphotos": {"INPUT": "{folder}", "MAP": "{map}", "OUTPUT": "{new}.gpkg"},
    "classifyalongtracks": {"INPUT": _TRACKS, "IMAGE": "{image}", "MODEL": "{new}.onnx"},
    "cutviewsalongtracks": {"INPUT": "{map}", "IMAGE": "{image}", "OUTPUT": "{new}"},
    "teachscenes": {"INPUT": "{folder}", "OUTPUT": "{new}.onnx"},
    "explainscene": {"INPUT": "{image}", "CLASSES": "a b;c", "OUTPUT": "{new}.png"},
}  # fmt: skip
# The steps of each model, and its parameters.
_SURVEY = {
    "image": "{image}", "model": "{new}.onnx", "extract:Map": "{new}.gpkg",
    "publish:Web page": "{new}",
}  # fmt: skip
_LINE = {
    "line": "6185", "start": "500020,5699971", "end": "500060,5699971 [EPSG:25832]",
    "posts": _NODES, "events": _NODES,
}  # fmt: skip
MODELS: dict[str, tuple[list[str], dict[str, str]]] = {
    "Survey to web map": (["vectorize", "line auto", "check", "publish"], _SURVEY),
    "Survey to map with chainage and events": (
        ["vectorize", "line add", "milestones add", "attach", "check", "publish"],
        _SURVEY | _LINE,
    ),
}
# What the engine understands of it, where several parameters become one option.
UNDERSTOOD: dict[str, dict[str, Any]] = {
    "addline": {"start": "500020,5699971", "end": "4f1c", "via": ["1,2", "5e"]},
    "explainscene": {"classes": ["a b", "c"], "overwrite": True},
    "findroute": {"start": "500020,5699971", "end": "T1 km 0.060"},
    "publishmap": {
        "basemap": [
            f"{one}=https://{one.lower()}.example/{{z}}/{{x}}/{{y}}.png © {one}" for one in "AB"
        ],
        "overwrite": True,
    },
}
# Debian's PyQt writes the first at each start of QGIS; QGIS 3.40 looks for a layer in the text of
# an extent.
_NOT_OURS = re.compile(
    r"<string>:1: DeprecationWarning: setapi\(\) is deprecated\n"
    r"|ERROR: Status 2: File [-\d.,]+ could not be found\n"
)

Call = Callable[..., "subprocess.CompletedProcess[str]"]


def _ids() -> set[str]:
    """Give the ids of the algorithms, read from the plugin's modules."""
    found = set()
    for file in (PLUGIN / "railmap").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "ID":
                found.add(str(ast.literal_eval(node.value)))
    return found - {""}


def _parse(words: list[str]) -> tuple[str, dict[str, Any]]:
    """Parse the words as the engine does; gives the command and its parameters."""
    command: Any = typer.main.get_command(app)
    path = []
    while hasattr(command, "commands"):
        name, *words = words
        path.append(name)
        command = command.commands[name]
    return " ".join(path), command.make_context(command.name, words).params


def _clean(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """Give the JSON of a run that ended well and said nothing else."""
    assert done.returncode == 0, done.stdout + done.stderr
    assert _NOT_OURS.sub("", done.stderr) == ""
    told: dict[str, Any] = json.loads(done.stdout)
    assert told["log"].get("errors", []) == []
    return told


def _asked(file: Path) -> list[list[str]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def call(
    qgis_environment: dict[str, str], qgis_process: str, tmp_path_factory: pytest.TempPathFactory
) -> Call:
    """Run `qgis_process` in a folder whose name has a space."""
    folder = tmp_path_factory.mktemp("运行 here")
    engine = write_fake_engine(folder / "engine", _ENGINE)
    environment = qgis_environment | {"RAILMAP_EXECUTABLE": str(engine)}

    def run(*words: str, **extra: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [qgis_process, *words], capture_output=True, encoding="utf-8", cwd=folder,
            env=environment | extra, check=False, timeout=300,
        )  # fmt: skip

    return run


def test_every_algorithm_has_a_case() -> None:
    assert set(CASES) == _ids()


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_ends_without_an_error(
    call: Call, image: Path, cli_map: Path, tmp_path: Path, name: str
) -> None:
    folder = tmp_path / "输出 out"
    folder.mkdir()
    other = shutil.copy(cli_map, tmp_path / "earlier 早.gpkg")
    places = {
        "image": image, "map": cli_map, "other": other, "folder": image.parent,
        "new": folder / "新 new",
    }  # fmt: skip
    given = {key: value.format_map(places) for key, value in CASES[name].items()}
    before = geometries(cli_map)
    asked = tmp_path / "asked.json"
    done = call(
        "--json", "run", f"railmap:{name}",
        *(f"--{key}={one}" for key, value in given.items() for one in value.split("\n")),
        ASKED=str(asked), MAP=str(cli_map),
    )  # fmt: skip
    told = _clean(done)
    lists = {key: value.split("\n") for key, value in given.items() if "\n" in value}
    assert told["inputs"] == given | lists
    results = told["results"]
    output = given.get("OUTPUT") or str(cli_map)
    assert results["OUTPUT"] == output
    assert os.path.exists(output)
    assert results["SUMMARY"] == ("T1 km 0.040" if name == "locatebychainage" else "made it")
    assert geometries(cli_map) == before
    ((_, understood),) = map(_parse, _asked(asked))
    assert understood | UNDERSTOOD.get(name, {}) == understood
    assert [one.name for one in folder.iterdir() if one.name.startswith(".")] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_models_chain_the_algorithms(
    call: Call, image: Path, cli_map: Path, tmp_path: Path, name: str
) -> None:
    steps, parameters = MODELS[name]
    places = {"image": image, "map": cli_map, "new": tmp_path / "新 new"}
    given = {key: value.format_map(places) for key, value in parameters.items()}
    asked = tmp_path / "asked.json"
    words = [f"--{key}={value}" for key, value in given.items()]
    done = call("--json", "run", f"railmap:{name}", *words, ASKED=str(asked), MAP=str(cli_map))
    results = _clean(done)["results"]
    assert results["extract:Map"] == given["extract:Map"]
    assert results["publish:Web page"] == given["publish:Web page"]
    assert [command for command, _ in map(_parse, _asked(asked))] == steps
    # Each step works on the map that the first one made.
    assert all(given["extract:Map"] in step for step in _asked(asked))


def test_every_model_has_a_case() -> None:
    names = []
    for file in (PLUGIN / "railmap" / "models").glob("*.model3"):
        options = ElementTree.parse(file).getroot().iter("Option")
        names += [one.get("value") for one in options if one.get("name") == "model_name"]
    assert sorted(map(str, names)) == sorted(MODELS)


@pytest.mark.slow
def test_in_a_project_of_another_crs(
    call: Call, in_qgis: Callable[..., Any], cli_map: Path, tmp_path: Path
) -> None:
    project = tmp_path / "项目 open.qgs"
    assert in_qgis("open_project.py", cli_map, project)
    asked = tmp_path / "asked.json"
    for name, parameters in {
        "checkmap": ["--INPUT=Tracks"],
        "attachevents": ["--INPUT=Nodes", "--MAP=Tracks"],
        "locatebychainage": ["--INPUT=Tracks", "--POINT=1,2", f"--OUTPUT={tmp_path}/a b.gpkg"],
    }.items():
        done = call(
            "--json", "run", f"railmap:{name}", f"--PROJECT_PATH={project}", *parameters,
            ASKED=str(asked), MAP=str(cli_map),
        )  # fmt: skip
        assert _clean(done)["results"]["OUTPUT"] in (str(cli_map), f"{tmp_path}/a b.gpkg")
    check, attach, locate = _asked(asked)
    assert check[:2] == ["check", str(cli_map)]
    assert attach[1:4] == [str(cli_map), "--source-layer", "railway_node"]
    # Numbers without a CRS are in that of the project.
    assert locate[2:5] == ["--at=1,2", "--crs", "EPSG:3857"]


@pytest.mark.slow
def test_errors_are_one_line_and_the_exit_code(call: Call, cli_map: Path, tmp_path: Path) -> None:
    engine = write_fake_engine(
        tmp_path / "engine", "say('error', message='it is broken; mend it')\nsys.exit(3)"
    )
    done = call("run", "railmap:checkmap", f"--INPUT={cli_map}", RAILMAP_EXECUTABLE=str(engine))
    assert done.returncode == 1
    assert "ERROR:\tit is broken; mend it\n" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
