"""Compile a model for the CPU with OpenVINO: tracks, defects and scenes alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openvino as ov

from railmap.errors import ModelError

__all__ = ["compile_on_cpu"]


def compile_on_cpu(
    path: Path,
    shape: Sequence[int | ov.Dimension],
    *,
    threads: int,
    streams: int | None = None,
    precision: str = "f32",
    prepare: Callable[[ov.Model], ov.Model] | None = None,
) -> ov.CompiledModel:
    """Read an ONNX file and compile it.

    Parameters
    ----------
    path
        The ONNX file, checked by `load_model`.
    shape
        Size of its one input.
    threads
        Cores to use.
    streams
        Requests that run at a time; OpenVINO's choice for one at a time if None.
    precision
        Of the arithmetic: f32, bf16 or f16.
    prepare
        Changes the model before it is compiled, e.g. adds normalisation.

    Raises
    ------
    ModelError
        If OpenVINO cannot run the model.
    """
    options: dict[str, Any] = {
        "INFERENCE_PRECISION_HINT": precision,
        "INFERENCE_NUM_THREADS": threads,
        # Pinned threads would sit on the cores of the reader and of other programs.
        "ENABLE_CPU_PINNING": False,
    }
    if streams is not None:
        options["NUM_STREAMS"] = streams
    core = ov.Core()
    try:
        model = core.read_model(path)
        model.reshape({0: ov.PartialShape(list(shape))})
        return core.compile_model(prepare(model) if prepare else model, "CPU", options)
    except RuntimeError as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        reason = lines[-1] if lines else "unknown reason"
        raise ModelError(
            f"{path}: OpenVINO cannot run the model ({reason}); export it again, or try the device "
            "onnxruntime"
        ) from error
