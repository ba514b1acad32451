"""Parameters that are layers, or places on one."""

from __future__ import annotations

from dataclasses import dataclass

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsFeatureRequest,
    QgsProcessing,
    QgsProcessingException,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingParameterCrs,
    QgsProcessingParameterExtent,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterPoint,
    QgsProcessingParameterRasterLayer,
    QgsProcessingParameterString,
    QgsProcessingParameterVectorLayer,
)

from . import layers
from .i18n import tr
from .parameters import Parameter

_SOURCE = QgsProcessing.SourceType


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
        return [self.source(layer), *(["--crs", crs] if crs else [])]

    def source(self, layer) -> str:
        """Give what the engine reads; refuse what is no file."""
        return layers.raster_file(layer)


class Picture(Image):
    """The image, which may be a map service: then an area and a licence are needed."""

    def source(self, layer) -> str:  # noqa: D102
        return layers.image_source(layer)

    def arguments(self, call):  # noqa: D102
        words = super().arguments(call)
        layer = call.algorithm.parameterAsRasterLayer(call.parameters, self.name, call.context)
        if layers.is_service(layer):
            ask, needed = call.algorithm, []
            if not any(call.parameters.get(name) for name in ("AOI", "EXTENT", "NEAR")):
                needed.append(tr("Extent to process"))
            if not ask.parameterAsString(call.parameters, "LICENCE", call.context).strip():
                needed.append(tr("Licence of the image"))
            if needed:
                raise QgsProcessingException(
                    tr("Layer “{name}” is a map service; give: {names}.").format(
                        name=layer.name(), names=", ".join(needed)
                    )
                )
        return words


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
        return [layers.image_source(layer) for layer in found or []]


class MapLayer(Parameter):
    """A map, by any of its layers or its file."""

    def make(self, label):  # noqa: D102
        return QgsProcessingParameterVectorLayer(
            self.name, label, [_SOURCE.TypeVector], None, self.optional
        )

    def value(self, call):  # noqa: D102
        if self.optional and not self.given(call):
            return None
        layer = call.algorithm.parameterAsVectorLayer(call.parameters, self.name, call.context)
        if layer is None:
            raise QgsProcessingException(
                call.algorithm.invalidSourceError(call.parameters, self.name)
            )
        return layers.map_file(layer, call.context.project())


class MapLayers(Parameter):
    """Two or more maps, each by any of its layers or its file."""

    def make(self, label):  # noqa: D102
        return QgsProcessingParameterMultipleLayers(
            self.name, label, _SOURCE.TypeVector, None, self.optional
        )

    def arguments(self, call):  # noqa: D102
        chosen = call.algorithm.parameterAsLayerList(call.parameters, self.name, call.context)
        files = [layers.map_file(layer, call.context.project()) for layer in chosen or []]
        return list(dict.fromkeys(files))  # two layers of one map are one map


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
        return layers.vector_file(self.layer(call), call.scratch, call.context)

    def layer(self, call):
        """Give the layer, or one in memory of the features that are asked for."""
        asked, ask = call.parameters.get(self.name), call.algorithm
        values, part = call.parameters, False
        if isinstance(asked, QgsProcessingFeatureSourceDefinition):
            # As it is, it is no layer for QGIS.
            name, _ = asked.source.valueAsString(call.context.expressionContext())
            values = {**values, self.name: name}
            limits = (asked.selectedFeaturesOnly, getattr(asked, "filterExpression", ""))
            part = any(limits) or asked.featureLimit > 0
        layer = ask.parameterAsVectorLayer(values, self.name, call.context)
        if layer is None:
            raise QgsProcessingException(ask.invalidSourceError(call.parameters, self.name))
        if part:
            name = layer.name()
            source = ask.parameterAsSource(call.parameters, self.name, call.context)
            layer = source.materialize(QgsFeatureRequest())
            layer.setName(name)
        return layer


class Events(Features):
    """Any vector layer, as file and layer name."""

    def arguments(self, call):  # noqa: D102
        file, *rest = (self.value(call) or "").split("|layername=")
        if not file:
            return []
        return [file, *(["--source-layer", rest[0]] if rest else [])]


class Extract(Features):
    """A vector layer, as a file that the engine finds it in without its name."""

    def value(self, call):  # noqa: D102
        layer = self.layer(call)
        file, *rest = layers.vector_file(layer, call.scratch, call.context).split("|")
        if not rest or file.lower().endswith((".osm", ".pbf")):
            return file
        return layers.exported_file(layer, call.scratch, call.context)


@dataclass(frozen=True)
class Area(Parameter):
    """Polygons and an extent that limit the work: two parameters, one option."""

    extent: str = "EXTENT"
    image: str = "INPUT"
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
        if not crs.isValid():  # numbers only, and no project: they are the image's
            image = ask.parameterAsRasterLayer(call.parameters, self.image, context)
            crs = image.crs() if image is not None else crs
        return layers.area_file(source, extent, crs, call.scratch, context)


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


@dataclass(frozen=True)
class Stop(Parameter):
    """An end of a route or line, as a point or as text: two parameters, one value."""

    map_name: str = "INPUT"
    text_label: str = ""
    text_help: str = ""

    @property
    def text_name(self) -> str:
        """Name of the parameter for the text."""
        return f"{self.name}_TEXT"

    def define(self):  # noqa: D102
        point = QgsProcessingParameterPoint(self.name, tr(self.label), None, True)
        point.setHelp(tr(self.help))
        text = QgsProcessingParameterString(self.text_name, tr(self.text_label), None, False, True)
        text.setHelp(tr(self.text_help))
        return [point, text]

    def value(self, call):  # noqa: D102
        ask = call.algorithm
        text = ask.parameterAsString(call.parameters, self.text_name, call.context).strip()
        if bool(text) == self.given(call):
            raise QgsProcessingException(
                tr("Give one of these: {names}.").format(
                    names=f"{tr(self.label)}, {tr(self.text_label)}"
                )
            )
        if text:
            return text
        # In the map's CRS: the points may be given in two others.
        layer = ask.parameterAsVectorLayer(call.parameters, self.map_name, call.context)
        crs = layer.crs() if layer is not None else QgsCoordinateReferenceSystem()
        point = ask.parameterAsPoint(call.parameters, self.name, call.context, crs)
        return f"{point.x():.12g},{point.y():.12g}"


class Crs(Parameter):
    """A CRS."""

    def make(self, label):  # noqa: D102
        return QgsProcessingParameterCrs(self.name, label, None, self.optional)

    def value(self, call):  # noqa: D102
        crs = call.algorithm.parameterAsCrs(call.parameters, self.name, call.context)
        return layers.crs_name(crs) if crs.isValid() else None


class PointSink(Parameter):
    """A point layer that the plugin itself fills from what the engine prints."""

    def make(self, label):  # noqa: D102
        return QgsProcessingParameterFeatureSink(self.name, label, _SOURCE.TypeVectorPoint)

    def arguments(self, call):  # noqa: D102
        return [self.flag]
