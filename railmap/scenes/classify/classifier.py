"""Compute scene probabilities and class activation maps of photos, without torch."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from railmap.errors import InputError, ModelError, UsageError
from railmap.inference.backends.base import available_threads
from railmap.inference.backends.compiling import compile_on_cpu
from railmap.models.package import load_model

__all__ = ["SceneClassifier", "Seen", "activation_scores", "fit_photo"]


class Seen(NamedTuple):
    """What a network makes of one photo.

    Parameters
    ----------
    probability
        ``(C,)`` float32.
    activation
        ``(C, h, w)`` float32: class activation maps.
    features
        ``(K, h, w)`` float32: the last features.
    """

    probability: NDArray[np.float32]
    activation: NDArray[np.float32]
    features: NDArray[np.float32]


def activation_scores(activations: NDArray[np.float32]) -> NDArray[np.float32]:
    """Compute the activation score S^c of each class, equation 5 of the paper.

    For networks that end in a mean and one linear layer it is the mean of the class activation
    map: the class's logit without its bias.

    Parameters
    ----------
    activations
        ``(…, C, h, w)`` float32.

    Returns
    -------
    NDArray
        ``(…, C)`` float32.
    """
    return np.asarray(activations.mean(axis=(-2, -1)), np.float32)


def fit_photo(image: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Scale a photo to a square, whatever its aspect ratio.

    A crop could lose the evidence; so an activation map covers the whole photo.

    Parameters
    ----------
    image
        ``(H, W, 3)`` uint8 RGB.
    size
        Side of the square, pixels.

    Returns
    -------
    NDArray
        ``(size, size, 3)`` uint8.

    Raises
    ------
    InputError
        If the array has another shape or dtype.
    """
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or not image.size:
        raise InputError(f"a photo must be (H, W, 3) uint8 pixels, not {image.shape} {image.dtype}")
    scaled = Image.fromarray(image).resize((size, size), Image.Resampling.BILINEAR)
    return np.array(scaled, np.uint8)


class SceneClassifier:
    """Scene model on the CPU (OpenVINO).

    Parameters
    ----------
    model
        ONNX file written by ``railmap scenes teach`` or ``railmap train scenes``.
    device
        "auto" or "cpu".
    threads
        CPU threads; None: all cores.

    Attributes
    ----------
    classes
        Keys of the scene classes, in the order of the probabilities.
    version
        Version of the model, for the map's ``model_version``.

    Raises
    ------
    ModelError
        If there are no weights or the model cannot be run.
    UsageError
        If `device` is another one.
    """

    def __init__(
        self,
        model: str | os.PathLike[str] | None = None,
        device: str = "auto",
        threads: int | None = None,
    ) -> None:
        if device not in ("auto", "cpu"):
            raise UsageError(
                f"scenes are classified on the CPU; device is auto or cpu, not {device!r}"
            )
        self.package = load_model(model, kind="scenes")
        self.classes = self.package.class_names
        self.version = f"{self.package.name} {self.package.version}".strip()
        size = self.package.size
        compiled = compile_on_cpu(
            self.package.path, [1, 3, size, size], threads=threads or available_threads()
        )
        self._request = compiled.create_infer_request()
        self._mean = np.asarray(self.package.mean, np.float32)
        self._std = np.asarray(self.package.std, np.float32)

    def __call__(self, images: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """Classify photos.

        Parameters
        ----------
        images
            Each ``(H, W, 3)`` uint8 RGB, of any size.

        Returns
        -------
        NDArray
            ``(N, classes)`` float32 probabilities; each row sums to 1.
        """
        return self.explain(images)[0]

    def explain(
        self, images: Sequence[NDArray[np.uint8]]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Classify photos and compute the activation map of each class.

        Parameters
        ----------
        images
            Each ``(H, W, 3)`` uint8 RGB, of any size.

        Returns
        -------
        probabilities
            ``(N, classes)`` float32.
        activations
            ``(N, classes, h, w)`` float32: class activation maps (equation 3 of the paper) over
            the whole photo. Their ReLU is Grad-CAM (equation 4) up to a factor, since these
            networks end in a mean and one linear layer.
        """
        found = [self._infer(fit_photo(image, self.package.size)) for image in images]
        if not found:
            return np.zeros((0, len(self.classes)), np.float32), np.zeros(
                (0, len(self.classes), 1, 1), np.float32
            )
        return np.stack([one[0] for one in found]), np.stack([one[1] for one in found])

    def examine(self, pixels: NDArray[np.uint8]) -> Seen:
        """Classify one photo of the network's size, with its features.

        Parameters
        ----------
        pixels
            ``(T, T, 3)`` uint8 RGB, see `fit_photo`.

        Raises
        ------
        ModelError
            If the model was written by a railmap that did not keep the features.
        """
        if "features" not in self.package.output_names:
            raise ModelError(
                f"{self.package.path}: the model has no output 'features', which an older railmap "
                "did not write; teach or train it again"
            )
        probability, activation = self._infer(pixels)
        return Seen(probability, activation, self._request.get_tensor("features").data[0].copy())

    def predict(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the probabilities ``(N, classes)`` of ``(N, 3, T, T)`` uint8 pixels."""
        return np.stack([self._infer(photo.transpose(1, 2, 0))[0] for photo in pixels])

    def _infer(self, pixels: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        values = (pixels.astype(np.float32) / 255 - self._mean) / self._std
        self._request.infer({"image": np.ascontiguousarray(values.transpose(2, 0, 1))[None]})
        return (
            self._request.get_tensor("probability").data[0].copy(),
            self._request.get_tensor("activation").data[0].copy(),
        )
