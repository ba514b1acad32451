"""Georeferenced drone and satellite images to electronic railway maps.

The public functions and their types, listed in `__all__`, load on first use: `import railmap` is
fast. Every other module is internal and may change.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from railmap._version import __version__

if TYPE_CHECKING:
    from railmap.api import (
        attach,
        check,
        classify_scenes,
        compare,
        conflate,
        drape,
        evaluate,
        export,
        find_defects,
        growth,
        locate,
        publish,
        read_map,
        report,
        route,
        segment,
        synth,
        teach_scenes,
        trace,
        vectorize,
    )
    from railmap.errors import RailmapError
    from railmap.evaluation import Evaluation
    from railmap.geometry.vertical.options import HeightOptions
    from railmap.inference import SegmentResult
    from railmap.mapping import CheckLimits, Map, QaIssue
    from railmap.mapping.attach.attach import AttachResult
    from railmap.mapping.compare.conflate import Conflation
    from railmap.mapping.compare.growth import DefectGrowth
    from railmap.mapping.compare.surveys import Comparison
    from railmap.mapping.compare.tracks import CompareLimits
    from railmap.mapping.referencing.locate import Place
    from railmap.mapping.referencing.route import Route
    from railmap.mapping.sources.position_options import PositionOptions
    from railmap.pipeline.drape import DrapedMap
    from railmap.pipeline.options import (
        ClusterOptions,
        ComputeOptions,
        LineOptions,
        ReadOptions,
        SourceOptions,
    )
    from railmap.pipeline.types import MapResult
    from railmap.progress import NullReporter, Reporter
    from railmap.publishing import Site, SurveyReport
    from railmap.rendering import Scene
    from railmap.scenes.job import ScenesFound
    from railmap.scenes.job.options import PlacementOptions
    from railmap.scenes.teach.job import TaughtScenes
    from railmap.surface.job import DefectsFound
    from railmap.surface.job.options import (
        DetectionOptions,
        ReportOptions,
        ScaleOptions,
        SurfacePositionOptions,
    )
    from railmap.surface.job.scale import PixelScale

__all__ = [
    "AttachResult",
    "CheckLimits",
    "ClusterOptions",
    "CompareLimits",
    "Comparison",
    "ComputeOptions",
    "Conflation",
    "DefectGrowth",
    "DefectsFound",
    "DetectionOptions",
    "DrapedMap",
    "Evaluation",
    "HeightOptions",
    "LineOptions",
    "Map",
    "MapResult",
    "NullReporter",
    "PixelScale",
    "Place",
    "PlacementOptions",
    "PositionOptions",
    "QaIssue",
    "RailmapError",
    "ReadOptions",
    "ReportOptions",
    "Reporter",
    "Route",
    "ScaleOptions",
    "Scene",
    "ScenesFound",
    "SegmentResult",
    "Site",
    "SourceOptions",
    "SurfacePositionOptions",
    "SurveyReport",
    "TaughtScenes",
    "__version__",
    "attach",
    "check",
    "classify_scenes",
    "compare",
    "conflate",
    "drape",
    "evaluate",
    "export",
    "find_defects",
    "growth",
    "locate",
    "publish",
    "read_map",
    "report",
    "route",
    "segment",
    "synth",
    "teach_scenes",
    "trace",
    "vectorize",
]

# Where each type is defined; every other public name is a function of `railmap.api`.
_TYPES = {
    "AttachResult": "mapping.attach.attach",
    "CheckLimits": "mapping",
    "CompareLimits": "mapping.compare.tracks",
    "Comparison": "mapping.compare.surveys",
    "ClusterOptions": "pipeline.options",
    "ComputeOptions": "pipeline.options",
    "Conflation": "mapping.compare.conflate",
    "DefectGrowth": "mapping.compare.growth",
    "DefectsFound": "surface.job",
    "DetectionOptions": "surface.job.options",
    "DrapedMap": "pipeline.drape",
    "Evaluation": "evaluation",
    "HeightOptions": "geometry.vertical.options",
    "LineOptions": "pipeline.options",
    "Map": "mapping",
    "MapResult": "pipeline.types",
    "NullReporter": "progress",
    "PixelScale": "surface.job.scale",
    "Place": "mapping.referencing.locate",
    "PlacementOptions": "scenes.job.options",
    "PositionOptions": "mapping.sources.position_options",
    "QaIssue": "mapping",
    "RailmapError": "errors",
    "ReadOptions": "pipeline.options",
    "ReportOptions": "surface.job.options",
    "Reporter": "progress",
    "Route": "mapping.referencing.route",
    "ScaleOptions": "surface.job.options",
    "Scene": "rendering",
    "ScenesFound": "scenes.job",
    "SegmentResult": "inference",
    "Site": "publishing",
    "SourceOptions": "pipeline.options",
    "SurfacePositionOptions": "surface.job.options",
    "SurveyReport": "publishing",
    "TaughtScenes": "scenes.teach.job",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'railmap' has no attribute {name!r}")
    value = getattr(import_module(f"railmap.{_TYPES.get(name, 'api')}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
