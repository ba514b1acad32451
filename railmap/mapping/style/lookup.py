"""Which rules draw a layer, whatever made it: a map, a comparison, or a person's events."""

from __future__ import annotations

from railmap.mapping.schema import Layer
from railmap.mapping.schema.change import CHANGE_LAYERS
from railmap.mapping.style.change import CHANGE_STYLES
from railmap.mapping.style.rules import STYLES, event_rules
from railmap.mapping.style.symbols import Rule

__all__ = ["layer_rules"]


def layer_rules(layer: Layer) -> tuple[Rule, ...]:
    """Return the rules that draw a layer; none if it is a table without geometry."""
    if layer.geometry is None:
        return ()
    if layer.name in STYLES:
        return STYLES[layer.name]
    # By what it is, not by name: events may be called link_change too.
    return CHANGE_STYLES[layer.name] if layer in CHANGE_LAYERS else event_rules(layer.geometry)
