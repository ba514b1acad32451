"""Write a map as IFC 4.3 with ifcopenshell (extra ``ifc``)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import shapely

from railmap._version import __version__
from railmap.errors import missing_extra
from railmap.mapping.store.reader import Map
from railmap.publishing.exchange.alignment.alignments import (
    Alignment,
    alignment_losses,
    alignments_of,
)
from railmap.publishing.exchange.alignment.true_curves import TrueCurve, true_curves
from railmap.publishing.exchange.alignment.vertical import vertical_crs
from railmap.publishing.exchange.ifc.curves import add_horizontal
from railmap.publishing.exchange.ifc.heights import Axes, add_vertical
from railmap.publishing.exchange.ifc.model import Model
from railmap.publishing.exchange.ifc.railway import add_railway
from railmap.publishing.exchange.ifc.referents import add_referents, posts_of
from railmap.publishing.exchange.origin import origin_of

__all__ = ["ifc_losses", "write_ifc"]

# The origin of the model is at a multiple of this, metres.
_ROUND_M = 1000.0


def write_ifc(content: Map, path: Path) -> int:
    """Write lines, and links without a line, as ``IfcAlignment``; return their number.

    Coordinates are metres in the map's CRS from an origin that ``IfcMapConversion`` states.
    Elements are those of LandXML as exact curves (``IfcCompositeCurve``). Where tracks have heights
    there are vertical layouts (``IfcGradientCurve``), and turnouts have their height.

    Parameters
    ----------
    content
        The map.
    path
        The file to write.

    Raises
    ------
    MissingExtraError
        If ifcopenshell is not installed.
    OSError
        If the file cannot be written.
    """
    try:
        import ifcopenshell
    except ImportError as error:
        raise missing_extra("IFC export", "ifc", error) from error

    file = ifcopenshell.file(schema_version=(4, 3, 2, 0))
    places = shapely.get_coordinates(content.links.geometry.to_numpy())
    low = places.min(axis=0) if len(places) else (0.0, 0.0)
    model = Model(file, *(float(value // _ROUND_M * _ROUND_M) for value in low))
    project, axes = _add_project(model, content)
    entities = []
    for alignment in alignments_of(content):
        curves = _curves(alignment)
        if not curves:
            continue
        key = alignment.object_id
        entity = model.rooted(
            "IfcAlignment",
            key,
            Name=alignment.name,
            Description=alignment.description,
            ObjectPlacement=model.placement(model.east, model.north),
        )
        curve = add_horizontal(model, axes.axis, entity, key, curves)
        add_vertical(model, axes, alignment, entity, curve)
        posts, _ = posts_of(content, alignment, curves)
        add_referents(model, alignment, entity, curve, posts)
        model.describe(entity, key, "Railmap_Alignment", _values(content, key))
        entities.append(entity)
    model.relate("IfcRelAggregates", "alignments", RelatingObject=project, RelatedObjects=entities)
    add_railway(model, content, project, entities)
    _head(file, content)
    path.write_text(file.to_string(), encoding="utf-8", newline="\n")
    return len(entities)


def ifc_losses(content: Map, layer: str) -> Sequence[str]:
    """Return which lines no longer fit their links, and which posts run backwards."""
    texts = list(alignment_losses(content, layer))
    if "milestone" in content.layers:
        for alignment in alignments_of(content):
            _, backwards = posts_of(content, alignment, _curves(alignment))
            if backwards:
                posts = ", ".join(backwards)
                texts.append(f"{alignment.name}: posts that run backwards are left out: {posts}")
    return texts


def _curves(alignment: Alignment) -> list[TrueCurve]:
    return [curve for element in alignment.elements for curve in true_curves(element)]


def _add_project(model: Model, content: Map) -> tuple[Any, Axes]:
    """Add project, units, contexts and CRS; return the project and the contexts of axes."""
    metre = model.add("IfcSIUnit", None, "LENGTHUNIT", None, "METRE")
    radian = model.add("IfcSIUnit", None, "PLANEANGLEUNIT", None, "RADIAN")
    origin = model.add("IfcCartesianPoint", (0.0, 0.0, 0.0))
    world = model.add("IfcAxis2Placement3D", origin, None, None)
    context = model.add("IfcGeometricRepresentationContext", None, "Model", 3, 1e-5, world, None)
    axes = Axes(
        *(
            model.file.create_entity(
                "IfcGeometricRepresentationSubContext",
                ContextIdentifier=name,
                ContextType="Model",
                ParentContext=context,
                TargetView="MODEL_VIEW",
            )
            for name in ("Axis", "FootPrint")
        )
    )
    said = origin_of(content)
    project = model.rooted(
        "IfcProject",
        "project",
        Name=Path(said.source).stem,
        Description="Tracks mapped from georeferenced images",
        RepresentationContexts=[context],
        UnitsInContext=model.add("IfcUnitAssignment", [metre, radian]),
    )
    told = {f"Origin{number}": text for number, text in enumerate(said.to_dict()["origin"], 1)}
    told |= {"Attribution": said.attribution, "Licence": said.licence}
    model.describe(project, "project", "Railmap_Origin", told)
    crs = content.crs
    code = crs.to_epsg()
    operation = crs.coordinate_operation
    target = model.add(
        "IfcProjectedCRS",
        f"EPSG:{code}" if code else crs.name,
        crs.name,
        None if crs.datum is None else crs.datum.name,
        vertical_crs(content),
        None if operation is None else operation.method_name,
        None,
        metre,
    )
    if code is None:
        model.add("IfcWellKnownText", crs.to_wkt(), target)
    model.add("IfcMapConversion", context, target, model.east, model.north, 0.0, 1.0, 0.0, 1.0)
    return project, axes


def _values(content: Map, key: str) -> dict[str, Any]:
    """Return the properties of an alignment: its id, and those of a single link."""
    found: dict[str, Any] = {"ObjectId": key}
    for row in content.links[content.links["link_id"] == key].itertuples():
        if not pd.isna(row.gauge):
            found["Gauge"] = ("IfcPositiveLengthMeasure", row.gauge / 1000)
        if not pd.isna(row.h_accuracy_m):
            found["Accuracy"] = ("IfcLengthMeasure", float(row.h_accuracy_m))
        for name in ("railway", "usage", "service"):
            if not pd.isna(value := getattr(row, name)):
                found[name.title()] = str(value)
    return found


def _head(file: Any, content: Map) -> None:
    said = origin_of(content)
    head = file.header
    head.file_description.description = (
        "ViewDefinition [Alignment-basedView]",
        *(f"Comment [{text}]" for text in said.lines()),
    )
    head.file_name.name = f"{Path(said.source).stem}.ifc"
    run = content.layers["processing_run"]
    stamp = "1970-01-01T00:00:00"
    if len(run) and not pd.isna(run["started_at"].iloc[-1]):
        stamp = run["started_at"].iloc[-1].strftime("%Y-%m-%dT%H:%M:%S")
    head.file_name.time_stamp = stamp
    head.file_name.preprocessor_version = f"railmap {__version__}"
    head.file_name.originating_system = f"railmap {__version__}"
