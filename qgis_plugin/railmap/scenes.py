"""Railway scenes in photos and from above, each algorithm a table of parameters for a command."""

from __future__ import annotations

from .algorithm import PLACE_GROUP, RailmapAlgorithm
from .i18n import later
from .layer_parameters import Underlay
from .outputs import FileOutput, FolderOutput, MapOutput
from .parameters import File, Number, Texts
from .questions import LOGGED, MAP, MODEL, TARGET, THREADS, page

_PHOTOS = File("INPUT", later("Folder of photos"), later("JPEG and other photos."), folder=True)
_VIEWS = (
    MAP,
    Underlay("IMAGE", later("Image"), later("Orthophoto that shows the tracks of the map.")),
    Number(
        "STEP",
        later("Track per view (m)"),
        later("A view is cut from the image each time after this length of track."),
        "--step",
        default=20.0,
        minimum=1.0,
    ),
    Number(
        "SIDE",
        later("Side of a view (m)"),
        later("Views are square, with the track in the middle."),
        "--side",
        default=40.0,
        minimum=5.0,
    ),
)


class ClassifyPhotos(RailmapAlgorithm):
    """Photos to scenes."""

    ID = "classifyphotos"
    TITLE = later("Classify railway photos")
    GROUP = PLACE_GROUP
    HELP = later(
        "Classifies railway photos: platform, tunnel, bridge, crossing and others. "
        "With a map, photos with a GPS position are placed on its tracks; successive "
        "photos of one class along a line become a stretch."
    )
    TAGS = later("railway,photo,scene,classification,deep learning,Grad-CAM")
    COMMAND = "scenes classify"
    CHANGES = "MAP"
    STAGES = {  # noqa: RUF012
        "classifying": (0, 94),
        "reading": (94, 96),
        "matching": (96, 98),
        "writing": (98, 100),
    }
    PARAMETERS = (
        _PHOTOS,
        TARGET,
        *LOGGED,
        Number(
            "MIN_PROBABILITY",
            later("Least probability of a scene on the map"),
            later("Photos of lower probability stay in the table only."),
            "--min-probability",
            default=0.5,
            maximum=1.0,
        ),
        Number(
            "JOIN",
            later("Largest gap within a stretch (m)"),
            later("Along the line, of the same scene."),
            "--join",
            advanced=True,
            default=100.0,
        ),
        Number(
            "MAX_DISTANCE",
            later("Largest distance to a track (m)"),
            later("Such photos stay in the table only."),
            "--max-distance",
            advanced=True,
            default=50.0,
        ),
        MODEL,
        *THREADS,
        MapOutput(
            "OUTPUT",
            later("Photos"),
            later("GeoPackage with one row per photo."),
            "-o",
            geometry="TypeVector",
        ),
        page(later("Page of photos and explanations"), later("Shows where the network looked.")),
    )


class ClassifyAlongTracks(RailmapAlgorithm):
    """Stretches of track to scenes."""

    ID = "classifyalongtracks"
    TITLE = later("Classify scenes along tracks")
    GROUP = PLACE_GROUP
    HELP = later(
        "Classifies each stretch of the tracks in an orthophoto, seen from above. The scenes are "
        "written to the layer scene_event of the map. The model must be made from such views: “Cut "
        "views along tracks”, then “Teach scenes”."
    )
    TAGS = later("railway,scene,classification,orthophoto,deep learning")
    COMMAND = "scenes along"
    CHANGES = "INPUT"
    STAGES = {"classifying": (0, 100)}  # noqa: RUF012
    PARAMETERS = (
        *_VIEWS,
        Number(
            "MIN_PROBABILITY",
            later("Least probability of a scene on the map"),
            later("Stretches of lower probability get no scene."),
            "--min-probability",
            default=0.5,
            maximum=1.0,
        ),
        File(
            "MODEL",
            later("Model"),
            later("ONNX file of “Teach scenes”, made from views from above."),
            "--model",
            extension="onnx",
        ),
        *THREADS,
    )


class CutViewsAlongTracks(RailmapAlgorithm):
    """Pictures to teach from."""

    ID = "cutviewsalongtracks"
    TITLE = later("Cut views along tracks")
    GROUP = PLACE_GROUP
    HELP = later(
        "Cuts the views that “Classify scenes along tracks” classifies, as pictures. Sort them "
        "into a folder for each scene, and teach a model with “Teach scenes”."
    )
    TAGS = later("railway,scene,training,orthophoto")
    COMMAND = "scenes windows"
    REPLACES = False
    STAGES = {"cutting": (0, 100)}  # noqa: RUF012
    PARAMETERS = (*_VIEWS, FolderOutput("OUTPUT", later("Views"), later("New folder."), "-o"))


class TeachScenes(RailmapAlgorithm):
    """Sorted photos to a model."""

    ID = "teachscenes"
    TITLE = later("Teach scenes")
    GROUP = PLACE_GROUP
    HELP = later(
        "Makes a scene model from your own photos, sorted into a folder for each scene; ten of "
        "each are enough. The log has how often photos are recognised by a model made without "
        "them, which scenes are confused, and photos that may be in the wrong folder."
    )
    TAGS = later("railway,photo,scene,classification,training")
    COMMAND = "scenes teach"
    STAGES = {"fitting": (50, 100)}  # noqa: RUF012
    PARAMETERS = (
        File(
            "INPUT",
            later("Folder of sorted photos"),
            later("With one folder of photos for each scene, named after it."),
            folder=True,
        ),
        Number(
            "SEED",
            later("Seed of the cross-validation"),
            later("Another number divides the photos otherwise."),
            "--seed",
            advanced=True,
            default=0,
            whole=True,
        ),
        *THREADS,
        FileOutput("OUTPUT", later("Model"), later("ONNX file."), "-o", filter="ONNX (*.onnx)"),
    )


class ExplainScene(RailmapAlgorithm):
    """Why a photo is what it is."""

    ID = "explainscene"
    TITLE = later("Explain the scene of a photo")
    GROUP = PLACE_GROUP
    HELP = later(
        "Shows on a sheet where the network looked in a photo, for each of the most probable "
        "scenes. The log has their probabilities."
    )
    TAGS = later("railway,photo,scene,explanation,CAM,Grad-CAM")
    COMMAND = "explain"
    PARAMETERS = (
        File("INPUT", later("Photo"), later("JPEG, PNG, TIFF or WebP.")),
        MODEL,
        Texts(
            "CLASSES",
            later("Further scenes"),
            later("Explained in addition, separated by semicolons."),
            "--class",
            optional=True,
        ),
        Number(
            "TOP",
            later("Number of scenes"),
            later("The most probable ones."),
            "--top",
            default=5,
            minimum=1,
            maximum=12,
            whole=True,
        ),
        FileOutput("OUTPUT", later("Sheet"), later("PNG."), "-o", filter="PNG (*.png)"),
    )
