"""Segment the defects of one image: rail head, network, regions, outlines."""

from __future__ import annotations

import queue
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
from numpy.typing import NDArray

from railmap.errors import DeviceError, ModelError
from railmap.inference.backends.base import available_threads
from railmap.inference.backends.compiling import compile_on_cpu
from railmap.models.defects import STRIP_WIDTH, DefectModel
from railmap.models.package import load_model
from railmap.surface.model.outline import tighten_regions
from railmap.surface.model.pixels import to_grey
from railmap.surface.model.rail_head import RailHead, find_rail_head
from railmap.surface.model.regions import keep_regions, mask_gaps
from railmap.surface.model.strip import strip_channels, strip_grid
from railmap.surface.model.windows import WINDOW, ramp, unzoom, window_starts

__all__ = ["DefectMask", "DefectSegmenter", "check_device"]

_KINDS_FROM = 3  # channels: defect, dirt, gap, then the kinds of defect
# Kinds above it are correct in 5 of 6 regions (docs/explanation/defects.md).
_MIN_KIND_PROBABILITY = 0.6
# Test-time augmentation: enlarged, which shows small defects; turned, since no image has a top.
_ZOOMS = (1.0, 1.2, 1.35)
_TURNS = (1, -1)
_STEP = 32  # rows of a window are a multiple of the network's deepest stride


@dataclass(frozen=True)
class DefectMask:
    """Defects of one image, in its own pixels.

    Parameters
    ----------
    probability
        ``(H, W)`` float32, 0 to 1: probability that the pixel belongs to a defect. It stays below
        `DefectSegmenter.threshold` where the model's rule does not accept a region (too
        uncertain, too small).
    rail
        The rail head; None where the image shows only the head, so that its edges are unknown.
    classes
        ``(H, W)`` uint8 index into `DefectSegmenter.class_names`: 0 for nothing, a kind of defect
        (one per region, "unknown" where the network is uncertain), dirt or gap.
    """

    probability: NDArray[np.float32]
    rail: RailHead | None
    classes: NDArray[np.uint8] | None


def check_device(device: str) -> None:
    """Refuse devices other than the CPU.

    Raises
    ------
    DeviceError
        If another one is asked for.
    """
    if device not in ("auto", "cpu"):
        raise DeviceError(f"defects are segmented on the CPU, not on {device!r}; use auto")


class DefectSegmenter:
    """Defect model, loaded once for any number of images; safe to call from several threads.

    Parameters
    ----------
    model
        RailNet: a package, the name of a shipped model, or an ONNX file written by
        `railmap.models.export.defects`. For any model see `open_segmenter`.
    device
        "auto" or "cpu": the network is too small to gain from a GPU.
    batch
        Maximum number of images processed at a time; further calls wait.
    threads
        CPU threads; None: all cores.
    careful
        Whether to average over three sizes of each image, upright and turned by 180 degrees. It
        finds more (docs/explanation/defects.md) and runs the network on seven times the pixels.
    min_peak
        Minimum peak probability of a region; None: that of the model.

    Attributes
    ----------
    threshold
        Minimum probability of a defect pixel.
    class_names
        Names of the classes of `DefectMask`.

    Raises
    ------
    ModelError
        If the model is missing, a pickle, or no model of rail-surface defects.
    DeviceError
        If another device is asked for.
    """

    def __init__(
        self,
        model: str | Path | DefectModel = "defects",
        device: str = "auto",
        batch: int = 1,
        threads: int | None = None,
        careful: bool = True,
        min_peak: float | None = None,
    ) -> None:
        check_device(device)
        self.model = model if isinstance(model, DefectModel) else load_model(model, kind="defects")
        if self.model.strip is not None:
            raise ModelError(f"{self.model.path}: the model takes strips of the head only")
        rule = self.model.rule
        self._rule = rule if min_peak is None else replace(rule, sure=min_peak)
        self.threshold: float = rule.edge
        self._zooms = _ZOOMS if careful else _ZOOMS[:1]
        self._turns = _TURNS if careful else _TURNS[:1]
        self.class_names: tuple[str, ...] = (
            "",
            *self.model.class_names[_KINDS_FROM:],
            "dirt",
            "gap",
        )
        threads = threads or available_threads()
        streams = max(1, min(batch, threads))
        self._requests: queue.Queue[ov.InferRequest] = queue.Queue()
        compiled = compile_on_cpu(
            self.model.path,
            [1, 2, ov.Dimension(_STEP, WINDOW), STRIP_WIDTH],
            threads=threads,
            streams=streams,
        )
        for _ in range(streams):
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
            If the array has another shape or dtype, is black or saturated, or shows no rail.
        DeviceError
            If the CPU has no AVX.
        """
        grey = to_grey(image, name)
        head = find_rail_head(grey, name)
        grid = strip_grid(head, (grey.shape[0], grey.shape[1]))
        strip = grid.cut(grey)
        maps = self.image_probability(grey, head)
        defect = mask_gaps(maps[0], maps[2], strip)
        kept, labels = keep_regions(defect, self._rule)
        tight = tighten_regions(kept, labels, strip, self._rule.edge)
        probability = grid.to_image(tight)
        classes = self._classes(maps, labels)
        return DefectMask(probability, None if head.fills else head, grid.labels_to_image(classes))

    def _classes(self, maps: NDArray[np.float32], labels: NDArray[np.int32]) -> NDArray[np.uint8]:
        """Return ``(rows/4, columns/4)`` index into `class_names`; a region has one kind."""
        classes = np.zeros(labels.shape, np.uint8)
        for name in ("gap", "dirt"):
            at = self.model.class_names.index(name)
            classes[maps[at] > 0.5] = self.class_names.index(name)
        unknown = self.class_names.index("unknown")
        for number in range(1, int(labels.max()) + 1):
            inside = labels == number
            share = maps[_KINDS_FROM:, inside].mean(axis=1)
            kind = int(np.argmax(share))
            classes[inside] = 1 + kind if share[kind] >= _MIN_KIND_PROBABILITY else unknown
        return classes

    def image_probability(self, grey: NDArray[np.uint8], head: RailHead) -> NDArray[np.float32]:
        """Average the network's output over the rail head in several sizes.

        Parameters
        ----------
        grey
            ``(H, W)`` uint8.
        head
            The rail head in it.

        Returns
        -------
        NDArray
            As of `strip_probability`, on the cells of the plain strip,
            `strip_grid(head, grey.shape)`.
        """
        shape = (grey.shape[0], grey.shape[1])
        total = self.strip_probability(strip_grid(head, shape).cut(grey))
        count = np.ones(total.shape[2], np.float32)
        for zoom in self._zooms[1:]:
            part = self.strip_probability(strip_grid(head, shape, zoom).cut(grey))
            plain, seen = unzoom(part, zoom, total.shape[1])
            total += plain * seen
            count += seen
        return total / count

    def strip_probability(self, strip: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Run the network over an upright strip.

        Parameters
        ----------
        strip
            ``(rows, STRIP_WIDTH)`` uint8, any number of rows.

        Returns
        -------
        NDArray
            ``(9, ceil(rows / 4), STRIP_WIDTH / 4)`` float32: probability of defect, dirt and gap,
            and of each kind given a defect.
        """
        rows = len(strip)
        padded = -(-rows // _STEP) * _STEP
        tall = np.pad(strip, ((0, padded - rows), (0, 0)), mode="symmetric" if rows > 1 else "edge")
        total = np.zeros((len(self.model.class_names), padded // 4, STRIP_WIDTH // 4), np.float32)
        weight = np.zeros((padded // 4, 1), np.float32)
        request = self._requests.get()
        try:
            for begin in window_starts(padded):
                window = tall[begin : begin + WINDOW]
                part = self._infer_turned(request, strip_channels(window))
                fade = ramp(len(window) // 4, begin > 0, begin + len(window) < padded)
                at = slice(begin // 4, begin // 4 + len(fade))
                total[:, at] += part * fade
                weight[at] += fade
        finally:
            self._requests.put(request)
        return np.asarray((total / weight)[:, : -(-rows // 4)], np.float32)

    def _infer_turned(
        self, request: ov.InferRequest, channels: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        parts = [
            self._infer(request, np.ascontiguousarray(channels[:, ::turn, ::turn]))[
                :, ::turn, ::turn
            ]
            for turn in self._turns
        ]
        return np.asarray(sum(parts) / np.float32(len(parts)), np.float32)

    def _infer(
        self, request: ov.InferRequest, channels: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        request.infer({0: channels[None]})
        maps = np.array(request.get_output_tensor(0).data[0], np.float32)
        if maps.shape[1] * 4 != channels.shape[1]:
            # OpenVINO's linear Interpolate has no kernel for SSE4.1: its result has no rows
            raise DeviceError(
                f"{self.model.path}: OpenVINO needs AVX to run the model; "
                "use a CPU that has it, or unset ONEDNN_MAX_CPU_ISA"
            )
        return maps
