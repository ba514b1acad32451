"""The algorithms that make a map: each a table of parameters for one command of the engine."""

from __future__ import annotations

from .algorithm import RailmapAlgorithm
from .i18n import later
from .layer_parameters import Image, Underlay
from .outputs import MapOutput, RasterOutput
from .parameters import Choice
from .questions import AREA, BANDS, GSD, IMAGES, LINES, NEAR, NETWORK, SERVICE, THREADS


class ExtractRailTracks(RailmapAlgorithm):
    """The whole job."""

    ID = "extractrailtracks"
    TITLE = later("Extract rail tracks")
    HELP = later(
        "Extracts the centreline of every railway track in a drone or satellite "
        "image, joined at switches, into a styled GeoPackage. The map is in the CRS "
        "of the image if that is in metres, else in UTM."
    )
    TAGS = later("railway,rail,track,centreline,vectorize,deep learning,segmentation")
    COMMAND = "vectorize"
    STAGES = {  # noqa: RUF012
        "segment": (0, 75),
        "mask": (75, 80),
        "links": (80, 85),
        "geometry": (85, 92),
        "rails": (92, 97),
        "write map": (97, 98),
        "heights": (98, 100),
    }
    PARAMETERS = (
        *IMAGES,
        AREA,
        *SERVICE,
        *LINES,
        Choice(
            "REFINE",
            later("Fit the centreline to"),
            later("The rails where they are visible, or the track probability."),
            "--refine",
            advanced=True,
            options=("auto", "probability", "rails"),
        ),
        Underlay(
            "DEM",
            later("Elevation model"),
            later("Raster of heights, in any CRS."),
            "--dem",
            optional=True,
        ),
        *NEAR,
        BANDS,
        GSD,
        *NETWORK,
        MapOutput("OUTPUT", later("Tracks"), later("GeoPackage with all layers."), "-o"),
        RasterOutput(
            "PROBABILITY",
            later("Track probability"),
            later("GeoTIFF with values 0 to 254 and 255 where there is no image."),
            "--probability",
            optional=True,
            by_default=False,
        ),
    )


class SegmentRailTracks(RailmapAlgorithm):
    """Only the network."""

    ID = "segmentrailtracks"
    TITLE = later("Segment rail tracks")
    HELP = later(
        "Writes the track probability of each pixel: 0 to 254, and 255 where there is "
        "no image. “Trace tracks from a mask” traces lines from it."
    )
    TAGS = later("railway,rail,track,probability,deep learning,segmentation")
    COMMAND = "segment"
    STAGES = {"segment": (0, 100)}  # noqa: RUF012
    PARAMETERS = (
        *IMAGES,
        AREA,
        *SERVICE,
        *NEAR,
        BANDS,
        GSD,
        *NETWORK,
        RasterOutput("OUTPUT", later("Track probability"), later("GeoTIFF."), "-o"),
    )


class TraceFromMask(RailmapAlgorithm):
    """Only the lines."""

    ID = "tracefrommask"
    TITLE = later("Trace tracks from a mask")
    HELP = later(
        "Traces the centrelines of a track probability or mask from any source: 0 and "
        "1, 0 to 1 or 0 to 255."
    )
    TAGS = later("railway,rail,track,centreline,skeleton,vectorize")
    COMMAND = "trace"
    STAGES = {  # noqa: RUF012
        "mask": (0, 35),
        "links": (35, 65),
        "geometry": (65, 98),
        "write map": (98, 100),
    }
    PARAMETERS = (
        Image("INPUT", later("Probability or mask"), later("Raster with one band.")),
        *LINES,
        GSD,
        *THREADS,
        MapOutput("OUTPUT", later("Tracks"), later("GeoPackage with all layers."), "-o"),
    )
