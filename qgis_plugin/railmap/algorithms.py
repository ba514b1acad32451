"""All algorithms, in the order of the work."""

from __future__ import annotations

from .inspecting import ClassifyPhotos, SegmentDefects
from .making import ExtractRailTracks, SegmentRailTracks, TraceFromMask
from .referencing import AttachEvents, FindRoute, LocateByChainage
from .using import CheckMap, CompareSurveys, EvaluateAgainstReference, PublishMap

ALGORITHMS = (
    ExtractRailTracks,
    SegmentRailTracks,
    TraceFromMask,
    AttachEvents,
    LocateByChainage,
    FindRoute,
    CompareSurveys,
    CheckMap,
    PublishMap,
    EvaluateAgainstReference,
    SegmentDefects,
    ClassifyPhotos,
)
