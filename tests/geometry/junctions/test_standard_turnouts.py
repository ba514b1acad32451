"""Standard turnouts are named with a probability, or not at all."""

from __future__ import annotations

from math import atan, radians

import pytest

from railmap.geometry.junctions.standard_turnouts import most_probable_type, turnout_table


def named(number: float, radius: float, share: float = 0.08, table: str = "uic") -> str | None:
    angle = atan(1 / number)
    found = most_probable_type(angle, share * angle, radius, table)  # type: ignore[arg-type]
    return found[0] if found else None


@pytest.mark.parametrize(
    ("number", "radius", "name"),
    [
        (9.0, 190.0, "190-1:9"),
        (9.0, 300.0, "300-1:9"),
        (8.7, 170.0, "190-1:9"),
        (9.4, 293.0, "300-1:9"),
        (12.3, 480.0, "500-1:12"),
        (14.4, 757.0, "760-1:14"),
        (18.2, 1250.0, "1200-1:18.5"),
    ],
)
def test_near_to_a_standard_turnout(number: float, radius: float, name: str) -> None:
    assert named(number, radius) == name


def test_american_turnouts_go_by_number() -> None:
    assert named(9.95, 236.0, 0.05, "arema") == "#10"
    assert named(20.1, 1010.0, 0.05, "arema") == "#20"
    assert turnout_table(-95.4, 29.8) == "arema"
    assert turnout_table(-46.6, -23.5) == turnout_table(139.7, 35.7) == "uic"


@pytest.mark.parametrize(("number", "radius"), [(4.5, 50.0), (2.0, 20.0), (9.0, 60.0), (33.0, 4e3)])
def test_unusual_turnouts_have_no_type(number: float, radius: float) -> None:
    assert named(number, radius) is None


def test_an_angle_that_is_not_known_has_no_type() -> None:
    assert named(9.0, 190.0, share=1.0) is None
    assert named(9.0, 238.0, share=0.15) is None


def test_the_probability_grows_with_the_accuracy() -> None:
    angle = radians(6.34)
    rough, fine = (most_probable_type(angle, share * angle, 300.0, "uic") for share in (0.12, 0.06))
    assert rough is not None
    assert fine is not None
    assert rough[0] == fine[0] == "300-1:9"
    assert 0.5 <= rough[1] < fine[1] < 1.0
