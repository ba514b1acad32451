"""A training run as a model package."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from railmap.errors import InputError
from railmap.nets import ModelMetadata, build_network, export_model
from railmap.training.fit.record import RECORD, read_record
from railmap.training.tracks.train import WEIGHTS

__all__ = ["package_run"]


def package_run(
    run: Path,
    path_onnx: Path,
    *,
    version: str = "1",
    tile: int = 512,
    threshold: float = 0.5,
    training_data: Sequence[dict[str, str]] = (),
    source_commit: str = "",
) -> Path:
    """Write ``NAME.onnx`` and ``NAME.safetensors`` from a finished run of `train_tracks`.

    Parameters
    ----------
    run
        Folder of the run.
    path_onnx
        Where to write; its stem is the model's name.
    version
        Of the model.
    tile
        Side of a tile, pixels.
    threshold
        Probability from which a pixel counts as track.
    training_data
        One mapping with "name" and "licence" for each source.
    source_commit
        Commit of the code that trained it.

    Returns
    -------
    Path
        `path_onnx`.

    Raises
    ------
    InputError
        If `run` holds no finished run.
    ModelError
        If its weights don't fit the network that it names.
    OutputError
        If the package can't be written.
    """
    config = read_record(run).get("config", {})
    try:
        name, gsd = config["network"], float(config["gsd"])
        profile = config["target_profile"]
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{run / RECORD}: not the record of a track network's run") from error
    weights = run / WEIGHTS
    if not weights.is_file():
        raise InputError(f"{weights}: isn't there; the run hasn't ended, resume it first")
    network = build_network(name, weights=weights)
    metadata = ModelMetadata(
        name=path_onnx.stem,
        version=version,
        gsd=gsd,
        network=name,
        tile_size=tile,
        threshold=threshold,
        training_data=tuple(training_data),
        source_commit=source_commit,
        target_profile=profile,
    )
    export_model(network, path_onnx, metadata)
    return path_onnx
