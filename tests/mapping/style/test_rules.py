from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from railmap.mapping.schema import DOMAINS, LAYERS, Layer, layer
from railmap.mapping.schema.change import CHANGE_LAYERS
from railmap.mapping.schema.route import ROUTE_LAYERS
from railmap.mapping.style.lookup import layer_rules
from railmap.mapping.style.qml import condition_expression, layer_qml
from railmap.mapping.style.rules import LABELS, STYLES, event_rules
from railmap.mapping.style.symbols import Condition, Fill, Line, Marker

_KINDS = {"LINESTRING": (Line,), "POINT": (Marker,), "POLYGON": (Fill,), "MULTIPOLYGON": (Fill,)}
_DRAWN = [entry for entry in (*LAYERS, *CHANGE_LAYERS, *ROUTE_LAYERS) if entry.geometry]
_drawn = pytest.mark.parametrize("drawn", _DRAWN, ids=lambda drawn: drawn.name)


def expressions(root: ET.Element) -> list[str]:
    found = [rule.get("filter", "") for rule in root.iter("rule")]
    found += [
        option.get("value", "") for option in root.iter("Option")
        if option.get("name") == "expression"
    ]  # fmt: skip
    found += [text.get("fieldName", "") for text in root.iter("text-style")]
    return found


@_drawn
def test_qml_names_existing_columns_and_symbols(drawn: Layer) -> None:
    text = layer_qml(drawn)
    assert text is not None
    root = ET.fromstring(text.split("\n", 1)[1])
    columns = {column.name for column in drawn.columns}
    named = {word for text in expressions(root) for word in re.findall(r'"(\w+)"', text)}
    assert named <= columns
    symbols = [symbol.get("name") for symbol in root.find("renderer-v2/symbols")]  # type: ignore[union-attr]
    assert [rule.get("symbol") for rule in root.iter("rule")] == symbols
    assert len(symbols) == len(layer_rules(drawn))


@_drawn
def test_conditions_use_permitted_values_and_fitting_symbols(drawn: Layer) -> None:
    for rule in layer_rules(drawn):
        kinds = {type(symbol) for symbol in rule.symbols}
        assert len(kinds) == 1
        assert kinds <= set(_KINDS.get(drawn.geometry or "", (Line, Marker, Fill)))
        for condition in rule.where:
            column = drawn.column(condition.column)
            if column.domain:
                permitted = {value for value, _ in DOMAINS[column.domain].values}
                assert set(condition.values) <= permitted
            elif condition.values:
                assert column.type in ("BOOLEAN", "INTEGER") or column.name in ("change", "kind")


def test_every_layer_with_geometry_has_a_style() -> None:
    assert set(STYLES) == {entry.name for entry in LAYERS if entry.geometry}
    assert set(LABELS) <= set(STYLES)
    assert layer_qml(layer("net_relation")) is None


def _matches(condition: Condition, row: dict) -> bool:
    found = row.get(condition.column) in condition.values if condition.values else (
        row.get(condition.column) is None
    )  # fmt: skip
    return found != condition.negate


@pytest.mark.parametrize("scale", [500, 5_000, 50_000])
@pytest.mark.parametrize("service", [None, "yard", "crossover"])
@pytest.mark.parametrize("source", [None, "rail_pair", "interpolated", "edited"])
def test_each_link_is_drawn_by_exactly_one_rule(
    scale: int, service: str | None, source: str | None
) -> None:
    row = {"service": service, "geometry_source": source}
    rules = [
        rule
        for rule in STYLES["railway_link"]
        if rule.closest <= scale <= (rule.farthest or scale)
        and all(_matches(condition, row) for condition in rule.where)
    ]
    assert len(rules) == 1


@pytest.mark.parametrize("railway", [None, "switch", "railway_crossing", "buffer_stop"])
@pytest.mark.parametrize("form", ["railwayEnd", "junction"])
@pytest.mark.parametrize("edge", [None, False, True])
@pytest.mark.parametrize("side", [None, "left", "right"])
def test_each_node_is_drawn_by_exactly_one_rule(
    railway: str | None, form: str, edge: bool | None, side: str | None
) -> None:
    row = {"railway": railway, "form_of_node": form, "at_dataset_edge": edge, "turnout_side": side}
    rules = [
        rule
        for rule in STYLES["railway_node"]
        if all(_matches(condition, row) for condition in rule.where)
    ]
    assert len(rules) == 1


@pytest.mark.parametrize("severity", [None, 1, 2, 3, 4])
@pytest.mark.parametrize("status", [None, "new", "grown", "repaired"])
@pytest.mark.parametrize("name", ["defect", "defect_area"])
def test_each_defect_is_drawn_by_exactly_one_rule(
    name: str, status: str | None, severity: int | None
) -> None:
    row = {"status": status, "severity": severity}
    rules = [r for r in STYLES[name] if all(_matches(condition, row) for condition in r.where)]
    assert len(rules) == 1
    assert (rules[0].label == "Repaired") == (status == "repaired")


@pytest.mark.parametrize("geometry", ["POINT", "MULTILINESTRING", "POLYGON", "GEOMETRY"])
@pytest.mark.parametrize("link", [None, "a"])
@pytest.mark.parametrize("ambiguous", [None, False, True])
def test_each_event_of_a_free_layer_is_drawn_once(
    geometry: str, link: str | None, ambiguous: bool | None
) -> None:
    row = {"link_id": link, "match_ambiguous": ambiguous if link else None}
    rules = [
        rule
        for rule in event_rules(geometry)
        if all(_matches(condition, row) for condition in rule.where)
    ]
    kinds = [type(rule.symbols[0]) for rule in rules]
    assert len(rules) == len(set(kinds)) == (3 if geometry == "GEOMETRY" else 1)


def test_conditions_as_qgis_expressions() -> None:
    assert condition_expression(Condition("a")) == '"a" IS NULL'
    assert condition_expression(Condition("a", negate=True)) == '"a" IS NOT NULL'
    assert condition_expression(Condition("a", ("x", "y"))) == "\"a\" IN ('x', 'y')"
    assert condition_expression(Condition("a", (1, 2))) == '"a" IN (1, 2)'
    assert condition_expression(Condition("a", (True,), negate=True)) == (
        'NOT coalesce("a" IN (true), false)'
    )


def test_styles_are_in_the_map_and_default(junction_map: Path) -> None:
    sql = sqlite3.connect(junction_map)
    rows = sql.execute(
        "SELECT f_table_name, f_geometry_column, styleQML, useAsDefault FROM layer_styles"
    ).fetchall()
    sql.close()
    assert {row[0] for row in rows} == set(STYLES)
    for name, column, text, default in rows:
        assert (column, default) == ("geom", 1)
        assert text == layer_qml(layer(name))
