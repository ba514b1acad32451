"""Attribution of a classification to places of the photo: equations 1 to 5 of the paper."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn
from torch.nn import functional

from railmap.errors import missing_extra
from railmap.nets.scene_networks import SceneNetwork

__all__ = [
    "cam",
    "enlarge",
    "grad_cam",
    "guided_backprop",
    "guided_grad_cam",
]


def cam(network: SceneNetwork, image: Tensor, class_index: int) -> Tensor:
    """Compute class activation maps, equations 2 and 3: features weighted by the last layer.

    Parameters
    ----------
    network
        Ends in a mean and one linear layer.
    image
        ``(N, 3, T, T)`` float32, normalized.
    class_index
        Index of the class.

    Returns
    -------
    Tensor
        ``(N, h, w)`` float32; negative where the photo lowers the class's probability.
    """
    with torch.inference_mode():
        return network.eval().activation_maps(network.backbone(image))[:, class_index].clone()


def grad_cam(network: SceneNetwork, image: Tensor, class_index: int) -> tuple[Tensor, Tensor]:
    """Compute Grad-CAM and activation score, equations 4 and 5.

    The weights α are the gradients of the class's logit with respect to the last feature map,
    averaged over it. S^c uses the weights of equation 3, the sum of the gradients: for these
    networks S^c is the logit without its bias.

    Parameters
    ----------
    network, image, class_index
        As for `cam`.

    Returns
    -------
    maps
        ``(N, h, w)`` float32, at least 0.
    scores
        ``(N,)`` float32.
    """
    network.eval()
    with torch.enable_grad():
        features = network.backbone(image).detach().requires_grad_(True)
        logit = network.classify(features)[:, class_index].sum()
        (gradient,) = torch.autograd.grad(logit, features)
    features = features.detach()
    alpha = gradient.mean(dim=(2, 3), keepdim=True)
    maps = functional.relu((alpha * features).sum(dim=1))
    weights = gradient.sum(dim=(2, 3), keepdim=True)
    return maps, (weights * features).sum(dim=1).mean(dim=(1, 2))


def guided_backprop(network: SceneNetwork, image: Tensor, class_index: int) -> Tensor:
    """Compute guided backpropagation, equation 1: only positive gradients pass a ReLU (captum).

    Parameters
    ----------
    network, image, class_index
        As for `cam`.

    Returns
    -------
    Tensor
        ``(N, 3, T, T)`` float32.

    Raises
    ------
    MissingExtraError
        If captum is not installed.
    """
    try:
        from captum.attr import GuidedBackprop
    except ImportError as error:
        raise missing_extra("explanations", "train", error) from error
    import warnings

    plain = _hookable(network)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # captum announces the hooks it sets
        inputs = image.detach().clone().requires_grad_(True)
        gradient: Tensor = GuidedBackprop(plain).attribute(inputs, target=class_index)
        return gradient.detach()


def guided_grad_cam(guided: Tensor, maps: Tensor) -> Tensor:
    """Multiply guided backpropagation by the enlarged Grad-CAM (last column of figure 7).

    Parameters
    ----------
    guided
        ``(N, 3, T, T)``.
    maps
        ``(N, h, w)``.
    """
    return guided * enlarge(maps, guided.shape[-1])[:, None]


def enlarge(maps: Tensor, size: int) -> Tensor:
    """Resample maps ``(N, h, w)`` to ``(N, size, size)``, bilinear."""
    return functional.interpolate(
        maps[:, None], (size, size), mode="bilinear", align_corners=False
    )[:, 0]


def _hookable(network: SceneNetwork) -> SceneNetwork:
    """Copy the network with a separate, not in-place module for each ReLU.

    Hooks on gradients fail where a module is used several times or works in place, and
    torchvision's bottleneck uses one in-place ReLU three times. ReLU6 is a ReLU and a limit.
    """
    from torchvision.models.resnet import Bottleneck

    plain = copy.deepcopy(network).eval()
    for weight in plain.parameters():
        weight.requires_grad_(False)
    for part in plain.modules():
        if isinstance(part, nn.ReLU):
            part.inplace = False
    for name, part in list(plain.named_modules()):
        if isinstance(part, Bottleneck):
            parent = plain.get_submodule(name.rpartition(".")[0])
            setattr(parent, name.rpartition(".")[2], _SeparateReLUs(part))
        elif isinstance(part, nn.ReLU6):
            parent = plain.get_submodule(name.rpartition(".")[0])
            limited = nn.Sequential(nn.ReLU(), nn.Hardtanh(0.0, part.max_val))
            setattr(parent, name.rpartition(".")[2], limited)
    return plain


class _SeparateReLUs(nn.Module):
    """torchvision's bottleneck with three ReLUs instead of one used three times."""

    def __init__(self, block: nn.Module) -> None:
        super().__init__()
        self.block = block
        self.relus = nn.ModuleList([nn.ReLU() for _ in range(3)])

    def forward(self, x: Tensor) -> Tensor:
        block = self.block
        out = self.relus[0](block.bn1(block.conv1(x)))  # type: ignore[operator]
        out = self.relus[1](block.bn2(block.conv2(out)))  # type: ignore[operator]
        out = block.bn3(block.conv3(out))  # type: ignore[operator]
        shortcut = x if block.downsample is None else block.downsample(x)  # type: ignore[operator]
        result: Tensor = self.relus[2](out + shortcut)
        return result
