"""IFC of a map with heights: vertical layouts, and the same heights as the map's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from railmap.mapping import read_map
from railmap.mapping.referencing.lines import add_line
from railmap.mapping.store.editing import edit_map
from railmap.pipeline.drape import drape_map
from railmap.publishing import export_map
from railmap.publishing.exchange.alignment.alignments import alignments_of
from railmap.publishing.exchange.alignment.true_curves import true_curves
from tests.helpers import heights, published
from tests.helpers.heights import PROFILE, X0

ifcopenshell = pytest.importorskip("ifcopenshell")


@pytest.fixture
def tracks(tmp_path: Path) -> Path:
    path = heights.write_tracks(tmp_path / "tracks.gpkg")
    nodes = read_map(path).nodes["node_id"].tolist()
    add_line(path, ref="6185", name="", start=nodes[0], end=nodes[2])
    return path


def written(path: Path, **model: Any) -> Any:
    drape_map(path, heights.write_dem(path.with_name("dem.tif"), **model))
    export_map(path, path.with_suffix(".ifc"), overwrite=True)
    return ifcopenshell.open(path.with_suffix(".ifc"))


def valid(model: Any, *, rules: bool = False) -> None:
    from ifcopenshell import validate

    log = validate.json_logger()
    validate.validate(model, log, express_rules=rules)
    assert log.statements == []


def in_space(curve: Any, steps: int = 500) -> np.ndarray:
    """``(n, 4)`` metres along, x, y, z of a curve as ifcopenshell's geometry engine has it."""
    import ifcopenshell.geom
    from ifcopenshell import ifcopenshell_wrapper as wrapper

    settings = ifcopenshell.geom.settings()
    function = wrapper.map_shape(settings, curve)
    evaluator = wrapper.function_item_evaluator(settings, function)
    at = np.linspace(function.start(), function.end(), steps)
    xyz = [np.array(evaluator.evaluate(float(u)))[:3, 3] for u in at]
    return np.column_stack([at, xyz])


def gradient_curves(model: Any) -> dict[str, Any]:
    """Return the curve in space of each alignment that has one."""
    found = {}
    for one in model.by_type("IfcAlignment"):
        for shape in one.Representation.Representations:
            if shape.RepresentationType == "Curve3D":
                (found[one.Name],) = shape.Items
    return found


def segments(alignment: Any) -> list[Any]:
    things = [thing for nest in alignment.IsNestedBy for thing in nest.RelatedObjects]
    (layout,) = [thing for thing in things if thing.is_a("IfcAlignmentVertical")]
    return [one.DesignParameters for one in layout.IsNestedBy[0].RelatedObjects]


def test_a_line_has_gradients_and_parabolas(tracks: Path) -> None:
    model = written(tracks, crs="EPSG:25832+7837")
    valid(model)
    line = next(one for one in model.by_type("IfcAlignment") if one.Name == "6185")
    parts = segments(line)
    kinds = ["CONSTANTGRADIENT", "PARABOLICARC"] * 2 + ["CONSTANTGRADIENT"] * 2
    assert [part.PredefinedType for part in parts] == kinds
    assert parts[-1].HorizontalLength == 0.0
    gradients = [1000 * parts[i].StartGradient for i in (0, 2, 4)]
    assert gradients == pytest.approx([12, -8, 17], abs=0.05)
    radii = [part.RadiusOfCurvature for part in parts if part.RadiusOfCurvature]
    assert radii == pytest.approx([-6000, 4000], rel=0.01)
    kinds = [shape.RepresentationIdentifier for shape in line.Representation.Representations]
    assert kinds == ["FootPrint", "Axis"]
    (crs,) = model.by_type("IfcProjectedCRS")
    assert crs.VerticalDatum == "EPSG:7837"
    (switch,) = [one for one in model.by_type("IfcElementAssembly") if one.ObjectType == "switch"]
    z = switch.ObjectPlacement.RelativePlacement.Location.Coordinates[2]
    assert z == pytest.approx(PROFILE.heights(np.array([heights.TOE]))[0], abs=0.005)


@pytest.mark.slow
def test_the_rules_of_the_schema_hold(tracks: Path) -> None:
    valid(written(tracks, void=(600.0, 700.0)), rules=True)


def test_heights_are_the_maps_to_a_millimetre(tracks: Path) -> None:
    model = written(tracks, noise=0.05)
    east = model.by_type("IfcMapConversion")[0].Eastings
    curves = gradient_curves(model)
    assert set(curves) == {"6185", "link 3"}
    found = in_space(curves["6185"])
    frame = read_map(tracks)["track_height"]
    main = frame[frame.geometry.y == heights.Y0].sort_values("link_m")
    x = main.geometry.x.to_numpy() - east
    order = np.argsort(x)
    # the map's heights every 5 m are on the curve; between them a parabola bends by 1 mm at most
    z = np.interp(x[order], found[:, 1], found[:, 3])
    assert np.abs(z - main["height_m"].to_numpy()[order]).max() < 1e-3
    assert X0 - east == pytest.approx(found[0, 1])


def test_elements_of_curves_stretch_their_heights(tmp_path: Path) -> None:
    """On lines with arcs and clothoids, metres along the curve are not those of the drawn line."""
    path = published.make_map(tmp_path / "m.gpkg")
    links = read_map(path).links
    with edit_map(path) as sql:
        sql.execute("DELETE FROM milestone")
    box = links.total_bounds
    import rasterio
    from rasterio.transform import from_origin

    shape = (int(box[3] - box[1]) + 200, int(box[2] - box[0]) + 200)
    z = 100 + 0.00002 * (np.arange(shape[1])[None] - 300.0) ** 2 + np.zeros(shape)
    with rasterio.open(
        tmp_path / "dem.tif", "w", driver="GTiff", width=shape[1], height=shape[0], count=1,
        dtype="float64", crs=25832, transform=from_origin(box[0] - 100, box[3] + 100, 1, 1),
    ) as dataset:  # fmt: skip
        dataset.write(z, 1)
    drape_map(path, tmp_path / "dem.tif")
    export_map(path, tmp_path / "m.ifc")
    model = ifcopenshell.open(tmp_path / "m.ifc")
    valid(model)
    curves = gradient_curves(model)
    ours = {one.name: one for one in alignments_of(read_map(path))}
    assert set(curves) == set(ours)
    for name, curve in curves.items():
        found = in_space(curve)
        one = ours[name]
        drawn = np.array([0.0, *(element.xys[-1, 2] for element in one.elements)])
        sizes = [sum(c.length for c in true_curves(element)) for element in one.elements]
        m = np.interp(found[:, 0], np.r_[0.0, np.cumsum(sizes)], drawn)
        for part in one.profile:
            on = (m >= part.first) & (m <= part.last)
            u = m[on] - part.first
            bend = (part.end_gradient - part.start_gradient) / part.length / 2
            height = part.height + part.start_gradient * u + bend * u * u
            assert np.abs(found[on, 3] - height).max(initial=0.0) < 1e-3


def test_stretches_are_alignments_of_their_own(tracks: Path) -> None:
    dem = heights.write_dem(tracks.with_name("dem.tif"), void=(600.0, 700.0))
    from railmap.geometry.vertical.options import HeightOptions

    drape_map(tracks, dem, options=HeightOptions(longest_gap_m=50.0))
    export_map(tracks, tracks.with_suffix(".ifc"))
    model = ifcopenshell.open(tracks.with_suffix(".ifc"))
    valid(model)
    line = next(one for one in model.by_type("IfcAlignment") if one.Name == "6185")
    children = [part for rel in line.IsDecomposedBy for part in rel.RelatedObjects]
    assert [one.Name for one in children] == ["6185, heights 1", "6185, heights 2"]
    first, second = (in_space(gradient_curves(model)[one.Name]) for one in children)
    assert first[-1, 0] == pytest.approx(600, abs=20)
    assert second[0, 0] == pytest.approx(700, abs=20)
    for found in (first, second):
        truth = PROFILE.heights(found[:, 0])
        assert np.abs(found[:, 3] - truth).max() < 0.005
    (shape,) = line.Representation.Representations
    assert (shape.RepresentationIdentifier, shape.RepresentationType) == ("Axis", "Curve2D")


def test_a_map_without_heights_is_plane(tracks: Path) -> None:
    export_map(tracks, tracks.with_suffix(".ifc"))
    model = ifcopenshell.open(tracks.with_suffix(".ifc"))
    assert not model.by_type("IfcAlignmentVertical")
    assert gradient_curves(model) == {}
    (crs,) = model.by_type("IfcProjectedCRS")
    assert crs.VerticalDatum is None
