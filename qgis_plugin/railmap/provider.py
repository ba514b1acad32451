"""The Processing provider."""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsApplication, QgsProcessingModelAlgorithm, QgsProcessingProvider
from qgis.PyQt.QtGui import QIcon

from .algorithms import ALGORITHMS
from .engine import plugin_version
from .i18n import tr

HERE = Path(__file__).resolve().parent


class RailmapProvider(QgsProcessingProvider):
    """Offers every algorithm; without an engine an algorithm reports how to install it."""

    def id(self) -> str:
        """Give the name in algorithm ids."""
        return "railmap"

    def name(self) -> str:
        """Give the name in the toolbox."""
        return "Railmap"

    def versionInfo(self) -> str:
        """Give the plugin's version."""
        return plugin_version()

    def icon(self) -> QIcon:
        """Give the icon in the toolbox."""
        return QIcon(self.svgIconPath())

    def svgIconPath(self) -> str:
        """Give the icon's file."""
        return str(HERE / "icon.svg")

    def loadAlgorithms(self) -> None:
        """Register the algorithms, and the models that chain them.

        A model finds its algorithms only once this provider is registered: refresh it then.
        """
        for algorithm in ALGORITHMS:
            self.addAlgorithm(algorithm())
        if QgsApplication.processingRegistry().providerById(self.id()) is None:
            return
        for file in sorted((HERE / "models").glob("*.model3")):
            model = QgsProcessingModelAlgorithm()
            if model.fromFile(str(file)):
                model.setGroup(tr("Models"))
                self.addAlgorithm(model)

    def supportedOutputVectorLayerExtensions(self) -> list[str]:
        """A map is a GeoPackage and nothing else."""
        return ["gpkg"]

    def supportedOutputRasterLayerExtensions(self) -> list[str]:
        """Probability is a GeoTIFF."""
        return ["tif"]

    def defaultVectorFileExtension(self, hasGeometry: bool = True) -> str:
        """Temporary maps are GeoPackages too, independent of the settings of QGIS."""
        return "gpkg"

    def defaultRasterFileExtension(self) -> str:
        """Temporary rasters are GeoTIFFs."""
        return "tif"
