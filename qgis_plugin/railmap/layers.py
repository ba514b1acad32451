"""QGIS layers to what the engine reads: files. What is no file is exported or refused."""

from __future__ import annotations

from pathlib import Path

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFeature,
    QgsFields,
    QgsGeometry,
    QgsProcessingException,
    QgsRasterLayer,
    QgsVectorFileWriter,
    QgsVectorLayer,
    QgsWkbTypes,
)

from .i18n import tr


def raster_file(layer) -> str:
    """Return the file or GDAL address of a raster layer; refuse one that GDAL cannot read."""
    if layer.providerType() != "gdal":
        raise QgsProcessingException(
            tr(
                "Layer “{name}” comes from {kind}, not from a file: save it as a GeoTIFF first "
                "(right-click, Export, Save As…)."
            ).format(name=layer.name(), kind=layer.providerType().upper())
        )
    source = layer.source().split("|")[0]
    return str(Path(source).absolute()) if Path(source).is_file() else source


def image_source(layer) -> str:
    """Return the file of a raster layer, or the source of an XYZ, WMTS or WMS layer.

    The engine reads such a source as QGIS has it.
    """
    if layer.providerType() != "wms":
        return raster_file(layer)
    source = layer.source()
    if "authcfg=" in source:
        raise QgsProcessingException(
            tr(
                "Layer “{name}” has a login that is stored in QGIS, which the engine cannot read."
            ).format(name=layer.name())
        )
    return source


def is_service(layer) -> bool:
    """Return whether a layer is a map service: XYZ, WMTS or WMS."""
    return layer is not None and layer.providerType() == "wms"


def assumed_crs(layer) -> str:
    """Give the CRS that the user set for a raster that has none; empty if it has its own.

    Raises
    ------
    QgsProcessingException
        If the file has a CRS and the layer another one: the engine would use the file's.
    """
    if not layer.crs().isValid() or is_service(layer):
        return ""
    options = QgsRasterLayer.LayerOptions()
    options.skipCrsValidation = True
    own = QgsRasterLayer(layer.source(), "", "gdal", options).crs()
    if not own.isValid():
        return crs_name(layer.crs())
    if own != layer.crs():
        raise QgsProcessingException(
            tr(
                "Layer “{name}” is set to {set} but its file states {own}: save it with the "
                "right CRS first (Raster › Projections › Assign projection)."
            ).format(name=layer.name(), set=crs_name(layer.crs()), own=crs_name(own))
        )
    return ""


def crs_name(crs) -> str:
    """Give a CRS by its code, else as WKT."""
    code = crs.authid()
    if code and not code.startswith("USER:"):
        return code
    return crs.toWkt(QgsCoordinateReferenceSystem.WktVariant.WKT2_2019)


def map_file(layer, project) -> str:
    """Give the GeoPackage that a layer of a map comes from.

    Raises
    ------
    QgsProcessingException
        If it is none, or it or another layer of the same map in `project` (or None) has changes
        that are not saved: the engine would not see them, and saving them later would undo its own.
    """
    file = Path(layer.source().split("|")[0])
    if layer.providerType() != "ogr" or not file.is_file():
        raise QgsProcessingException(
            tr("Layer “{name}” is not a layer of a railmap GeoPackage.").format(name=layer.name())
        )
    for one in [layer, *(project.mapLayers().values() if project else ())]:
        same = Path(one.source().split("|")[0]) == file
        if same and isinstance(one, QgsVectorLayer) and one.isModified():
            raise QgsProcessingException(
                tr("Layer “{name}” has changes that are not saved: save them first.").format(
                    name=one.name()
                )
            )
    return str(file.absolute())


def vector_file(layer, scratch: Path, context) -> str:
    """Give the file of a vector layer, ``FILE`` or ``FILE|layername=NAME``.

    A layer in memory or on a server, and a filtered or edited one, are exported.
    """
    parts = layer.source().split("|")
    options = {part.split("=", 1)[0].lower() for part in parts[1:]}
    whole = not layer.isModified() and options <= {"layername"}
    if layer.providerType() == "ogr" and whole and Path(parts[0]).is_file():
        return "|".join([str(Path(parts[0]).absolute()), *parts[1:]])  # the engine runs elsewhere
    return exported_file(layer, scratch, context)


def exported_file(layer, scratch: Path, context) -> str:
    """Write the features of a vector layer to a GeoPackage of its own."""
    name = "".join(letter if letter.isalnum() else "_" for letter in layer.name()) or "layer"
    folder = scratch / f"export{len(list(scratch.iterdir()))}"
    folder.mkdir()
    target = folder / f"{name}.gpkg"  # the engine may derive the layer from its name
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName = "GPKG"
    options.layerName = name
    options.skipAttributeCreation = False
    done = QgsVectorFileWriter.writeAsVectorFormatV3(
        layer, str(target), context.transformContext(), options
    )
    if done[0] != QgsVectorFileWriter.WriterError.NoError:
        raise QgsProcessingException(
            tr("Layer “{name}” cannot be exported: {reason}").format(
                name=layer.name(), reason=done[1]
            )
        )
    return str(target)


def area_file(source, extent, extent_crs, scratch: Path, context) -> str:
    """Write the polygons of `source` (or None) within `extent` (or a null one) to a GeoPackage.

    The result is in the CRS of `source`, else in that of the extent.

    Raises
    ------
    QgsProcessingException
        If neither has a CRS, there is no area, or it cannot be written.
    """
    crs = source.sourceCrs() if source is not None else extent_crs
    if not crs.isValid():
        raise QgsProcessingException(
            tr("The area to process has no CRS: set that of its layer or give it with the extent.")
        )
    window = QgsGeometry() if extent.isNull() else QgsGeometry.fromRect(extent)
    if source is not None and not window.isNull() and extent_crs.isValid():
        window = window.densifyByCount(20)  # its sides are curves in another CRS
        window.transform(QgsCoordinateTransform(extent_crs, crs, context.transformContext()))
    found = [window] if source is None else [f.geometry() for f in source.getFeatures()]
    if source is not None and not window.isNull():
        found = [geometry.intersection(window) for geometry in found if geometry.intersects(window)]
    found = [geometry for geometry in found if not geometry.isNull() and geometry.area() > 0]
    if not found:
        raise QgsProcessingException(
            tr("The area to process is empty: no polygon is selected or within the extent.")
        )
    target = scratch / "area.gpkg"
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName = "GPKG"
    writer = QgsVectorFileWriter.create(
        str(target),
        QgsFields(),
        QgsWkbTypes.Type.MultiPolygon,
        crs,
        context.transformContext(),
        options,
    )
    for geometry in found:
        feature = QgsFeature()
        geometry.convertToMultiType()
        feature.setGeometry(geometry)
        writer.addFeature(feature)
    reason = writer.errorMessage()
    del writer  # closes the file
    if not QgsVectorLayer(str(target), "", "ogr").featureCount():
        raise QgsProcessingException(
            tr("The area to process cannot be written: {reason}").format(reason=reason)
        )
    return str(target)
