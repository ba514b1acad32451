"""DeepLabV3 with ResNet-50, from torchvision."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional
from torchvision.models import ResNet50_Weights
from torchvision.models.segmentation import deeplabv3_resnet50

from railmap.nets.backbone import pretrained

__all__ = ["DeepLabV3"]


class DeepLabV3(nn.Module):
    """DeepLabV3 (Chen et al., 2017) with ResNet-50, reference [27] of the track paper.

    Features at stride 8, global image pooling, 8× bilinear upsampling. In training the pooling's
    batch norm needs at least two images in a batch.

    Parameters
    ----------
    num_classes
        Channels of the logits.
    imagenet
        Start the encoder from torchvision's ResNet-50.

    Raises
    ------
    ModelError
        If the ImageNet weights are not available.
    """

    def __init__(self, num_classes: int = 1, *, imagenet: bool = False) -> None:
        super().__init__()
        weights = ResNet50_Weights.IMAGENET1K_V2 if imagenet else None
        whole = pretrained(
            "ResNet-50",
            lambda: deeplabv3_resnet50(
                weights=None, weights_backbone=weights, num_classes=num_classes
            ),
            weights,
        )
        self.encoder, self.classifier = whole.backbone, whole.classifier

    def forward(self, image: Tensor) -> Tensor:
        """``(N, 3, H, W)`` → logits ``(N, num_classes, H, W)``."""
        logits = self.classifier(self.encoder(image)["out"])
        return functional.interpolate(
            logits, size=image.shape[-2:], mode="bilinear", align_corners=False
        )
