"""The algorithms that use a map: each a table of parameters for one command of the engine."""

from __future__ import annotations

from .algorithm import USE_GROUP, RailmapAlgorithm
from .i18n import later
from .layer_parameters import Extract, Features, MapLayer, MapLayers, Underlay
from .outputs import FileOutput, FolderOutput, MapOutput
from .parameters import Choice, File, Number, Switch, Text, Texts
from .questions import MAP


class CompareSurveys(RailmapAlgorithm):
    """Two maps of the same place."""

    ID = "comparesurveys"
    TITLE = later("Compare two surveys")
    GROUP = USE_GROUP
    HELP = later(
        "Finds tracks and switches that are new, removed, moved or changed between "
        "two maps of the same place, and defects that are new, grown or repaired. The "
        "changes are written to a GeoPackage."
    )
    TAGS = later("railway,change detection,survey,defect,growth")
    COMMAND = "compare"
    CHANGES = "NEW"
    STAGES = {"compare": (0, 100)}  # noqa: RUF012
    PARAMETERS = (
        MapLayer(
            "OLD", later("Map of the earlier survey"), later("Any of its layers, or its file.")
        ),
        MapLayer("NEW", later("Map of the later survey"), later("Any of its layers, or its file.")),
        Number(
            "REACH",
            later("Largest displacement of a track (m)"),
            later("Tracks farther apart are different ones."),
            "--reach",
            default=1.75,
            minimum=0.01,
        ),
        Number(
            "DEFECT_REACH",
            later("Largest distance of the same defect (m)"),
            later("Defects farther apart are different ones."),
            "--defect-reach",
            advanced=True,
            default=0.5,
            minimum=0.001,
        ),
        Number(
            "SHORTEST",
            later("Minimum length of a change (m)"),
            later("Shorter changes are not reported."),
            "--shortest",
            advanced=True,
            default=5.0,
        ),
        Switch(
            "CARRY_IDS",
            later("Give the later map the ids of the earlier one"),
            later("Changes the later map: corresponding objects take the earlier ids."),
            "--carry-ids",
            advanced=True,
        ),
        MapOutput(
            "OUTPUT",
            later("Changes"),
            later("GeoPackage with all layers."),
            "-o",
            geometry="TypeVector",
        ),
    )


class FollowDefects(RailmapAlgorithm):
    """Maps of several surveys of the same place."""

    ID = "followdefects"
    TITLE = later("Follow defects through surveys")
    GROUP = USE_GROUP
    HELP = later(
        "Follows defects through the maps of two or more surveys: area at each survey, growth, "
        "and from three surveys on a forecast. The maps need attached defects with a day of the "
        "survey."
    )
    TAGS = later("railway,defect,growth,forecast,survey,time series")
    COMMAND = "growth"
    STAGES = {"growth": (0, 100)}  # noqa: RUF012
    PARAMETERS = (
        MapLayers(
            "MAPS",
            later("Maps of the surveys"),
            later("Two or more, in any order; of each any of its layers, or its file."),
        ),
        Text(
            "AT",
            later("Day of the forecast"),
            later(
                "Such as 2027-05-01; empty: as long after the last survey as the surveys are apart "
                "on average."
            ),
            "--at",
            optional=True,
        ),
        Number(
            "DEFECT_REACH",
            later("Largest distance of the same defect (m)"),
            later("Defects farther apart are different ones."),
            "--defect-reach",
            advanced=True,
            default=0.5,
            minimum=0.001,
        ),
        FileOutput("OUTPUT", later("Growth"), later("CSV."), "-o", filter="CSV (*.csv)"),
        FileOutput(
            "PICTURE",
            later("Picture of the growth"),
            later("The fastest growing defects over time."),
            "--picture",
            optional=True,
            filter="SVG (*.svg)",
            by_default=False,
        ),
    )


class CheckMap(RailmapAlgorithm):
    """What does not hold in a map."""

    ID = "checkmap"
    TITLE = later("Check map")
    GROUP = USE_GROUP
    HELP = later(
        "Checks topology, measures and values of a map. Issues are written to the "
        "layer qa_issue of the map and to the log."
    )
    TAGS = later("railway,topology,quality,validate")
    COMMAND = "check"
    CHANGES = "INPUT"
    STAGES = {"check": (0, 100)}  # noqa: RUF012
    PARAMETERS = (
        MAP,
        Number(
            "MIN_RADIUS",
            later("Minimum radius (m)"),
            later("Sharper curves are reported."),
            "--min-radius",
            advanced=True,
            default=90.0,
        ),
        Number(
            "MIN_SPACING",
            later("Minimum track spacing (m)"),
            later("Parallel tracks that are closer are reported."),
            "--min-spacing",
            advanced=True,
            default=3.5,
        ),
    )


class ConflateMap(RailmapAlgorithm):
    """Attributes from another map."""

    ID = "conflatemap"
    TITLE = later("Take attributes from OpenStreetMap")
    GROUP = USE_GROUP
    HELP = later(
        "Gives the tracks of a map the names, numbers, usage, service and electrification of the "
        "same tracks in OpenStreetMap, and reports tracks that only one of the two has. The "
        "licence of the data (ODbL) is stored in the map."
    )
    TAGS = later("railway,OpenStreetMap,conflation,attributes,name")
    COMMAND = "conflate"
    CHANGES = "INPUT"
    STAGES = {"conflate": (0, 100)}  # noqa: RUF012
    PARAMETERS = (
        MAP,
        Extract(
            "OSM",
            later("Tracks of OpenStreetMap"),
            later("Line layer of an extract (.osm, .osm.pbf), or any with a column railway."),
            "--with",
            geometry="TypeVectorLine",
        ),
        Number(
            "REACH",
            later("Largest distance of the same track (m)"),
            later("Tracks farther apart are different ones."),
            "--reach",
            default=3.0,
            minimum=0.01,
        ),
        Number(
            "SHORTEST",
            later("Minimum length that is reported (m)"),
            later("Shorter stretches that only one of the two has are not reported."),
            "--shortest",
            advanced=True,
            default=20.0,
        ),
        Switch(
            "REPLACE",
            later("Replace values"),
            later("Otherwise only empty values of the map are filled."),
            "--replace",
            advanced=True,
        ),
        Switch(
            "OWN_DATA",
            later("The other map is not OpenStreetMap"),
            later("No licence is stored in the map."),
            "--own-data",
            advanced=True,
        ),
    )


class DrapeMap(RailmapAlgorithm):
    """Heights from an elevation model."""

    ID = "drapemap"
    TITLE = later("Heights from an elevation model")
    GROUP = USE_GROUP
    HELP = later(
        "Gives the tracks of a map heights, gradients and a vertical alignment of constant "
        "gradients and parabolas. Bridges, tunnels, gaps in the model and what is too steep for a "
        "track are bridged and marked."
    )
    TAGS = later("railway,height,elevation,gradient,profile")
    COMMAND = "drape"
    CHANGES = "INPUT"
    STAGES = {"heights": (0, 100)}  # noqa: RUF012
    PARAMETERS = (
        MAP,
        Underlay(
            "DEM",
            later("Elevation model"),
            later("Raster of heights, in any CRS."),
            "--dem",
        ),
        Number(
            "STEP",
            later("Distance of the heights (m)"),
            later("Along the track."),
            "--step",
            default=5.0,
            minimum=0.1,
        ),
        Number(
            "MAX_GRADIENT",
            later("Steepest gradient of a track (‰)"),
            later("Where the model is steeper it is not the height of the track."),
            "--max-gradient",
            advanced=True,
            default=60.0,
            minimum=1.0,
        ),
        Number(
            "LONGEST_GAP",
            later("Longest gap that is bridged (m)"),
            later("Longer parts without heights stay without."),
            "--longest-gap",
            advanced=True,
            default=500.0,
        ),
        Choice(
            "UNIT",
            later("Unit of the heights"),
            later("Empty: that which the model states."),
            "--unit",
            optional=True,
            advanced=True,
            options=("m", "ft", "us-ft"),
        ),
        Number(
            "ACCURACY",
            later("Accuracy of the model (m)"),
            later("One sigma of its heights; empty: from their scatter."),
            "--accuracy",
            optional=True,
            advanced=True,
            minimum=0.001,
        ),
    )


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
        MAP,
        Underlay(
            "ORTHO",
            later("Image beneath"),
            later("Shown under the map."),
            "--ortho",
            optional=True,
        ),
        Text("TITLE", later("Title"), later("Empty: the map's name."), "--title", optional=True),
        File(
            "PHOTOS",
            later("Folder of photos"),
            later(
                "Photos that events, defects and scenes name, shown at their places. Photos beside "
                "the map are found anyway."
            ),
            "--photos",
            optional=True,
            folder=True,
        ),
        MapLayer(
            "BEFORE",
            later("Map of the earlier survey"),
            later("Shown beside with a slider; any of its layers, or its file."),
            "--before",
            optional=True,
        ),
        Underlay(
            "BEFORE_ORTHO",
            later("Image of the earlier survey"),
            later("Shown under the map of the earlier survey."),
            "--before-ortho",
            optional=True,
        ),
        Texts(
            "BASEMAPS",
            later("Basemaps of other servers"),
            later(
                "NAME=https://HOST/{z}/{x}/{y}.png ATTRIBUTION; several are separated by "
                "semicolons. A reader may choose one; the server then sees who does."
            ),
            "--basemap",
            optional=True,
            advanced=True,
        ),
        Switch(
            "KEEP_PATHS",
            later("Keep the folders of images"),
            later("Otherwise the page has only the names of images."),
            "--keep-paths",
            advanced=True,
        ),
        FolderOutput(
            "OUTPUT",
            later("Web page"),
            later("Folder, new or one with a map published before."),
            "-o",
        ),
    )


class EvaluateAgainstReference(RailmapAlgorithm):
    """A map against a truth."""

    ID = "evaluate"
    TITLE = later("Evaluate against reference")
    GROUP = USE_GROUP
    HELP = later(
        "Evaluates lines, switches and paths of a map against a reference: "
        "completeness, correctness, offsets. The tables are in the log."
    )
    TAGS = later("railway,accuracy,completeness,correctness,quality")
    COMMAND = "evaluate"
    PARAMETERS = (
        Features(
            "INPUT",
            later("Tracks to evaluate"),
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
            later("Area to evaluate"),
            later("Only the area within these polygons is evaluated."),
            "--area",
            optional=True,
            geometry="TypeVectorPolygon",
        ),
        Features(
            "IGNORE",
            later("Areas to ignore"),
            later("The area within these polygons is not evaluated."),
            "--ignore",
            optional=True,
            geometry="TypeVectorPolygon",
        ),
        Texts(
            "TOLERANCES",
            later("Tolerances (m)"),
            later("Separated by semicolons; empty: 0.1; 0.25; 0.5; 1."),
            "--tolerance",
            optional=True,
            advanced=True,
        ),
        Number(
            "HEADING",
            later("Largest difference of direction (°)"),
            later("Lines that differ by more are not the same track."),
            "--heading",
            advanced=True,
            default=10.0,
            maximum=90.0,
        ),
        Underlay(
            "IMAGE",
            later("Image beneath"),
            later("Shown under the picture."),
            "--image",
            optional=True,
            advanced=True,
        ),
        FileOutput("OUTPUT", later("Scores"), later("JSON."), "--scores", filter="JSON (*.json)"),
        FileOutput(
            "PICTURE",
            later("Image of the result"),
            later("Matched green, missed blue, false red, duplicate orange."),
            "--picture",
            optional=True,
            filter="PNG (*.png)",
            by_default=False,
        ),
    )
