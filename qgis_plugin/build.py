"""Build the zip for "Install from ZIP" in QGIS, and update the translations.

``python qgis_plugin/build.py``           writes dist/railmap-qgis-VERSION.zip
``python qgis_plugin/build.py --texts``   adds new texts to i18n/*.ts

Needs only Python: the .ts files are compiled here, not by Qt's lrelease.
"""

from __future__ import annotations

import argparse
import ast
import configparser
import hashlib
import struct
import sys
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.etree import ElementTree

HERE = Path(__file__).resolve().parent
PLUGIN = HERE / "railmap"
WHEELS = PLUGIN / "wheels"
CONTEXT = "Railmap"
LANGUAGES = ("en", "de", "zh")
_MOMENT = (2020, 1, 1, 0, 0, 0)  # same files, same zip
_SUFFIXES = (".py", ".svg", ".txt", ".html")

# Qt's .qm format: magic, then sections of tag, length and bytes.
_MAGIC = bytes.fromhex("3cb86418caef9c95cd211cbf60a1bddd")
_HASHES, _MESSAGES = 0x42, 0x69
_END, _TRANSLATION, _SOURCE, _CONTEXT, _COMMENT = 1, 3, 6, 7, 8


def texts() -> list[str]:
    """Collect what the plugin's modules give to ``tr`` and ``later``, sorted."""
    found: set[str] = set()
    for file in sorted(PLUGIN.glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id in ("tr", "later") and node.args:
                value = node.args[0]
                if isinstance(value, ast.Constant) and isinstance(value.value, str):
                    found.add(value.value)
    return sorted(found)


def read_translations(file: Path) -> dict[str, str]:
    """Read source and translation from a .ts file; unfinished ones are empty."""
    if not file.is_file():
        return {}
    found = {}
    for message in ElementTree.parse(file).getroot().iter("message"):
        translation = message.find("translation")
        done = translation is not None and translation.get("type") != "unfinished"
        found[message.findtext("source", "")] = (translation.text or "") if done else ""
    return found


def write_translations(file: Path, language: str, pairs: dict[str, str]) -> None:
    """Write a .ts file; empty translations are marked unfinished."""
    root = ElementTree.Element("TS", version="2.1", language=language, sourcelanguage="en")
    context = ElementTree.SubElement(root, "context")
    ElementTree.SubElement(context, "name").text = CONTEXT
    for source, translation in sorted(pairs.items()):
        message = ElementTree.SubElement(context, "message")
        ElementTree.SubElement(message, "source").text = source
        node = ElementTree.SubElement(message, "translation")
        if translation:
            node.text = translation
        else:
            node.set("type", "unfinished")
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    head = '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n'
    file.write_text(head + text + "\n", encoding="utf-8")


def update_translations() -> None:
    """Add the texts that are new to every .ts file and drop those that are gone."""
    (PLUGIN / "i18n").mkdir(exist_ok=True)
    for language in LANGUAGES:
        file = PLUGIN / "i18n" / f"railmap_{language}.ts"
        known = read_translations(file)
        pairs = {text: known.get(text) or (text if language == "en" else "") for text in texts()}
        write_translations(file, language, pairs)


def compile_translations(pairs: dict[str, str]) -> bytes:
    """Give the .qm file of finished translations."""
    messages, hashes = b"", []
    for source, translation in sorted(pairs.items()):
        if not translation:
            continue
        raw = source.encode()
        hashes.append((_elf_hash(raw), len(messages)))
        messages += _field(_TRANSLATION, translation.encode("utf-16-be"))
        messages += _field(_COMMENT, b"") + _field(_SOURCE, raw)
        messages += _field(_CONTEXT, CONTEXT.encode()) + bytes([_END])
    table = b"".join(struct.pack(">II", *pair) for pair in sorted(hashes))
    return _MAGIC + _field(_HASHES, table) + _field(_MESSAGES, messages)


def _field(tag: int, content: bytes) -> bytes:
    return struct.pack(">BI", tag, len(content)) + content


def _elf_hash(data: bytes) -> int:
    value = 0
    for byte in data:
        value = (value << 4) + byte
        high = value & 0xF0000000
        value = (value ^ (high >> 24)) & ~high & 0xFFFFFFFF
    return value or 1


def contents() -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of each file in the zip."""
    for file in sorted(PLUGIN.iterdir()):
        if file.suffix in _SUFFIXES:
            yield f"railmap/{file.name}", file.read_bytes()
    for file in sorted((PLUGIN / "models").glob("*.model3")):
        yield f"railmap/models/{file.name}", file.read_bytes()
    for language in LANGUAGES:
        file = PLUGIN / "i18n" / f"railmap_{language}.ts"
        yield f"railmap/i18n/{file.name}", file.read_bytes()
        yield f"railmap/i18n/{file.stem}.qm", compile_translations(read_translations(file))
    for file in sorted(WHEELS.glob("*.whl")):
        content = file.read_bytes()
        yield f"railmap/wheels/{file.name}", content
        digest = hashlib.sha256(content).hexdigest()
        yield f"railmap/wheels/{file.name}.sha256", f"{digest}\n".encode()
    yield "railmap/LICENSE", (HERE.parent / "LICENSE").read_bytes()


def build(output: Path) -> Path:
    """Write the zip; the same files give the same bytes."""
    output.parent.mkdir(parents=True, exist_ok=True)
    partial = output.with_name(f".{output.name}.partial")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents():
            entry = zipfile.ZipInfo(name, _MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return partial.replace(output)


def missing_addresses(general: Mapping[str, str]) -> list[str]:
    """List what plugins.qgis.org requires and metadata.txt lacks.

    The site needs an e-mail address and URLs that answer; names that end in ``.invalid`` are
    nobody's (RFC 2606). "Install from ZIP" asks for none of them.
    """
    wanted = ("email", "homepage", "tracker", "repository")
    return [key for key in wanted if general.get(key, ".invalid").endswith(".invalid")]


def main() -> int:
    """Run the program."""
    metadata = configparser.ConfigParser(interpolation=None)
    metadata.read(PLUGIN / "metadata.txt", encoding="utf-8")
    general = metadata["general"]
    name = f"railmap-qgis-{general['version']}.zip"
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--texts", action="store_true", help="update the .ts files instead")
    parser.add_argument("-o", "--output", type=Path, default=HERE.parent / "dist" / name)
    options = parser.parse_args()
    if options.texts:
        update_translations()
        return 0
    print(f"The plugin: {build(options.output)}")
    print("In QGIS: Plugins > Manage and Install Plugins > Install from ZIP")
    missing = missing_addresses(general)
    if missing:
        print(f"Not yet for plugins.qgis.org: metadata.txt has no {', '.join(missing)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
