"""All algorithms, in the order of the work."""

from __future__ import annotations

from .defects import SegmentDefects
from .exporting import DrawMap, ExportMap, ReportSurvey
from .lines import AddLine, AddLinesAutomatically, AddPosts
from .making import ExtractRailTracks, SegmentRailTracks, TraceFromMask
from .referencing import AttachEvents, FindRoute, LocateByChainage
from .scenes import (
    ClassifyAlongTracks,
    ClassifyPhotos,
    CutViewsAlongTracks,
    ExplainScene,
    TeachScenes,
)
from .using import (
    CheckMap,
    CompareSurveys,
    ConflateMap,
    DrapeMap,
    EvaluateAgainstReference,
    FollowDefects,
    PublishMap,
)

ALGORITHMS = (
    ExtractRailTracks,
    SegmentRailTracks,
    TraceFromMask,
    DrawMap,
    AddLine,
    AddLinesAutomatically,
    AddPosts,
    AttachEvents,
    LocateByChainage,
    FindRoute,
    SegmentDefects,
    ClassifyPhotos,
    ClassifyAlongTracks,
    CutViewsAlongTracks,
    TeachScenes,
    ExplainScene,
    CompareSurveys,
    FollowDefects,
    CheckMap,
    ConflateMap,
    DrapeMap,
    ExportMap,
    PublishMap,
    ReportSurvey,
    EvaluateAgainstReference,
)
