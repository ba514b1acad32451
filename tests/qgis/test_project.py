"""The algorithms in a project, with a stand-in for the engine that answers at once."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

_BODY = """
import shutil
words = sys.argv[1:]
with open(os.environ['ASKED'], 'w', encoding='utf-8') as file:
    file.write('\\n'.join(words))
if words[0] == 'locate':
    place = {'text': words[2], 'x': 1.0, 'y': 2.0, 'lon': 9.5, 'lat': 51.25, 'link_id': 'a',
             'link_m': 1.5, 'line_id': 'b', 'line_m': 12403.2, 'offset_m': 0.0}
    print(json.dumps({'places': [place]}))
    sys.exit()
if words[0] == 'attach':
    shutil.copy(words[1], os.environ['ASKED'] + '.events.gpkg')
    say('result', message='attached', outputs={})
    sys.exit()
output = words[words.index('-o') + 1]
if '--aoi' in words:
    shutil.copy(words[words.index('--aoi') + 1], output + '.area.gpkg')
say('stage', stage='segment', done=0, total=2)
say('progress', stage='segment', done=1, total=2, message='half')
say('warning', message='it rains')
say('stage', stage='write map', done=0, total=1)
shutil.copy(os.environ['MAP'], output)
say('result', message='made it', outputs={'map': output})
"""


@pytest.fixture(scope="module")
def result(
    in_qgis: Callable[..., Any],
    image: Path,
    cli_map: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Any]:
    from tests.qgis.qgis_inputs import write_image
    from tests.qgis.qgis_system import write_fake_engine

    folder = tmp_path_factory.mktemp("项目 one")
    bare = write_image(tmp_path_factory.mktemp("bare") / "bare.tif", crs=None)
    asked = tmp_path_factory.mktemp("asked") / "words"
    engine = write_fake_engine(asked.with_name("railmap"), _BODY)
    return in_qgis(
        "project.py", image, bare, folder, engine=engine, ASKED=str(asked), MAP=str(cli_map)
    )


def test_every_algorithm_explains_itself(result: dict[str, Any]) -> None:
    assert set(result["algorithms"]) == {
        "extractrailtracks", "segmentrailtracks", "tracefrommask", "attachevents",
        "locatebychainage", "comparesurveys", "checkmap", "publishmap", "evaluate",
        "segmentdefects", "classifyphotos", "findroute", "addline", "addlinesautomatically",
        "addkilometreposts", "conflatemap", "exportmap", "drawmap", "classifyalongtracks",
        "cutviewsalongtracks", "teachscenes", "explainscene", "drapemap",
        "reportsurvey", "followdefects",
        "Survey to web map", "Survey to map with chainage and events",
    }  # fmt: skip
    for name, (parameters, with_help, length) in result["algorithms"].items():
        assert with_help == parameters, name
        assert length > 100


def test_progress_and_messages_reach_qgis(result: dict[str, Any]) -> None:
    assert result["extract"]["OUTPUT"].endswith("轨道 一.gpkg")
    assert result["extract"]["SUMMARY"] == "made it"
    told = result["told"]
    assert told["text"] == ["segment", "write map"]
    assert told["warning"] == ["it rains"]
    assert told["info"][:2] == ["half", "made it"]
    assert result["moves"] == [37.5, 97.0, 100.0]


def test_parameters_become_options(result: dict[str, Any]) -> None:
    words = result["words"]
    assert words[0] == "vectorize"
    assert words[-2:] == ["--progress", "json"]
    pairs = dict(pairwise(words))
    for option, value in {
        "--threshold": "0.4", "--device": "cpu", "--threads": "2", "--refine": "rails",
        "--bands": "3,2,1", "--min-confidence": "0.5", "--min-length": "5",
        "--max-gap": "30", "--tolerance": "0.02",
    }.items():  # fmt: skip
        assert pairs[option] == value
    assert "--crs" not in words
    assert "--model" not in words
    assert "--probability" not in words
    assert result["temporary"]["OUTPUT"].endswith(".gpkg")


def test_selected_polygons_and_extent_limit_the_work(result: dict[str, Any]) -> None:
    assert result["area"] == ["EPSG:25832", 1, "500000.0,5699978.0 : 500090.0,5699995.0"]
    assert result["extent"] == ["EPSG:25832", 1, "500045.0,5699950.0 : 500095.0,5700005.0"]
    assert result["both"] == ["EPSG:25832", 1, "500045.0,5699978.0 : 500090.0,5699995.0"]
    near = dict(pairwise(result["near"]))
    assert Path(near["--near"].split("|")[0]).suffix == ".gpkg"
    assert near["--near-distance"] == "20"
    assert "area to process is empty" in result["nowhere"]["error"]


def test_the_map_comes_as_a_styled_group(result: dict[str, Any]) -> None:
    good, results = result["task"]
    assert good
    assert results["OUTPUT"].endswith("project.gpkg")
    assert result["loaded"]
    assert result["group"] == [
        ["Switches and nodes", True], ["Tracks", True], ["Alignment", False], ["Images", False],
    ]  # fmt: skip
    assert result["outside"] == ["project", "rail", "area"]
    assert set(result["renderers"]) == {"RuleRenderer"}


def test_events_are_exported_only_where_they_must(result: dict[str, Any]) -> None:
    (exported, words), (_, direct) = result["attached"]
    assert exported["OUTPUT"].endswith("project.gpkg")
    assert Path(words[1]).name == "rail_defects.gpkg"
    assert not Path(words[1]).exists()
    assert words[words.index("--to") + 1] == exported["OUTPUT"]
    assert Path(direct[1]).name == "project.gpkg"
    assert direct[2:4] == ["--source-layer", "railway_node"]


def test_only_the_selected_events_are_placed(result: dict[str, Any]) -> None:
    assert result["selected"] == ["squat"]


def test_layers_of_later_steps_are_loaded_with_the_map(result: dict[str, Any]) -> None:
    before, after = result["more"]
    assert sorted(set(after) - set(before)) == ["rail defects"]
    assert set(before) <= set(after)


def test_a_new_layer_of_an_open_map_is_shown(result: dict[str, Any]) -> None:
    assert result["group after"] == [
        "rail defects", "Switches and nodes", "Tracks", "Alignment", "Images",
    ]  # fmt: skip


def test_located_places_become_points(result: dict[str, Any]) -> None:
    assert result["located"]["SUMMARY"] == "6185 km 12.400 +3.2"
    assert result["places"] == [["Point (9.5 51.25)", "6185 km 12.400 +3.2", 12403.2]]


def test_the_users_crs_is_passed_on_where_the_file_has_none(result: dict[str, Any]) -> None:
    words = result["assumed"]
    assert words[words.index("--crs") + 1] == "EPSG:32633"


def test_a_map_service_is_passed_on_as_qgis_has_it(result: dict[str, Any]) -> None:
    words = result["service"]
    source = "type=xyz&url=http://localhost:9/%7Bz%7D/%7Bx%7D/%7By%7D.png"
    assert any(word.startswith(source) for word in words)
    assert words[words.index("--licence") + 1] == "CC0 1.0"
    assert words[words.index("--zoom") + 1] == "19"
    assert "--aoi" in words
    assert "--crs" not in words


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ("own_crs", "is set to EPSG:32633 but its file states EPSG:25832"),
        ("wms", "“web” is a map service; give: Extent to process, Licence of the image"),
        ("not_a_map", "Layer “area” is not a layer of a railmap GeoPackage"),
        ("edited", "has changes that are not saved"),
        ("edited_other", "Layer “Switches and nodes” has changes that are not saved"),
        ("suffix", "gpkg"),
    ],
)
def test_what_is_no_file_is_refused(result: dict[str, Any], case: str, reason: str) -> None:
    assert reason in result[case]["error"]


def test_nothing_is_left_behind(result: dict[str, Any]) -> None:
    assert result["left"] == []
