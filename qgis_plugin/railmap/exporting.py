"""A map for other programs and people: each algorithm a table of parameters for one command."""

from __future__ import annotations

from .algorithm import MAP_GROUP, USE_GROUP, RailmapAlgorithm
from .i18n import later
from .layer_parameters import Images, MapLayer, Underlay
from .outputs import FileOutput
from .parameters import Number, Switch, Text
from .questions import MAP

_FORMATS = (
    "GeoJSON (*.geojson)",
    "FlatGeobuf (*.fgb)",
    "OSM XML, JOSM (*.osm)",
    "DXF (*.dxf)",
    "LandXML (*.xml)",
    "IFC (*.ifc)",
    "RINF, Turtle (*.ttl)",
    "CSV (*.csv)",
    "QGIS (*.qgz)",
)


class ExportMap(RailmapAlgorithm):
    """A map in the format of another program."""

    ID = "exportmap"
    TITLE = later("Export map")
    GROUP = USE_GROUP
    HELP = later(
        "Writes a map as GeoJSON, FlatGeobuf, OSM XML for JOSM, DXF, LandXML or IFC with "
        "alignments, RINF as Turtle, CSV of its events, or a QGIS project. The suffix of the file "
        "decides."
    )
    TAGS = later("railway,export,GeoJSON,FlatGeobuf,OSM,DXF,LandXML,IFC,RINF,CSV")
    COMMAND = "export"
    STAGES = {"export": (0, 100)}  # noqa: RUF012
    PARAMETERS = (
        MAP,
        Text(
            "LAYER",
            later("Layer to export"),
            later(
                "For GeoJSON and FlatGeobuf, empty: railway_link; for CSV a layer of events, "
                "empty: all. Other formats have the whole map."
            ),
            "--layer",
            optional=True,
        ),
        Switch(
            "KEEP_PATHS",
            later("Keep the folders of images"),
            later("Otherwise the file has only the names of images."),
            "--keep-paths",
            advanced=True,
        ),
        FileOutput(
            "OUTPUT",
            later("Exported map"),
            later(".geojson, .fgb, .osm, .dxf, .xml, .ifc, .ttl, .csv or .qgz."),
            "-o",
            filter=";;".join(_FORMATS),
        ),
    )


class DrawMap(RailmapAlgorithm):
    """A map over its image, as a picture."""

    ID = "drawmap"
    TITLE = later("Draw map over image")
    GROUP = MAP_GROUP
    HELP = later("Draws a map over its image, as a picture for a report or a quick look.")
    TAGS = later("railway,preview,picture,map")
    COMMAND = "preview"
    PARAMETERS = (
        MAP,
        Underlay("IMAGE", later("Image beneath"), later("Shown under the map.")),
        Images(
            "MORE_IMAGES",
            later("More images of the same mosaic"),
            later("They are read together with the first as one mosaic."),
            optional=True,
            advanced=True,
        ),
        Number(
            "SIZE",
            later("Longest side (pixels)"),
            later("The other side follows from the image."),
            "--size",
            default=2000,
            minimum=64,
            maximum=20000,
            whole=True,
        ),
        FileOutput(
            "OUTPUT",
            later("Picture"),
            later("PNG or JPEG."),
            "-o",
            filter="PNG (*.png);;JPEG (*.jpg)",
        ),
    )


class ReportSurvey(RailmapAlgorithm):
    """A map as a report for reading and printing."""

    ID = "reportsurvey"
    TITLE = later("Report on survey")
    GROUP = USE_GROUP
    HELP = later(
        "Writes a report of a survey as one HTML file for reading and printing: tables of tracks, "
        "switches, defects and issues, changes since an earlier survey, and pictures of the worst "
        "places."
    )
    TAGS = later("railway,report,HTML,survey,defect")
    COMMAND = "report"
    STAGES = {"report": (0, 100)}  # noqa: RUF012
    PARAMETERS = (
        MAP,
        MapLayer(
            "BEFORE",
            later("Map of the earlier survey"),
            later("For the changes; any of its layers, or its file."),
            "--before",
            optional=True,
        ),
        Underlay(
            "IMAGE",
            later("Image for the pictures"),
            later("Empty: the images that the map names."),
            "--image",
            optional=True,
        ),
        Text(
            "TITLE",
            later("Title of the report"),
            later("Empty: the name of the map."),
            "--title",
            optional=True,
        ),
        Number(
            "PICTURES",
            later("Number of pictures"),
            later("The worst places are shown, at most this many."),
            "--pictures",
            default=12,
            minimum=0,
            maximum=60,
            whole=True,
        ),
        Switch(
            "KEEP_PATHS",
            later("Keep the folders of images"),
            later("Otherwise the file has only the names of images."),
            "--keep-paths",
            advanced=True,
        ),
        FileOutput(
            "OUTPUT", later("Report"), later("One HTML file."), "-o", filter="HTML (*.html)"
        ),
    )
