"""Segment defects with a network of the paper: strips of the head, joined without seams."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import openvino as ov
from numpy.typing import NDArray

from railmap.errors import InputError
from railmap.inference.backends.base import available_threads
from railmap.inference.backends.compiling import compile_on_cpu
from railmap.models.defects import DefectModel, StripShape
from railmap.models.package import load_model
from railmap.surface.model.pixels import to_grey
from railmap.surface.model.rail_head import find_rail_head
from railmap.surface.model.regions import blank_rows, keep_regions
from railmap.surface.model.segment import DefectMask, DefectSegmenter, check_device
from railmap.surface.model.strip import head_grid
from railmap.surface.model.windows import ramp, window_starts

__all__ = ["AnySegmenter", "StripSegmenter", "open_segmenter"]

_BATCH = 8  # strips at a time
_MOST_ENLARGED = 4.0  # a narrower head shows less than the network was trained on


class AnySegmenter(Protocol):
    """Finds defects in images: `DefectSegmenter` or `StripSegmenter`."""

    model: DefectModel
    threshold: float
    class_names: tuple[str, ...]

    def __call__(self, image: NDArray[Any], name: str = "image") -> DefectMask:
        """Segment one image, ``(H, W)`` or ``(H, W, 3)``, uint8 or uint16."""


def open_segmenter(
    model: str | Path = "defects",
    *,
    device: str = "auto",
    threads: int | None = None,
    careful: bool = True,
) -> AnySegmenter:
    """Load a defect model of any network.

    Parameters
    ----------
    model
        Name of a shipped model, or an ONNX file.
    device
        "auto" or "cpu".
    threads
        CPU threads; None: all cores.
    careful
        As for `DefectSegmenter`; the networks of the paper see each image once, as in the paper.

    Raises
    ------
    ModelError
        If the model is missing, a pickle, or no model of rail-surface defects.
    DeviceError
        If another device is asked for.
    """
    check_device(device)
    package = load_model(model, kind="defects")
    if package.strip is not None:
        return StripSegmenter(package, package.strip, threads=threads)
    return DefectSegmenter(package, device, threads=threads, careful=careful)


class StripSegmenter:
    """Network that takes strips of the head, such as the modified FCN; safe to call from threads.

    The head is scaled to the columns of the network, whatever its width in the image. Strips
    overlap by half, and their answers are blended: no pixel depends on where a strip begins more
    than by its small share near the strip's end.

    Parameters
    ----------
    model
        The package; normalisation of the grey values is part of its graph.
    strip
        Its strips.
    threads
        CPU threads; None: all cores.

    Attributes
    ----------
    threshold
        Minimum probability of a defect pixel.
    class_names
        These networks tell no kinds.

    Raises
    ------
    ModelError
        If OpenVINO cannot run it.
    """

    def __init__(
        self, model: DefectModel, strip: StripShape, *, threads: int | None = None
    ) -> None:
        self.model, self._strip = model, strip
        self.threshold: float = model.rule.edge
        self.class_names: tuple[str, ...] = ("",)
        compiled = compile_on_cpu(
            model.path,
            [ov.Dimension(1, _BATCH), 1, strip.rows, strip.columns],
            threads=threads or available_threads(),
        )
        self._requests: queue.Queue[ov.InferRequest] = queue.Queue()
        self._requests.put(compiled.create_infer_request())

    def __call__(self, image: NDArray[Any], name: str = "image") -> DefectMask:
        """Segment one image.

        Parameters
        ----------
        image
            ``(H, W)`` or ``(H, W, 3)``, uint8 or uint16.
        name
            Name of the image, for messages.

        Raises
        ------
        InputError
            If the array has another shape or dtype, is black or saturated, shows no rail, or a
            rail too narrow for the network.
        """
        grey = to_grey(image, name)
        head = find_rail_head(grey, name)
        columns = self._strip.columns
        if head.width * _MOST_ENLARGED < columns:
            raise InputError(
                f"{name}: the rail head is {head.width:.0f} pixels wide; the network takes "
                f"{columns} and needs {columns / _MOST_ENLARGED:.0f} at least; give an image of "
                "higher resolution, or use another model"
            )
        grid = head_grid(head, (grey.shape[0], grey.shape[1]), columns)
        strip = grid.cut(grey)
        found = self.strip_probability(strip)
        found[blank_rows(strip)] = 0
        kept, _ = keep_regions(found, self.model.rule)
        return DefectMask(grid.to_image(kept), None if head.fills else head, None)

    def strip_probability(self, strip: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Run the network over a head of any length.

        Parameters
        ----------
        strip
            ``(rows, columns)`` uint8.

        Returns
        -------
        NDArray
            ``(rows, columns)`` float32 probability of a defect.
        """
        rows, tall = len(strip), self._strip.rows
        short = max(0, tall - rows)
        padded = np.pad(strip, ((0, short), (0, 0)), mode="symmetric" if rows > 1 else "edge")
        fade = tall // 2
        starts = window_starts(len(padded), tall, fade)
        total = np.zeros(padded.shape, np.float32)
        weight = np.zeros((len(padded), 1), np.float32)
        windows = np.stack([padded[at : at + tall] for at in starts])[:, None]
        for begin, part in zip(starts, self._infer(windows), strict=True):
            share = ramp(tall, begin > 0, begin + tall < len(padded), fade)
            total[begin : begin + tall] += part * share
            weight[begin : begin + tall] += share
        return np.asarray((total / weight)[:rows], np.float32)

    def _infer(self, windows: NDArray[np.uint8]) -> Iterator[NDArray[np.float32]]:
        request = self._requests.get()
        try:
            for at in range(0, len(windows), _BATCH):
                request.infer({0: windows[at : at + _BATCH].astype(np.float32)})
                yield from np.array(request.get_output_tensor(0).data[:, 0], np.float32)
        finally:
            self._requests.put(request)
