"""A training run as a model package."""

from __future__ import annotations

from pathlib import Path

from railmap.errors import InputError
from railmap.models.export.tracks import export_model
from railmap.models.metadata import ModelMetadata
from railmap.nets import build_network
from railmap.training.fit.record import RECORD, read_record
from railmap.training.tracks.options import PackageOptions

__all__ = ["WEIGHTS", "package_run"]


WEIGHTS = "weights.safetensors"
"""Name of the weights file in the folder of a finished run."""


def package_run(run: Path, package: PackageOptions, *, fields: bool = True) -> Path:
    """Write ``NAME.onnx`` from a finished run of `train_tracks`.

    Parameters
    ----------
    run
        Folder of the run.
    package
        Where to write, and the model's metadata.
    fields
        Whether the second output is exported where the network has it.

    Returns
    -------
    Path
        The ONNX file.

    Raises
    ------
    InputError
        If `run` holds no finished run.
    ModelError
        If its weights do not fit the network that it names.
    OutputError
        If the package cannot be written.
    """
    config = read_record(run).get("config", {})
    try:
        name, gsd = config["network"], float(config["gsd"])
        profile = config["target_profile"]
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{run / RECORD}: not the record of a track network's run") from error
    weights = run / WEIGHTS
    if not weights.is_file():
        raise InputError(f"{weights}: does not exist; the run has not ended, resume it first")
    network = build_network(name, weights=weights)
    metadata = ModelMetadata(
        name=package.path.stem,
        version=package.version,
        gsd=gsd,
        network=name,
        tile_size=package.tile,
        threshold=package.threshold,
        training_data=tuple(dict(source) for source in package.training_data),
        licence=package.licence,
        source_commit=package.source_commit,
        piece_model=package.piece_model,
        target_profile=profile,
    )
    export_model(network, package.path, metadata, fields=fields)
    return package.path
