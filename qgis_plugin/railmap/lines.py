"""Railway lines and their chainage: each algorithm a table of parameters for one command."""

from __future__ import annotations

from .algorithm import PLACE_GROUP, RailmapAlgorithm
from .i18n import later
from .layer_parameters import Crs, Features, Stop
from .parameters import Number, Switch, Text, Texts
from .questions import MAP


class AddLine(RailmapAlgorithm):
    """One line, by its ends."""

    ID = "addline"
    TITLE = later("Add line")
    GROUP = PLACE_GROUP
    HELP = later(
        "Adds a railway line to a map: the shortest path between two nodes, without reversing. "
        "Its chainage is in metres from the start until “Add kilometre posts” calibrates it."
    )
    TAGS = later("railway,line,path,chainage,linear referencing")
    COMMAND = "line add"
    CHANGES = "INPUT"
    PARAMETERS = (
        MAP,
        Text("REF", later("Number of the line"), later("Such as 6185."), "--ref"),
        Stop(
            "START",
            later("Start"),
            later("Point where the line begins; the nearest node within 25 m counts."),
            "--from",
            text_label=later("Start as text"),
            text_help=later("Instead of the point: a node_id, or its first characters."),
        ),
        Stop(
            "END",
            later("End"),
            later("Point where the line ends; the nearest node within 25 m counts."),
            "--to",
            text_label=later("End as text"),
            text_help=later("Instead of the point: a node_id, or its first characters."),
        ),
        Texts(
            "VIA",
            later("Nodes in between"),
            later("node_id, or x,y in the CRS of the map; separated by semicolons."),
            "--via",
            optional=True,
        ),
        Text("NAME", later("Name of the line"), later("Free text."), "--name", optional=True),
        Switch(
            "REPLACE",
            later("Replace a line of this number"),
            later("Its kilometre posts are deleted too."),
            "--replace",
        ),
    )


class AddLinesAutomatically(RailmapAlgorithm):
    """All lines, without numbers."""

    ID = "addlinesautomatically"
    TITLE = later("Add lines automatically")
    GROUP = PLACE_GROUP
    HELP = later(
        "Adds a line along each sequence of tracks that continues straight through its switches. "
        "A line takes the number that most of its tracks have; the others are numbered from the "
        "longest to the shortest."
    )
    TAGS = later("railway,line,path,chainage,linear referencing")
    COMMAND = "line auto"
    CHANGES = "INPUT"
    PARAMETERS = (
        MAP,
        Number(
            "MIN_LENGTH",
            later("Minimum length of a line (m)"),
            later("Shorter sequences get no line."),
            "--min-length",
            default=50.0,
        ),
        Text(
            "PREFIX",
            later("Prefix of the numbers"),
            later("Empty: T, for T1, T2 and so on."),
            "--prefix",
            optional=True,
        ),
    )


class AddPosts(RailmapAlgorithm):
    """Kilometres to a line."""

    ID = "addkilometreposts"
    TITLE = later("Add kilometre posts")
    GROUP = PLACE_GROUP
    HELP = later(
        "Adds kilometre posts to a line of a map and calibrates its chainage with them. The log "
        "has posts that do not fit and kilometres that are longer or shorter than 1000 m."
    )
    TAGS = later("railway,chainage,kilometre,milestone,linear referencing")
    COMMAND = "milestones add"
    CHANGES = "INPUT"
    PARAMETERS = (
        MAP,
        Features(
            "POSTS",
            later("Kilometre posts"),
            later(
                "Points, or a table with x and y, and a column position_km or position_text; "
                "optionally the selected features only."
            ),
            geometry="TypeVector",
        ),
        Text(
            "REF",
            later("Number of the line"),
            later("As in the layer railway_line of the map."),
            "--ref",
        ),
        Crs(
            "CRS",
            later("CRS of x and y in the table"),
            later("Empty: the map's."),
            "--crs",
            optional=True,
            advanced=True,
        ),
        Number(
            "MAX_DISTANCE",
            later("Largest distance of a post to the line (m)"),
            later("With a post that is farther away nothing is written."),
            "--max-distance",
            advanced=True,
            default=30.0,
            minimum=0.1,
        ),
        Number(
            "JUMP",
            later("Least jump of the chainage (m)"),
            later("A kilometre that is longer or shorter by more than this is a jump."),
            "--jump",
            advanced=True,
            default=10.0,
            minimum=0.01,
        ),
    )
