import json


def test_first(in_qgis, image, model, tmp_path):
    r = in_qgis("first.py", image, model, tmp_path)
    print(json.dumps(r, indent=1, ensure_ascii=False))
    assert 0
