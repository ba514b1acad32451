"""The package of a defect network: ONNX with what it needs to be fed and read."""

from __future__ import annotations

import hashlib
import json
import math
import os
from dataclasses import dataclass
from pathlib import Path

from railmap.errors import ModelError
from railmap.models.onnx_header import read_header
from railmap.models.package import model_folder
from railmap.surface.model.regions import RegionRule

__all__ = ["DefectModel", "load_defect_model"]

_KIND = "railmap-defects"
_PICKLES = (".pt", ".pth", ".ckpt", ".pkl", ".pickle")


@dataclass(frozen=True)
class DefectModel:
    """A defect network on disk.

    Parameters
    ----------
    path
        The ONNX file.
    name, version
        Of the model.
    class_names
        Of the output's channels; the first is the defect.
    rule
        Which regions count.
    sha256
        Of the ONNX file, hexadecimal.
    """

    path: Path
    name: str
    version: str
    class_names: tuple[str, ...]
    rule: RegionRule
    sha256: str

    @property
    def weights(self) -> Path | None:
        """The safetensors file beside the ONNX file, for torch, if it is there."""
        path = self.path.with_suffix(".safetensors")
        return path if path.is_file() else None


def load_defect_model(name_or_path: str | os.PathLike[str] = "defects") -> DefectModel:
    """Read a defect model's metadata.

    Raises
    ------
    ModelError
        If it is missing, a pickle, no ONNX, or no model of rail-surface defects.
    """
    text = os.fspath(name_or_path)
    path = Path(text)
    if not path.is_file() and not path.suffix and len(path.parts) == 1:
        path = model_folder() / f"{text}.onnx"
    if not path.is_file():
        raise ModelError(f"{text}: no such defect model; give an ONNX file, or 'defects'")
    if path.suffix.lower() in _PICKLES:
        raise ModelError(f"{path}: pickled weights are refused because loading them can run code")
    try:
        header = read_header(path)
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"{path}: can't be read ({error.strerror}); check the file") from error
    except ValueError as error:
        raise ModelError(f"{path}: is no ONNX model ({error}); check the file") from error
    values = header.metadata
    try:
        kind = json.loads(values.get("railmap_kind", '""'))
        if kind != _KIND:
            raise ModelError(
                f"{path}: no model of rail-surface defects; use one that "
                "railmap.models.export.defects wrote, such as the shipped 'defects'"
            )
        names = tuple(str(n) for n in json.loads(values["class_names"]))
        rule = RegionRule(**json.loads(values["region_rule"]))
        version = str(json.loads(values.get("railmap_version", '""')))
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise ModelError(f"{path}: the model's metadata is unusable ({error})") from error
    if not (0 < rule.edge <= rule.sure < 1 and math.isfinite(rule.cells) and names):
        raise ModelError(f"{path}: the model's region rule {rule} makes no sense; export it again")
    return DefectModel(path, path.stem, version, names, rule, digest)
