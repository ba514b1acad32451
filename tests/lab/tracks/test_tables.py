"""The track paper's metrics against counted examples, and its tables."""

from __future__ import annotations

import csv
import dataclasses
from pathlib import Path

import numpy as np
import pytest

from railmap.errors import InputError, OutputError, UsageError
from railmap.evaluation.paper_metrics import (
    COLUMNS,
    clean_mask,
    paper_scores,
    prediction_times,
)
from railmap.evaluation.tables import markdown_table, write_table
from railmap.lab.tracks.data import lab_data
from railmap.lab.tracks.paper import PAPER_TABLES, PaperRow, paper_table
from railmap.lab.tracks.tables import Line, findings, spread


def mask(text: str) -> np.ndarray:
    return np.array([[c == "#" for c in row] for row in text.split()])


def target(text: str) -> np.ndarray:
    """``#`` track, ``.`` none, ``?`` not judged."""
    values = {"#": 254, ".": 0, "?": 255}
    return np.array([[values[c] for c in row] for row in text.split()], np.uint8)


# --- Equations 3 to 8


def test_the_papers_ratios_by_hand() -> None:
    found = mask("##.. ##.. .... ...#")
    true = target("#... ##.# .... ....")
    # TP 3, FP 2, FN 1, TN 10.
    scores = paper_scores([found], [true])
    assert scores.iou == pytest.approx(3 / 6)
    assert scores.miou == pytest.approx((3 / 6 + 10 / 13) / 2)
    assert scores.cpa == pytest.approx(3 / 5)
    assert scores.mpa == pytest.approx((3 / 5 + 10 / 11) / 2)
    assert scores.recall == pytest.approx(3 / 4)
    assert scores.accuracy == pytest.approx(13 / 16)
    assert scores.row() == pytest.approx(
        [50, 50 * (3 / 6 + 10 / 13), 60, 50 * (3 / 5 + 10 / 11), 75, 81.25]
    )
    assert COLUMNS == ("IoU", "MIoU", "CPA", "MPA", "Recall", "Accuracy")


def test_pictures_are_counted_together_and_unjudged_pixels_not() -> None:
    scores = paper_scores([mask("#. #."), mask("##")], [target("#? .."), target("#.")])
    # TP 2, FP 2, FN 0, TN 1.
    assert (scores.iou, scores.recall, scores.accuracy) == (0.5, 1.0, 0.6)


def test_nothing_found_has_no_precision() -> None:
    scores = paper_scores([mask("....")], [target("#...")])
    assert (scores.cpa, scores.iou, scores.recall) == (None, 0.0, 0.0)
    assert scores.row()[2] is None


def test_a_tent_is_track_from_half_height_on() -> None:
    tent = np.array([[126, 127, 254, 255]], np.uint8)
    assert paper_scores([mask(".##.")], [tent]).accuracy == 1.0


def test_sizes_and_numbers_must_fit() -> None:
    with pytest.raises(InputError, match="2 predictions for 1 targets"):
        paper_scores([mask("#"), mask("#")], [target("#")])
    with pytest.raises(InputError, match="differ in size"):
        paper_scores([mask("##")], [target("#")])


# --- Morphology


def test_opening_takes_spots_and_closing_fills_holes() -> None:
    before = mask(
        """..........
           .######.#.
           .######...
           .###.##...
           .######...
           .######...
           ..........
           ...#......"""
    )
    after = mask(
        """..........
           .######...
           .######...
           .######...
           .######...
           .######...
           ..........
           .........."""
    )
    # The opening eats a ring around a hole of its size, the closing can't give it all back; so
    # the hole goes first to show each step on its own.
    filled = before.copy()
    filled[3, 4] = True
    assert (clean_mask(filled, 3) == after).all()
    wide = np.ones((20, 20), bool)
    wide[10, 10] = False
    assert clean_mask(wide, 3).all()
    scores = paper_scores([filled], [np.where(after, 254, 0).astype(np.uint8)], kernel=3)
    assert scores.accuracy == 1.0
    assert (clean_mask(before, 1) == before).all()


def test_tracks_that_leave_the_picture_stay_whole() -> None:
    track = np.zeros((40, 40), bool)
    track[:, 10:20] = True
    assert (clean_mask(track, 5) == track).all()


def test_the_kernel_has_a_middle() -> None:
    with pytest.raises(UsageError, match="odd number of pixels, not 4"):
        clean_mask(mask("#"), 4)


# --- Prediction time


def test_times_are_the_least_of_the_turns_in_turn() -> None:
    now = 0.0
    turns: list[str] = []
    costs = {"a": iter([9.0, 3.0, 1.0, 2.0, 5.0, 5.0, 5.0]), "b": iter([9.0, 4, 6, 8, 7, 7, 7])}

    def runner(name: str):
        def predict(image: np.ndarray) -> np.ndarray:
            nonlocal now
            turns.append(name)
            now += next(costs[name])
            return image[..., 0] > 0

        return predict

    images = [np.zeros((4, 4, 3), np.uint8)] * 2
    seconds = prediction_times(
        {"a": runner("a"), "b": runner("b")}, images, rounds=3, clock=lambda: now
    )
    assert seconds == {"a": (1.0 + 5.0) / 2, "b": (4.0 + 7.0) / 2}
    assert turns == ["a", "b"] * 7
    with pytest.raises(UsageError, match="an image and a round"):
        prediction_times({}, [])


# --- The tables


def test_tables_are_written_in_both_forms(tmp_path: Path) -> None:
    stem = tmp_path / "new" / "table-0.3"
    rows = [["a|b", 12.3456, 1], ["c", None, 20]]
    write_table(stem, "Title", ["name", "x", "n"], rows, ["first", "second"])
    markdown = (tmp_path / "new" / "table-0.3.md").read_text("utf-8")
    assert markdown == (
        "# Title\n\n| name | x | n |\n| --- | ---: | ---: |\n"
        "| a\\|b | 12.35 | 1 |\n| c | – | 20 |\n\n- first\n- second\n"
    )
    with (tmp_path / "new" / "table-0.3.csv").open(newline="") as file:
        assert list(csv.reader(file)) == [
            ["name", "x", "n"],
            ["a|b", "12.3456", "1"],
            ["c", "", "20"],
        ]
    with pytest.raises(UsageError, match="a row of 1 values in a table of 2 columns"):
        markdown_table(["a", "b"], [["x"]])
    with pytest.raises((OutputError, OSError)):
        write_table(tmp_path / "new" / "table-0.3.md" / "t", "T", ["a"], [], [])


def test_the_papers_numbers_are_all_there() -> None:
    assert sorted(PAPER_TABLES) == [1, 3, 5, 6]
    assert paper_table(1).rows[-1].values == (66.21, 88.93, 76.33, 95.51, 89.02, 97.69)
    assert paper_table(5).rows[4].label == "MobileNetV3, CARAFE"
    assert (paper_table(5).rows[4].values, paper_table(5).rows[4].seconds) == ((95.07,), 58)
    for table in PAPER_TABLES.values():
        assert all(len(row.values) == (1 if table.ablation else 6) for row in table.rows)
    with pytest.raises(UsageError, match="tables with figures are 1, 3, 5, 6"):
        paper_table(2)


def test_every_network_of_the_tables_can_be_built() -> None:
    from railmap.nets import NETWORKS

    wanted = {row.network for table in PAPER_TABLES.values() for row in table.rows}
    assert wanted <= set(NETWORKS)


def test_findings_compare_equal_seeds() -> None:
    def line(network: str, clean: bool, iou: list[float], seconds: float) -> Line:
        values = np.zeros((3, 6))
        values[:, 0], values[:, 5] = iou, 90.0
        return Line(PaperRow(network, network, clean, (), 1.0), values, seconds, 1)

    v2, v3 = "deeplabv3plus-mobilenetv2", "deeplabv3plus-mobilenetv3"
    told = findings(
        [
            line(f"{v2}-bilinear", False, [50, 52, 54], 0.10),
            line(f"{v3}-bilinear", False, [51, 50, 56], 0.09),
            line(f"{v3}-carafe", False, [52, 51, 57], 0.10),
            line(f"{v3}-carafe", True, [52, 50, 55], 0.11),
        ]
    )
    assert told[0].startswith(
        "MobileNetV3 instead of MobileNetV2 (bilinear): IoU +0.33 ± 2.08 points, "
        "better in 2 of 3 seeds; Accuracy +0.00"
    )
    assert told[0].endswith("time -10 %")
    assert told[1].startswith("CARAFE instead of bilinear (MobileNetV3): IoU +1.00 ± 0.00 points")
    assert "better in 3 of 3 seeds" in told[1]
    assert told[2].startswith("morphology (MobileNetV3, carafe): IoU -1.00 ± 1.00")
    assert len(told) == 3
    assert spread(np.array([1.0, 2.0, 3.0])) == "2.00 ± 1.00"
    assert (spread(np.array([1.5])), spread(np.array([np.nan]))) == ("1.50", None)


def test_rendered_lab_data_is_apart() -> None:
    data = lab_data("road", size=32, rendered=3, tests=2)
    assert [p.shape for p in data.train] == [(48, 48)] * 3
    assert [p.shape for p in data.test] == [(64, 64)] * 2
    assert not {p.scene for p in data.train} & {p.scene for p in data.test}
    assert (data.gsd, len(data.names)) == (0.5, 1)
    with pytest.raises(UsageError, match="nothing to train on"):
        lab_data("rail", size=32, rendered=0, tests=2)


def test_lab_data_reads_deepglobes_layout_and_says_how_it_was_divided(tmp_path: Path) -> None:
    import cv2

    rng = np.random.default_rng(0)
    for number in range(10):
        image = rng.integers(0, 255, (64, 64, 3), np.uint8)
        mask = np.zeros((64, 64, 3), np.uint8)
        mask[20:30] = 255
        cv2.imwrite(str(tmp_path / f"{number}_sat.jpg"), image)
        cv2.imwrite(str(tmp_path / f"{number}_mask.png"), mask)
    data = lab_data("road", size=32, rendered=0, tests=2, data=tmp_path, split="image", share=0.2)
    assert (len(data.train), len(data.test)) == (8, 2)
    assert "(deepglobe): 8 pictures to train on, 2 to test on, divided by image" in data.names[0]
    assert "may stand on both sides" in data.names[0]
    both = lab_data("road", size=32, rendered=5, tests=2, data=tmp_path)
    assert (len(both.train), len(both.test)) == (9 + 5, 1)


@pytest.mark.slow
def test_a_whole_table_at_its_smallest(tmp_path: Path) -> None:
    from railmap.lab.tracks.runs import LabSettings
    from railmap.lab.tracks.tables import make_table
    from railmap.progress import NullReporter

    table = dataclasses.replace(paper_table(6), rows=paper_table(6).rows[3:])
    settings = LabSettings(steps=2, batch=2, size=32, seeds=2, recipe="railmap", kernel=3)
    data = lab_data("road", size=32, rendered=3, tests=2)
    lines = make_table(table, data, settings, tmp_path, NullReporter(), "the command")
    assert [line.paper.label for line in lines] == [
        "MobileNetV3",
        "MobileNetV3, morphology",
        "MobileNetV3, CARAFE",
        "MobileNetV3, CARAFE, morphology",
    ]
    assert all(line.values.shape == (2, 6) and line.seconds > 0 for line in lines)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"runs", "table6.md", "table6.csv", "table6.png", "table6-curves.png"}
    text = (tmp_path / "table6.md").read_text("utf-8")
    assert "94.84" in text  # the paper's
    assert "3 rendered road pictures" in text
    assert "`the command`" in text
    # A second time nothing is trained: the runs are there.
    before = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("judged.safetensors")}
    again = make_table(table, data, settings, tmp_path, NullReporter())
    assert len(before) == 4
    assert before == {p: p.stat().st_mtime_ns for p in tmp_path.rglob("judged.safetensors")}
    assert all((a.values == b.values).all() for a, b in zip(lines, again, strict=True))
    other = dataclasses.replace(settings, steps=3)
    with pytest.raises(UsageError, match="a run with another steps"):
        make_table(table, data, other, tmp_path, NullReporter())
