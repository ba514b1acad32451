"""The IFC file: its entities with ids that depend on the map only, and its coordinates."""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Model"]

_NAMESPACE = uuid.UUID("6f1b2a52-1c55-5f0e-9a6e-4f1c3d0b7a11")


@dataclass(frozen=True, slots=True)
class Model:
    """A file of ifcopenshell.

    Parameters
    ----------
    file
        The file, schema IFC4X3_ADD2.
    east, north
        Metres in the map's CRS of the origin of the model.
    """

    file: Any
    east: float
    north: float

    def add(self, kind: str, *values: Any, **named: Any) -> Any:
        """Add an entity with attributes in the order of the schema, or by name."""
        return self.file.create_entity(kind, *values, **named)

    def rooted(self, kind: str, key: str, **named: Any) -> Any:
        """Add an entity with a ``GlobalId`` that follows from its kind and `key`."""
        from ifcopenshell.guid import compress

        ident = compress(uuid.uuid5(_NAMESPACE, f"{kind} {key}").hex)
        return self.file.create_entity(kind, GlobalId=ident, **named)

    def point(self, x: float, y: float) -> Any:
        """Return a point in the model for x/y in metres of the CRS."""
        return self.add("IfcCartesianPoint", (float(x) - self.east, float(y) - self.north))

    def direction(self, angle: float) -> Any:
        """Return a direction for radians to the left of x."""
        return self.add("IfcDirection", (math.cos(angle), math.sin(angle)))

    def placement(self, x: float, y: float, angle: float = 0.0, z: float = 0.0) -> Any:
        """Return a local placement in space at x/y/z of the CRS, turned left by radians."""
        at = self.add("IfcCartesianPoint", (float(x) - self.east, float(y) - self.north, z))
        up = self.add("IfcDirection", (0.0, 0.0, 1.0))
        along = self.add("IfcDirection", (math.cos(angle), math.sin(angle), 0.0))
        axes = self.add("IfcAxis2Placement3D", at, up, along)
        return self.add("IfcLocalPlacement", None, axes)

    def relate(self, kind: str, key: str, **ends: Any) -> None:
        """Add a relation, unless one of its lists is empty."""
        if all(value != [] for value in ends.values()):
            self.rooted(kind, key, **ends)

    def describe(self, thing: Any, key: str, name: str, values: Mapping[str, Any]) -> None:
        """Give a thing a set of properties; values that are None are left out.

        Parameters
        ----------
        thing
            The entity.
        key
            Its key for ids.
        name
            Name of the set.
        values
            By name: text, or an IFC type and its value.
        """
        items = [(label, value) for label, value in values.items() if value not in (None, "")]
        if not items:
            return
        properties = [
            self.add("IfcPropertySingleValue", label, None, self._typed(value))
            for label, value in items
        ]
        found = self.rooted("IfcPropertySet", f"{key} {name}", Name=name, HasProperties=properties)
        self.rooted(
            "IfcRelDefinesByProperties",
            f"{key} {name}",
            RelatedObjects=[thing],
            RelatingPropertyDefinition=found,
        )

    def shape(self, context: Any, kind: str, items: Iterable[Any]) -> Any:
        """Return the representation of an axis."""
        one = self.add("IfcShapeRepresentation", context, "Axis", kind, list(items))
        return self.add("IfcProductDefinitionShape", None, None, [one])

    def _typed(self, value: Any) -> Any:
        kind, content = value if isinstance(value, tuple) else ("IfcText", str(value))
        return self.add(kind, content)
