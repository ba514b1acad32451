"""Export the network of a training on strips as a model for `railmap defects`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from railmap.errors import InputError
from railmap.files.output import check_output
from railmap.models.defects import StripShape
from railmap.models.export.strips import export_strip_model
from railmap.models.tensors import load_weights
from railmap.surface.data.rsdds import STRIP_HEIGHT, STRIP_WIDTHS
from railmap.surface.training.strip_networks import MODELS

__all__ = ["export_strips"]

_NAMES = {"proposed": "modified-fcn", "segnet": "segnet59", "fcn8s": "fcn8s", "railmap": "stripnet"}


def export_strips(
    run: Path,
    config: dict[str, Any],
    data: dict[str, Any],
    output: Path,
    *,
    version: str | None = None,
    overwrite: bool = False,
) -> None:
    """Write the network of a run of `railmap.surface.training.strips.fit_strips`.

    Parameters
    ----------
    run
        Folder of the run, with ``weights.safetensors``.
    config, data
        Of its record.
    output
        ``.onnx``.
    version
        Of the model; None: "1".
    overwrite
        Replace an output that exists.

    Raises
    ------
    InputError
        If the record lacks a value.
    ModelError
        If the weights are missing or do not fit.
    OutputError
        If the output exists or cannot be written.
    """
    check_output(output, overwrite=overwrite, inputs=[run])
    try:
        model, kind = str(config["model"]), int(config["kind"])
        normalisation = float(config["mean"]), float(config["std"])
        make, columns = MODELS[model], STRIP_WIDTHS[kind]
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"{run}: not the record of a training on strips ({error}); train it again"
        ) from error
    network = make(kind, False)
    load_weights(network, run / "weights.safetensors")
    made = data.get("strips", {})
    export_strip_model(
        network,
        f"{_NAMES[model]}-{kind}",
        output,
        StripShape(STRIP_HEIGHT, columns),
        normalisation,
        version=version or "1",
        training_data=[{"name": str(made.get("made", "strips")), "licence": ""}],
    )
