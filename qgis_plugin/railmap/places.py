"""Points of the places that `railmap locate --json` prints."""

from __future__ import annotations

import json

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsFields,
    QgsGeometry,
    QgsPointXY,
    QgsProcessingException,
    QgsVectorLayer,
    QgsWkbTypes,
)

from .i18n import tr

# Memory-layer syntax makes fields for Qt 5 and Qt 6 alike.
_LAYER = (
    "Point?crs=EPSG:4326&field=text:string(200)&field=x:double&field=y:double"
    "&field=link_id:string(80)&field=link_m:double&field=line_id:string(80)&field=line_m:double"
    "&field=offset_m:double"
)


def write_places(printed: list[str], algorithm, parameters, context) -> tuple[str, str]:
    """Write the sink OUTPUT, in WGS 84; give its id and the places as text.

    Raises
    ------
    QgsProcessingException
        If there is nothing to read or nowhere to write.
    """
    try:
        places = json.loads("".join(line for line in printed if line.startswith("{")))["places"]
    except (ValueError, KeyError):
        raise QgsProcessingException(
            tr("The railmap engine returned no positions: {text}").format(text=" ".join(printed))
        ) from None
    fields = QgsFields(QgsVectorLayer(_LAYER, "", "memory").fields())
    crs = QgsCoordinateReferenceSystem("EPSG:4326")
    sink, identifier = algorithm.parameterAsSink(
        parameters, "OUTPUT", context, fields, QgsWkbTypes.Type.Point, crs
    )
    if sink is None:
        raise QgsProcessingException(algorithm.invalidSinkError(parameters, "OUTPUT"))
    for place in places:
        feature = QgsFeature(fields)
        feature.setGeometry(QgsGeometry.fromPointXY(QgsPointXY(place["lon"], place["lat"])))
        for field in fields.names():
            feature.setAttribute(field, place.get(field))
        sink.addFeature(feature)
    return identifier, "; ".join(str(place.get("text", "")) for place in places)
