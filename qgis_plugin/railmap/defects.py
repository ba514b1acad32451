"""Rail heads from above: the table of parameters of one command."""

from __future__ import annotations

from .algorithm import PLACE_GROUP, RailmapAlgorithm
from .i18n import later
from .outputs import MapOutput
from .parameters import Choice, File, Number, Switch, Text
from .questions import LOGGED, MODEL, TARGET, THREADS, page


class SegmentDefects(RailmapAlgorithm):
    """Rail heads to defects."""

    ID = "segmentdefects"
    TITLE = later("Segment rail-surface defects")
    GROUP = PLACE_GROUP
    HELP = later(
        "Finds defects in images of the rail head from above and measures them: area, "
        "length, severity. With a map and the positions of the images (line and "
        "kilometre, a table, a track log or their own GPS), the defects are also "
        "placed on its tracks."
    )
    TAGS = later("railway,rail,surface,defect,squat,line scan,deep learning,segmentation")
    COMMAND = "defects"
    CHANGES = "MAP"
    STAGES = {  # noqa: RUF012
        "segmenting": (0, 94),
        "writing": (94, 96),
        "reading": (96, 97),
        "matching": (97, 100),
    }
    PARAMETERS = (
        File("INPUT", later("Folder of images"), later("Of one rail, in order."), folder=True),
        TARGET,
        Text(
            "LINE",
            later("Number of the line"),
            later("With the next parameter: the start of the first image."),
            "--line",
            optional=True,
        ),
        Number(
            "START_KM",
            later("Kilometre at the start of the first image (km)"),
            later("The other images follow it, row by row."),
            "--start-km",
            optional=True,
            minimum=-1e5,
            maximum=1e5,
        ),
        Number(
            "ROW_MM",
            later("Track in a row of pixels (mm)"),
            later("Required with a line; otherwise as across the rail."),
            "--row-mm",
            optional=True,
            minimum=0.001,
            maximum=1000.0,
        ),
        Switch(
            "DECREASING",
            later("Images in the direction of falling kilometres"),
            later("Each image is at a lower kilometre than the previous one."),
            "--decreasing",
        ),
        Choice(
            "RAIL",
            later("Rail"),
            later("Left or right in the direction of rising kilometres."),
            "--rail",
            optional=True,
            options=("left", "right"),
        ),
        *LOGGED,
        Switch(
            "EXIF",
            later("Use the GPS position in each image"),
            later("Instead of a line, a table or a track log."),
            "--exif",
        ),
        Number(
            "POSITION_ACCURACY",
            later("Accuracy of the positions (m)"),
            later("One sigma, for positions without an accuracy."),
            "--position-accuracy",
            optional=True,
            advanced=True,
            minimum=0.001,
        ),
        Text(
            "PIXEL_SIZE",
            later("Pixel size (mm)"),
            later("Across, or across,along the rail; empty: from the width of the rail head."),
            "--pixel-size",
            optional=True,
            advanced=True,
        ),
        Number(
            "HEAD_WIDTH",
            later("Width of the rail head (mm)"),
            later("72 for the rail 60E1."),
            "--head-width",
            advanced=True,
            default=72.0,
            minimum=20.0,
            maximum=200.0,
        ),
        Number(
            "OVERLAP",
            later("Rows that an image repeats of the previous one"),
            later("0: they follow without a gap."),
            "--overlap",
            advanced=True,
            default=0,
            whole=True,
        ),
        Number(
            "THRESHOLD",
            later("Probability from which a pixel is defect"),
            later(
                "Lower finds more defects, higher gives fewer false ones; empty: the threshold "
                "of the model."
            ),
            "--threshold",
            optional=True,
            advanced=True,
            minimum=0.01,
            maximum=0.99,
        ),
        Number(
            "MIN_AREA",
            later("Minimum area of a defect (mm²)"),
            later("Smaller defects are not reported."),
            "--min-area",
            default=4.0,
        ),
        Switch(
            "QUICK",
            later("Examine each image once"),
            later("Instead of six times: four times as fast, finds less."),
            "--quick",
        ),
        Number(
            "WORST",
            later("Number of defects in the report"),
            later("The worst ones."),
            "--worst",
            advanced=True,
            default=50,
            minimum=1,
            maximum=2000,
            whole=True,
        ),
        Text(
            "DATE",
            later("Day of the survey"),
            later("Such as 2026-05-01; for comparing surveys."),
            "--date",
            optional=True,
        ),
        MODEL,
        *THREADS,
        MapOutput(
            "OUTPUT",
            later("Defects"),
            later(
                "GeoPackage with the defects, their outlines in pixels, and a table of the images."
            ),
            "-o",
            geometry="TypeVector",
        ),
        page(later("Report of the worst defects"), later("A page with images.")),
    )
