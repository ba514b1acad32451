"""Engineering formats of maps with loops, short links and no accuracy."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from railmap.errors import MissingExtraError
from railmap.geometry.types import AlignmentSegment, Link, Node, TrackNetwork
from railmap.mapping import write_map
from railmap.progress import NullReporter
from railmap.publishing import export_map
from tests.helpers import networks

NEEDED = {".dxf": "ezdxf", ".ifc": "ifcopenshell", ".ttl": "rdflib"}


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """A loop with an arc of a whole turn, three vertices, and an alignment that does not fit."""
    x, y = networks.X0, networks.Y0
    turn = np.linspace(0, 2 * np.pi, 73)
    loop = np.column_stack([x + 200 * np.cos(turn), y + 200 * np.sin(turn)])
    loop[-1] = loop[0]
    bend = np.array([loop[0], [x + 260, y + 1], [x + 320, y]])
    wrong = np.array([bend[-1], [x + 420, y]])
    nodes = [
        Node(*map(float, place), kind, None, degree)
        for place, kind, degree in (
            (loop[0], "junction", 3), (bend[-1], "pseudoNode", 2), (wrong[-1], "railwayEnd", 1),
        )
    ]  # fmt: skip
    links = [
        Link(loop, 0, 0, "skeleton"),
        Link(bend, 0, 1, "skeleton"),
        Link(wrong, 1, 2, "edited"),
    ]
    links[0].alignment = [AlignmentSegment("CIRCULARARC", 0.0, 1256.0, 200.0, 200.0, 0.1)]
    links[2].alignment = [AlignmentSegment("CLOTHOID", 0.0, 100.0, 3.0, 1.0, 9.0)]
    for link in links:
        link.h_accuracy_m = link.confidence = None
    path = tmp_path / "odd.gpkg"
    network = TrackNetwork(nodes, links, [])
    write_map(path, network, networks.CRS, images=[], run=networks.run_record())
    return path


@pytest.mark.parametrize("suffix", list(NEEDED))
def test_odd_maps_are_written(odd: Path, tmp_path: Path, suffix: str) -> None:
    pytest.importorskip(NEEDED[suffix])
    reporter = NullReporter()
    assert export_map(odd, tmp_path / f"x{suffix}", reporter=reporter).startswith("3 ")
    assert len(reporter.warnings) == (suffix == ".ttl")


@pytest.mark.parametrize(
    ("suffix", "extra"), [(".dxf", "export"), (".ifc", "ifc"), (".ttl", "rinf")]
)
def test_a_missing_extra_is_named(
    odd: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, NEEDED[suffix], None)
    with pytest.raises(MissingExtraError, match=f"the extra '{extra}' is not installed"):
        export_map(odd, tmp_path / f"x{suffix}")
    assert not (tmp_path / f"x{suffix}").exists()


def test_a_loop_closes(odd: Path, tmp_path: Path) -> None:
    ifcopenshell = pytest.importorskip("ifcopenshell")
    from ifcopenshell import validate

    export_map(odd, tmp_path / "x.ifc")
    model = ifcopenshell.open(tmp_path / "x.ifc")
    log = validate.json_logger()
    validate.validate(model, log)
    assert log.statements == []
    loop = model.by_type("IfcAlignment")[0]
    nests = [nest.RelatedObjects for nest in loop.IsNestedBy]
    (layout,) = next(nest for nest in nests if nest[0].is_a("IfcAlignmentHorizontal"))
    parts = [one.DesignParameters for one in layout.IsNestedBy[0].RelatedObjects]
    assert {part.PredefinedType for part in parts[:-1]} == {"CIRCULARARC"}
    first, last = (np.array(part.StartPoint.Coordinates) for part in (parts[0], parts[-1]))
    assert np.allclose(first, last, atol=1e-6)
    assert sum(part.SegmentLength for part in parts) == pytest.approx(2 * np.pi * 200, abs=0.2)
