"""Measure the package: files a folder, lines, parameters, public names, docstrings.

python tools/house.py                                  prints the table of today
python tools/house.py --before 4347d83                 with the one of a commit next to it
python tools/house.py --before 4347d83 --write         writes it into docs/architecture.md
python tools/house.py --over                           lists what is over the limits
"""

from __future__ import annotations

import argparse
import ast
import io
import re
import subprocess
import tarfile
import tempfile
import tokenize
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- house: written by tools/house.py -->", "<!-- /house -->"
MOST_FILES, MOST_PARAMETERS = 22, 12

_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass
class House:
    """What was counted; one entry a file, a function or a public function."""

    folders: Counter[str] = field(default_factory=Counter)
    file_lines: list[int] = field(default_factory=list)
    function_lines: list[int] = field(default_factory=list)
    parameters: list[tuple[int, str]] = field(default_factory=list)
    public: int = 0
    classes: int = 0
    sections: Counter[str] = field(default_factory=Counter)
    comments: int = 0


def measure(package: Path) -> House:
    """Measure a package's folder."""
    house = House()
    for path in sorted(package.rglob("*.py")):
        text = path.read_text("utf-8")
        where = path.relative_to(package.parent)
        house.folders[str(where.parent)] += 1
        house.file_lines.append(text.count("\n"))
        house.comments += sum(
            token.type == tokenize.COMMENT
            for token in tokenize.generate_tokens(io.StringIO(text).readline)
        )
        for node, outer in _definitions(ast.parse(text)):
            if isinstance(node, ast.ClassDef):
                house.classes += _is_public(node, outer)
            else:
                _measure_function(house, node, outer, where)
    return house


def _definitions(
    tree: ast.AST, outer: tuple[ast.AST, ...] = ()
) -> Iterator[tuple[_Function | ast.ClassDef, tuple[ast.AST, ...]]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, _Function | ast.ClassDef):
            yield node, outer
            yield from _definitions(node, (*outer, node))
        else:
            yield from _definitions(node, outer)


def _is_public(node: _Function | ast.ClassDef, outer: Sequence[ast.AST]) -> bool:
    names = [node.name, *(getattr(one, "name", "") for one in outer)]
    inside = any(isinstance(one, _Function) for one in outer)
    return not inside and not any(name.startswith("_") for name in names)


def _measure_function(house: House, node: _Function, outer: Sequence[ast.AST], where: Path) -> None:
    house.function_lines.append((node.end_lineno or node.lineno) - node.lineno + 1)
    every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    method = bool(outer) and isinstance(outer[-1], ast.ClassDef)
    count = len(every) - (method and bool(every) and every[0].arg in ("self", "cls"))
    house.parameters.append((count, f"{where}:{node.lineno} {node.name}"))
    if not _is_public(node, outer):
        return
    house.public += 1
    text = ast.get_docstring(node) or ""
    house.sections["docstring"] += bool(text)
    for name in ("Parameters", "Raises", "Returns"):
        house.sections[name] += bool(re.search(rf"^{name}\n-+$", text, re.M))
    house.sections["example"] += ">>>" in text


def rows(house: House) -> list[tuple[str, str]]:
    """Return the rows of the table: what, and how many."""
    count = max(house.public, 1)

    def share(name: str) -> str:
        return f"{100 * house.sections[name] / count:.0f}"

    most, largest = max((number, name) for name, number in house.folders.items())
    numbers = [number for number, _ in house.parameters]
    lines = sum(house.file_lines)
    return [
        ("files", f"{len(house.file_lines)}"),
        ("lines", f"{lines}"),
        ("folders", f"{len(house.folders)}"),
        ("most files in a folder", f"{most} (`{largest}`)"),
        ("folders of more than 22 files", f"{sum(n > MOST_FILES for n in house.folders.values())}"),
        ("lines a file, median / p90", _two(house.file_lines, 0.5, 0.9)),
        ("lines a function, median / p99", _two(house.function_lines, 0.5, 0.99)),
        ("parameters, p90 / most", f"{_quantile(numbers, 0.9)} / {max(numbers)}"),
        ("functions of more than 12 parameters", f"{sum(n > MOST_PARAMETERS for n in numbers)}"),
        ("public functions and methods", f"{house.public}"),
        ("public classes", f"{house.classes}"),
        ("comments a 100 lines", f"{100 * house.comments / lines:.1f}"),
        ("docstrings of public functions, %", share("docstring")),
        ("… with Parameters, %", share("Parameters")),
        ("… with Returns, %", share("Returns")),
        ("… with Raises, %", share("Raises")),
        ("… with an example, %", share("example")),
    ]


def _two(numbers: Sequence[int], low: float, high: float) -> str:
    return f"{_quantile(numbers, low)} / {_quantile(numbers, high)}"


def _quantile(numbers: Sequence[int], share: float) -> int:
    return sorted(numbers)[min(int(share * len(numbers)), len(numbers) - 1)]


def at_commit(commit: str, name: str = "railmap") -> House:
    """Measure the package as it was at a commit."""
    archive = subprocess.run(
        ["git", "archive", commit, name], cwd=ROOT, capture_output=True, check=True
    ).stdout
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            files.extractall(folder, filter="data")
        return measure(Path(folder) / name)


def table(now: House, before: House | None, commit: str = "") -> str:
    """Return the Markdown table, today next to a commit."""
    if before is None:
        return "\n".join(["| | now |", "|---|---:|", *(f"| {a} | {b} |" for a, b in rows(now))])
    lines = [f"| | before ({commit}) | now |", "|---|---:|---:|"]
    for (name, old), (_, new) in zip(rows(before), rows(now), strict=True):
        lines.append(f"| {name} | {old} | {new} |")
    return "\n".join(lines)


def main() -> None:
    """Print or write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--before", metavar="COMMIT", help="compare with this commit")
    parser.add_argument("--write", action="store_true", help="write into docs/architecture.md")
    parser.add_argument("--over", action="store_true", help="list what is over the limits")
    given = parser.parse_args()
    house = measure(ROOT / "railmap")
    if given.over:
        for name, count in house.folders.items():
            if count > MOST_FILES:
                print(f"{name}: {count} files")
        for count, name in sorted(house.parameters, reverse=True):
            if count > MOST_PARAMETERS:
                print(f"{name}: {count} parameters")
        return
    text = table(house, at_commit(given.before) if given.before else None, given.before or "")
    if not given.write:
        print(text)
        return
    page = PAGE.read_text("utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", "utf-8")


if __name__ == "__main__":
    main()
