"""The kinds of parameters: what QGIS asks, and what it becomes on the engine's command line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from qgis.core import (
    QgsProcessing,
    QgsProcessingException,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterEnum,
    QgsProcessingParameterExtent,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterFile,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterFolderDestination,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterNumber,
    QgsProcessingParameterPoint,
    QgsProcessingParameterRasterDestination,
    QgsProcessingParameterRasterLayer,
    QgsProcessingParameterString,
    QgsProcessingParameterVectorDestination,
    QgsProcessingParameterVectorLayer,
)

from . import layers
from .i18n import tr

_SOURCE = QgsProcessing.SourceType
_NUMBER = QgsProcessingParameterNumber.Type


@dataclass
class Call:
    """One run: who asks for its parameters, and a folder for what has to be exported."""

    algorithm: object
    parameters: dict
    context: object
    scratch: Path


@dataclass(frozen=True)
class Parameter:
    """A parameter; `label` and `help` are texts to translate, `flag` is the engine's option."""

    name: str
    label: str
    help: str = ""
    flag: str = ""
    optional: bool = False
    advanced: bool = False

    def define(self) -> list:
        """Make QGIS's definitions of it."""
        definition = self.make(tr(self.label))
        definition.setHelp(tr(self.help))
        if self.advanced:
            advanced = QgsProcessingParameterDefinition.Flag.FlagAdvanced
            definition.setFlags(definition.flags() | advanced)
        return [definition]

    def make(self, label: str):
        """Make QGIS's definition, without help and flags."""
        raise NotImplementedError

    def arguments(self, call: Call) -> list[str]:
        """Give its part of the command line."""
        value = self.value(call)
        if value in (None, ""):
            return []
        return [self.flag, str(value)] if self.flag else [str(value)]

    def value(self, call: Call):
        """Give what the user chose; None for nothing."""
        raise NotImplementedError

    def given(self, call: Call) -> bool:
        """Tell whether there is a value or a default."""
        value = call.parameters.get(self.name)
        if value is None:
            value = call.algorithm.parameterDefinition(self.name).defaultValue()
        return value is not None and value != ""


class Image(Parameter):
    """The image; passes on the CRS that the user set for one that has none."""

    def make(self, label):  # noqa: D102
        return QgsProcessingParameterRasterLayer(self.name, label, None, self.optional)

    def arguments(self, call):  # noqa: D102
        layer = call.algorithm.parameterAsRasterLayer(call.parameters, self.name, call.context)
        if layer is None:
            raise QgsProcessingException(
                call.algorithm.invalidRasterError(call.parameters, self.name)
            )
        crs = layers.assumed_crs(layer)
        return [layers.raster_file(layer), *(["--crs", crs] if crs else [])]


class Underlay(Parameter):
    """An image that is only shown."""

    def make(self, label):  # noqa: D102
        return QgsProcessingParameterRasterLayer(self.name, label, None, self.optional)

    def value(self, call):  # noqa: D102
        layer = call.algorithm.parameterAsRasterLayer(call.parameters, self.name, call.context)
        return layers.raster_file(layer) if layer is not None else None


class Images(Parameter):
    """More images of the same mosaic."""

    def make(self, label):  # noqa: D102
        return QgsProcessingParameterMultipleLayers(
            self.name, label, _SOURCE.TypeRaster, None, self.optional
        )

    def arguments(self, call):  # noqa: D102
        found = call.algorithm.parameterAsLayerList(call.parameters, self.name, call.context)
        return [layers.raster_file(layer) for layer in found or []]


class MapLayer(Parameter):
    """A map, by any of its layers or its file."""

    def make(self, label):  # noqa: D102
        return QgsProcessingParameterVectorLayer(
            self.name, label, [_SOURCE.TypeVector], None, self.optional
        )

    def value(self, call):  # noqa: D102
        layer = call.algorithm.parameterAsVectorLayer(call.parameters, self.name, call.context)
        if layer is None:
            raise QgsProcessingException(
                call.algorithm.invalidSourceError(call.parameters, self.name)
            )
        return layers.map_file(layer)


@dataclass(frozen=True)
class Features(Parameter):
    """Any vector layer, or the features selected in it."""

    geometry: str = "TypeVectorAnyGeometry"

    def make(self, label):  # noqa: D102
        kind = getattr(_SOURCE, self.geometry)
        return QgsProcessingParameterFeatureSource(self.name, label, [kind], None, self.optional)

    def value(self, call):  # noqa: D102
        if not self.given(call):
            return None
        asked = call.parameters[self.name]
        chosen = isinstance(asked, QgsProcessingFeatureSourceDefinition)
        layer = call.algorithm.parameterAsVectorLayer(call.parameters, self.name, call.context)
        if layer is None:
            raise QgsProcessingException(
                call.algorithm.invalidSourceError(call.parameters, self.name)
            )
        only = bool(chosen and asked.selectedFeaturesOnly)
        return layers.vector_file(layer, call.scratch, call.context, only)


class Events(Features):
    """Any vector layer, as file and layer name."""

    def arguments(self, call):  # noqa: D102
        file, *rest = str(self.value(call)).split("|layername=")
        return [file, *(["--source-layer", rest[0]] if rest else [])]


@dataclass(frozen=True)
class Area(Parameter):
    """Polygons and an extent that limit the work: two parameters, one option."""

    extent: str = "EXTENT"
    extent_label: str = ""
    extent_help: str = ""

    def define(self):  # noqa: D102
        polygons = QgsProcessingParameterFeatureSource(
            self.name, tr(self.label), [_SOURCE.TypeVectorPolygon], None, True
        )
        polygons.setHelp(tr(self.help))
        window = QgsProcessingParameterExtent(self.extent, tr(self.extent_label), None, True)
        window.setHelp(tr(self.extent_help))
        return [polygons, window]

    def value(self, call):  # noqa: D102
        ask, context = call.algorithm, call.context
        source = ask.parameterAsSource(call.parameters, self.name, context)
        extent = ask.parameterAsExtent(call.parameters, self.extent, context)
        if source is None and extent.isNull():
            return None
        crs = ask.parameterAsExtentCrs(call.parameters, self.extent, context)
        return layers.area_file(source, extent, crs, call.scratch, context)


@dataclass(frozen=True)
class Number(Parameter):
    """A number within limits."""

    default: object = None
    minimum: float = 0.0
    maximum: float = 1e9
    whole: bool = False

    def make(self, label):  # noqa: D102
        return QgsProcessingParameterNumber(
            self.name,
            label,
            _NUMBER.Integer if self.whole else _NUMBER.Double,
            self.default,
            self.optional,
            self.minimum,
            self.maximum,
        )

    def value(self, call):  # noqa: D102
        if not self.given(call):
            return None
        if self.whole:
            return call.algorithm.parameterAsInt(call.parameters, self.name, call.context)
        number = call.algorithm.parameterAsDouble(call.parameters, self.name, call.context)
        return f"{number:.12g}"


@dataclass(frozen=True)
class Choice(Parameter):
    """One of the engine's own words."""

    options: tuple[str, ...] = ()

    def make(self, label):  # noqa: D102
        return QgsProcessingParameterEnum(
            self.name, label, list(self.options), False, self.options[0], self.optional, True
        )

    def value(self, call):  # noqa: D102
        return call.algorithm.parameterAsEnumString(call.parameters, self.name, call.context)


@dataclass(frozen=True)
class Switch(Parameter):
    """On or off: the flag is there or not."""

    default: bool = False

    def make(self, label):  # noqa: D102
        return QgsProcessingParameterBoolean(self.name, label, self.default, self.optional)

    def arguments(self, call):  # noqa: D102
        on = call.algorithm.parameterAsBoolean(call.parameters, self.name, call.context)
        return [self.flag] if on else []


class Text(Parameter):
    """A line of text."""

    def make(self, label):  # noqa: D102
        return QgsProcessingParameterString(self.name, label, None, False, self.optional)

    def value(self, call):  # noqa: D102
        return call.algorithm.parameterAsString(call.parameters, self.name, call.context).strip()


class Place(Parameter):
    """A point, with its CRS."""

    def make(self, label):  # noqa: D102
        return QgsProcessingParameterPoint(self.name, label, None, self.optional)

    def arguments(self, call):  # noqa: D102
        if not self.given(call):
            return []
        ask = call.algorithm
        point = ask.parameterAsPoint(call.parameters, self.name, call.context)
        crs = ask.parameterAsPointCrs(call.parameters, self.name, call.context)
        words = [f"{self.flag}={point.x():.12g},{point.y():.12g}"]  # "=": it may begin with "-"
        return [*words, *(["--crs", layers.crs_name(crs)] if crs.isValid() else [])]


class PointSink(Parameter):
    """A point layer that the plugin itself fills from what the engine prints."""

    def make(self, label):  # noqa: D102
        return QgsProcessingParameterFeatureSink(self.name, label, _SOURCE.TypeVectorPoint)

    def arguments(self, call):  # noqa: D102
        return [self.flag]


@dataclass(frozen=True)
class File(Parameter):
    """A file that is no layer."""

    extension: str = ""

    def make(self, label):  # noqa: D102
        kind = QgsProcessingParameterFile.Behavior.File
        return QgsProcessingParameterFile(
            self.name, label, kind, self.extension, None, self.optional
        )

    def value(self, call):  # noqa: D102
        return call.algorithm.parameterAsFile(call.parameters, self.name, call.context)


class Output(Parameter):
    """Something that the engine writes; `value` gives its path."""

    suffix = ""

    def value(self, call):  # noqa: D102
        path = call.algorithm.parameterAsOutputLayer(call.parameters, self.name, call.context)
        return self.checked(path)

    def checked(self, path):
        """Refuse what is no file of the one kind that the engine writes; make its folder."""
        if not path:
            return None
        if self.suffix and Path(path).suffix.lower() != self.suffix:
            raise QgsProcessingException(
                tr("{name}: {path} must be a file that ends in {suffix}.").format(
                    name=self.name, path=path, suffix=self.suffix
                )
            )
        return str(Path(path).absolute())


class MapOutput(Output):
    """A map: a GeoPackage with all layers."""

    suffix = ".gpkg"

    def make(self, label):  # noqa: D102
        return QgsProcessingParameterVectorDestination(
            self.name, label, _SOURCE.TypeVectorLine, None, self.optional
        )


@dataclass(frozen=True)
class RasterOutput(Output):
    """A GeoTIFF."""

    suffix = ".tif"

    by_default: bool = True

    def make(self, label):  # noqa: D102
        return QgsProcessingParameterRasterDestination(
            self.name, label, None, self.optional, self.by_default
        )


@dataclass(frozen=True)
class FileOutput(Output):
    """A file that is no layer."""

    filter: str = ""
    by_default: bool = True

    def make(self, label):  # noqa: D102
        return QgsProcessingParameterFileDestination(
            self.name, label, self.filter, None, self.optional, self.by_default
        )

    def value(self, call):  # noqa: D102
        path = call.algorithm.parameterAsFileOutput(call.parameters, self.name, call.context)
        return str(Path(path).absolute()) if path else None


class FolderOutput(Output):
    """A folder."""

    def make(self, label):  # noqa: D102
        return QgsProcessingParameterFolderDestination(self.name, label, None, self.optional)

    def value(self, call):  # noqa: D102
        path = call.algorithm.parameterAsFileOutput(call.parameters, self.name, call.context)
        return str(Path(path).absolute()) if path else None
