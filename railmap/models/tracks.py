"""Models that segment railway tracks, ours and those of the Deepness plugin."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

from railmap.errors import ModelError, Part
from railmap.models.base import MetadataReader, ModelPackage
from railmap.models.onnx_header import OnnxHeader, TensorInfo

__all__ = ["FIELDS", "TrackModel"]

FIELDS = "fields"
"""Name of the optional second output."""
_PROBABILITY = "probability"
_DEFAULT_OVERLAP_PERCENT = 25.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackModel(ModelPackage):
    """A track segmentation model and how to feed it.

    Parameters
    ----------
    track_class
        Index of the track class in `class_names`.
    gsd_m
        Ground sampling distance of the input, metres.
    gsd_range_m
        Native GSDs (finest, coarsest) of the images it was made for, metres, or None.
    tile_size, overlap
        Window side and overlap of neighbouring windows, pixels.
    mean, std
        Per band, of pixels scaled to 0-1.
    threshold
        Probability from which a pixel is track.
    n_bands, n_channels
        Bands of the input, channels of the output (None where the file leaves it open).
    input_name, output_name
        Tensors of the graph; the output is ``probability``, or else the first one.
    field_names
        Channels of the second output, ``fields``; empty if the model has none.
    """

    kind: ClassVar[str] = "tracks"
    task: ClassVar[str] = "railway tracks"
    remedy: ClassVar[tuple[Part, ...]] = (
        "use a model that segments railway tracks, such as the shipped 'tracks'",
    )

    track_class: int
    gsd_m: float
    gsd_range_m: tuple[float, float] | None
    tile_size: int
    overlap: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    threshold: float
    n_bands: int
    n_channels: int | None
    input_name: str
    output_name: str
    field_names: tuple[str, ...]

    @classmethod
    def from_header(cls, path: Path, header: OnnxHeader) -> Self:
        """See `ModelPackage.from_header`."""
        read = MetadataReader(path, header)
        bands, tile = _input_size(path, header, read)
        outputs = {output.name: output for output in header.outputs}
        output = outputs.get(_PROBABILITY, header.outputs[0])
        channels = output.shape[1] if len(output.shape) == 4 else None
        names = read.class_names()
        percent = read.number("tiles_overlap", _DEFAULT_OVERLAP_PERCENT, 0, 50)
        mean, std = read.normalisation(bands)
        finest, coarsest = read.numbers("gsd_range", [0.0], 2)
        return cls(
            **read.common(names),
            track_class=_track_class(path, names, channels),
            gsd_m=read.number("resolution", None, 0.1, 1000.0) / 100.0,
            gsd_range_m=(finest, coarsest) if header.metadata.get("gsd_range") else None,
            tile_size=tile,
            overlap=round(tile * percent / 100.0),
            mean=mean,
            std=std,
            threshold=read.number("threshold", 0.5, 0.0, 1.0),
            n_bands=bands,
            n_channels=channels,
            input_name=header.inputs[0].name,
            output_name=output.name,
            field_names=_field_names(path, read, outputs.get(FIELDS)),
        )

    @property
    def tiles_overlap(self) -> float:
        """Overlap of neighbouring windows in percent of the tile size."""
        return 100.0 * self.overlap / self.tile_size

    @property
    def profile(self) -> str:
        """Shape of the probability across a track: "tent" (ours) or "mask"."""
        return "tent" if "tent" in self.metadata.get("target_profile", "") else "mask"

    def describe(self) -> dict[str, Any]:
        """See `ModelPackage.describe`."""
        # not super(): slots=True makes another class of the same name
        return {
            **ModelPackage.describe(self),
            "track_class": self.class_names[self.track_class],
            "gsd_m": self.gsd_m,
            "gsd_range_m": list(self.gsd_range_m) if self.gsd_range_m else None,
            "tile_size": self.tile_size,
            "overlap": self.overlap,
            "bands": self.n_bands,
            "mean": list(self.mean),
            "std": list(self.std),
            "threshold": self.threshold,
            "fields": list(self.field_names),
        }


def _track_class(path: Path, names: tuple[str, ...], channels: int | None) -> int:
    """Index of the track class."""
    tracks = [i for i, n in enumerate(names) if "track" in n.lower()]
    tracks = tracks or [i for i, n in enumerate(names) if "rail" in n.lower()]
    if not tracks:
        raise ModelError(
            f"{path}: no class of the model is a track (classes: {', '.join(names)}); "
            "use a model that segments railway tracks"
        )
    if channels is not None and channels > 1 and channels != len(names):
        raise ModelError(
            f"{path}: {len(names)} class names for {channels} output channels; "
            "correct the model's metadata"
        )
    return tracks[0]


def _field_names(path: Path, read: MetadataReader, output: TensorInfo | None) -> tuple[str, ...]:
    """Names of the channels of ``fields``; an output of that name without them is not ours."""
    names = read.json("field_names", [])
    if output is None or not names:
        return ()
    if not isinstance(names, list) or output.shape[1:2] not in ((len(names),), (None,)):
        raise ModelError(
            f'{path}: the metadata "field_names" and the output "fields" {output.shape} do not '
            "match; export the model again"
        )
    return tuple(str(name) for name in names)


def _input_size(path: Path, header: OnnxHeader, read: MetadataReader) -> tuple[int, int]:
    """(bands, tile size); a static input size overrules the metadata."""
    if len(header.inputs) != 1 or len(header.inputs[0].shape) != 4:
        raise ModelError(
            f"{path}: the model must have one image input N x 3 x H x W; use a segmentation model"
        )
    bands, height, width = header.inputs[0].shape[1:]
    if bands is not None and bands != 3:
        raise ModelError(
            f"{path}: the model takes {bands} bands, railmap feeds 3 (red green blue); use a "
            "model of 3 bands"
        )
    if height != width:
        raise ModelError(
            f"{path}: the model's tiles are {height} x {width}; export it with square tiles"
        )
    tile = height or int(read.number("tile_size", 512, 16, 16384))
    return 3, tile
