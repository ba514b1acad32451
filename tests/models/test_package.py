from __future__ import annotations

import hashlib
import json
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path

import onnx
import pytest

from railmap.errors import ModelError
from railmap.models import package as package_module
from railmap.models.package import Kind, describe_model, load_model, model_folder
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


def test_weights_in_other_files_are_refused(tmp_path: Path) -> None:
    path = write_model(tmp_path / "m.onnx")
    model = onnx.load(path)
    for tensor in model.graph.initializer:  # as one that reads /etc/passwd
        onnx.external_data_helper.set_external_data(tensor, "../weights.bin")
        tensor.ClearField("raw_data")
        tensor.data_location = onnx.TensorProto.EXTERNAL
    path.write_bytes(model.SerializeToString())
    with pytest.raises(ModelError, match="weights in other files"):
        load_model(path)


def test_weights_in_other_files_are_found_in_attributes_too(tmp_path: Path) -> None:
    path = write_model(tmp_path / "m.onnx")
    model = onnx.load(path)
    hidden = onnx.TensorProto(name="t", data_type=onnx.TensorProto.FLOAT, dims=[1])
    hidden.data_location = onnx.TensorProto.EXTERNAL
    hidden.external_data.add(key="location", value="/etc/passwd")
    model.graph.node.append(onnx.helper.make_node("Constant", [], ["c"], value=hidden))
    path.write_bytes(model.SerializeToString())
    with pytest.raises(ModelError, match="weights in other files"):
        load_model(path)


def test_damage_and_newer_formats_are_named(tmp_path: Path) -> None:
    path = write_model(tmp_path / "m.onnx", props={**PROPS, "graph_sha256": "0" * 64})
    with pytest.raises(ModelError, match="SHA-256"):
        load_model(path)
    path = write_model(tmp_path / "n.onnx", props={**PROPS, "package_format": 99})
    with pytest.raises(ModelError, match="newer railmap"):
        load_model(path)


def test_each_kind_is_loaded_as_its_own_type() -> None:
    tracks, defects = load_model("tracks"), load_model("defects", kind="defects")
    assert (tracks.kind, defects.kind) == ("tracks", "defects")
    assert defects.class_names[0] == "defect"
    assert defects.rule.sure > defects.rule.edge
    assert load_model(None, kind="defects") == defects
    for model in (tracks, defects):
        assert model.licence == "Apache-2.0"
        assert model.weights == model.path
        assert all(source["licence"] for source in model.training_data)
        assert model.output_names[0] == "probability"


@pytest.mark.parametrize(
    ("name", "kind", "says"),
    [
        ("defects", "tracks", "is a model of rail-surface defects, not of railway tracks"),
        ("tracks", "scenes", "is a model of railway tracks, not of railway scenes"),
        (None, "scenes", "no model of this name is shipped .* make one from your own photos"),
        ("none.onnx", "scenes", "no such model file; .* make one from your own photos"),
        ("nonesuch", "defects", "no model of this name is shipped .* shipped 'defects'"),
    ],
)
def test_a_model_of_another_kind_is_refused(name: str | None, kind: Kind, says: str) -> None:
    with pytest.raises(ModelError, match=says) as caught:
        load_model(name, kind)  # type: ignore[call-overload]
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", ["scenes", "defects"])
def test_a_model_that_says_nothing_is_not_taken_for_another(tmp_path: Path, kind: Kind) -> None:
    path = write_model(tmp_path / "m.onnx", props={"author": "somebody"})
    with pytest.raises(ModelError, match="does not state what it finds, so it is no model of rail"):
        load_model(path, kind)  # type: ignore[call-overload]


def test_a_model_of_any_kind_is_described() -> None:
    for kind in ("tracks", "defects"):
        described = describe_model(model_folder() / f"{kind}.onnx")
        assert described["kind"] == kind
        assert described["trainable"] is True
        json.dumps(described)


def test_a_shipped_name_may_be_a_path() -> None:
    """The command line gives ``--model tracks`` as a path."""
    assert load_model(Path("tracks")).sha256 == load_model("tracks").sha256
