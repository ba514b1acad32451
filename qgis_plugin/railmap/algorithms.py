"""The algorithms: each a table of parameters for one command of the engine."""

from __future__ import annotations

from .algorithm import USE_GROUP, RailmapAlgorithm
from .i18n import later
from .parameters import (
    Area,
    Choice,
    Events,
    Features,
    File,
    FileOutput,
    FolderOutput,
    Image,
    Images,
    MapLayer,
    MapOutput,
    Number,
    Place,
    PointSink,
    RasterOutput,
    Switch,
    Text,
    Underlay,
)
from .places import write_places

_IMAGES = (
    Image("INPUT", later("Image"), later("Georeferenced image, 0.8 to 60 cm per pixel.")),
    Images(
        "MORE_INPUTS",
        later("More images of the same mosaic"),
        later("They are read together with the first as one picture."),
        optional=True,
        advanced=True,
    ),
)
_AREA = Area(
    "AOI",
    later("Area to work in"),
    later("Polygons outside of which nothing is looked at; the selected ones if you wish."),
    flag="--aoi",
    extent_label=later("Extent to work in"),
    extent_help=later("With polygons too, only what lies within both counts."),
)
_BANDS = Text(
    "BANDS",
    later("Bands used as red, green, blue"),
    later("Such as 4,1,2 or 1; empty: the first three."),
    "--bands",
    optional=True,
    advanced=True,
)
_GSD = Number(
    "GSD",
    later("Pixel size of an image without one (m)"),
    later("Only for an image that has no georeference."),
    "--gsd",
    optional=True,
    advanced=True,
    minimum=0.001,
    maximum=10.0,
)
_NETWORK = (
    File(
        "MODEL",
        later("Model"),
        later("ONNX file; empty: the model that comes with the engine."),
        "--model",
        optional=True,
        advanced=True,
        extension="onnx",
    ),
    Choice(
        "DEVICE",
        later("Device"),
        later("Where the network runs; auto takes the fastest that is there."),
        "--device",
        advanced=True,
        options=("auto", "cpu", "cuda", "mps"),
    ),
    Number(
        "THREADS",
        later("CPU threads"),
        later("Empty: all."),
        "--threads",
        optional=True,
        advanced=True,
        minimum=1,
        maximum=1024,
        whole=True,
    ),
)
_THREADS = _NETWORK[-1:]
_LINES = (
    Number(
        "THRESHOLD",
        later("Probability from which a pixel is track"),
        later("Lower finds more, higher invents less; empty: the model's own."),
        "--threshold",
        optional=True,
        minimum=0.01,
        maximum=0.99,
    ),
    Number(
        "MIN_LENGTH",
        later("Shortest track that hangs on nothing (m)"),
        later("Shorter pieces that join no other track are left out."),
        "--min-length",
        default=5.0,
    ),
    Number(
        "MAX_GAP",
        later("Widest gap that is bridged (m)"),
        later("Bridges, trees and platforms hide tracks; bridged parts are drawn dashed."),
        "--max-gap",
        default=30.0,
    ),
    Number(
        "TOLERANCE",
        later("Largest distance of the line from the fitted curve (m)"),
        later("Smaller gives more vertices."),
        "--tolerance",
        advanced=True,
        default=0.02,
        minimum=0.001,
    ),
)


class ExtractRailTracks(RailmapAlgorithm):
    """The whole job."""

    ID = "extractrailtracks"
    TITLE = later("Extract rail tracks")
    HELP = later(
        "Finds every railway track in a drone or satellite image and draws its centreline, joined "
        "at switches, into a GeoPackage that comes styled. The map is in the image's CRS if that "
        "is in metres, else in UTM."
    )
    TAGS = later("railway,rail,track,centreline,vectorize,deep learning,segmentation")
    COMMAND = "vectorize"
    STAGES = {  # noqa: RUF012
        "segment": (0, 75),
        "mask": (75, 80),
        "links": (80, 85),
        "geometry": (85, 92),
        "rails": (92, 98),
        "write map": (98, 100),
    }
    PARAMETERS = (
        *_IMAGES,
        _AREA,
        *_LINES,
        Choice(
            "REFINE",
            later("Fit the centreline to"),
            later("The rails where they can be seen, or the track probability."),
            "--refine",
            advanced=True,
            options=("auto", "probability", "rails"),
        ),
        _BANDS,
        _GSD,
        *_NETWORK,
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
        "Writes how probably each pixel is track: 0 to 254, and 255 where there is no image. "
        "“Trace tracks from a mask” makes lines of it."
    )
    TAGS = later("railway,rail,track,probability,deep learning,segmentation")
    COMMAND = "segment"
    STAGES = {"segment": (0, 100)}  # noqa: RUF012
    PARAMETERS = (
        *_IMAGES,
        _AREA,
        _BANDS,
        _GSD,
        *_NETWORK,
        RasterOutput("OUTPUT", later("Track probability"), later("GeoTIFF."), "-o"),
    )


class TraceFromMask(RailmapAlgorithm):
    """Only the lines."""

    ID = "tracefrommask"
    TITLE = later("Trace tracks from a mask")
    HELP = later(
        "Draws the centrelines of a track probability or mask, whoever made it: 0 and 1, 0 to 1 "
        "or 0 to 255."
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
        *_LINES,
        _GSD,
        *_THREADS,
        MapOutput("OUTPUT", later("Tracks"), later("GeoPackage with all layers."), "-o"),
    )


class CheckMap(RailmapAlgorithm):
    """What does not hold in a map."""

    ID = "checkmap"
    TITLE = later("Check map")
    GROUP = USE_GROUP
    HELP = later(
        "Checks topology, measures and values of a map. What it finds goes into the map's layer "
        "qa_issue and into the log."
    )
    TAGS = later("railway,topology,quality,validate")
    COMMAND = "check"
    CHANGES = "INPUT"
    STAGES = {"check": (0, 100)}  # noqa: RUF012
    PARAMETERS = (
        MapLayer("INPUT", later("Map"), later("Any layer of the map, or its GeoPackage.")),
        Number(
            "MIN_RADIUS",
            later("Smallest radius that is not doubted (m)"),
            later("Sharper curves are reported."),
            "--min-radius",
            advanced=True,
            default=90.0,
        ),
        Number(
            "MIN_SPACING",
            later("Smallest track spacing that is not doubted (m)"),
            later("Tracks that run side by side closer than this are reported."),
            "--min-spacing",
            advanced=True,
            default=3.5,
        ),
    )


class EvaluateAgainstReference(RailmapAlgorithm):
    """A map against a truth."""

    ID = "evaluate"
    TITLE = later("Evaluate against reference")
    GROUP = USE_GROUP
    HELP = later(
        "Scores lines, switches and routes of a map against a reference: completeness, "
        "correctness, offsets. The tables are in the log."
    )
    TAGS = later("railway,accuracy,completeness,correctness,quality")
    COMMAND = "evaluate"
    PARAMETERS = (
        Features(
            "INPUT",
            later("Tracks to judge"),
            later("A map or any line layer."),
            geometry="TypeVectorLine",
        ),
        Features(
            "REFERENCE",
            later("Reference"),
            later("A map or any line layer taken as true."),
            geometry="TypeVectorLine",
        ),
        Features(
            "AREA",
            later("Area to judge in"),
            later("Polygons outside of which nothing is judged."),
            "--area",
            optional=True,
            geometry="TypeVectorPolygon",
        ),
        Features(
            "IGNORE",
            later("Areas not judged"),
            later("Polygons within which nothing is judged."),
            "--ignore",
            optional=True,
            geometry="TypeVectorPolygon",
        ),
        FileOutput("OUTPUT", later("Scores"), later("JSON."), "--json", filter="JSON (*.json)"),
        FileOutput(
            "PICTURE",
            later("Picture"),
            later("Matched green, missed blue, false red, duplicate orange."),
            "--picture",
            optional=True,
            filter="PNG (*.png)",
            by_default=False,
        ),
    )


class AttachEvents(RailmapAlgorithm):
    """Events placed on the tracks."""

    ID = "attachevents"
    TITLE = later("Attach events to tracks")
    GROUP = USE_GROUP
    HELP = later(
        "Places points, lines or polygons on the tracks of a map: track, chainage, offset and "
        "side, and whether two tracks are nearly as likely. The events become a layer of the map."
    )
    TAGS = later("railway,linear referencing,defect,chainage")
    COMMAND = "attach"
    CHANGES = "MAP"
    STAGES = {"reading": (0, 20), "matching": (20, 80), "writing": (80, 100)}  # noqa: RUF012
    PARAMETERS = (
        Events(
            "INPUT",
            later("Events"),
            later("Any vector layer, or a table with line and km; the selected ones if you wish."),
            geometry="TypeVector",
        ),
        MapLayer("MAP", later("Map"), later("Any layer of the map, or its GeoPackage."), "--to"),
        Text(
            "LAYER",
            later("Layer to write"),
            later("defect, scene_event or any name; empty: told by the columns or the name."),
            "--layer",
            optional=True,
        ),
        Number(
            "POSITION_ACCURACY",
            later("Accuracy of the positions (m)"),
            later("One sigma; empty: 1 m."),
            "--position-accuracy",
            optional=True,
        ),
        Number(
            "MAX_DISTANCE",
            later("Farther than this is on no track (m)"),
            later("Such events are kept, but without a track."),
            "--max-distance",
            advanced=True,
            default=25.0,
        ),
        Switch(
            "SKIP_BAD",
            later("Leave out events without a usable position"),
            later("Else the first of them is an error and nothing is written."),
            "--skip-bad",
            advanced=True,
        ),
        *_THREADS,
    )


class LocateByChainage(RailmapAlgorithm):
    """From a kilometre to a place, and back."""

    ID = "locatebychainage"
    TITLE = later("Locate by chainage")
    GROUP = USE_GROUP
    HELP = later(
        "Finds the place of a kilometre, such as “6185 km 12.400 +3.2”, or the kilometre of a "
        "place. The map needs a line with chainage."
    )
    TAGS = later("railway,linear referencing,chainage,kilometre,milestone")
    COMMAND = "locate"
    PARAMETERS = (
        MapLayer("INPUT", later("Map"), later("Any layer of the map, or its GeoPackage.")),
        Text(
            "KILOMETRE",
            later("Kilometre"),
            later("Line, km, metres beyond: 6185 km 12.400 +3.2; or leave it empty."),
            optional=True,
        ),
        Place(
            "POINT",
            later("Place"),
            later("A point whose kilometre is asked for, instead of the above."),
            "--at",
            optional=True,
        ),
        PointSink("OUTPUT", later("Location"), later("Point with its chainage."), "--json"),
    )

    def finish(self, outcome, parameters, context) -> dict:
        """Make points of the JSON that the engine prints."""
        results = super().finish(outcome, parameters, context)
        results["OUTPUT"], results["SUMMARY"] = write_places(
            outcome.printed, self, parameters, context
        )
        return results


class PublishMap(RailmapAlgorithm):
    """A map as a web page."""

    ID = "publishmap"
    TITLE = later("Publish map")
    GROUP = USE_GROUP
    HELP = later(
        "Writes the map as a folder that any web server shows: vector tiles and a page with "
        "layers, popups and search."
    )
    TAGS = later("railway,web,tiles,pmtiles,maplibre")
    COMMAND = "publish"
    STAGES = {"tiles": (0, 80), "orthophoto": (80, 100)}  # noqa: RUF012
    PARAMETERS = (
        MapLayer("INPUT", later("Map"), later("Any layer of the map, or its GeoPackage.")),
        Underlay(
            "ORTHO",
            later("Image beneath"),
            later("Shown under the map."),
            "--ortho",
            optional=True,
        ),
        Text("TITLE", later("Title"), later("Empty: the map's name."), "--title", optional=True),
        FolderOutput(
            "OUTPUT",
            later("Web page"),
            later("Folder, new or one with a map published before."),
            "-o",
        ),
    )


ALGORITHMS = (
    ExtractRailTracks,
    SegmentRailTracks,
    TraceFromMask,
    AttachEvents,
    LocateByChainage,
    CheckMap,
    PublishMap,
    EvaluateAgainstReference,
)
