"""The maps of a project: files of its layers of tracks."""

from __future__ import annotations

from pathlib import Path

LINKS = "railway_link"


def maps_of(project) -> dict:
    """Give the files of the maps whose tracks are in the project, each with a title."""
    found: dict = {}
    for layer in project.mapLayers().values():
        path = _map_path(layer)
        if path:
            found.setdefault(path, Path(path).stem)
    return found


def link_layer(project, path: str):
    """Give the layer of the tracks of a map, None if it is not in the project."""
    for layer in project.mapLayers().values():
        if _map_path(layer) == path:
            return layer
    return None


def reload_map(project, path: str) -> None:
    """Show what has changed in the layers of a map that are in the project."""
    for layer in project.mapLayers().values():
        if layer.source().split("|")[0] == path and layer.providerType() == "ogr":
            layer.dataProvider().reloadData()
            layer.triggerRepaint()


def _map_path(layer) -> str:
    path, *options = layer.source().split("|")
    named = f"layername={LINKS}" in options
    return path if named and layer.providerType() == "ogr" and layer.isValid() else ""
