from __future__ import annotations

import hashlib
import json
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from railmap.errors import ModelError
from railmap.models import package as package_module
from railmap.models.package import describe_model, load_model
from tests.helpers.tiny_models import MEAN, PROPS, STD, write_model


def test_reads_what_the_metadata_says(tmp_path: Path) -> None:
    path = write_model(tmp_path / "my model ü.onnx", props={**PROPS, "gsd_range": [0.02, 0.25]})
    model = load_model(path)
    assert model.name == "my model ü"
    assert model.version == "9.9"
    assert model.class_names == ("background", "track")
    assert model.track_class == 1
    assert model.gsd_m == pytest.approx(0.1)
    assert model.gsd_range_m == (0.02, 0.25)
    assert (model.tile_size, model.overlap, model.tiles_overlap) == (64, 16, 25)
    assert model.mean == tuple(MEAN)
    assert model.std == tuple(STD)
    assert model.threshold == 0.4
    assert (model.n_bands, model.n_channels) == (3, 1)
    assert model.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert model.weights is None
    (tmp_path / "my model ü.safetensors").write_bytes(b"")
    assert model.weights == tmp_path / "my model ü.safetensors"


def test_description_is_json(tmp_path: Path) -> None:
    path = write_model(tmp_path / "m.onnx")
    described = json.loads(json.dumps(describe_model(path)))
    assert described["gsd_m"] == pytest.approx(0.1)
    assert described["track_class"] == "track"


def test_deepness_model_with_dynamic_sizes_and_defaults(tmp_path: Path) -> None:
    props = {"model_type": "Segmentor", "class_names": {"0": "bg", "1": "Rails"}, "resolution": 5}
    model = load_model(write_model(tmp_path / "d.onnx", tile=None, channels=2, props=props))
    assert (model.tile_size, model.overlap, model.threshold) == (512, 128, 0.5)
    assert (model.mean, model.std) == ((0.0,) * 3, (1.0,) * 3)
    assert model.track_class == 1


def test_static_input_size_overrules_the_metadata(tmp_path: Path) -> None:
    props = {**PROPS, "tile_size": 512}
    assert load_model(write_model(tmp_path / "m.onnx", tile=96, props=props)).tile_size == 96


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"class_names": {"0": "background", "1": "road"}}, "no class of the model is a track"),
        ({"class_names": None}, "names no classes"),
        ({"class_names": {"a": "track"}}, "class_names"),
        ({"resolution": None}, "resolution"),
        ({"resolution": -3}, "resolution"),
        ({"standardization_std": [0.2, 0.0, 0.2]}, "standardization_std"),
        ({"standardization_mean": [0.2, 0.2]}, "standardization_mean"),
        ({"tiles_overlap": 80}, "tiles_overlap"),
        ({"model_type": "Detector"}, "segmentation"),
    ],
)
def test_unusable_metadata(tmp_path: Path, changes: dict[str, object], says: str) -> None:
    props = {k: v for k, v in {**PROPS, **changes}.items() if v is not None}
    path = write_model(tmp_path / "m.onnx", props=props)
    with pytest.raises(ModelError, match=says) as caught:
        load_model(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_wrong_shapes(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="4 bands"):
        load_model(write_model(tmp_path / "b.onnx", bands=4))
    with pytest.raises(ModelError, match="3 output channels"):
        load_model(write_model(tmp_path / "c.onnx", channels=3))


class _Evil:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (Path.touch, (Path("pwned"),))


@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_pickles_are_refused_whatever_their_name(tmp_path: Path, protocol: int) -> None:
    for name in ("m.onnx", "m.pt", "m.pkl"):
        path = tmp_path / name
        path.write_bytes(pickle.dumps(_Evil(), protocol))
        with pytest.raises(ModelError, match="pickled weights are refused"):
            load_model(path)


def test_a_torch_zip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.onnx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02.")
    with pytest.raises(ModelError, match="pickled weights"):
        load_model(path)


def test_missing_and_broken_files(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such model file"):
        load_model(tmp_path / "none.onnx")
    with pytest.raises(ModelError, match="no such model file"):
        load_model("folder/none")
    with pytest.raises(ModelError, match="no model of this name is shipped"):
        load_model("nonesuch")
    path = write_model(tmp_path / "m.onnx")
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ModelError, match="is no ONNX model"):
        load_model(path)
    (tmp_path / "m.safetensors").write_bytes(b"12345678{}")
    with pytest.raises(ModelError, match="weights only"):
        load_model(tmp_path / "m.safetensors")


def test_shipped_models_go_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_model(tmp_path / "tracks.onnx")
    monkeypatch.setattr(package_module, "model_folder", lambda: tmp_path)
    assert load_model().path == load_model("tracks").path == tmp_path / "tracks.onnx"


def test_reading_a_package_imports_nothing_heavy(tmp_path: Path) -> None:
    path = write_model(tmp_path / "m.onnx")
    code = (
        "import sys; from railmap.models.package import load_model; load_model(sys.argv[1]); "
        "print([m for m in ('onnx', 'openvino', 'torch', 'numba', 'rasterio', 'numpy') "
        "if m in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"
