"""The zip, its translations, and what the plugin may import."""

from __future__ import annotations

import ast
import configparser
import importlib.util
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import railmap
from railmap._version import IDENTITY
from tests.qgis.qgis_system import PLUGIN

_spec = importlib.util.spec_from_file_location("qgis_plugin_build", PLUGIN / "build.py")
assert _spec is not None
assert _spec.loader is not None
build = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(build)

# Enums and inner classes that the plugin uses; what else begins with a capital letter is a value.
_SCOPES = {
    "Behavior", "ButtonRole", "ColorRole", "CursorShape", "DialogCode", "DockWidgetArea", "Flag",
    "FocusPolicy", "GeometryType", "ItemDataRole", "Key", "LayerDetails", "LayerOptions",
    "MessageLevel", "MouseButton", "ProcessError", "ProcessState", "SaveVectorOptions",
    "ShortcutContext", "SourceType", "StandardButton", "SublayerQueryFlag", "TextFormat", "Type",
    "WktVariant", "WriterError",
}  # fmt: skip
MODULES = sorted((PLUGIN / "railmap").glob("*.py"))


def test_the_plugin_knows_the_engine_by_its_own_identity() -> None:
    tree = ast.parse((PLUGIN / "railmap" / "identity.py").read_text(encoding="utf-8"))
    (found,) = (
        node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Constant)
        and [ast.unparse(target) for target in node.targets] == ["IDENTITY"]
    )
    assert found == IDENTITY


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build.build(tmp_path_factory.mktemp("dist") / "railmap.zip")


def test_zip_is_whole_and_the_same_every_time(archive: Path, tmp_path: Path) -> None:
    names = zipfile.ZipFile(archive).namelist()
    assert all(name.startswith("railmap/") for name in names)
    for name in (
        "metadata.txt",
        "__init__.py",
        "icon.svg",
        "help.html",
        "LICENSE",
        "i18n/railmap_zh.qm",
    ):
        assert f"railmap/{name}" in names
    assert {f"railmap/{file.name}" for file in MODULES} <= set(names)
    models = (PLUGIN / "railmap" / "models").glob("*.model3")
    assert {f"railmap/models/{file.name}" for file in models} <= set(names)
    assert build.build(tmp_path / "again.zip").read_bytes() == archive.read_bytes()


def test_zip_carries_the_wheels_in_the_plugins_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = "railmap_gis-0.1.0-py3-none-any.whl"
    (tmp_path / wheel).write_text("a wheel")
    monkeypatch.setattr(build, "WHEELS", tmp_path)
    names = zipfile.ZipFile(build.build(tmp_path / "railmap.zip")).namelist()
    assert f"railmap/wheels/{wheel}" in names
    assert f"railmap/wheels/{wheel}.sha256" in names


def test_every_dependency_of_the_engine_has_a_hash() -> None:
    text = (PLUGIN / "railmap" / "engine-requirements.txt").read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\S)", text.strip())
    named = {entry.split("==")[0].lower() for entry in entries}
    assert all("==" in entry and "--hash=sha256:" in entry for entry in entries)
    project = tomllib.loads((PLUGIN.parent / "pyproject.toml").read_text(encoding="utf-8"))
    for wanted in project["project"]["dependencies"]:
        assert re.split(r"[<>=~!]", wanted)[0] in named


def test_metadata() -> None:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(PLUGIN / "railmap" / "metadata.txt", encoding="utf-8")
    general = parser["general"]
    assert general["version"] == railmap.__version__
    assert general["qgisMinimumVersion"] == "3.22"
    assert general["qgisMaximumVersion"] == "4.99"
    assert general["supportsQt6"] == "True"
    assert general["hasProcessingProvider"] == "yes"
    for key in ("name", "description", "about", "author", "email", "license", "icon"):
        assert general[key]
    assert "example" not in general["email"]


def test_what_the_plugin_site_misses_is_told() -> None:
    urls = dict.fromkeys(("homepage", "tracker", "repository"), "https://railmap.test")
    assert build.missing_addresses({"email": "a@railmap.test", **urls}) == []
    assert build.missing_addresses({"email": "a@b.invalid"}) == ["email", *urls]


@pytest.mark.parametrize("file", MODULES, ids=lambda file: file.name)
def test_modules_import_qgis_and_the_standard_library_only(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    tree = ast.parse(text, feature_version=(3, 9))  # QGIS 3.22's Python on Windows
    assert "from __future__ import annotations" in text
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            roots = [alias.name.split(".")[0] for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            roots = [str(node.module).split(".")[0]]
        else:
            continue
        for root in roots:
            assert root == "qgis" or root in sys.stdlib_module_names, f"{file.name}: {root}"
    assert "PyQt5" not in text
    assert "PyQt6" not in text


@pytest.mark.parametrize("file", MODULES, ids=lambda file: file.name)
def test_enums_are_written_with_their_scope(file: Path) -> None:
    """PyQt6 has ``Qt.Key.Key_U`` only; PyQt5 understands ``Qt.Key_U`` too."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name):
            continue
        if re.fullmatch(r"Q[A-Z]\w+|Qgs\w+|Qgis|Qt", node.value.id) and node.attr[0].isupper():
            assert node.attr in _SCOPES, f"{file.name}:{node.lineno}: {node.value.id}.{node.attr}"


@pytest.mark.parametrize("language", build.LANGUAGES)
def test_translations_are_complete(language: str) -> None:
    file = PLUGIN / "railmap" / "i18n" / f"railmap_{language}.ts"
    pairs = build.read_translations(file)
    assert sorted(pairs) == build.texts()
    empty = [source for source, translation in pairs.items() if not translation]
    assert empty == []
    for source, translation in pairs.items():
        places = re.findall(r"\{\w+\}", source)
        assert sorted(re.findall(r"\{\w+\}", translation)) == sorted(places), source
        if language == "en":
            assert translation == source


def test_qt_reads_the_translations(in_qgis: Callable[..., Any], archive: Path) -> None:
    found = in_qgis("languages.py", archive, engine=None)
    for language in build.LANGUAGES:
        file = PLUGIN / "railmap" / "i18n" / f"railmap_{language}.ts"
        assert found[language] == build.read_translations(file)


@pytest.mark.parametrize(
    "command",
    [
        ["flake8", "--max-line-length=120"],
        ["bandit", "-q", "-r"],
        ["detect_secrets", "scan", "--all-files"],
    ],
    ids=lambda command: command[0],
)
def test_the_checks_of_the_plugin_site(archive: Path, tmp_path: Path, command: list[str]) -> None:
    module = command[0]
    probe = subprocess.run(
        [sys.executable, "-c", f"import {module.split('.')[0]}"], capture_output=True, check=False
    )
    if probe.returncode:
        pytest.skip(f"no {module}")
    zipfile.ZipFile(archive).extractall(tmp_path)
    words = [sys.executable, "-m", *command]
    done = subprocess.run(
        [*words, "railmap"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    if module.startswith("detect"):
        assert '"results": {}' in done.stdout
