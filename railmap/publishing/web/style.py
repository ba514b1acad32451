"""Create the MapLibre style from the same rules as the QML (`railmap.mapping.style.rules`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from railmap.mapping.schema import Layer
from railmap.mapping.schema import layer as schema_layer
from railmap.mapping.schema.gauge import DEFAULT_GAUGE_MM
from railmap.mapping.style.lookup import layer_rules
from railmap.mapping.style.rules import LABELS
from railmap.mapping.style.symbols import Condition, Fade, Fill, Label, Line, Marker, Rule, Symbol
from railmap.publishing.web.icons import hatch_svg, marker_svg
from railmap.publishing.web.zooms import PIXELS_PER_MM, metres_per_pixel, zoom_of_scale

__all__ = ["DRAWING_ORDER", "OVERVIEW_ZOOM", "WebStyle", "map_filter"]

# Below this zoom links are drawn from the overview tiles, which have only the styled columns.
OVERVIEW_ZOOM = 14
_CLOSEST_ZOOM = 24
# From bottom to top.
DRAWING_ORDER = (
    "source_image",
    "track_area",
    "railway_line",
    "railway_link",
    "alignment_segment",
    "defect_area",
    "railway_node",
    "milestone",
    "scene_event",
    "defect",
    "qa_issue",
)
_GEOMETRY = {Marker: "Point", Line: "LineString", Fill: "Polygon"}


class WebStyle:
    """Layers and icons of the web map for the scale at `latitude`.

    Parameters
    ----------
    names
        Layers of the schema.
    latitude
        Degrees.
    own
        Layers of user events by key, drawn above all others.
    """

    def __init__(
        self, names: Sequence[str], latitude: float, own: Mapping[str, Layer] | None = None
    ) -> None:
        self._latitude = latitude
        self.icons: dict[str, str] = {}
        self.layers: list[dict[str, Any]] = []
        shown = {name: schema_layer(name) for name in DRAWING_ORDER if name in names}
        for name, layer in (shown | dict(own or {})).items():
            self.layers += self._draw(name, layer)
        # As in QGIS, labels are above the symbols of all layers.
        self.layers.sort(key=lambda one: one["id"].endswith("-label"))

    def _draw(self, name: str, layer: Layer) -> Iterator[dict[str, Any]]:
        mixed, rules = layer.geometry == "GEOMETRY", layer_rules(layer)
        # Symbol levels as in QGIS: lower levels of all rules are drawn first.
        strokes = sorted(
            (getattr(symbol, "level", 0), index, part)
            for index, rule in enumerate(rules)
            for part, symbol in enumerate(rule.symbols)
        )
        for _, index, part in strokes:
            rule = rules[index]
            for entry in self._layers(rule.symbols[part], f"{name}-{index}-{part}"):
                entry["metadata"] = {"railmap:layer": name}
                yield from self._placed(entry, rule, name, mixed, type(rule.symbols[part]))
        if label := LABELS.get(name):
            yield self._label(label, name)

    def _placed(
        self,
        entry: dict[str, Any],
        rule: Rule,
        name: str,
        mixed: bool,
        kind: type[Symbol],
    ) -> Iterator[dict[str, Any]]:
        """Set source, filter and zooms; links are drawn from the overview at small scales."""
        tests = [map_filter(condition) for condition in rule.where]
        if mixed:
            tests.insert(0, ["==", ["geometry-type"], _GEOMETRY[kind]])
        entry |= {"source": name, "source-layer": name}
        if tests:
            entry["filter"] = ["all", *tests]
        nearest = zoom_of_scale(rule.farthest, self._latitude) if rule.farthest else 0.0
        closest = zoom_of_scale(rule.closest, self._latitude) if rule.closest else _CLOSEST_ZOOM
        if name == "railway_link" and nearest < OVERVIEW_ZOOM:
            overview = {"id": f"{entry['id']}-overview", "source": "overview"}
            zooms = {"minzoom": nearest, "maxzoom": min(closest, float(OVERVIEW_ZOOM))}
            yield entry | overview | {"source-layer": "overview"} | zooms
            nearest = float(OVERVIEW_ZOOM)
        if nearest < closest:
            yield entry | {"minzoom": round(nearest, 3), "maxzoom": round(closest, 3)}

    def _layers(self, symbol: Symbol, key: str) -> list[dict[str, Any]]:
        if isinstance(symbol, Line):
            return [self._line(symbol, key)]
        if isinstance(symbol, Marker):
            return [self._marker(symbol, key)]
        return self._fill(symbol, key)

    def _line(self, line: Line, key: str) -> dict[str, Any]:
        width = line.width * PIXELS_PER_MM
        paint: dict[str, Any] = {"line-color": line.color, "line-width": _px(width)}
        if line.dash:
            paint["line-dasharray"] = [_px(length / line.width) for length in line.dash]
        if line.gauge_offset:
            paint["line-offset"] = self._gauges(line.gauge_offset)
        if line.fade:
            paint["line-opacity"] = _opacity(line.fade)
        layout = {"line-join": "round", "line-cap": "butt" if line.dash else "round"}
        return {"id": key, "type": "line", "layout": layout, "paint": paint}

    def _gauges(self, gauges: float) -> list[Any]:
        """Return an offset in gauges, which scales with the zoom; positive is to the right."""
        gauge = ["coalesce", ["get", "gauge"], DEFAULT_GAUGE_MM]
        stops: list[Any] = []
        for zoom in (0, _CLOSEST_ZOOM):
            pixels = -gauges / 1000 / metres_per_pixel(zoom, self._latitude)
            stops += [zoom, ["*", pixels, gauge]]
        return ["interpolate", ["exponential", 2], ["zoom"], *stops]

    def _marker(self, marker: Marker, key: str) -> dict[str, Any]:
        icon = f"marker-{len(self.icons)}"
        self.icons[icon] = marker_svg(marker)
        layout: dict[str, Any] = {
            "icon-image": icon,
            "icon-allow-overlap": True,
            "icon-ignore-placement": True,
        }
        if marker.heading:
            layout["icon-rotate"] = ["coalesce", ["get", marker.heading], 0]
            layout["icon-rotation-alignment"] = "map"
        paint = {"icon-opacity": _opacity(marker.fade)} if marker.fade else {}
        return {"id": key, "type": "symbol", "layout": layout, "paint": paint}

    def _fill(self, fill: Fill, key: str) -> list[dict[str, Any]]:
        layers: list[dict[str, Any]] = []
        if fill.fill:
            paint: dict[str, Any] = {"fill-color": fill.fill, "fill-opacity": fill.opacity}
            layers.append({"id": f"{key}-fill", "type": "fill", "paint": paint})
        if fill.hatch:
            icon = f"hatch-{fill.hatch[1:]}"
            self.icons[icon] = hatch_svg(fill.hatch)
            layers.append({"id": f"{key}-hatch", "type": "fill", "paint": {"fill-pattern": icon}})
        outline = Line(fill.outline, fill.outline_width, fill.dash)
        layers.append(self._line(outline, f"{key}-outline"))
        return layers

    def _label(self, label: Label, name: str) -> dict[str, Any]:
        """Return text as an icon (``text:COLOUR:TEXT``) that the page draws, without font files."""
        number: list[Any] = [
            "number-format",
            ["get", label.column],
            {
                "locale": "en",
                "min-fraction-digits": label.decimals,
                "max-fraction-digits": label.decimals,
            },
        ]
        return {
            "id": f"{name}-label",
            "type": "symbol",
            "source": name,
            "source-layer": name,
            "minzoom": round(zoom_of_scale(label.farthest, self._latitude), 3),
            "filter": [
                "any",
                *(["has", one] for one in (label.column, label.text, *label.names) if one),
            ],
            "metadata": {"railmap:layer": name},
            "layout": {
                "icon-image": ["concat", f"text:{label.color}:", *_words(label, number)],
                "icon-anchor": "left",
                "icon-offset": [12, -12],
                "icon-allow-overlap": False,
            },
        }


def _words(label: Label, number: list[Any]) -> list[Any]:
    """Return the parts of a label; tiles have no NULL values."""
    parts: list[Any] = []
    if label.names:
        own = [["concat", ["get", name], " "] for name in label.names]
        cases = zip([["has", name] for name in label.names], own, strict=True)
        parts.append(["case", *(part for case in cases for part in case), ""])
    measure: list[Any] = ["case", ["has", label.column], ["concat", label.prefix, number], ""]
    if label.text:
        doubt = ["case", ["<", ["coalesce", ["get", label.probability], 1], 0.5], "?", ""]
        known = ["concat", ["get", label.text], doubt]
        measure = ["case", ["has", label.text], known, *measure[1:]]
    parts.append(measure)
    if label.after:
        parts.append(["case", ["has", label.after], ["concat", " ", ["get", label.after]], ""])
    return parts


def map_filter(condition: Condition) -> list[Any]:
    """Return a condition as a MapLibre expression; tiles have no NULL values."""
    if not condition.values:
        has: list[Any] = ["has", condition.column]
        return has if condition.negate else ["!", has]
    values: list[Any] = list(condition.values)
    # Tiles may store booleans as numbers.
    values += [int(value) for value in condition.values if isinstance(value, bool)]
    test = ["in", ["get", condition.column], ["literal", values]]
    return ["!", test] if condition.negate else test


def _opacity(fade: Fade) -> list[Any]:
    value = ["coalesce", ["get", fade.column], fade.high]
    return ["interpolate", ["linear"], value, fade.low, fade.lightest, fade.high, 1]


def _px(value: float) -> float:
    return round(value, 4)
