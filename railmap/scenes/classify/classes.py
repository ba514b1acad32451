"""The 12 scene classes of Railway12, with their English, Chinese and OpenStreetMap names."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

__all__ = ["SCENE_CLASSES", "SceneClass", "english_name", "find_class", "nearest_class"]


@dataclass(frozen=True, slots=True)
class SceneClass:
    """One scene class.

    Parameters
    ----------
    key
        Name in files: class folders, model metadata, the map's ``scene_class``.
    english, chinese
        Names in the paper (figure 3, table 3 and section 2).
    osm
        OpenStreetMap tag of the object that the photo shows; "" where OSM has none.
    aliases
        Other names of class folders.
    """

    key: str
    english: str
    chinese: str
    osm: str
    aliases: tuple[str, ...] = ()


SCENE_CLASSES: tuple[SceneClass, ...] = (
    SceneClass("tunnel", "Tunnel", "隧道", "tunnel=yes"),
    SceneClass("waiting_hall", "Waiting hall", "候车大厅", "amenity=waiting_room"),
    SceneClass(
        "ticket_lobby", "Ticket lobby", "购票大厅", "shop=ticket", ("ticket_hall", "售票大厅")
    ),
    SceneClass(
        "station_square",
        "Station square",
        "火车站广场",
        "place=square",
        ("station_spuare", "forecourt", "站前广场", "车站"),
    ),
    SceneClass(
        "catenary",
        "Catenary system",
        "接触网",
        "electrified=contact_line",
        ("catenary_system", "overhead_line"),
    ),
    SceneClass(
        "maintenance_workshop",
        "Maintenance workshop",
        "维修车间",
        "railway=workshop",
        ("maintenance_shop", "workshop"),
    ),
    SceneClass("platform", "Platform", "站台", "railway=platform"),
    SceneClass("freight_yard", "Freight yard", "货场", "railway=yard", ("yard", "goods_yard")),
    SceneClass("carriage", "Carriage", "车厢", "", ("coach", "wagon")),
    SceneClass(
        "railway_crossing",
        "Railway crossing",
        "铁路道口",
        "railway=level_crossing",
        ("crossing", "level_crossing", "道口"),
    ),
    SceneClass("railway_bridge", "Railway bridge", "铁路桥梁", "bridge=yes", ("bridge", "桥梁")),
    SceneClass(
        "protection_net", "Protection net", "防护网", "barrier=fence", ("protective_net", "fence")
    ),
)


def _normalized(name: str) -> str:
    return re.sub(r"[\s_\-]+", "_", name.strip().lower())


_BY_NAME = {
    _normalized(name): scene
    for scene in SCENE_CLASSES
    for name in (scene.key, scene.english, scene.chinese, *scene.aliases)
}


def find_class(name: str) -> SceneClass | None:
    """Find a scene class by any of its names.

    Examples
    --------
    >>> find_class("Waiting Hall").key
    'waiting_hall'
    """
    return _BY_NAME.get(_normalized(name))


def english_name(name: str) -> str:
    """Name a scene class in English.

    Parameters
    ----------
    name
        Class name of a folder or a model, in any of its spellings.

    Returns
    -------
    str
        The English name; `name` itself if the class is unknown.
    """
    scene = find_class(name)
    return scene.english if scene else name


def nearest_class(name: str) -> SceneClass | None:
    """Find the scene class with the most similar name, for messages; None if none is similar."""
    close = difflib.get_close_matches(_normalized(name), _BY_NAME, n=1, cutoff=0.75)
    return _BY_NAME[close[0]] if close else None
