"""Railmap in QGIS: a Processing provider that runs the `railmap` program."""

from __future__ import annotations


def classFactory(iface):  # noqa: D103 - QGIS's name
    from .plugin import RailmapPlugin

    return RailmapPlugin(iface)
