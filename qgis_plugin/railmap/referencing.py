"""Linear referencing: what lies where on the tracks, each algorithm a table of parameters."""

from __future__ import annotations

from .algorithm import PLACE_GROUP, RailmapAlgorithm
from .i18n import later
from .layer_parameters import Events, MapLayer, Place, PointSink, Stop
from .outputs import MapOutput
from .parameters import File, Number, Switch, Text
from .places import write_places
from .questions import MAP, THREADS


class AttachEvents(RailmapAlgorithm):
    """Events placed on the tracks."""

    ID = "attachevents"
    TITLE = later("Attach events to tracks")
    GROUP = PLACE_GROUP
    HELP = later(
        "Places points, lines or polygons on the tracks of a map, or photos where their GPS says "
        "they were taken: track, chainage, offset and side, and whether two tracks are nearly as "
        "likely. The events become a layer of the map."
    )
    TAGS = later("railway,linear referencing,defect,chainage,photo")
    COMMAND = "attach"
    CHANGES = "MAP"
    ONE_OF = ("INPUT", "PHOTOS")
    STAGES = {"reading": (0, 20), "matching": (20, 80), "writing": (80, 100)}  # noqa: RUF012
    PARAMETERS = (
        Events(
            "INPUT",
            later("Events"),
            later(
                "Any vector layer, or a table with line and km; optionally the selected "
                "features only."
            ),
            optional=True,
            geometry="TypeVector",
        ),
        File(
            "PHOTOS",
            later("Folder of photos"),
            later("Instead of events: photos with a GPS position."),
            optional=True,
            folder=True,
        ),
        MapLayer("MAP", later("Map"), later("Any layer of the map, or its GeoPackage."), "--to"),
        Text(
            "LAYER",
            later("Layer to write"),
            later(
                "defect, scene_event or any name; empty: derived from the columns or the file name."
            ),
            "--layer",
            optional=True,
        ),
        Number(
            "POSITION_ACCURACY",
            later("Accuracy of the positions (m)"),
            later("One sigma; empty: 1 m, photos 5 m."),
            "--position-accuracy",
            optional=True,
        ),
        Number(
            "MAX_DISTANCE",
            later("Largest distance to a track (m)"),
            later("Such events are kept, but without a track."),
            "--max-distance",
            advanced=True,
            default=25.0,
        ),
        Switch(
            "SKIP_BAD",
            later("Skip events without a usable position"),
            later("Otherwise the first such event is an error and nothing is written."),
            "--skip-bad",
            advanced=True,
        ),
        *THREADS,
    )


class LocateByChainage(RailmapAlgorithm):
    """From a kilometre to a place, and back."""

    ID = "locatebychainage"
    TITLE = later("Locate by chainage")
    GROUP = PLACE_GROUP
    HELP = later(
        "Converts a kilometre, such as “6185 km 12.400 +3.2”, to a position, or a "
        "position to a kilometre. The map needs a line with chainage."
    )
    TAGS = later("railway,linear referencing,chainage,kilometre,milestone")
    COMMAND = "locate"
    ONE_OF = ("KILOMETRE", "POINT")
    PARAMETERS = (
        MAP,
        Text(
            "KILOMETRE",
            later("Kilometre"),
            later("Line, km, metres beyond: 6185 km 12.400 +3.2; or leave it empty."),
            optional=True,
        ),
        Place(
            "POINT",
            later("Position"),
            later("Point to convert to a kilometre, instead of the above."),
            "--at",
            optional=True,
        ),
        Number(
            "MAX_DISTANCE",
            later("Largest distance of the position from a line (m)"),
            later("Positions farther away have no kilometre."),
            "--max-distance",
            advanced=True,
            default=50.0,
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


class FindRoute(RailmapAlgorithm):
    """From one place of a map to another, as a train runs."""

    ID = "findroute"
    TITLE = later("Find route")
    GROUP = PLACE_GROUP
    HELP = later(
        "Finds the route of a train with the fewest reversals, and of these the shortest. A train "
        "passes a switch between toe and leg only and a crossing straight on or over a slip. The "
        "route comes with its links, the switches with their position, and the reversals."
    )
    TAGS = later("railway,route,path,switch,reversal,shunting")
    COMMAND = "route"
    STAGES = {"route": (0, 100)}  # noqa: RUF012
    PARAMETERS = (
        MAP,
        Stop(
            "START",
            later("Start"),
            later("Point where the route begins; the nearest track counts."),
            text_label=later("Start as text"),
            text_help=later("Instead of the point: a node_id, or a kilometre: 6185 km 12.430."),
        ),
        Stop(
            "END",
            later("End"),
            later("Point where the route ends; the nearest track counts."),
            text_label=later("End as text"),
            text_help=later("Instead of the point: a node_id, or a kilometre: 6185 km 12.430."),
        ),
        Switch(
            "NO_REVERSAL",
            later("Without reversing"),
            later("The train keeps its direction."),
            "--no-reversal",
        ),
        Number(
            "TRAIN_LENGTH",
            later("Length of the train (m)"),
            later("To reverse, the whole train must clear the switch; 0: a point."),
            "--train-length",
            default=0.0,
        ),
        Number(
            "MAX_DISTANCE",
            later("Largest distance of a point to a track (m)"),
            later("Points farther away are refused."),
            "--max-distance",
            advanced=True,
            default=50.0,
        ),
        MapOutput("OUTPUT", later("Route"), later("GeoPackage with all layers."), "-o"),
    )
