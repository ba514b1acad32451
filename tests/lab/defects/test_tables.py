"""The defect paper's tables at their smallest: trained once, shown again, evaluated."""

import json

import numpy as np
import pytest

pytest.importorskip("lightning")
import torch
from PIL import Image
from typer.testing import CliRunner

from railmap.cli.main import app
from railmap.errors import InputError, UsageError
from railmap.lab.defects import first as defect_first
from railmap.lab.defects import runs
from railmap.lab.defects.pictures import draw_strips, pick_strips
from railmap.models.defects import RegionRule
from railmap.models.package import load_model
from railmap.models.tensors import read_tensors
from railmap.progress import NullReporter
from railmap.rendering.rail_head.rail_surface import render_rails
from railmap.surface.data import rsdds
from railmap.surface.data.rsdds import rendered_strips
from railmap.surface.training.strips import FitSettings
from tests.helpers.boxed_images import write_boxed_images


@pytest.fixture
def rails(tmp_path):
    """A folder of RSDDs, type II, with two rails of six strips."""
    base = tmp_path / "rsdds" / "Type-II RSDDs dataset"
    for name in ("Rail surface images", "GroundTruth"):
        (base / name).mkdir(parents=True)
    for i, rail in enumerate(render_rails(3, 2, (6, 6))):
        Image.fromarray(rail.image).save(base / "Rail surface images" / f"rail_{i}.png")
        Image.fromarray(rail.mask).save(base / "GroundTruth" / f"rail_{i}.png")
    return base.parent


def test_kept_trainings_are_shown_and_missing_ones_are_marked(rails, tmp_path):
    out = tmp_path / "tables"

    def lab(table, *words):
        options = ["--types", "2", "--data", str(rails), "--device", "cpu", "-o", str(out), *words]
        result = CliRunner().invoke(app, ["lab", "defects", "--table", str(table), *options])
        assert result.exit_code == 0, result.output
        return (out / f"table-{table}.md").read_text()

    one = ["--models", "railmap", "--epochs", "1", "--folds", "1"]
    row = next(line for line in lab(7, *one).splitlines() if "StripNet" in line)
    assert "| ours | 1 | 1 |" in row
    trained = (out / "runs" / "type2-railmap-fold1-by-strip" / "result.json").stat().st_mtime_ns
    shown = lab(7, "--kept")
    assert row in shown
    assert "| Proposed FCN | not measured | 0 | 0 | – |" in shown
    assert "| Proposed FCN | paper | 5 | 24000 | 4 |" in shown
    assert "Trainings as long as they are" in shown
    f1 = [line for line in lab(5, "--kept").splitlines() if "StripNet" in line]
    assert len(f1) == 1
    assert f1[0].count("–") == 4
    assert "| type 2 | not measured |" in lab(3, "--kept")
    assert "| type 2 | 300 | – | 24000 |" in lab(2, "--kept")
    again = (out / "runs" / "type2-railmap-fold1-by-strip" / "result.json").stat().st_mtime_ns
    assert trained == again
    for name in ("strips-type2.png", "figure-8-type2.png"):
        with Image.open(out / name) as picture:
            assert picture.mode in ("RGB", "RGBA")


def test_stopped_and_shorter_trainings_go_on(rails, tmp_path):
    out = tmp_path / "tables"
    run = out / "runs" / "type2-segnet-fold1-by-strip"

    def lab(*words):
        options = ["--types", "2", "--data", str(rails), "--device", "cpu", "-o", str(out)]
        options += ["--models", "segnet", "--folds", "1", *words]
        result = CliRunner().invoke(app, ["lab", "defects", "--table", "7", *options])
        assert result.exit_code == 0, result.output
        history = json.loads((run / "result.json").read_text())["result"]["history"]
        return [line["epoch"] for line in history], result.output

    assert lab("--epochs", "1")[0] == [1]
    first = json.loads((run / "result.json").read_text())["result"]["history"][0]
    epochs, said = lab("--epochs", "3")
    assert epochs == [1, 2, 3]
    assert "going on with segnet" in said
    longer = json.loads((run / "result.json").read_text())["result"]["history"]
    assert longer[0] == first  # not trained again
    (run / "result.json").unlink()  # as if it had been stopped before the end
    epochs, said = lab("--epochs", "3")
    assert epochs == [1, 2, 3]
    assert "going on with segnet" in said
    epochs, said = lab("--epochs", "2")  # the checkpoint is beyond it
    assert epochs == [1, 2]
    assert "going on" not in said
    assert "going on" not in lab("--epochs", "2", "--rate", "1e-3")[1]


def test_other_rails_first_in_place_of_imagenet(rails, tmp_path, monkeypatch):
    few = (1,) * 6
    monkeypatch.setattr(
        defect_first, "rendered_strips", lambda seed, kind: rendered_strips(seed, kind, few)
    )
    monkeypatch.setattr(defect_first, "_SETS", 2)
    out = tmp_path / "tables"
    options = [
        "--first",
        "0.02",
        "--device",
        "cpu",
        "--folds",
        "1",
        "--epochs",
        "1",
        "-o",
        str(out),
    ]
    options += ["--data", str(rails), "--models", "proposed", "--types", "2"]
    lab = ["lab", "defects", "--table", "7"]
    result = CliRunner().invoke(app, [*lab, *options])
    assert result.exit_code == 0, result.output
    assert "0.02 minutes on other rendered rails" in (out / "table-7.md").read_text()
    first = out / "runs" / "type2-proposed-first" / "weights.safetensors"
    made = json.loads((out / "runs" / "type2-proposed-fold1-by-strip" / "run.json").read_text())
    assert made["config"]["weights"] == str(first)
    record = json.loads((first.parent / "run.json").read_text())["config"]
    assert (record["rate"], record["falling"], record["mirrored"]) == (3e-4, True, True)
    fit, kept = FitSettings(seed=7, device="cpu"), first.stat().st_mtime_ns
    give = (out / "runs", "proposed", 2, fit)
    assert defect_first.first_weights(*give, 0.02, NullReporter()).stat().st_mtime_ns == kept
    assert defect_first.first_weights(*give, 0.01, NullReporter()).stat().st_mtime_ns > kept
    # type 1 goes on from it, but for the transposed convolutions of another shape
    begin = read_tensors(
        defect_first._carried("proposed", 1, first, tmp_path / "begin.safetensors")
    )
    given = read_tensors(first)
    other = sorted(k for k, v in begin.items() if not torch.equal(v, given.get(k, v[:0])))
    assert all(k.startswith("ups.") for k in other)
    assert len({k.split(".")[1] for k in other}) == 3
    fit = FitSettings(imagenet=True)
    with pytest.raises(UsageError, match="first takes the place"):
        defect_first.first_weights(tmp_path, "proposed", 1, fit, 1.0, NullReporter())


def test_pictures_show_the_best_and_the_worst_by_rule():
    truth = np.zeros((5, 20, 10), bool)
    truth[:3, 5:10, 2:8] = True
    found = np.zeros_like(truth)
    found[0] = truth[0]
    found[1, 5:8, 2:8] = True
    found[4, :2] = True  # strip 3 is sound and found so
    assert pick_strips(truth, [found], 4).tolist() == [0, 1, 2, 4]
    images = np.full(truth.shape, 100, np.uint8)
    sheet = np.asarray(draw_strips(images, truth, {"a": found, "b": found}))
    right, false, missed = ([int(np.all(sheet == tint, axis=2).sum()) for tint in (
        (74, 165, 93), (187, 80, 74), (80, 119, 200))])  # fmt: skip
    assert right == 2 * 4 * (30 + 18)  # two networks, zoom 2
    assert false == 2 * 4 * 20
    assert missed == 2 * 4 * (12 + 30)


def test_lab_tables(tmp_path):
    run = CliRunner().invoke
    result = run(app, ["lab", "defects", "--table", "1", "--types", "2", "-o", str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert "12,163,042 | 12,163,042" in (tmp_path / "table-1.md").read_text()
    for words, text in (
        (["--table", "8"], "there are 1, 2, 3, 4, 5, 6, 7"),
        ([], "give --table N, --boxes FOLDER or --rendered N"),
        (["--table", "7", "--types", "3"], "--types 3"),
        (["--table", "7", "--models", "unet"], "--models unet"),
        (["--table", "7", "--folds", "6"], "--folds must be less than or equal to 5, not 6"),
    ):
        result = run(app, ["lab", "defects", *words, "-o", str(tmp_path)])
        assert result.exit_code == 2
        assert text in result.output


def test_lab_trains_and_evaluates_boxes(tmp_path):
    run, out = CliRunner().invoke, tmp_path / "out"
    words = ["lab", "defects", "--boxes", str(write_boxed_images(tmp_path)), "-o", str(out)]
    result = run(app, [*words, "--fit", "--epochs", "1", "--rendered", "1", "--device", "cpu"])
    assert result.exit_code == 0, result.output
    assert load_model(out / "defects.onnx", kind="defects").rule == RegionRule()
    result = run(app, [*words, "--model", str(out / "defects.onnx")])
    assert result.exit_code == 0, result.output
    text = (out / "boxes-val.md").read_text()
    assert "of 2 defects found" in text
    assert "Model defects own" in text
    assert "found defects whose kind is labelled" in (out / "kinds-val.md").read_text()
    assert (out / "boxes-val.png").is_file()
    words = ["lab", "defects", "--rendered", "1", "--model", str(out / "defects.onnx")]
    result = run(app, [*words, "--seed", "5", "-o", str(out)])
    assert result.exit_code == 0, result.output
    assert "1 rendered rails of 1000 rows of each type, seed 5" in (out / "rendered.md").read_text()


def test_figures_of_a_training_with_another_batch_and_rate(rails, tmp_path):
    out = tmp_path / "tables"
    words = [
        "lab",
        "defects",
        "--table",
        "2",
        "--types",
        "2",
        "--data",
        str(rails),
        "--epochs",
        "2",
    ]
    words += ["--device", "cpu", "-o", str(out), "--strips", "4", "--batch", "2", "--rate", "1e-3"]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    folder = out / "runs" / "type2-proposed-held-out-by-strip-batch2-rate0.001"
    made = json.loads((folder / "result.json").read_text())
    assert (made["made_with"]["batch"], made["made_with"]["rate"]) == (2, 1e-3)
    assert [line["iteration"] for line in made["result"]["history"]] == [2, 4]
    assert all(0 < line["accuracy"] <= 1 for line in made["result"]["history"])
    for name in ("figure-3-type2.png", "figure-6.png"):
        with Image.open(out / name) as picture:
            assert picture.width > 800
    assert "batch 2," in (out / "table-2.md").read_text()


def test_whole_rails_as_in_table_4(tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "_WHOLE_TRAIN", 2)
    monkeypatch.setattr(runs, "_WHOLE_TEST", 1)
    monkeypatch.setattr(rsdds, "_WHOLE", 200)
    words = ["lab", "defects", "--table", "4", "--epochs", "1", "--device", "cpu"]
    result = CliRunner().invoke(app, [*words, "-o", str(tmp_path)])
    assert result.exit_code == 0, result.output
    text = (tmp_path / "table-4.md").read_text()
    assert "| 300 | – | 9600 | – | 2100 |" in text
    assert "On the test rails: F1" in text
    assert "batch 4," in text
    folder = tmp_path / "runs" / "type2-segnet-whole-rails-by-strip"
    made = json.loads((folder / "result.json").read_text())["made_with"]
    assert (made["train"], made["test"], made["batch"]) == (2, 1, 4)


def test_rails_that_are_lower_than_the_strips():
    with pytest.raises(InputError, match="no rail has 1250 rows"):
        rsdds.cut_strips([(np.zeros((300, 55), np.uint8), np.zeros((300, 55), bool))], 1250)
