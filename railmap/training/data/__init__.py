"""Labelled images of any layout, how they are cut, augmented and split.

``read_images`` → ``split_images`` → ``CropDataset`` (training), ``TileDataset`` (validation).
"""

from __future__ import annotations

from railmap.training.data.dataset import CropDataset, TileDataset
from railmap.training.data.image import LabelledImage, SampleImage
from railmap.training.data.labelme import read_labelme
from railmap.training.data.layouts import LAYOUTS, Labelled, find_layout, read_images
from railmap.training.data.lines import LineImage
from railmap.training.data.masks import MaskImage
from railmap.training.data.placing import AUGMENTATIONS, place
from railmap.training.data.rendered import RenderedImage, rendered_images
from railmap.training.data.source import LabelSource
from railmap.training.data.split import split_images

__all__ = [
    "AUGMENTATIONS",
    "LAYOUTS",
    "CropDataset",
    "LabelSource",
    "Labelled",
    "LabelledImage",
    "LineImage",
    "MaskImage",
    "RenderedImage",
    "SampleImage",
    "TileDataset",
    "find_layout",
    "place",
    "read_images",
    "read_labelme",
    "rendered_images",
    "split_images",
]
