"""A new map in the project: all its layers, styled by the GeoPackage, in one group."""

from __future__ import annotations

from pathlib import Path

from qgis.core import (
    Qgis,
    QgsProcessingContext,
    QgsProcessingLayerPostProcessorInterface,
    QgsProcessingUtils,
    QgsProject,
    QgsProviderRegistry,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QObject, pyqtSignal

from .i18n import later, tr

# Top of the legend first. A layer of places that is not named here is one of events.
_LAYERS = (
    ("qa_issue", later("Reports")),
    ("route_node", later("Switches and reversals of the route")),
    ("route", later("Route")),
    ("railway_node", later("Switches and nodes")),
    ("defect", later("Defects")),
    ("scene_event", later("Scenes")),
    ("milestone", later("Kilometre posts")),
    ("railway_link", later("Tracks")),
    ("railway_line", later("Lines")),
    ("defect_change", later("Changes of defects")),
    ("node_change", later("Changes of switches and nodes")),
    ("link_change", later("Changes of tracks")),
    ("alignment_segment", later("Alignment")),
    ("track_height", later("Heights")),
    ("vertical_segment", later("Vertical alignment")),
    ("defect_area", later("Defect outlines")),
    ("track_area", later("Track areas")),
    ("photo", later("Photos")),
    ("source_image", later("Images")),
)
_RANK = "railmap/rank"
_ORDER = [name for name, _ in _LAYERS]
_TITLES = dict(_LAYERS)
_HIDDEN = (
    "alignment_segment",
    "track_height",
    "vertical_segment",
    "railway_line",
    "source_image",
)


class _IntoGroup(QgsProcessingLayerPostProcessorInterface):
    """Applies the style in the GeoPackage, and moves the layer into the group of the map."""

    kept: list = []  # noqa: RUF012 - QGIS does not own them and would lose them

    def __init__(self, group: str, rank: int, visible: bool) -> None:
        super().__init__()
        self.group, self.rank, self.visible = group, rank, visible
        self.kept.append(self)

    def postProcessLayer(self, layer, context, feedback) -> None:
        layer.dataProvider().reloadData()  # QGIS takes an open layer of a replaced file again
        layer.loadDefaultStyle()
        root = QgsProject.instance().layerTreeRoot()
        node = root.findLayer(layer.id())
        if node is not None:  # QGIS 3.32 and newer place it themselves, afterwards
            group = root.findGroup(self.group) or root.insertGroup(0, self.group)
            above = [one for one in group.children() if _rank_of(one) < self.rank]
            moved = node.clone()
            moved.setCustomProperty(_RANK, self.rank)
            moved.setExpanded(False)
            moved.setItemVisibilityChecked(self.visible)
            group.insertChildNode(len(above), moved)
            node.parent().removeChildNode(node)
        if self in self.kept:
            self.kept.remove(self)


def groups_of(project) -> dict:
    """Give the names of a project's groups, each with the files of its layers."""
    found: dict = {}
    for group in project.layerTreeRoot().findGroups(True) if project else ():
        layers = [node.layer() for node in group.findLayers()]
        files = {layer.source().split("|")[0] for layer in layers if layer is not None}
        found.setdefault(group.name(), set()).update(files)
    return found


def group_name(path: str, image: str, groups: dict, context) -> str:
    """Name a map's group by its file, a temporary one by what it is and the image it is of.

    A group that there is among `groups` is taken only if the map is in it already: the layers of
    two maps are not mixed.
    """
    name = Path(path).stem
    if Path(path).is_relative_to(QgsProcessingUtils.tempFolder()):
        name = context.layersToLoadOnCompletion()[path].name or name
        name += f": {image}" if image else ""
    number, first = 1, name
    while name in groups and path not in groups[name]:
        number += 1
        name = f"{first} ({number})"
    return name


def load_map(path: str, group: str, context) -> None:
    """Let QGIS load every layer of the map that has features, instead of only its first."""
    pending = context.layersToLoadOnCompletion()
    chosen = _sublayers(path)
    if chosen:
        _add(chosen, group, pending.pop(path).project, pending)
        context.setLayersToLoadOnCompletion(pending)


def load_more(path: str, context) -> None:
    """Add to a map that is to be loaded the layers that it has got since: a step of a model."""
    pending = context.layersToLoadOnCompletion()
    asked = [details for uri, details in pending.items() if uri.split("|")[0] == path]
    groups = [one.postProcessor() for one in asked if isinstance(one.postProcessor(), _IntoGroup)]
    if groups:
        new = [layer for layer in _sublayers(path) if layer.uri() not in pending]
        _add(new, groups[0].group, asked[0].project, pending)
        context.setLayersToLoadOnCompletion(pending)


def _add(chosen: list, group: str, project, pending: dict) -> None:
    for layer in chosen:
        rank = _rank(layer.name())
        details = QgsProcessingContext.LayerDetails(_title(layer.name()), project, "")
        details.forceName = True
        if hasattr(details, "groupName"):  # QGIS 3.32
            details.groupName = group
            details.layerSortKey = len(_ORDER) - rank
        details.setPostProcessor(_IntoGroup(group, rank, layer.name() not in _HIDDEN))
        pending[layer.uri()] = details


class _Refresher(QObject):
    """Has maps refreshed in the main thread: a model runs its steps in another one."""

    wanted = pyqtSignal(str, object)

    def __init__(self) -> None:
        super().__init__()
        self.wanted.connect(self.refresh)

    def refresh(self, path: str, project) -> None:
        refresh_map(path, project)


# Made where the plugin is loaded, which is the main thread.
refresher = _Refresher()


def refresh_map(path: str, project) -> None:
    """Show what has changed in a map whose layers are open, and the layers it has got since.

    `project` is None in ``qgis_process`` without a project.
    """
    shown = [
        layer
        for layer in (project.mapLayers().values() if project else ())
        if layer.source().split("|")[0] == path and hasattr(layer, "dataProvider")
    ]
    for layer in shown:
        layer.dataProvider().reloadData()
        layer.triggerRepaint()
    nodes = [project.layerTreeRoot().findLayer(layer.id()) for layer in shown]
    groups = [node.parent() for node in nodes if node is not None]
    names = {_table(layer.source()) for layer in shown}
    for details in _sublayers(path) if groups else ():
        if details.name() in names:
            continue
        layer = QgsVectorLayer(details.uri(), _title(details.name()), "ogr")
        project.addMapLayer(layer, False)
        rank = _rank(details.name())
        above = [one for one in groups[0].children() if _rank_of(one) < rank]
        node = groups[0].insertLayer(len(above), layer)
        node.setCustomProperty(_RANK, rank)
        node.setExpanded(False)


def _table(source: str) -> str:
    for part in source.split("|")[1:]:
        if part.startswith("layername="):
            return part.split("=", 1)[1]
    return ""


def _rank_of(node) -> int:
    return int(node.customProperty(_RANK, -1))


def _sublayers(path: str) -> list:
    """Give the layers of the map that are shown and have features."""
    found = QgsProviderRegistry.instance().querySublayers(
        path, Qgis.SublayerQueryFlag.ResolveGeometryType
    )
    return [layer for layer in found if _is_shown(layer)]


def _is_shown(details) -> bool:
    layer = QgsVectorLayer(details.uri(), "", "ogr", QgsVectorLayer.LayerOptions(False))
    of_events = layer.isSpatial() and layer.crs().isValid()
    return layer.featureCount() > 0 and (details.name() in _TITLES or of_events)


def _title(name: str) -> str:
    return tr(_TITLES[name]) if name in _TITLES else name


def _rank(name: str) -> int:
    return _ORDER.index(name) if name in _TITLES else 0
