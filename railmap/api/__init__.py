"""The public functions of railmap; use them as `railmap.vectorize` and so on.

Each function is one step of the work from images to a published map, and the same function that
the command of its name runs. Inputs and outputs are files: a map is a GeoPackage, a probability
raster a GeoTIFF. Coordinates are x/y in the CRS of the map (projected, metres) unless a parameter
says otherwise. Every output appears whole or not at all. Errors are subclasses of
`railmap.RailmapError`, and of the fitting built-in (`ValueError`, `OSError`, ...).
"""

from railmap.api.create import drape, segment, synth, trace, vectorize
from railmap.api.outputs import export, publish, report
from railmap.api.photos import classify_scenes, find_defects, teach_scenes
from railmap.api.places import attach, locate, route
from railmap.api.verify import check, compare, conflate, evaluate, growth, read_map

__all__ = [
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
