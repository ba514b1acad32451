"""Export a track network from a run, weights or a package."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from railmap.errors import InputError, ModelError, Option, OutputError, UsageError, one_line
from railmap.files.file_set import atomic_files, check_files
from railmap.models.export.tracks import export_model
from railmap.models.metadata import ModelMetadata
from railmap.models.package import load_model
from railmap.models.tracks import TrackModel
from railmap.nets import build_network
from railmap.training.tracks.options import PackageOptions
from railmap.training.tracks.package import package_run

__all__ = ["export_tracks"]


def export_tracks(
    source: Path,
    output: Path,
    *,
    network: str | None = None,
    gsd: float | None = None,
    tile: int | None = None,
    threshold: float | None = None,
    version: str | None = None,
    fields: bool = True,
    overwrite: bool = False,
) -> list[Path]:
    """Write ``NAME.onnx``, or OpenVINO's ``NAME.xml`` with ``NAME.bin``.

    Parameters
    ----------
    source
        Folder of a run, weights (then `network` and `gsd` are needed), or an ONNX package.
    output
        ``.onnx`` or ``.xml``.
    network, gsd
        Name in `NETWORKS`, and metres per pixel.
    tile, threshold, version
        Values that replace those of the source.
    fields
        Whether the second output is exported where the network has it; Deepness needs False.
    overwrite
        Replace an output that exists.

    Returns
    -------
    list of Path
        What was written.

    Raises
    ------
    UsageError
        If weights come without network or GSD, or `output` has another suffix.
    InputError
        If a folder holds no finished run.
    ModelError
        If weights are missing, unsafe or do not fit.
    OutputError
        If a file cannot be written.
    """
    if output.suffix.lower() not in (".onnx", ".xml"):
        raise UsageError(f"{output}: name an .onnx file, or .xml for OpenVINO")
    if tile is not None and tile % 16:
        raise UsageError(Option("tile", tile), ": must be a multiple of 16 pixels")
    beside = [output.with_suffix(".bin")] if output.suffix.lower() == ".xml" else []
    check_files(output, beside, overwrite=overwrite, inputs=[source])
    if beside:
        as_it_is = (tile, threshold, version) == (None, None, None) and fields
        if source.suffix.lower() == ".onnx" and as_it_is:
            return _to_openvino(load_model(source).path, output, overwrite)
        with tempfile.TemporaryDirectory(prefix="railmap-export-") as folder:
            onnx = _as_onnx(source, Path(folder) / f"{output.stem}.onnx", network, gsd, tile,
                            threshold, version, fields)  # fmt: skip
            return _to_openvino(onnx, output, overwrite)
    return [_as_onnx(source, output, network, gsd, tile, threshold, version, fields)]


def _as_onnx(
    source: Path,
    output: Path,
    network: str | None,
    gsd: float | None,
    tile: int | None,
    threshold: float | None,
    version: str | None,
    fields: bool,
) -> Path:
    if source.is_dir():
        options = PackageOptions(output, version or "1", tile or 512, threshold or 0.5)
        return package_run(source, options, fields=fields)
    if not source.is_file():
        raise InputError(f"{source}: no such run, weights or model")
    if source.suffix.lower() == ".safetensors":
        if network is None or gsd is None:
            raise UsageError(
                f"{source}: has weights only; give ", Option("network"), " and ", Option("gsd")
            )
        metadata = ModelMetadata(output.stem, version or "1", gsd, network)
        weights = source
    else:
        package = load_model(source)
        if package.weights is None:
            raise ModelError(
                f"{source}: holds no weights to export again from; give the run or its safetensors"
            )
        metadata, weights = _metadata(package, output.stem), package.weights
    changed: dict[str, Any] = {"tile_size": tile, "threshold": threshold, "version": version}
    metadata = replace(metadata, **{k: v for k, v in changed.items() if v is not None})
    export_model(build_network(metadata.network, weights=weights), output, metadata, fields=fields)
    return output


def _metadata(package: TrackModel, name: str) -> ModelMetadata:
    """Return the metadata of a package for one of another name."""
    if package.network is None:
        raise ModelError(
            f"{package.path}: does not name its network, so it cannot be exported again; give the "
            "run or its safetensors"
        )
    return ModelMetadata(
        name=name,
        version=package.version or "1",
        gsd=package.gsd_m,
        network=package.network,
        tile_size=package.tile_size,
        overlap_percent=round(package.tiles_overlap),
        threshold=package.threshold,
        class_names=package.class_names,
        mean=(package.mean[0], package.mean[1], package.mean[2]),
        std=(package.std[0], package.std[1], package.std[2]),
        licence=package.licence,
        piece_model=package.metadata.get("piece_model", ""),
        training_data=package.training_data,
        source_commit=package.metadata.get("source_commit", "").strip('"'),
        target_profile=package.profile,
    )


def _to_openvino(onnx: Path, output: Path, overwrite: bool) -> list[Path]:
    """Convert with float16 weights, and read the pair back."""
    import openvino

    model = openvino.convert_model(onnx)
    for key, value in load_model(onnx).metadata.items():
        model.set_rt_info(value, ["model_info", key])
    weights = output.with_suffix(".bin")
    with atomic_files(output, [weights], overwrite=overwrite) as folder:
        try:
            openvino.save_model(model, folder / output.name, compress_to_fp16=True)
            openvino.Core().read_model(folder / output.name)
        except RuntimeError as error:
            raise OutputError(
                f"{output}: cannot be written; check the free disk space ({one_line(error)})"
            ) from error
    return [output, weights]
