"""Labelled pictures of any layout, how they are cut, augmented and divided.

``read_pictures`` → ``split_pictures`` → ``CropDataset`` (training), ``TileDataset`` (validation).
"""

from __future__ import annotations

from railmap.training.data.dataset import CropDataset, TileDataset
from railmap.training.data.labelme import read_labelme
from railmap.training.data.layouts import LAYOUTS, Labelled, find_layout, read_pictures
from railmap.training.data.lines import LinePicture
from railmap.training.data.masks import MaskPicture
from railmap.training.data.picture import Picture, SamplePicture
from railmap.training.data.placing import AUGMENTATIONS, place
from railmap.training.data.rendered import RenderedPicture, rendered_pictures
from railmap.training.data.source import LabelSource
from railmap.training.data.split import split_pictures

__all__ = [
    "AUGMENTATIONS",
    "LAYOUTS",
    "CropDataset",
    "LabelSource",
    "Labelled",
    "LinePicture",
    "MaskPicture",
    "Picture",
    "RenderedPicture",
    "SamplePicture",
    "TileDataset",
    "find_layout",
    "place",
    "read_labelme",
    "read_pictures",
    "rendered_pictures",
    "split_pictures",
]
