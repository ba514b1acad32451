"""Pages of the site that are written from the program and from files outside docs/."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parent.parent
COPIES = {
    "changelog.md": "CHANGELOG.md",
    "contributing.md": "CONTRIBUTING.md",
    "security.md": "SECURITY.md",
    "reference/model_tracks.md": "railmap/models/weights/tracks.md",
    "reference/model_defects.md": "railmap/models/weights/defects.md",
}
"""Page to the file of the repository that it shows."""

_LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)\s#]+)(#[^)\s]*)?\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that have no file of their own in docs/."""
    pages = {page: (ROOT / source).read_text("utf-8") for page, source in COPIES.items()}
    pages["reference/api.md"] = api_page()
    pages["reference/commands.md"] = commands_page()
    pages["reference/layers.md"] = layers_page()
    for page, text in pages.items():
        files.append(File.generated(config, page, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Let relative links lead to pages, though their files are elsewhere in the repository."""
    here = page.file.src_uri
    source = COPIES.get(here, f"docs/{here}")
    shown = {value: key for key, value in COPIES.items()}

    def lead(match: re.Match[str]) -> str:
        target = os.path.normpath(PurePosixPath(source).parent / match[1]).replace(os.sep, "/")
        uri = shown.get(target, target.removeprefix("docs/"))
        relative = os.path.relpath(uri, PurePosixPath(here).parent).replace(os.sep, "/")
        return f"]({relative}{match[2] or ''})"

    return _LINK.sub(lead, markdown)


def api_page() -> str:
    """List the public functions, types and errors, each documented by its docstring."""
    import railmap

    public = {name: getattr(railmap, name) for name in railmap.__all__ if name[0] != "_"}
    functions = [f"::: railmap.api.{name}" for name in railmap.api.__all__]
    types = [
        f"::: {value.__module__}.{name}"
        for name, value in public.items()
        if isinstance(value, type)
    ]
    head = (
        "# Python API\n\n`import railmap` gives the functions and types of this page; they load on "
        "first use. Everything else is internal and may change without notice."
    )
    errors = ["::: railmap.errors"]
    return "\n\n".join([head, *functions, "## Types", *types, "## Errors", *errors]) + "\n"


def commands_page() -> str:
    """Write a section for each command, as its ``--help`` states it."""
    from typer.main import get_command

    from railmap.cli.main import app

    parts = ["# Commands", "The same text as `railmap COMMAND --help`."]
    for name, command in _commands(get_command(app), "railmap"):
        parts.append(f"## {name}\n\n{_text(command.help)}")
        usage = " ".join(
            [name, *(piece for piece in command.collect_usage_pieces(_context(command)))]
        )
        parts.append(f"```\n{usage}\n```")
        rows = [_option_row(parameter) for parameter in command.params]
        rows = [row for row in rows if row]
        if rows:
            parts.append("\n".join(["| option | default | |", "|---|---|---|", *rows]))
        if command.epilog:
            parts.append(_text(command.epilog))
    return "\n\n".join(parts) + "\n"


def _commands(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    children = getattr(command, "commands", None)
    if not children:
        yield name, command
        return
    for key, child in children.items():
        if not child.hidden:
            yield from _commands(child, f"{name} {key}")


def _context(command: Any) -> Any:
    return command.context_class(command)


def _option_row(parameter: Any) -> str:
    if getattr(parameter, "hidden", False) or parameter.name == "help":
        return ""
    if parameter.param_type_name == "argument":
        names = f"`{(parameter.metavar or parameter.name).upper()}`"
    else:
        flags = [*parameter.opts, *parameter.secondary_opts]
        names = ", ".join(f"`{flag}`" for flag in flags)
    default = parameter.default
    shown = "" if default in (None, False, ()) or callable(default) else f"`{default}`"
    if parameter.required:
        shown = "required"
    return f"| {names} | {shown} | {_cell(getattr(parameter, 'help', '') or '')} |"


def _text(text: str | None) -> str:
    """Return help text as Markdown: indented lines as code, rich markup and form feeds out."""
    lines = (text or "").replace("\b", "").replace("\f", "").strip().splitlines()
    return "\n".join(re.sub(r"\[/?(?:bold|dim|italic|cyan|green)\]", "", line) for line in lines)


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", _text(text)).replace("|", "\\|").replace("<", "&lt;")


def layers_page() -> str:
    """Write the columns of every layer from the schema."""
    from railmap.mapping.schema import DOMAINS, LAYERS

    parts = [
        "# Layers of a map",
        "A map is one GeoPackage in a projected CRS in metres. Names follow OpenStreetMap, "
        "OpenRailwayMap and INSPIRE. Layers without an asterisk are in every map; those with one "
        "(\\*) come with their first row.",
    ]
    for layer in LAYERS:
        geometry = layer.geometry or "table without geometry"
        measures = {"no": "", "required": ", with M", "optional": ", with or without M"}
        star = "" if layer.always else " \\*"
        kind = f"{geometry}{measures[layer.measured]}"
        parts.append(f"## {layer.name}{star}\n\n{layer.description.rstrip('.')}. {kind}.")
        rows = []
        for column in layer.columns:
            domain = DOMAINS[column.domain] if column.domain else None
            values = ", ".join(f"`{value}`" for value, _ in domain.values) if domain else ""
            if domain and not values:
                values = f"{domain.minimum:g} to {domain.maximum:g}"
            text = _cell(column.description) + (f": {values}" if values else "")
            rows.append(f"| `{column.name}` | {column.type} | {column.unit} | {text} |")
        parts.append("\n".join(["| column | type | unit | |", "|---|---|---|---|", *rows]))
    return "\n\n".join(parts) + "\n"
