from __future__ import annotations

import pytest

from railmap.mapping.schema import DOMAINS, LAYERS, layer
from railmap.mapping.schema.document import schema_markdown

# Layers and columns of the design, repeated on purpose.
DESIGN = {
    "railway_link": "link_id start_node end_node railway usage service name ref track_ref gauge"
    " gauge_source gauge_measured_mm gauge_sigma_mm width_m length_m min_radius_m electrified"
    " bridge tunnel layer geometry_source interpolated_m h_accuracy_m confidence acquired_at"
    " run_id",
    "railway_node": "node_id form_of_node railway turnout_side crossing_number angle_deg"
    " angle_sigma_deg degree at_dataset_edge h_accuracy_m confidence reviewed",
    "net_relation": "relation_id node_id link_a end_a link_b end_b navigability",
    "railway_line": "line_id ref name calibration m_min m_max",
    "railway_line_link": "seq link_id reversed m_from m_to",
    "milestone": "line_id position_km position_text m residual_m source",
    "alignment_segment": "link_id seq type m_from length_m start_radius_m end_radius_m rmse_m",
    "track_area": "class area_m2 mean_probability",
    "defect": "defect_id class severity confidence link_id link_m line_id line_m offset_m side"
    " length_m area_mm2 match_distance_m match_ambiguous status first_seen last_seen image_id",
    "scene_event": "event_id link_id m_from m_to scene_class probability top3 model_version"
    " image_id",
    "qa_issue": "rule severity message object_id status",
    "source_image": "image_id uri gsd_m crs acquired_at",
    "processing_run": "run_id version command parameters model model_sha256 started_at seconds",
}


@pytest.mark.parametrize("name", DESIGN)
def test_layer_has_the_columns_of_the_design(name: str) -> None:
    columns = [column.name for column in layer(name).columns]
    assert [column for column in DESIGN[name].split() if column not in columns] == []
    assert len(set(columns)) == len(columns)


def test_defect_area_is_a_defect_with_an_outline() -> None:
    assert layer("defect_area").columns == layer("defect").columns
    assert (layer("defect").geometry, layer("defect_area").geometry) == ("POINT", "POLYGON")


def test_domains_are_used_and_defined() -> None:
    used = {column.domain for entry in LAYERS for column in entry.columns if column.domain}
    assert used == set(DOMAINS)
    for domain in DOMAINS.values():
        values = [value for value, _ in domain.values]
        assert len(set(values)) == len(values)
        assert bool(values) != (domain.minimum is not None)
        assert domain.name == domain.name.lower()


def test_columns_with_a_unit_in_their_name_have_that_unit() -> None:
    units = {"_m": "m", "_m2": "m²", "_mm2": "mm²", "_mm": "mm", "_deg": "°", "_km": "km"}
    for entry in LAYERS:
        for column in entry.columns:
            for suffix, unit in units.items():
                if column.name.endswith(suffix):
                    assert column.unit.split(",")[0] == unit, (entry.name, column.name)


def test_markdown_names_every_column_and_value() -> None:
    text = schema_markdown()
    for entry in LAYERS:
        section = text.split(f"## {entry.name} ")[1].split("\n## ")[0]
        for column in entry.columns:
            assert f"| {column.name} | {column.type} |" in section
    for domain in DOMAINS.values():
        assert all(f"`{value}`" in text for value, _ in domain.values)


def test_unknown_layer_and_column() -> None:
    with pytest.raises(KeyError):
        layer("roads")
    with pytest.raises(KeyError, match="colour"):
        layer("railway_link").column("colour")
