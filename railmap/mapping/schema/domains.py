"""Permitted values of the columns."""

from __future__ import annotations

from railmap.mapping.schema.entries import Domain

__all__ = ["DOMAINS"]


def _enum(name: str, **values: str) -> Domain:
    return Domain(name, tuple(values.items()))


_DOMAIN_LIST = (
    _enum(
        "railway_link_railway",
        rail="full-size railway",
        narrow_gauge="gauge narrower than the standard gauge of the country",
        light_rail="light rail",
        tram="tramway",
        subway="metro",
        monorail="monorail",
        construction="under construction",
        disused="rails present, no traffic",
        abandoned="rails removed",
    ),
    _enum(
        "railway_link_usage",
        main="main line",
        branch="branch line",
        industrial="industrial line",
        military="military line",
        tourism="heritage or tourist line",
        scientific="research line",
        test="test line",
    ),
    _enum(
        "railway_link_service",
        siding="siding or passing loop",
        yard="yard track",
        spur="spur to a customer",
        crossover="link between two parallel tracks",
    ),
    _enum(
        "gauge_source",
        default="default value, not measured",
        tag="taken from another map",
        measured="measured in the image",
    ),
    _enum(
        "electrified",
        contact_line="overhead line",
        rail="third rail",
        **{"4th_rail": "fourth rail"},
        yes="electrified, kind unknown",
        no="not electrified",
    ),
    _enum(
        "geometry_source",
        skeleton="skeleton of the track mask",
        edge_midpoint="sub-pixel profile of the track probability",
        rail_pair="both rails seen in the image",
        interpolated="interpolated where the track is hidden",
        edited="drawn or edited by a person",
    ),
    _enum(
        "form_of_node",
        junction="three or more link ends meet",
        levelCrossing="a road crosses at grade",
        pseudoNode="two link ends meet, or the image ends here",
        railwayEnd="a link ends",
        railwayStop="stopping place of trains",
    ),
    _enum(
        "railway_node_railway",
        switch="switch (turnout)",
        railway_crossing="tracks cross at grade (diamond crossing or slip)",
        buffer_stop="buffer stop",
        level_crossing="level crossing with a road",
    ),
    _enum(
        "turnout_side",
        left="diverges to the left, seen from the toe",
        right="diverges to the right, seen from the toe",
    ),
    _enum(
        "navigability",
        Both="from A to B and from B to A",
        AB="from A to B only",
        BA="from B to A only",
        **{"None": "no connection"},
    ),
    _enum(
        "calibration",
        none="M in metres from the start of the line",
        posts="M from kilometre posts",
        design="M from design documents",
    ),
    _enum(
        "alignment_type",
        LINE="straight",
        CIRCULARARC="circular arc",
        CLOTHOID="transition curve (clothoid)",
    ),
    _enum(
        "vertical_type",
        CONSTANTGRADIENT="constant gradient",
        PARABOLICARC="parabola",
    ),
    _enum(
        "height_source",
        measured="elevation model",
        bridge="bridged over a bridge",
        tunnel="bridged through a tunnel",
        void="bridged where the elevation model has no data",
        jump="bridged where the elevation model is not the track's: too steep for one",
        unknown="no height: not covered, or a gap too long to bridge",
    ),
    _enum(
        "track_area_class",
        track="track surface too wide to have a centreline",
        ballast="ballast",
        platform="platform",
    ),
    _enum(
        "event_side",
        left_rail="on the left rail",
        right_rail="on the right rail",
        track="on the track, between or next to the rails",
        off="off the track",
    ),
    _enum(
        "defect_status",
        new="not found in the last survey",
        open="found before, unchanged",
        grown="found before, larger now",
        repaired="found before, no longer found",
    ),
    _enum(
        "qa_severity",
        info="for information",
        warning="probable fault, to be reviewed",
        error="invalid data, must be corrected",
    ),
    _enum(
        "qa_status",
        open="not yet reviewed",
        accepted="reviewed, no fault",
        fixed="corrected",
    ),
    Domain("fraction", minimum=0.0, maximum=1.0),
    Domain("link_end", minimum=0, maximum=1),
)

DOMAINS: dict[str, Domain] = {domain.name: domain for domain in _DOMAIN_LIST}
