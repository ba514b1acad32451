"""QGIS layer styles (QML) from the style rules, for QGIS 3.22 and later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.etree import ElementTree as ET

from railmap.mapping.schema import Layer
from railmap.mapping.schema.gauge import DEFAULT_GAUGE_MM
from railmap.mapping.style.lookup import layer_rules
from railmap.mapping.style.rules import LABELS
from railmap.mapping.style.symbols import (
    Condition,
    Fade,
    Fill,
    Label,
    Line,
    Marker,
    Rule,
    Shape,
    Symbol,
)

__all__ = ["condition_expression", "layer_qml", "with_defaults"]

_SHAPES: dict[Shape, str] = {
    "circle": "circle",
    "square": "square",
    "diamond": "diamond",
    "triangle": "equilateral_triangle",
    # QGIS names the half on the right of the axis "left".
    "left_half": "right_half_triangle",
    "right_half": "left_half_triangle",
    "cross": "cross2",
}
_GEOMETRY_NAMES = {Marker: "Point", Line: "Line", Fill: "Polygon"}
_SYMBOL_TYPES = {Marker: "marker", Line: "line", Fill: "fill"}
_EXPRESSION = "3"  # QgsProperty::ExpressionBasedProperty
_CATEGORIES = 'styleCategories="Symbology|Labeling"'
# Default values in QGIS: column, expression, and whether they apply on every update or only to new
# features. They mark edited features, which are kept when the raster is mapped again.
_DEFAULTS = {
    "railway_link": (
        ("link_id", "uuid('WithoutBraces')", False),
        ("start_node", "'new'", False),
        ("end_node", "'new'", False),
        ("railway", "'rail'", False),
        ("geometry_source", "'edited'", True),
    ),
    "railway_node": (
        ("node_id", "uuid('WithoutBraces')", False),
        ("reviewed", "true", True),
    ),
}


def layer_qml(layer: Layer) -> str | None:
    """Return the QML of a layer of a map or a comparison, None if it has no geometry."""
    rules = layer_rules(layer)
    if not rules:
        return None
    mixed = layer.geometry == "GEOMETRY"
    return with_defaults(layer.name, _qml(rules, mixed, LABELS.get(layer.name)))


def _qml(rules: Sequence[Rule], mixed: bool, label: Label | None) -> str:
    root = ET.Element(
        "qgis", version="3.22.0", styleCategories="Symbology|Labeling", labelsEnabled="0"
    )
    renderer = ET.SubElement(
        root,
        "renderer-v2",
        type="RuleRenderer",
        symbollevels="1",
        enableorderby="0",
        forceraster="0",
    )
    tree = ET.SubElement(renderer, "rules", key="{railmap}")
    symbols = ET.SubElement(renderer, "symbols")
    for index, rule in enumerate(rules):
        tree.append(_rule_element(rule, index, mixed))
        symbols.append(_symbol_element(rule, index))
    if label is not None:
        root.set("labelsEnabled", "1")
        root.append(_label_element(label))
    head = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
    ET.indent(root, " ")
    return head + ET.tostring(root, encoding="unicode") + "\n"


def with_defaults(name: str, qml: str) -> str:
    """Return a layer's QML with the default values for editing, if the layer has any."""
    defaults = _DEFAULTS.get(name)
    if defaults is None or "<defaults>" in qml or _CATEGORIES not in qml:
        return qml
    element = ET.Element("defaults")
    for column, expression, on_update in defaults:
        ET.SubElement(
            element, "default", field=column, expression=expression,
            applyOnUpdate="1" if on_update else "0",
        )  # fmt: skip
    ET.indent(element, " ", level=1)
    text = " " + ET.tostring(element, encoding="unicode").rstrip() + "\n"
    start, end, rest = qml.rpartition("</qgis>")
    return start.replace(_CATEGORIES, _CATEGORIES[:-1] + '|Fields"', 1) + text + end + rest


def condition_expression(condition: Condition) -> str:
    """Return a condition as a QGIS expression."""
    column = f'"{condition.column}"'
    if not condition.values:
        return f"{column} IS {'NOT ' if condition.negate else ''}NULL"
    values = ", ".join(
        f"'{value}'" if isinstance(value, str) else str(value).lower() for value in condition.values
    )
    test = f"{column} IN ({values})"
    # NULL is not one of the values; NOT alone would exclude it in SQL.
    return f"NOT coalesce({test}, false)" if condition.negate else test


def _rule_element(rule: Rule, index: int, mixed: bool) -> ET.Element:
    tests = [condition_expression(condition) for condition in rule.where]
    if mixed:
        name = _GEOMETRY_NAMES[type(rule.symbols[0])]
        tests.insert(0, f"geometry_type($geometry) = '{name}'")
    attributes = {"key": f"{{railmap-{index}}}", "symbol": str(index), "label": rule.label}
    if tests:
        attributes["filter"] = " AND ".join(tests)
    if rule.closest:
        attributes["scalemindenom"] = str(rule.closest)
    if rule.farthest:
        attributes["scalemaxdenom"] = str(rule.farthest)
    return ET.Element("rule", attributes)


def _symbol_element(rule: Rule, index: int) -> ET.Element:
    element = ET.Element(
        "symbol",
        name=str(index),
        type=_SYMBOL_TYPES[type(rule.symbols[0])],
        clip_to_extent="1",
        force_rhr="0",
        alpha="1",
    )
    for symbol in rule.symbols:
        for part in _layer_elements(symbol):
            element.append(part)
    return element


def _layer_elements(symbol: Symbol) -> list[ET.Element]:
    if isinstance(symbol, Line):
        return [_line_element(symbol)]
    if isinstance(symbol, Marker):
        return [_marker_element(symbol)]
    return _fill_elements(symbol)


def _line_element(line: Line) -> ET.Element:
    properties = {
        "line_color": _color(line.color),
        "line_width": f"{line.width:g}",
        "line_width_unit": "MM",
        "capstyle": "flat" if line.dash else "round",
        "joinstyle": "round",
        "offset": "0",
        "offset_unit": "MapUnit" if line.gauge_offset else "MM",
        "use_custom_dash": "1" if line.dash else "0",
        "customdash": ";".join(f"{length:g}" for length in line.dash),
        "customdash_unit": "MM",
    }
    dynamic = {}
    if line.gauge_offset:
        metres = line.gauge_offset / 1000
        dynamic["offset"] = f'{metres:g} * coalesce("gauge", {DEFAULT_GAUGE_MM})'
    if line.fade:
        dynamic["outlineColor"] = _faded(line.color, line.fade)
    return _layer_element("SimpleLine", properties, dynamic, line.level)


def _marker_element(marker: Marker) -> ET.Element:
    properties = {
        "name": _SHAPES[marker.shape],
        "color": _color(marker.fill),
        "outline_color": _color(marker.outline),
        "outline_width": f"{marker.outline_width:g}",
        "outline_width_unit": "MM",
        "size": f"{marker.size:g}",
        "size_unit": "MM",
        "angle": "0",
    }
    dynamic = {}
    if marker.heading:
        dynamic["angle"] = f'coalesce("{marker.heading}", 0)'
    if marker.fade:
        dynamic["fillColor"] = _faded(marker.fill, marker.fade)
    return _layer_element("SimpleMarker", properties, dynamic)


def _fill_elements(fill: Fill) -> list[ET.Element]:
    outline = {
        "color": _color(fill.fill, fill.opacity) if fill.fill else "0,0,0,0",
        "style": "solid" if fill.fill else "no",
        "outline_color": _color(fill.outline),
        "outline_width": f"{fill.outline_width:g}",
        "outline_width_unit": "MM",
        "outline_style": "dash" if fill.dash else "solid",
    }
    elements = [_layer_element("SimpleFill", outline, {})]
    if fill.hatch:
        hatch = {
            "color": _color(fill.hatch),
            "style": "b_diagonal",
            "outline_style": "no",
        }
        elements.append(_layer_element("SimpleFill", hatch, {}))
    return elements


def _layer_element(
    kind: str, properties: Mapping[str, str], dynamic: Mapping[str, str], level: int = 0
) -> ET.Element:
    attributes = {"class": kind, "enabled": "1", "locked": "0", "pass": str(level)}
    element = ET.Element("layer", attributes)
    static = ET.SubElement(element, "Option", type="Map")
    for key, value in properties.items():
        ET.SubElement(static, "Option", name=key, type="QString", value=value)
    if dynamic:
        element.append(_dynamic_element("data_defined_properties", dynamic))
    return element


def _dynamic_element(tag: str, expressions: Mapping[str, str]) -> ET.Element:
    element = ET.Element(tag)
    outer = ET.SubElement(element, "Option", type="Map")
    ET.SubElement(outer, "Option", name="name", type="QString", value="")
    group = ET.SubElement(outer, "Option", name="properties", type="Map")
    for key, expression in expressions.items():
        entry = ET.SubElement(group, "Option", name=key, type="Map")
        ET.SubElement(entry, "Option", name="active", type="bool", value="true")
        ET.SubElement(entry, "Option", name="expression", type="QString", value=expression)
        ET.SubElement(entry, "Option", name="type", type="int", value=_EXPRESSION)
    ET.SubElement(outer, "Option", name="type", type="QString", value="collection")
    return element


def _label_expression(label: Label) -> str:
    """Return the text of a label as a QGIS expression; empty or NULL where nothing is known."""
    text = f"'{label.prefix}' || round(\"{label.column}\", {label.decimals})"
    if label.text:
        doubt = f" || CASE WHEN \"{label.probability}\" < 0.5 THEN '?' ELSE '' END"
        text = f'coalesce("{label.text}"{doubt if label.probability else ""}, {text})'
    if label.after:
        text = f"{text} || coalesce(' ' || \"{label.after}\", '')"
    if label.names:
        # by function: a column that the layer lacks is NULL, not an error
        own = ", ".join(f"attribute($currentfeature, '{name}')" for name in label.names)
        text = f"trim(coalesce({own}, '') || ' ' || coalesce({text}, ''))"
    return text


def _label_element(label: Label) -> ET.Element:
    element = ET.Element("labeling", type="simple")
    settings = ET.SubElement(element, "settings")
    style = ET.SubElement(
        settings,
        "text-style",
        fieldName=_label_expression(label),
        isExpression="1",
        fontFamily="Sans",
        fontSize="8",
        fontSizeUnit="Point",
        textColor=_color(label.color),
        textOpacity="1",
    )
    ET.SubElement(
        style,
        "text-buffer",
        bufferDraw="1",
        bufferSize="0.8",
        bufferSizeUnits="MM",
        bufferColor=_color("#ffffff"),
        bufferOpacity="1",
    )
    ET.SubElement(settings, "placement", placement="6", dist="1.5", distUnits="MM")
    ET.SubElement(
        settings, "rendering", scaleVisibility="1", scaleMin="0", scaleMax=str(label.farthest)
    )
    return element


def _color(color: str, opacity: float = 1.0) -> str:
    red, green, blue = (int(color[start : start + 2], 16) for start in (1, 3, 5))
    return f"{red},{green},{blue},{round(255 * opacity)}"


def _faded(color: str, fade: Fade) -> str:
    """Return a colour expression whose alpha (0-255) follows a column."""
    alpha = (
        f'scale_linear(coalesce("{fade.column}", {fade.high:g}), {fade.low:g}, {fade.high:g}, '
        f"{round(255 * fade.lightest)}, 255)"
    )
    return f"set_color_part('{_color(color)}', 'alpha', {alpha})"
