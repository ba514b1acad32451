"""Render the schema as a page of the documentation."""

from __future__ import annotations

from railmap.mapping.schema import DOMAINS, LAYERS, SCHEMA_VERSION

__all__ = ["schema_markdown"]

_MEASURED = {"no": "", "required": " M", "optional": " (M)"}


def schema_markdown() -> str:
    """Return the schema as Markdown: one table per layer, then the permitted values."""
    lines = [f"# Schema of a railmap map, version {SCHEMA_VERSION}", ""]
    for layer in LAYERS:
        kind = f"{layer.geometry}{_MEASURED[layer.measured]}" if layer.geometry else "table"
        lines += [f"## {layer.name} ({kind})", "", layer.description, ""]
        lines += ["| column | type | unit | meaning |", "|---|---|---|---|"]
        for column in layer.columns:
            meaning = column.description
            if column.domain:
                meaning += f" [{column.domain}]"
            lines.append(f"| {column.name} | {column.type} | {column.unit} | {meaning} |")
        lines.append("")
    lines += ["## Permitted values", "", "| name | values |", "|---|---|"]
    for domain in DOMAINS.values():
        if domain.values:
            text = ", ".join(f"`{value}` ({meaning})" for value, meaning in domain.values)
        else:
            text = f"{domain.minimum:g} to {domain.maximum:g}"
        lines.append(f"| {domain.name} | {text} |")
    return "\n".join(lines) + "\n"
