"""The network of a scene model in torch, for what needs gradients."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from railmap.errors import ModelError
from railmap.models.scenes import SceneModel
from railmap.nets.scene_networks import SceneNetwork, build_scene_network
from railmap.scenes.classify.classifier import fit_photo
from railmap.scenes.explain.attribution import grad_cam, guided_backprop, guided_grad_cam

__all__ = ["guided_gradients", "load_torch", "network_input"]


def load_torch(package: SceneModel) -> SceneNetwork:
    """Build the network of a model in torch, with its weights.

    Raises
    ------
    ModelError
        If the package does not hold them or they do not fit.
    """
    if package.weights is None or package.network is None:
        raise ModelError(
            f"{package.path}: explanations need the network's weights, which this file does not "
            "hold in a form that torch can load; train or export the model again"
        )
    return build_scene_network(
        package.network, len(package.class_names), weights=package.weights
    ).eval()


def network_input(photo: NDArray[np.uint8], package: SceneModel) -> Tensor:
    """Convert a photo ``(H, W, 3)`` uint8 to the network's input ``(1, 3, T, T)`` float32."""
    pixels = torch.from_numpy(fit_photo(photo, package.size)).permute(2, 0, 1).float() / 255
    mean, std = (torch.tensor(v).view(3, 1, 1) for v in (package.mean, package.std))
    return ((pixels - mean) / std)[None]


def guided_gradients(
    photo: NDArray[np.uint8], package: SceneModel, classes: Sequence[int]
) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Compute guided backpropagation (equation 1) and guided Grad-CAM of some classes.

    Parameters
    ----------
    photo
        ``(H, W, 3)`` uint8 RGB.
    package
        The model.
    classes
        Indices of the classes.

    Returns
    -------
    list
        Two times ``(3, T, T)`` float32 for each class.

    Raises
    ------
    ModelError
        If the model does not hold its weights.
    MissingExtraError
        If captum is not installed.
    """
    network, image = load_torch(package), network_input(photo, package)
    found = []
    for index in classes:
        guided = guided_backprop(network, image, index)
        both = guided_grad_cam(guided, grad_cam(network, image, index)[0])
        found.append((guided[0].numpy(), both[0].numpy()))
    return found
