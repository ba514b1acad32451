"""Which tests run without PyTorch and QGIS: those of `pytest --light`."""

from __future__ import annotations

import ast
import sys
from collections.abc import Sequence
from functools import cache
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

__all__ = ["ROOT", "block_torch", "needs_more"]

ROOT = Path(__file__).resolve().parents[2]
_BLOCKED = ("torch", "torchvision", "timm", "captum", "lightning", "torchmetrics")
# files whose commands import PyTorch when they run
_FILES = ("api/test_examples.py", "cli/test_train_commands.py")
_FOLDERS = ("qgis", "golden", "benchmarks", "training", "lab", "nets")


class _WithoutTorch(PathFinder):
    @classmethod
    def find_spec(
        cls, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name.partition(".")[0] in _BLOCKED:
            return None
        return super().find_spec(name, path, target)


def block_torch() -> None:
    """Hide PyTorch: nothing finds it, as where it is not installed."""
    sys.meta_path[:] = [
        _WithoutTorch if finder is PathFinder else finder for finder in sys.meta_path
    ]


def needs_more(path: Path) -> bool:
    """Return whether a folder or a file of tests needs PyTorch or QGIS."""
    if path.is_dir():
        if path.parent == ROOT / "tests" and path.name in _FOLDERS:
            return True
        path /= "conftest.py"
        return path.is_file() and _imports_torch(path)
    if path.relative_to(ROOT / "tests").as_posix() in _FILES:
        return True
    return path.suffix == ".py" and _imports_torch(path)


def _imports_torch(path: Path) -> bool:
    """Return whether importing a file imports PyTorch; imports inside functions do not count."""
    seen, pending = {path}, [path]
    while pending:
        for name in _imports(pending.pop()):
            if name.partition(".")[0] in _BLOCKED:
                return True
            new = [file for file in _files(name) if file not in seen]
            seen.update(new)
            pending += new
    return False


@cache
def _files(name: str) -> list[Path]:
    module = ROOT / name.replace(".", "/")
    return [file for file in (module.with_suffix(".py"), module / "__init__.py") if file.is_file()]


@cache
def _imports(path: Path) -> list[str]:
    """List the modules that a file imports at its top, each with the packages that hold it."""
    found: list[str] = []
    pending: list[ast.AST] = [ast.parse(path.read_text("utf-8"))]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            if isinstance(node, ast.Module | ast.Try):
                pending.extend(ast.iter_child_nodes(node))
            continue
        for name in names:
            parts = name.split(".")
            found += [".".join(parts[: end + 1]) for end in range(len(parts))]
    return found
