"""Find the style rules of a layer of a map, a comparison, a route, or events."""

from __future__ import annotations

from railmap.mapping.schema import Layer
from railmap.mapping.schema.change import CHANGE_LAYERS
from railmap.mapping.schema.route import ROUTE_LAYERS
from railmap.mapping.style.change import CHANGE_STYLES
from railmap.mapping.style.route import ROUTE_STYLES
from railmap.mapping.style.rules import STYLES, event_rules
from railmap.mapping.style.symbols import Rule

__all__ = ["layer_rules"]


def layer_rules(layer: Layer) -> tuple[Rule, ...]:
    """Return the rules that draw a layer; empty for a table without geometry."""
    if layer.geometry is None:
        return ()
    if layer.name in STYLES:
        return STYLES[layer.name]
    # Compare the layer, not its name: a layer of events may be called link_change too.
    for layers, styles in ((CHANGE_LAYERS, CHANGE_STYLES), (ROUTE_LAYERS, ROUTE_STYLES)):
        if layer in layers:
            return styles[layer.name]
    return event_rules(layer.geometry)
