"""Parameters that several algorithms ask for."""

from __future__ import annotations

from .i18n import later
from .layer_parameters import Area, Crs, Features, Images, MapLayer, Picture
from .outputs import FileOutput
from .parameters import Choice, File, Number, Text

IMAGES = (
    Picture(
        "INPUT",
        later("Image"),
        later(
            "Georeferenced image, 0.8 to 60 cm per pixel, or an XYZ, WMTS or WMS layer: then give "
            "the extent to process and the licence."
        ),
    ),
    Images(
        "MORE_INPUTS",
        later("More images of the same mosaic"),
        later("They are read together with the first as one mosaic."),
        optional=True,
        advanced=True,
    ),
)
AREA = Area(
    "AOI",
    later("Area to process"),
    later(
        "Only the area within these polygons is processed; optionally the selected features only."
    ),
    flag="--aoi",
    extent_label=later("Extent to process"),
    extent_help=later("With polygons, their intersection with the extent is used."),
)
NEAR = (
    Features(
        "NEAR",
        later("Only near these lines"),
        later(
            "Such as railways of OpenStreetMap: what is farther from them is not looked at. "
            "With an area to process the intersection is taken."
        ),
        "--near",
        optional=True,
        advanced=True,
        geometry="TypeVectorLine",
    ),
    Number(
        "NEAR_DISTANCE",
        later("Distance from these lines (m)"),
        later("50 m hold a line drawn some 10 m off and eight parallel tracks on each side."),
        "--near-distance",
        advanced=True,
        default=50.0,
        minimum=0.001,
    ),
)
SERVICE = (
    Text(
        "LICENCE",
        later("Licence of the image"),
        later(
            "Licence or permission under which you may map from it, with its address; needed for "
            "map services, whose terms often forbid it. The map states it."
        ),
        "--licence",
        optional=True,
    ),
    Text(
        "ATTRIBUTION",
        later("Who must be named as its source"),
        later("Such as © Name of the survey; empty: the host of the service."),
        "--attribution",
        optional=True,
        advanced=True,
    ),
    Number(
        "ZOOM",
        later("Level of XYZ or WMTS tiles"),
        later("Empty: the coarsest that is fine enough for the model."),
        "--zoom",
        optional=True,
        advanced=True,
        minimum=0,
        maximum=30,
        whole=True,
    ),
)
BANDS = Text(
    "BANDS",
    later("Bands used as red, green, blue"),
    later("Such as 4,1,2 or 1; empty: the first three."),
    "--bands",
    optional=True,
    advanced=True,
)
GSD = Number(
    "GSD",
    later("Pixel size of an image without one (m)"),
    later("Only for an image that has no georeference."),
    "--gsd",
    optional=True,
    advanced=True,
    minimum=0.001,
    maximum=10.0,
)
MODEL = File(
    "MODEL",
    later("Model"),
    later("ONNX file; empty: the model that comes with the engine."),
    "--model",
    optional=True,
    advanced=True,
    extension="onnx",
)
DEVICE = Choice(
    "DEVICE",
    later("Device"),
    later("Device of the network; auto takes the fastest available."),
    "--device",
    advanced=True,
    options=("auto", "cpu", "cuda", "mps"),
)
THREADS = (
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
NETWORK = (MODEL, DEVICE, *THREADS)
LINES = (
    Number(
        "THRESHOLD",
        later("Probability from which a pixel is track"),
        later(
            "Lower finds more track, higher gives fewer false tracks; empty: the "
            "threshold of the model."
        ),
        "--threshold",
        optional=True,
        minimum=0.01,
        maximum=0.99,
    ),
    Number(
        "MIN_CONFIDENCE",
        later("Least confidence of a track"),
        later(
            "Probability that a piece of line is track, for models that give it: lower finds "
            "more, higher gives fewer false tracks."
        ),
        "--min-confidence",
        default=0.5,
        minimum=0.0,
        maximum=1.0,
    ),
    Number(
        "MIN_LENGTH",
        later("Minimum length of an isolated track (m)"),
        later("Shorter tracks without a connection are removed."),
        "--min-length",
        default=5.0,
    ),
    Number(
        "MAX_GAP",
        later("Widest gap that is bridged (m)"),
        later(
            "Bridges, trees and trains hide tracks; bridged parts are dashed. Next to a parallel "
            "track gaps up to four times as wide are bridged."
        ),
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
    Number(
        "OPEN",
        later("Radius of the opening (m)"),
        later(
            "Removes what is narrower than twice the radius; 0: nothing. Acts on the mask, or on "
            "the mask of the network's ridges."
        ),
        "--open",
        advanced=True,
        default=0.3,
        maximum=5.0,
    ),
    Number(
        "CLOSE",
        later("Radius of the closing (m)"),
        later("Fills gaps and holes narrower than twice the radius, after the opening; 0: none."),
        "--close",
        advanced=True,
        default=0.4,
        maximum=5.0,
    ),
    Choice(
        "KERNEL",
        later("Shape of opening and closing"),
        later("A disc is the same in all directions."),
        "--kernel",
        advanced=True,
        options=("square", "disc"),
    ),
)
MAP = MapLayer("INPUT", later("Map"), later("Any layer of the map, or its GeoPackage."))
TARGET = MapLayer(
    "MAP",
    later("Map to place them on"),
    later(
        "Any layer of the map, or its GeoPackage; it is changed. Empty: results are "
        "not placed on a map."
    ),
    "--to",
    optional=True,
)
LOGGED = (
    File(
        "POSITIONS",
        later("Table of positions"),
        later("CSV with the column image, and lon, lat or x, y or line, km."),
        "--positions",
        optional=True,
    ),
    Crs(
        "CRS",
        later("CRS of x and y in the table"),
        later("Empty: the map's."),
        "--crs",
        optional=True,
        advanced=True,
    ),
    File(
        "TRACK_LOG",
        later("GPS track log"),
        later("GPX, or CSV with time, lon, lat; matched by the time of each image."),
        "--track-log",
        optional=True,
    ),
    Number(
        "TIME_OFFSET",
        later("Seconds from the camera's time to UTC (s)"),
        later("Added to the time in the images, for the track log."),
        "--time-offset",
        advanced=True,
        default=0.0,
        minimum=-1e6,
    ),
)


def page(label: str, hint: str) -> FileOutput:
    """Give the parameter of an HTML page that is written on demand."""
    return FileOutput(
        "REPORT",
        label,
        hint,
        "--report",
        optional=True,
        filter="HTML (*.html)",
        by_default=False,
    )
