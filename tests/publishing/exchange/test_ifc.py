"""IFC read again by ifcopenshell: valid, in its place, and the same curves as the map's."""

from __future__ import annotations

import math
import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from railmap.mapping import read_map
from railmap.mapping.store.editing import edit_map
from railmap.progress import NullReporter
from railmap.publishing import export_map
from railmap.publishing.exchange.alignment.alignments import alignments_of
from railmap.publishing.exchange.alignment.true_curves import true_curves
from tests.helpers import published

ifcopenshell = pytest.importorskip("ifcopenshell")

# Of link 3: a left curve with transitions, then through the straight into a right curve.
SEGMENTS = [
    ("LINE", 0.0, 5.0, None, None),
    ("CLOTHOID", 5.0, 12.0, None, 300.0),
    ("CIRCULARARC", 17.0, 15.0, 300.0, 300.0),
    ("CLOTHOID", 32.0, 20.0, 300.0, -190.0),
    ("CLOTHOID", 52.0, 10.0, -190.0, -500.0),
]


@pytest.fixture(scope="module")
def curved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = published.make_map(tmp_path_factory.mktemp("ifc") / "Gleise.gpkg")
    with edit_map(path) as sql:
        (link,) = sql.execute("SELECT link_id FROM railway_link WHERE fid = 3").fetchone()
        sql.executemany(
            "INSERT INTO alignment_segment (link_id, seq, type, m_from, length_m, start_radius_m,"
            " end_radius_m) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(link, seq, *row) for seq, row in enumerate(SEGMENTS)],
        )
    return path


@pytest.fixture(scope="module")
def model(curved: Path) -> Any:
    out = curved.with_suffix(".ifc")
    assert export_map(curved, out) == "8 alignments"
    return ifcopenshell.open(out)


def curve_of(alignment: Any) -> Any:
    (whole,) = alignment.Representation.Representations[0].Items
    return whole


def evaluated(curve: Any, steps: int = 400) -> np.ndarray:
    """``(n, 2)`` of a curve as ifcopenshell's geometry engine has it."""
    import ifcopenshell.geom
    from ifcopenshell import ifcopenshell_wrapper as wrapper

    settings = ifcopenshell.geom.settings()
    function = wrapper.map_shape(settings, curve)
    evaluator = wrapper.function_item_evaluator(settings, function)
    at = np.linspace(function.start(), function.end(), steps)
    return np.array([np.array(evaluator.evaluate(float(u)))[:2, 3] for u in at])


def origin(model: Any) -> np.ndarray:
    (conversion,) = model.by_type("IfcMapConversion")
    assert (conversion.XAxisAbscissa, conversion.XAxisOrdinate, conversion.Scale) == (1, 0, 1)
    return np.array([conversion.Eastings, conversion.Northings])


def test_it_is_valid(curved: Path, model: Any) -> None:
    from ifcopenshell import validate

    log = validate.json_logger()
    validate.validate(model, log)
    assert log.statements == []


@pytest.mark.slow
def test_the_rules_of_the_schema_hold(curved: Path, model: Any) -> None:
    from ifcopenshell import validate

    log = validate.json_logger()
    validate.validate(model, log, express_rules=True)
    assert log.statements == []


def test_curves_are_ours_to_a_millimetre(curved: Path, model: Any) -> None:
    ours = alignments_of(read_map(curved))
    theirs = model.by_type("IfcAlignment")
    assert [one.Name for one in theirs] == [one.name for one in ours]
    for one, alignment in zip(theirs, ours, strict=True):
        curves = [curve for element in alignment.elements for curve in true_curves(element)]
        line = shapely.linestrings(np.vstack([curve.drawn(1e-5) for curve in curves]))
        xy = evaluated(curve_of(one)) + origin(model)
        assert shapely.distance(shapely.points(xy), line).max() < 1e-3
        assert np.hypot(*(xy[0] - alignment.elements[0].xys[0, :2])) < 1e-3
        assert np.hypot(*(xy[-1] - alignment.elements[-1].xys[-1, :2])) < 1e-3


def test_segments_are_straights_arcs_and_clothoids(model: Any) -> None:
    line = model.by_type("IfcAlignment")[0]
    assert line.Name == "6185 Köln–Öst"
    parts = layout_of(line)
    assert [part.PredefinedType for part in parts][:4] == [
        "LINE",
        "CLOTHOID",
        "CIRCULARARC",
        "LINE",
    ]
    assert parts[2].StartRadiusOfCurvature == parts[1].EndRadiusOfCurvature == -400.0
    link = next(one for one in model.by_type("IfcAlignment") if one.Name == "link 3")
    kinds = [part.PredefinedType for part in layout_of(link)]
    # The clothoid through the straight is cut there; the last segment has no length.
    assert kinds == ["LINE", "CLOTHOID", "CIRCULARARC", *["CLOTHOID"] * 3, "LINE"]
    assert layout_of(link)[-1].SegmentLength == 0.0


def test_the_layout_is_its_geometry(model: Any) -> None:
    """Each segment, integrated from its design parameters, ends where the next one starts."""
    for alignment in model.by_type("IfcAlignment"):
        parts = layout_of(alignment)
        pieces = curve_of(alignment).Segments
        assert len(parts) == len(pieces)
        for part, following in pairwise(parts):
            end = np.array(part.StartPoint.Coordinates) + integrated(part)
            assert np.hypot(*(end - following.StartPoint.Coordinates)) < 1e-3


def layout_of(alignment: Any) -> list[Any]:
    nests = [nest.RelatedObjects for nest in alignment.IsNestedBy]
    (layout,) = next(nest for nest in nests if nest[0].is_a("IfcAlignmentHorizontal"))
    return [one.DesignParameters for one in layout.IsNestedBy[0].RelatedObjects]


def integrated(part: Any) -> np.ndarray:
    """The way along a segment by small steps."""
    radii = (part.StartRadiusOfCurvature, part.EndRadiusOfCurvature)
    k0, k1 = (1 / radius if radius else 0.0 for radius in radii)
    length = part.SegmentLength
    s = (np.arange(20_000) + 0.5) / 20_000 * length
    heading = part.StartDirection + k0 * s + (k1 - k0) * s * s / (2 * length or 1)
    return np.array([np.cos(heading).mean(), np.sin(heading).mean()]) * length


def test_posts_are_referents(model: Any) -> None:
    from ifcopenshell.util import element

    line = model.by_type("IfcAlignment")[0]
    nests = [nest.RelatedObjects for nest in line.IsNestedBy]
    start, post = next(nest for nest in nests if nest[0].is_a("IfcReferent"))
    assert (start.PredefinedType, post.PredefinedType) == ("STATION", "KILOPOINT")
    assert element.get_psets(start)["Pset_Stationing"]["Station"] == published.M0
    assert post.Name == "km 12,4"
    assert element.get_psets(post)["Pset_Stationing"]["Station"] == 12_400.0
    place = post.ObjectPlacement.RelativePlacement.Location
    assert place.DistanceAlong.wrappedValue == pytest.approx(100.0, abs=0.01)
    assert place.BasisCurve == curve_of(line)


def test_crs_railway_and_origin(curved: Path, model: Any) -> None:
    from ifcopenshell.util import element

    (crs,) = model.by_type("IfcProjectedCRS")
    assert (crs.Name, crs.MapUnit.Name) == ("EPSG:25832", "METRE")
    (project,) = model.by_type("IfcProject")
    assert "ortho.tif" in element.get_psets(project)["Railmap_Origin"]["Origin3"]
    assert any("ortho.tif" in text for text in model.header.file_description.description)
    (railway,) = model.by_type("IfcRailway")
    track, turnouts = element.get_parts(railway)
    assert (track.PredefinedType, turnouts.PredefinedType) == ("PLAINTRACK", "TURNOUTTRACK")
    assert set(track.ReferencesElements[0].RelatedElements) == set(model.by_type("IfcAlignment"))
    switches = [one for one in element.get_contained(turnouts) if one.ObjectType == "switch"]
    found = [element.get_psets(one)["Railmap_Turnout"] for one in switches]
    assert {(one["Side"], one["CrossingNumber"]) for one in found} == {("right", 9), ("left", 12)}
    node = read_map(curved).nodes.set_index("node_id").loc[found[0]["NodeId"]]
    place = switches[0].ObjectPlacement.RelativePlacement.Location.Coordinates
    assert np.allclose(place[:2] + origin(model), [node.geom.x, node.geom.y], atol=1e-6)


def test_posts_that_run_backwards_are_told(curved: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(curved, tmp_path / "m.gpkg"))
    with edit_map(path) as sql:
        row = sql.execute("SELECT line_id, geom FROM milestone").fetchone()
        xy = shapely.get_coordinates(read_map(path).links.geometry.iloc[1])[20]
        sql.execute(
            "INSERT INTO milestone (line_id, geom, position_km, position_text) VALUES (?, ?, ?, ?)",
            (row[0], published.blob(shapely.Point(xy))[0], 12.3, "12,3"),
        )
    reporter = NullReporter()
    export_map(path, tmp_path / "x.ifc", reporter=reporter)
    (said,) = reporter.warnings
    assert "posts that run backwards are left out: 12,3" in said
    assert len(ifcopenshell.open(tmp_path / "x.ifc").by_type("IfcReferent")) == 8 + 1


def test_kinks_are_small_where_the_alignment_is_the_line(model: Any) -> None:
    """The straights of a bent line keep its angles."""
    parts = layout_of(model.by_type("IfcAlignment")[-1])
    turns = np.diff([part.StartDirection for part in parts[:-1]])
    assert np.abs([math.remainder(turn, math.tau) for turn in turns]).max() < 0.03
