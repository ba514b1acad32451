"""What every model package has: a checked ONNX file, its identity and its metadata."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Self

from railmap.errors import ModelError, Part
from railmap.models.onnx_file import file_sha256, trainable
from railmap.models.onnx_header import OnnxHeader

__all__ = ["MetadataReader", "ModelPackage"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPackage:
    """A model on disk.

    Parameters
    ----------
    path
        The ONNX file.
    name, version
        File name without suffix; version from the metadata ("" if it has none).
    class_names
        One name for each class or output channel, in order.
    network
        Name of the architecture, to build it in torch; None where the file does not name it.
    licence
        Of the model ("" if the file does not state it).
    training_data
        One mapping with "name" and "licence" for each source.
    output_names
        Outputs of the graph, in order.
    metadata
        All metadata of the file.
    sha256
        Of the ONNX file, hexadecimal.
    """

    kind: ClassVar[str]
    task: ClassVar[str]
    """What models of this kind find, for messages."""
    remedy: ClassVar[tuple[Part, ...]]
    """How to get a model of this kind, for messages."""

    path: Path
    name: str
    version: str
    class_names: tuple[str, ...]
    network: str | None
    licence: str
    training_data: tuple[dict[str, str], ...] = field(hash=False)
    output_names: tuple[str, ...]
    metadata: dict[str, str] = field(hash=False)
    sha256: str

    @classmethod
    def from_header(cls, path: Path, header: OnnxHeader) -> Self:
        """Read the package from the header of its file.

        Raises
        ------
        ModelError
            If the metadata or the shapes are unusable.
        """
        raise NotImplementedError

    @property
    def weights(self) -> Path | None:
        """The file that torch loads the weights from: the package; None if it holds none."""
        return trainable(self.path, self.metadata)

    def describe(self) -> dict[str, Any]:
        """Return JSON-ready values for ``railmap info``."""
        return {
            "path": str(self.path),
            "kind": self.kind,
            "name": self.name,
            "version": self.version,
            "classes": list(self.class_names),
        }


class MetadataReader:
    """Read typed values from the metadata; errors name the file and the key.

    Parameters
    ----------
    path
        For messages.
    header
        Of the file.
    """

    def __init__(self, path: Path, header: OnnxHeader) -> None:
        self._path = path
        self._header = header
        self._values = header.metadata

    def common(self, class_names: tuple[str, ...]) -> dict[str, Any]:
        """Return the arguments of `ModelPackage`."""
        network = self.text("network")
        sources = self.json("training_data", [])
        if not isinstance(sources, list):
            raise self.wrong("training_data")
        return {
            "path": self._path,
            "name": self._path.stem,
            "version": self.text("model_version") or self.text("railmap_version"),
            "class_names": class_names,
            "network": network or None,
            "licence": self.text("licence"),
            "training_data": tuple(dict(s) for s in sources if isinstance(s, dict)),
            "output_names": tuple(output.name for output in self._header.outputs),
            "metadata": dict(self._values),
            "sha256": file_sha256(self._path),
        }

    def json(self, key: str, default: Any) -> Any:
        """Return a value, or the default where the file has none."""
        text = self._values.get(key)
        if text is None or not text.strip():
            return default
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            raise self.wrong(key) from None

    def text(self, key: str) -> str:
        """Return a text, quoted as JSON or not; "" where the file has none."""
        return self._values.get(key, "").strip('"')

    def number(self, key: str, default: float | None, low: float, high: float) -> float:
        """Return a number from `low` to `high`."""
        value = self.json(key, default)
        if value is None:
            raise ModelError(
                f"{self._path}: the model's metadata has no {key!r}; add it (Deepness key)"
            )
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            raise self.wrong(key) from None
        if not low <= number <= high:
            raise self.wrong(key)
        return number

    def numbers(self, key: str, default: list[float] | None, count: int) -> tuple[float, ...]:
        """Return `count` finite numbers; a single one counts for all."""
        value = self.json(key, default)
        try:
            numbers = tuple(float(v) for v in value)
        except (TypeError, ValueError, OverflowError):
            raise self.wrong(key) from None
        if len(numbers) == 1:
            numbers *= count
        if len(numbers) != count or not all(map(math.isfinite, numbers)):
            raise self.wrong(key)
        return numbers

    def normalisation(self, bands: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Return mean and standard deviation of each band, of pixels scaled to 0-1."""
        std = self.numbers("standardization_std", [1.0], bands)
        if min(std) <= 0:
            raise self.wrong("standardization_std")
        return self.numbers("standardization_mean", [0.0], bands), std

    def class_names(self) -> tuple[str, ...]:
        """Return the names in the order of their index."""
        names = self.json("class_names", None)
        if isinstance(names, list):
            names = dict(enumerate(names))
        if not isinstance(names, dict) or not names:
            raise ModelError(
                f'{self._path}: the model names no classes; its metadata needs "class_names", '
                'such as {"0": "background", "1": "track"}'
            )
        try:
            return tuple(str(names[key]) for key in sorted(names, key=int))
        except ValueError:
            raise self.wrong("class_names") from None

    def wrong(self, key: str) -> ModelError:
        """Return the error for a value that is missing or cannot be used."""
        text = repr(self._values.get(key))
        shown = text if len(text) <= 100 else text[:100] + "..."
        return ModelError(
            f"{self._path}: the model's metadata {key!r} is unusable: {shown}; "
            "correct it, or export the model again"
        )
