"""Scenes are taught by ten photos a class, without PyTorch; what cannot be learnt from is named."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from railmap.models.package import load_model
from railmap.rendering.photos.photos import PhotoPlan, render_photo, write_photos
from railmap.scenes.classify.classifier import SceneClassifier, activation_scores, fit_photo
from railmap.scenes.teach.job import TaughtScenes, teach_scenes
from railmap.scenes.teach.tables import as_values, share_interval
from tests.helpers.commands import Answer, run_command
from tests.helpers.light import ROOT

SCENES = ("tunnel", "ticket_lobby", "platform")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("taught") / "photos"
    write_photos(root, [PhotoPlan(scene, 10) for scene in SCENES], seed=3, size=96)
    return root


@pytest.fixture
def few(folder: Path, tmp_path: Path) -> Path:
    """Four photos of each class, to be spoilt."""
    for scene in SCENES:
        (tmp_path / "set" / scene).mkdir(parents=True)
        for number in range(4):
            name = f"{number:04}.jpg"
            shutil.copyfile(folder / scene / name, tmp_path / "set" / scene / name)
    return tmp_path / "set"


@pytest.fixture(scope="module")
def taught(folder: Path) -> TaughtScenes:
    return teach_scenes(folder, folder.parent / "scenes.onnx")


def test_ten_photos_a_class_do(taught: TaughtScenes) -> None:
    assert taught.classes == SCENES
    assert taught.counts == (10, 10, 10)
    assert taught.scores.top1 > 0.85
    assert taught.scores.confusion.sum() == 30
    classifier = SceneClassifier(taught.model)
    fresh = [render_photo(s, 900 + n, size=128) for s in SCENES for n in range(4)]
    probabilities = classifier([photo.image for photo in fresh])
    right = [
        SCENES[p.argmax()] == photo.scene for p, photo in zip(probabilities, fresh, strict=True)
    ]
    assert np.mean(right) > 0.85


def test_model_states_what_it_is(taught: TaughtScenes) -> None:
    package = load_model(taught.model, kind="scenes")
    assert package.class_names == SCENES
    assert package.network == "efficientnet-lite0"
    assert package.training_data[0]["licence"] == "Apache-2.0"
    stated = json.loads(package.metadata["training"])
    assert stated["top1"] == pytest.approx(taught.scores.top1, abs=1e-4)
    assert stated["photos"] == dict.fromkeys(SCENES, 10)


def test_activation_is_the_logit_in_space(taught: TaughtScenes) -> None:
    """The mean of each map, plus the bias, gives the probabilities."""
    classifier = SceneClassifier(taught.model)
    photo = render_photo("tunnel", 77, size=224)
    probability, activation = (v[0] for v in classifier.explain([photo.image]))
    scores = activation_scores(activation)
    gaps = np.log(probability) - scores  # the bias, and the same constant for all
    other = render_photo("platform", 78, size=224)
    probability2, activation2 = (v[0] for v in classifier.explain([other.image]))
    gaps2 = np.log(probability2) - activation_scores(activation2)
    np.testing.assert_allclose(np.diff(gaps), np.diff(gaps2), atol=1e-3)


@pytest.mark.slow
def test_same_photos_same_bytes(few: Path, tmp_path: Path) -> None:
    models = [teach_scenes(few, tmp_path / name).model for name in ("a.onnx", "b.onnx")]
    assert models[0].read_bytes() == models[1].read_bytes()


@pytest.mark.slow
def test_a_photo_in_the_wrong_folder_is_doubtful(folder: Path, tmp_path: Path) -> None:
    root = tmp_path / "set"
    shutil.copytree(folder, root)
    wrong = root / "platform" / "wrong.jpg"
    Image.fromarray(render_photo("tunnel", 500, mode="arch", size=96).image).save(wrong)
    found = teach_scenes(root, tmp_path / "m.onnx")
    (doubt,) = [one for one in found.doubtful if one.file == Path("platform/wrong.jpg")]
    assert doubt.looks_like == "tunnel"
    assert len(found.doubtful) <= 3
    assert {"scene": "platform", "looks_like": "tunnel"}.items() <= as_values(found)["doubtful"][
        found.doubtful.index(doubt)
    ].items()


def _teach(root: Path, tmp_path: Path) -> Answer:
    return run_command("scenes", "teach", root, "-o", tmp_path / "m.onnx")


def _one_photo(root: Path) -> str:
    for extra in sorted((root / "platform").iterdir())[1:]:
        extra.unlink()
    return "the class platform has one photo to learn from and is left out"


def _copies_only(root: Path) -> str:
    first, *others = sorted((root / "platform").iterdir())
    for other in others:
        shutil.copyfile(first, other)
    return "the class platform has one photo (4 copies of it) to learn from"


def _no_photo(root: Path) -> str:
    shutil.rmtree(root / "platform")
    (root / "platform").mkdir()
    return "platform: the class folder has no photos; skipped"


def _two_classes(root: Path) -> str:
    photo = Image.open(root / "platform" / "0003.jpg")
    buffer = io.BytesIO()
    photo.resize((80, 80)).save(buffer, "JPEG", quality=60)
    (root / "tunnel" / "copy.jpg").write_bytes(buffer.getvalue())
    return "0003.jpg: the same photo in two classes; both are left out, keep one"


def _few(root: Path) -> str:
    return "fewer than 10 photos of tunnel (4), ticket_lobby (4), platform (4)"


@pytest.mark.slow
@pytest.mark.parametrize("spoil", [_one_photo, _copies_only, _no_photo, _two_classes, _few])
def test_what_cannot_be_learnt_from_is_one_warning(
    few: Path, tmp_path: Path, spoil: Callable[[Path], str]
) -> None:
    message = spoil(few)
    answer = _teach(few, tmp_path)
    assert answer.code == 0, answer.err
    warnings = [line for line in answer.err.splitlines() if line.startswith("warning")]
    assert sum(message in line for line in warnings) == 1, warnings
    assert len(warnings) <= 3  # and of the missing classes, and of few photos
    known = load_model(tmp_path / "m.onnx", kind="scenes").class_names
    gone = spoil in (_one_photo, _copies_only, _no_photo)
    assert known == (("tunnel", "ticket_lobby") if gone else SCENES)


def test_one_class_is_an_error(folder: Path, tmp_path: Path) -> None:
    root = tmp_path / "set"
    shutil.copytree(folder / "tunnel", root / "tunnel")
    (root / "platform").mkdir()
    shutil.copyfile(folder / "platform" / "0000.jpg", root / "platform" / "a.jpg")
    answer = _teach(root, tmp_path)
    assert answer.code == 3
    assert "only the class tunnel has two different photos" in answer.line
    assert not (tmp_path / "m.onnx").exists()


def test_one_photo_in_each_of_two_classes(folder: Path, tmp_path: Path) -> None:
    for scene in ("tunnel", "platform"):
        (tmp_path / "set" / scene).mkdir(parents=True)
        shutil.copyfile(folder / "tunnel" / "0000.jpg", tmp_path / "set" / scene / "a.jpg")
    answer = _teach(tmp_path / "set", tmp_path)
    assert answer.code == 3
    assert "the same photo in two classes" in answer.err
    assert "no class has two different photos" in answer.line


@pytest.mark.parametrize(
    ("words", "code", "part"),
    [
        (("SET", "-o", "OUT/m.txt"), 2, "name it .onnx"),
        (("OUT/none", "-o", "OUT/m.onnx"), 3, "no such folder"),
        (("SET", "-o", "SET"), 2, "name it .onnx"),
        (("SET", "-o", "OUT/m.onnx", "--device", "cuda"), 2, "on the CPU"),
    ],
)
def test_an_error_is_one_line(
    folder: Path, tmp_path: Path, words: tuple[str, ...], code: int, part: str
) -> None:
    places = {"SET": str(folder)}
    answer = run_command(
        "scenes", "teach", *(places.get(w, w.replace("OUT", str(tmp_path))) for w in words)
    )
    assert answer.code == code, answer.err
    assert part in answer.line


def _save(path: Path, pixels: np.ndarray, **options: object) -> Path:
    Image.fromarray(pixels).save(path, **options)
    return path


def test_odd_photos_are_seen_alike(taught: TaughtScenes, tmp_path: Path) -> None:
    """Rotated by EXIF, grey, 12 and 16 bit: the scene is that of the plain photo."""
    from railmap.scenes import read_photo

    classifier = SceneClassifier(taught.model)
    plain = render_photo("tunnel", 41, mode="arch", size=192).image
    exif = Image.Exif()
    exif[274] = 6
    turned = _save(tmp_path / "turned.jpg", np.rot90(plain).copy(), exif=exif, quality=95)
    grey = plain.mean(axis=2)
    files = [
        turned,
        _save(tmp_path / "grey.png", grey.astype(np.uint8)),
        _save(tmp_path / "deep.png", (grey * 257).astype(np.uint16)),
        _save(tmp_path / "twelve.tif", (grey * 16).astype(np.uint16)),
    ]
    import rasterio

    with rasterio.open(
        tmp_path / "rgb16.tif", "w", driver="GTiff", width=192, height=192, count=3,
        dtype="uint16", photometric="RGB",
    ) as file:  # fmt: skip
        file.write(plain.transpose(2, 0, 1).astype(np.uint16) * 257)
    files.append(tmp_path / "rgb16.tif")
    for path in files:
        pixels = read_photo(path)
        probability = classifier([pixels])[0]
        assert classifier.classes[probability.argmax()] == "tunnel", path
        assert abs(float(pixels.mean()) - plain.mean()) < 8, path


def test_mirrored_photo_has_the_mirrored_map(taught: TaughtScenes) -> None:
    """Padding is right: a mirrored photo moves the maximum of the map to the other side."""
    classifier = SceneClassifier(taught.model)
    photo = np.full((224, 224, 3), 120, np.uint8)
    tunnel = render_photo("tunnel", 12, mode="arch", size=112).image
    photo[56:168, 112:] = tunnel
    maps = [classifier.explain([image])[1][0, 0] for image in (photo, photo[:, ::-1].copy())]
    right, left = (m[:, 4:].sum() - m[:, :3].sum() for m in maps)
    assert right > 0 > left


def test_interval_of_a_share() -> None:
    low, high = share_interval(1.0, 70)
    assert high == pytest.approx(1.0)
    assert 0.9 < low < 0.97
    assert share_interval(0.5, 10**6) == pytest.approx((0.5, 0.5), abs=2e-3)


def test_photo_is_scaled_not_cropped() -> None:
    wide = np.zeros((50, 200, 3), np.uint8)
    wide[:, -10:] = 255
    assert fit_photo(wide, 224)[:, -5:].min() > 200


@pytest.mark.slow
def test_everything_works_without_pytorch(few: Path, tmp_path: Path) -> None:
    """Teach, classify, explain and audit in a process that has no PyTorch."""
    photo, model = few / "tunnel" / "0000.jpg", tmp_path / "m.onnx"
    commands = [
        ["scenes", "teach", str(few), "-o", str(model)],
        ["scenes", "classify", str(few), "-o", str(tmp_path / "p.gpkg"), "--model", str(model),
         "--report", str(tmp_path / "p.html")],
        ["explain", str(photo), "-o", str(tmp_path / "sheet.png"), "--model", str(model)],
        ["scenes", "audit", str(few), "-o", str(tmp_path / "a.html"), "--model", str(model)],
    ]  # fmt: skip
    code = f"""
from tests.helpers.light import block_torch
block_torch()
from tests.helpers.commands import run_command
for words in {commands!r}:
    answer = run_command(*words)
    assert answer.code == 0, (words, answer.err)
    print(answer.err)
import sys
assert "torch" not in sys.modules
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "without guided backpropagation: it needs torch" in done.stdout
    assert "tunnel: probability" in done.stdout
    assert np.asarray(Image.open(tmp_path / "sheet.png")).std() > 20
    assert "tunnel" in (tmp_path / "a.html").read_text("utf-8")
    assert "S = " in (tmp_path / "p.html").read_text("utf-8")
    import pyogrio

    photos = pyogrio.read_dataframe(tmp_path / "p.gpkg", layer="photo")
    scores = json.loads(photos["scores"].iloc[0])
    assert set(scores) == set(SCENES)
    assert list(scores.values()) == sorted(scores.values(), reverse=True)
