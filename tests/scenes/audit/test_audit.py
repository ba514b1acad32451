"""The audit finds planted biases, and none in a set without them."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.special import softmax

from railmap.nets.scene_networks import SCENE_NETWORKS
from railmap.progress import NullReporter
from railmap.rendering.photos.photos import render_photo
from railmap.scenes.audit import examine, list_findings, rebalance, write_report
from railmap.scenes.audit.examined import Examined, _exclude_rare_modes
from railmap.scenes.audit.modes import RARE_MODE, Modes, find_modes
from railmap.scenes.audit.shortcuts import find_shortcuts
from railmap.scenes.audit.views import layout_view, structure_view
from railmap.scenes.classify.classifier import SceneClassifier
from railmap.scenes.data.dataset import read_dataset
from railmap.scenes.data.duplicates import near_duplicates
from railmap.scenes.teach.validation import cross_validated, suspicious_labels
from railmap.scenes.training.fitting import FittedScenes
from railmap.scenes.training.module import Photographs


def test_copies_are_found_and_like_scenes_are_not() -> None:
    photos = [render_photo("tunnel", seed, mode="arch", size=96).image for seed in range(40)]
    small = Image.fromarray(photos[3])
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=40)
    recoded = np.asarray(Image.open(buffer))
    scaled = np.asarray(small.resize((60, 60)).resize((96, 96)))
    brighter = np.clip(photos[3] * 1.15, 0, 255).astype(np.uint8)
    pixels = np.stack([*photos, recoded, scaled, brighter]).transpose(0, 3, 1, 2)
    groups = near_duplicates(pixels)
    assert len(set(groups[[3, 40, 41, 42]].tolist())) == 1
    assert len(set(groups[:40].tolist())) == 40


def _views(rng: np.random.Generator, count: int, rare: int = 0) -> list[np.ndarray]:
    """Two views of a cloud; the first `rare` points lie apart in both."""
    views = rng.normal(0, 1, (2, count, 30))
    views[:, :rare, :4] += 6
    return [view.astype(np.float32) for view in views]


@pytest.mark.parametrize("rare", [6, 60])
def test_two_modes_are_separated(rare: int) -> None:
    modes = find_modes(_views(np.random.default_rng(0), 120, rare))
    assert len(modes.shares) == 2
    assert min(modes.shares) == pytest.approx(rare / 120, abs=0.01)
    assert len(set(modes.members[:rare].tolist())) == 1
    assert modes.gap > 2.5


def test_a_rare_mode_within_a_large_one_is_found() -> None:
    views = _views(np.random.default_rng(0), 160, 8)
    for view in views:
        view[80:, 10:14] += 6
    modes = find_modes(views)
    assert len(modes.shares) == 3
    assert round(160 * modes.shares[0]) == 80
    found = set(np.flatnonzero(modes.members == 2).tolist())
    assert set(range(8)) <= found
    assert len(found) <= 11


def test_one_cloud_is_one_mode() -> None:
    rng = np.random.default_rng(1)
    for count in (1, 5, 30, 200):
        assert find_modes(_views(rng, count)).shares == (1.0,)
        flat = np.ones((count, 30), np.float32)
        assert find_modes([flat, flat]).shares == (1.0,)


def test_a_group_that_one_view_alone_shows_is_not_a_mode() -> None:
    views = _views(np.random.default_rng(2), 120)
    views[0][:6, :4] += 4
    assert find_modes(views).shares == (1.0,)


def test_a_large_class_is_sampled() -> None:
    modes = find_modes(_views(np.random.default_rng(3), 2000, 120))
    assert min(modes.shares) == pytest.approx(120 / 2000, abs=0.01)
    assert len(set(modes.members[:120].tolist())) == 1


def test_views_are_independent_of_mirroring_and_brightness() -> None:
    photo = render_photo("ticket_lobby", 4, mode="windows", size=96).image
    pair = np.stack([photo, photo[:, ::-1], photo // 2]).transpose(0, 3, 1, 2)
    first, mirrored, dark = structure_view(np.ascontiguousarray(pair))
    np.testing.assert_allclose(first, mirrored, atol=0.05)
    assert np.corrcoef(first, dark)[0, 1] > 0.98
    features = np.random.default_rng(0).random((2, 300, 7, 7), np.float32)
    view = layout_view(np.concatenate([features, features[..., ::-1]]))
    assert view.shape == (4, 1024)
    np.testing.assert_allclose(view[:2], view[2:], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("side", [12, 7, 3])
def test_layout_is_the_mean_of_cells(side: int) -> None:
    features = torch.rand(2, 3, side, side)
    cells = torch.nn.functional.adaptive_avg_pool2d(features, 4)
    half = ((cells + cells.flip(3)) / 2)[..., :2].flatten(1)
    np.testing.assert_allclose(layout_view(features.numpy()), half.numpy(), rtol=1e-5)


@pytest.mark.parametrize("rare", ["windows", "machines"])
def test_a_rare_rendered_mode_is_found(fitted: FittedScenes, rare: str) -> None:
    """Ticket windows among machines, or machines among windows, 6 of 120."""
    common = "machines" if rare == "windows" else "windows"
    photos = [
        render_photo("ticket_lobby", seed, mode=rare if seed < 6 else common, size=96).image
        for seed in range(120)
    ]
    pixels = np.stack(photos).transpose(0, 3, 1, 2)
    spec = SCENE_NETWORKS["small"]
    with torch.inference_mode():
        prepared = Photographs(spec.mean, spec.std).eval()(torch.from_numpy(pixels))
        layout = layout_view(fitted.network.backbone(prepared).numpy())
    modes = find_modes([structure_view(pixels), layout])
    (small,) = [mode for mode, share in enumerate(modes.shares) if share <= RARE_MODE]
    found = set(np.flatnonzero(modes.members == small).tolist())
    assert len(found & set(range(6))) >= 4
    assert len(found - set(range(6))) <= 1


def test_wrong_labels_are_suspicious() -> None:
    rng = np.random.default_rng(2)
    labels = np.repeat(np.arange(3), 60)
    features = rng.normal(0, 1, (180, 12)).astype(np.float32)
    features[np.arange(180), labels] += 5
    wrong = np.array([4, 70, 150])
    labels[wrong] = (labels[wrong] + 1) % 3
    logits = cross_validated(features, labels, np.arange(180), 3)
    probabilities = np.asarray(softmax(logits, axis=1), np.float32)
    found = suspicious_labels(probabilities, labels)
    assert set(wrong.tolist()) <= set(found.tolist())
    assert len(found) <= 6


def test_photos_of_a_rare_mode_are_not_suspicious() -> None:
    one = Modes(np.zeros(4, np.int64), (1.0,), 0.0, ((0,),))
    two = Modes(np.array([0, 0, 0, 1]), (0.75, 0.25), 0.5, ((0,), (3,)))
    labels = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    assert _exclude_rare_modes(np.array([7, 2, 5]), labels, (one, two)).tolist() == [2, 5]


def test_a_box_that_determines_a_class_is_found() -> None:
    """Class 0 has a bright corner; the centre is evidence and may determine the class."""
    rng = np.random.default_rng(3)
    pixels = rng.integers(0, 60, (60, 3, 32, 32), np.uint8)
    labels = np.repeat(np.arange(2), 30)
    pixels[:30, :, 24:, 24:] = 250
    pixels[30:, :, 12:20, 12:20] = 250

    def predict(some: np.ndarray) -> np.ndarray:
        corner = some[:, :, 24:, 24:].mean(axis=(1, 2, 3)) > 128
        share = np.where(corner, 0.9, 0.1)
        return np.stack([share, 1 - share], axis=1).astype(np.float32)

    (found,) = find_shortcuts(pixels, labels, predict(pixels), predict)
    assert found.class_index == 0
    assert found.box == (0.75, 0.75, 1.0, 1.0)
    assert found.added == pytest.approx(0.8)
    evidence = np.zeros((60, 32, 32), bool)
    evidence[:, 24:, 24:] = True
    assert find_shortcuts(pixels, labels, predict(pixels), predict, evidence) == []


@pytest.fixture(scope="module")
def examined(scene_model: Path, photo_set: Path) -> Examined:
    """The fair set of four scenes, with a copy of a training photo in the test."""
    data = read_dataset(photo_set, NullReporter())
    return examine(data, model=SceneClassifier(scene_model), reporter=NullReporter())


def test_a_fair_set_has_no_severe_findings(examined: Examined) -> None:
    kinds = {finding.kind for finding in list_findings(examined) if finding.severity == "high"}
    assert not kinds & {"leak", "two classes", "imbalance", "shortcut"}
    assert examined.scores.top1 > 0.85


def test_leaks_imbalance_and_labels_are_findings(examined: Examined) -> None:
    groups = np.arange(len(examined.data))
    parts = examined.data.parts.copy()
    parts[0], parts[1] = "train", "test"
    groups[1] = groups[0]
    planted = replace(
        examined,
        data=replace(examined.data, parts=parts),
        own_split=True,
        groups=groups,
        suspicious=np.array([7]),
    )
    findings = {finding.kind: finding for finding in list_findings(planted)}
    assert findings["leak"].severity == "high"
    assert findings["leak"].photos == (0, 1)
    assert examined.data.files[7].as_posix() in findings["label"].text
    better = rebalance(planted)
    assert better.parts[0] == better.parts[1]
    assert better.parts[7] == "review"
    assert (better.repeats >= 1).all()
    assert better.repeats.max() <= 10


def test_report_is_one_escaped_file(examined: Examined, tmp_path: Path) -> None:
    files = (Path("tunnel/<b>&.jpg"), *examined.data.files[1:])
    odd = replace(examined, data=replace(examined.data, files=files))
    odd = replace(odd, suspicious=np.array([0]))
    path = tmp_path / "report.html"
    better = rebalance(odd)
    write_report(odd, list_findings(odd), path, split=better, notes=["<i>a note</i>"])
    text = path.read_text("utf-8")
    assert "&lt;b&gt;&amp;.jpg" in text
    assert "<b>" not in text
    assert "&lt;i&gt;a note" in text
    assert 'src="data:image/jpeg' in text
    assert "http" not in text
    assert "Rebalanced split" in text


def test_the_given_network_is_used(examined: Examined, fitted: FittedScenes) -> None:
    assert examined.network_name == "four (small)"
    assert examined.data.classes == fitted.data.classes
