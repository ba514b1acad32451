"""Parameters that are something the engine writes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from qgis.core import (
    QgsProcessing,
    QgsProcessingException,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterFolderDestination,
    QgsProcessingParameterRasterDestination,
    QgsProcessingParameterVectorDestination,
)

from .i18n import tr
from .parameters import Parameter

_SOURCE = QgsProcessing.SourceType


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


@dataclass(frozen=True)
class MapOutput(Output):
    """A map: a GeoPackage with all layers."""

    suffix = ".gpkg"

    geometry: str = "TypeVectorLine"

    def make(self, label):  # noqa: D102
        kind = getattr(_SOURCE, self.geometry)
        return QgsProcessingParameterVectorDestination(self.name, label, kind, None, self.optional)


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
