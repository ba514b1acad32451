"""The track paper's tables, and the data they are measured on."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from railmap.errors import UsageError
from railmap.evaluation.tables import spread
from railmap.lab.tracks.data import lab_data
from railmap.lab.tracks.paper import (
    CURVES,
    PAPER_TABLES,
    PaperRow,
    PaperTable,
    contradictions,
    paper_table,
)
from railmap.lab.tracks.pictures import draw_masks, pick_images
from railmap.lab.tracks.tables import Line, findings
from railmap.training.data import LabelSource
from railmap.training.data.sample import IGNORE, TOP, Sample
from railmap.training.fit.record import read_record
from railmap.training.tracks.options import TrainingOptions
from tests.helpers.array_rasters import StopAfter


def test_the_papers_numbers_are_all_there() -> None:
    assert sorted(PAPER_TABLES) == [1, 3, 5, 6]
    assert paper_table(1).rows[-1].values == (66.21, 88.93, 76.33, 95.51, 89.02, 97.69)
    assert paper_table(5).rows[4].label == "MobileNetV3, CARAFE"
    assert (paper_table(5).rows[4].values, paper_table(5).rows[4].seconds) == ((95.07,), 58)
    for table in PAPER_TABLES.values():
        assert all(len(row.values) == (1 if table.ablation else 6) for row in table.rows)
    assert (paper_table(2), paper_table(4)) == (paper_table(1), paper_table(3))
    with pytest.raises(UsageError, match="has the tables 1, 2, 3, 4, 5, 6"):
        paper_table(7)


def test_every_network_of_the_tables_can_be_built() -> None:
    from railmap.nets import NETWORKS

    wanted = {row.network for table in PAPER_TABLES.values() for row in table.rows}
    wanted |= {name for _, names in CURVES.values() for name in names}
    assert wanted <= set(NETWORKS)


def test_figures_of_the_paper_that_cannot_be_right() -> None:
    rail, road = contradictions(paper_table(1)), contradictions(paper_table(3))
    assert "MIoU and IoU imply IoU of the background of 108.0 to 111.7 %" in rail[0]
    assert "more than 100 % in 5 of 5 rows" in rail[0]
    assert "MPA and CPA imply CPA of the background of 112.6 to 114.7 %" in rail[1]
    assert "imply an IoU of 67.1 to 69.8 %" in rail[2]
    assert "is 97.69 % here and 97.59 % in its Table 5" in rail[3]
    assert "98.2 to 104.2 %, which is more than 100 % in 2 of 5 rows" in road[0]
    assert len(road) == 2
    assert contradictions(paper_table(5)) == []
    # figures of two classes that agree: 100 pixels of which 20 are track, 15 found, 5 false
    iou, background = 100 * 15 / 25, 100 * 75 / 85
    values = (iou, (iou + background) / 2, 75.0, (75 + 100 * 75 / 80) / 2, 75.0, 94.84)
    row = PaperRow("right", "u-net", False, values, 1.0)
    assert contradictions(PaperTable(3, "t", "road", False, 1, (row,))) == []


def test_findings_compare_equal_seeds() -> None:
    def line(network: str, clean: bool, iou: list[float], seconds: float) -> Line:
        values = np.zeros((3, 6))
        values[:, 0], values[:, 5] = iou, 90.0
        return Line(PaperRow(network, network, clean, (), 1.0), values, seconds, 1)

    v2, v3 = "deeplabv3plus-mobilenetv2", "deeplabv3plus-mobilenetv3"
    lines = findings(
        [
            line(f"{v2}-bilinear-paper", False, [50, 52, 54], 0.10),
            line(f"{v3}-bilinear-paper", False, [51, 50, 56], 0.09),
            line(f"{v3}-carafe-paper", False, [52, 51, 57], 0.10),
            line(f"{v3}-carafe-paper", True, [52, 50, 55], 0.11),
        ]
    )
    assert lines[0].startswith(
        "MobileNetV3 instead of MobileNetV2 (bilinear): IoU +0.33 ± 2.08 points, "
        "better in 2 of 3 seeds; Accuracy +0.00"
    )
    assert lines[0].endswith("time -10 %")
    assert lines[1].startswith("CARAFE instead of bilinear (MobileNetV3): IoU +1.00 ± 0.00 points")
    assert "better in 3 of 3 seeds" in lines[1]
    assert lines[2].startswith("morphology (MobileNetV3, carafe): IoU -1.00 ± 1.00")
    assert len(lines) == 3
    assert spread(np.array([1.0, 2.0, 3.0])) == "2.00 ± 1.00"
    assert (spread(np.array([1.5])), spread(np.array([np.nan]))) == ("1.50", None)


def test_rendered_lab_data_is_apart() -> None:
    data = lab_data("road", size=32, rendered=3, tests=2)
    assert [p.shape for p in data.train] == [(48, 48)] * 3
    assert [p.shape for p in data.test] == [(64, 64)] * 2
    assert not {p.site for p in data.train} & {p.site for p in data.test}
    assert (data.gsd, len(data.names)) == (0.5, 1)
    with pytest.raises(UsageError, match="nothing to train on"):
        lab_data("rail", size=32, rendered=0, tests=2)


def test_lab_data_reads_deepglobes_layout_and_reports_the_split(tmp_path: Path) -> None:
    import cv2

    rng = np.random.default_rng(0)
    for number in range(10):
        image = rng.integers(0, 255, (64, 64, 3), np.uint8)
        mask = np.zeros((64, 64, 3), np.uint8)
        mask[20:30] = 255
        cv2.imwrite(str(tmp_path / f"{number}_sat.jpg"), image)
        cv2.imwrite(str(tmp_path / f"{number}_mask.png"), mask)
    data = lab_data(
        "road", size=32, rendered=0, tests=2, source=LabelSource(tmp_path), split="image", share=0.2
    )
    assert (len(data.train), len(data.test)) == (8, 2)
    assert "(deepglobe): 8 images to train on, 2 to test on, split by image" in data.names[0]
    assert "may be on both sides" in data.names[0]
    both = lab_data("road", size=32, rendered=5, tests=2, source=LabelSource(tmp_path))
    assert (len(both.train), len(both.test)) == (9 + 5, 1)


@pytest.mark.slow
def test_a_whole_table_at_its_smallest(tmp_path: Path) -> None:
    from railmap.lab.tracks.runs import LabSettings
    from railmap.lab.tracks.tables import make_table
    from railmap.progress import NullReporter

    table = dataclasses.replace(paper_table(6), rows=paper_table(6).rows[3:])
    training = TrainingOptions(steps=2, batch=2, crop=32, recipe="railmap")
    settings = LabSettings(training, seeds=2, kernel=3)
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
    assert "3 rendered road images" in text
    assert "`the command`" in text
    # A second time nothing is trained: the runs are there.
    before = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("judged.safetensors")}
    again = make_table(table, data, settings, tmp_path, NullReporter())
    assert len(before) == 4
    assert before == {p: p.stat().st_mtime_ns for p in tmp_path.rglob("judged.safetensors")}
    assert all((a.values == b.values).all() for a, b in zip(lines, again, strict=True))
    other = LabSettings(dataclasses.replace(training, steps=3), seeds=2, kernel=3)
    with pytest.raises(UsageError, match="a run with another steps"):
        make_table(table, data, other, tmp_path, NullReporter())


def test_a_cancelled_network_goes_on(tmp_path: Path) -> None:
    from railmap.errors import Cancelled
    from railmap.lab.tracks.runs import LabSettings, run_network
    from railmap.lab.tracks.runs import test_tiles as tiles_of
    from railmap.models.tensors import read_tensors
    from railmap.progress import NullReporter

    training = TrainingOptions(steps=4, batch=2, crop=32, recipe="railmap", device="cpu")
    settings = LabSettings(training, kernel=3)
    data = lab_data("rail", size=32, rendered=3, tests=2)
    tiles = tiles_of(data, 32)

    def run(folder: Path, reporter: NullReporter) -> Path:
        return run_network("l-unet", 0, data, tiles, settings, folder, reporter).run

    whole = run(tmp_path / "whole", NullReporter())
    with pytest.raises(Cancelled, match="the same command goes on there"):
        run(tmp_path / "halves", StopAfter(2))
    halves = run(tmp_path / "halves", NullReporter())
    assert len(read_record(halves)["starts"]) == 2
    one, two = (read_tensors(path / "weights.safetensors") for path in (whole, halves))
    assert all(one[name].equal(two[name]) for name in one)
    assert not (halves / "checkpoints").exists()


def _sample(track_rows: int) -> Sample:
    target = np.zeros((20, 30), np.uint8)
    target[:track_rows] = TOP
    target[:, -1] = IGNORE
    return Sample(np.full((20, 30, 3), track_rows, np.uint8), target)


def test_pictures_are_chosen_by_their_share_of_track() -> None:
    tiles = [_sample(rows) for rows in (0, 2, 9, 4, 6)]
    chosen = [int(tile.image[0, 0, 0]) for tile in pick_images(tiles, 3)]
    assert chosen[0] == 9
    assert chosen[-1] == 2
    assert 0 not in chosen
    assert [tile.image[0, 0, 0] for tile in pick_images([_sample(0)], 3)] == [0]


def test_masks_stand_between_image_and_label() -> None:
    tile = _sample(4)
    sheet = np.asarray(draw_masks([tile], {"a network with a name": [tile.target == TOP]}))
    lines = sheet[-26:-6]  # the panels of the only image
    first, second, last = (lines[:, 6 + n * 36 : 36 + n * 36] for n in range(3))
    assert (first == 4).all()
    assert (second[:4] == 255).all(axis=2)[:, :-1].all()
    assert (second[4:] == 0).all()
    assert (last[:, -1] == 160).all()
    assert (last[:4, :-1] == 255).all()
    assert (sheet[:20] < 128).any()  # names


@pytest.mark.slow
def test_pictures_figures_and_models_at_their_smallest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from railmap.lab.tracks.job import TrackLabOptions, run_track_lab
    from railmap.lab.tracks.runs import LabSettings
    from railmap.models.tensors import read_tensors
    from railmap.progress import NullReporter

    one = dataclasses.replace(paper_table(1), rows=paper_table(1).rows[1:2])
    monkeypatch.setitem(PAPER_TABLES, 1, one)
    monkeypatch.setitem(CURVES, 8, ("rail", ("l-unet",)))
    training = TrainingOptions(steps=2, batch=2, crop=32, recipe="railmap", device="cpu")
    small = TrackLabOptions(
        tmp_path, rendered=3, tests=2, settings=LabSettings(training, kernel=3, keep_every=1)
    )

    def lab(**options: object) -> dict[str, Path]:
        return run_track_lab(
            dataclasses.replace(small, **options),  # type: ignore[arg-type]
            "the command",
            NullReporter(),
        )

    assert lab(figure=8) == {"figure": tmp_path / "figure8.png"}
    run = tmp_path / "runs" / "figure8" / "l-unet-seed0"
    kept = read_tensors(run / "epoch-0001.safetensors")
    assert kept.keys() == read_tensors(run / "judged.safetensors").keys()
    assert not (run / "checkpoints").exists()
    table = lab(table=1, models=("tracks",))
    text = table["table"].read_text("utf-8")
    assert "| tracks, version " in text
    assert ", morphology" in text
    assert "2 test images: wall time on cpu" in text
    before = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("judged.safetensors")}
    assert lab(table=2) == {"figure": tmp_path / "table2.png"}
    assert before == {p: p.stat().st_mtime_ns for p in tmp_path.rglob("judged.safetensors")}
    for wrong, match in (
        ({}, "give table=1 or figure=8"),
        ({"table": 1, "figure": 8}, "give table=1 or figure=8"),
        ({"figure": 7}, "losses are in the figures 8 and 9"),
        ({"table": 2, "models": ("tracks",)}, "model: give it with"),
        ({"table": 1, "models": ("tracks",), "gsd": 0.2}, "give gsd=0.1"),
    ):
        with pytest.raises(UsageError, match=match):
            lab(**wrong)
