"""Style rules of the map, independent of the style language.

At small scales, tracks are drawn as the black and white line of printed maps; at medium scales, as
a dark line with a light halo; at large scales, as both rails at their gauge, to compare with the
image. Dashed means interpolated, faint means uncertain.
"""

from __future__ import annotations

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

__all__ = [
    "CENTRE",
    "CROSSING",
    "EVENT",
    "GUESS",
    "INK",
    "LABELS",
    "PAPER",
    "QUIET",
    "SERVICE_INK",
    "SEVERITY",
    "STOP",
    "STYLES",
    "SWITCH",
    "event_rules",
]

_FAR = 10_000
_NEAR = 2_000
_DETAIL = 25_000

INK = "#1d1d1f"
PAPER = "#ffffff"
CENTRE = "#d7263d"
SERVICE_INK = "#5b4636"
GUESS = "#e07a1f"
SWITCH = "#0057b8"
CROSSING = "#6a1b9a"
STOP = "#c62828"
QUIET = "#7d8590"
EVENT = "#00838f"
SEVERITY = (("info", "#1e88e5"), ("warning", "#fb8c00"), ("error", "#d50000"))

_SURE = Fade("confidence", low=0.4, high=0.85, lightest=0.35)
_BRIDGED = Condition("geometry_source", ("interpolated",))
_SEEN = Condition("geometry_source", ("interpolated",), negate=True)
_SERVICE = Condition("service")


def _link_rules() -> tuple[Rule, ...]:
    rules = []
    for name, where, ink, scale in (
        ("Track", _SERVICE, INK, 1.0),
        ("Siding, yard, spur", Condition("service", negate=True), SERVICE_INK, 0.7),
    ):
        for source, seen, dash in (("", _SEEN, ()), (", interpolated", _BRIDGED, (2.0, 1.6))):
            label = name + source
            guess = ink if not dash else GUESS
            centre = CENTRE if not dash else GUESS
            far = (
                Line(guess, 1.1 * scale, dash, level=1, fade=_SURE),
                Line(PAPER, 0.65 * scale, (2.8, 2.8), level=2, fade=_SURE),
            )
            middle = (
                Line(PAPER, 1.1 * scale, level=0),
                Line(guess, 0.55 * scale, dash, level=1, fade=_SURE),
            )
            halo = tuple(Line(PAPER, 0.8 * scale, (), side, level=0) for side in (0.5, -0.5))
            rails = tuple(
                Line(guess, 0.4 * scale, dash, side, level=1, fade=_SURE) for side in (0.5, -0.5)
            )
            near = (*halo, *rails, Line(centre, 0.3, dash, level=2, fade=_SURE))
            rules += [
                Rule(f"{label} (overview)", far if not dash else far[:1], (where, seen), _FAR, 0),
                Rule(label, middle, (where, seen), _NEAR, _FAR),
                Rule(f"{label} (rails)", near, (where, seen), 0, _NEAR),
            ]
    return tuple(rules)


def _node_rules() -> tuple[Rule, ...]:
    def kind(value: str) -> Condition:
        return Condition("railway", (value,))

    no_kind = Condition("railway")
    edge = Condition("at_dataset_edge", (True,))
    inside = Condition("at_dataset_edge", (True,), negate=True)

    def switch(label: str, shape: Shape, side: Condition) -> Rule:
        marker = Marker(shape, 4.8, SWITCH, heading="heading_deg", fade=_SURE)
        return Rule(label, (marker,), (kind("switch"), side), 0, _FAR)

    return (
        switch("Switch, left", "left_half", Condition("turnout_side", ("left",))),
        switch("Switch, right", "right_half", Condition("turnout_side", ("right",))),
        switch("Switch", "triangle", Condition("turnout_side")),
        Rule(
            "Crossing",
            (Marker("diamond", 3.2, CROSSING, fade=_SURE),),
            (kind("railway_crossing"),),
            0,
            _FAR,
        ),
        Rule(
            "Level crossing",
            (
                Marker("circle", 4.0, PAPER, outline=INK),
                Marker("cross", 2.2, INK, outline=INK, outline_width=0.6),
            ),
            (kind("level_crossing"),),
            0,
            _FAR,
        ),
        Rule("Buffer stop", (Marker("square", 2.4, STOP),), (kind("buffer_stop"),), 0, _FAR),
        Rule(
            "End of the image",
            (Marker("circle", 1.2, QUIET, outline_width=0.2),),
            (no_kind, edge),
            0,
            _FAR,
        ),
        Rule(
            "Open end",
            (Marker("circle", 2.0, PAPER, outline=GUESS, outline_width=0.5),),
            (no_kind, inside, Condition("form_of_node", ("railwayEnd",))),
            0,
            _FAR,
        ),
        Rule(
            "Other node",
            (Marker("circle", 1.4, PAPER, outline=INK, outline_width=0.3),),
            (no_kind, inside, Condition("form_of_node", ("railwayEnd",), negate=True)),
            0,
            _NEAR,
        ),
    )


def _issue_rules() -> tuple[Rule, ...]:
    rules = []
    for severity, color in SEVERITY:
        where = (
            Condition("severity", (severity,)),
            Condition("status", ("open",)),
        )
        symbols: tuple[Symbol, ...] = (
            Marker("triangle", 4.0, color),
            Line(color, 1.4, (1.0, 1.0)),
            Fill(color, 0.5, hatch=color),
        )
        rules += [Rule(severity.capitalize(), (symbol,), where) for symbol in symbols]
    return tuple(rules)


def _segment_rule(label: str, kind: str, color: str) -> Rule:
    line = Line(color, 0.9)
    return Rule(label, (line,), (Condition("type", (kind,)),), 0, _DETAIL)


def _height_rules() -> tuple[Rule, ...]:
    def rule(label: str, color: str, *kinds: str) -> Rule:
        where = (Condition("source", kinds),)
        return Rule(label, (Marker("circle", 1.2, color),), where, 0, _NEAR)

    return (
        rule("Height, measured", "#558b2f", "measured"),
        rule("Height, bridged", GUESS, "bridge", "tunnel", "void", "jump"),
        rule("Height unknown", QUIET, "unknown"),
    )


def _defect_rules(point: bool) -> tuple[Rule, ...]:
    def rule(label: str, color: str, *where: Condition, size: float = 2.8) -> Rule:
        symbol: Symbol = (
            Marker("circle", size, color) if point else Fill(color, fill=color, opacity=0.4)
        )
        return Rule(label, (symbol,), where, 0, _DETAIL)

    gone = Condition("status", ("repaired",))
    there = Condition("status", ("repaired",), negate=True)
    known = Condition("severity", negate=True)
    (_, note), (_, middle), (_, worst) = SEVERITY
    return (
        rule("Repaired", QUIET, gone, size=2.2),
        rule("Defect, severity 1", note, there, Condition("severity", (1,)), size=2.4),
        rule("Defect, severity 2", middle, there, Condition("severity", (2,))),
        rule("Defect, severity 3 or more", worst, there, known,
             Condition("severity", (1, 2), negate=True), size=3.4),
        rule("Defect, severity unknown", STOP, there, Condition("severity")),
    )  # fmt: skip


def event_rules(geometry: str) -> tuple[Rule, ...]:
    """Return the rules of a layer of events that is not in the schema.

    Parameters
    ----------
    geometry
        GeoPackage geometry type; ``GEOMETRY`` means any.
    """

    def symbols(color: str) -> dict[str, Symbol]:
        return {
            "POINT": Marker("circle", 2.6, color),
            "LINESTRING": Line(color, 1.2),
            "POLYGON": Fill(color, fill=color, opacity=0.4),
        }

    kind = geometry.removeprefix("MULTI")
    clear = Condition("match_ambiguous", (True,), negate=True)
    return tuple(
        Rule(label, (symbol,), where, 0, _DETAIL)
        for label, color, where in (
            ("On a track", EVENT, (Condition("link_id", negate=True), clear)),
            ("Track uncertain", GUESS, (Condition("match_ambiguous", (True,)),)),
            ("On no track", QUIET, (Condition("link_id"),)),
        )
        for name, symbol in symbols(color).items()
        if kind in (name, "GEOMETRY")
    )


STYLES: dict[str, tuple[Rule, ...]] = {
    "railway_link": _link_rules(),
    "railway_node": _node_rules(),
    "railway_line": (Rule("Line", (Line("#00796b", 1.6, fade=None),)),),
    "milestone": (Rule("Kilometre post", (Marker("square", 2.2, PAPER, INK),), (), 0, _DETAIL),),
    "alignment_segment": (
        _segment_rule("Straight", "LINE", "#2e7d32"),
        _segment_rule("Arc", "CIRCULARARC", STOP),
        _segment_rule("Transition curve", "CLOTHOID", "#1565c0"),
    ),
    "vertical_segment": (
        _segment_rule("Constant gradient", "CONSTANTGRADIENT", "#558b2f"),
        _segment_rule("Parabola", "PARABOLICARC", "#ad1457"),
    ),
    "track_height": _height_rules(),
    "track_area": (Rule("Track surface", (Fill(SERVICE_INK, hatch=SERVICE_INK),)),),
    "defect": _defect_rules(point=True),
    "defect_area": _defect_rules(point=False),
    "scene_event": (
        Rule("Scene", (Marker("circle", 2.4, EVENT),), (), 0, _DETAIL),
        Rule("Scene", (Line(EVENT, 1.2),), (), 0, _DETAIL),
    ),
    "qa_issue": _issue_rules(),
    "source_image": (Rule("Image", (Fill(QUIET, 0.4, dash=(3.0, 2.0)),)),),
}

LABELS: dict[str, Label] = {
    "railway_node": Label(
        "1:",
        "crossing_number",
        _NEAR,
        SWITCH,
        decimals=1,
        text="turnout_type",
        probability="turnout_type_probability",
        after="turnout_side",
        names=("ref", "number", "name"),
    ),
    "milestone": Label("km ", "position_km", _FAR, decimals=1),
}
