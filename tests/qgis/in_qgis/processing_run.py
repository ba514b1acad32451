"""Every algorithm through `processing.run` with the real engine; pytest-qgis runs this file."""

import json
import os
import shutil
from pathlib import Path

import pytest
from osgeo import gdal
from qgis.core import (
    QgsApplication,
    QgsFeature,
    QgsGeometry,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsRasterLayer,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QColor, QImage

IMAGE = os.environ["RAILMAP_IMAGE"]
BEFORE = os.environ["RAILMAP_IMAGE_BEFORE"]
PHOTOS = os.environ["RAILMAP_PHOTOS"]
FOLDER = Path(os.environ["RAILMAP_FOLDER"])


@pytest.fixture(scope="session")
def call(qgis_processing):
    """Run an algorithm of ours by its name."""
    import processing

    import railmap

    plugin = railmap.classFactory(None)
    plugin.initProcessing()

    def run(name, **parameters):
        found = processing.run(f"railmap:{name}", parameters, feedback=QgsProcessingFeedback(False))
        silent = name in ("checkmap", "locatebychainage") or name.startswith("Survey to ")
        assert silent or found["SUMMARY"], found
        return found

    yield run
    plugin.unload()


@pytest.fixture(scope="session")
def tracks(call):
    """The map of two tracks."""
    model, output = os.environ["RAILMAP_MODEL"], FOLDER / "轨道 now.gpkg"
    found = call("extractrailtracks", INPUT=IMAGE, MODEL=model, OUTPUT=str(output))
    assert found["OUTPUT"] == str(output)
    return output


@pytest.fixture
def copy(tracks, tmp_path):
    """A map that a test may change."""
    return str(shutil.copy(tracks, tmp_path / "a copy.gpkg"))


def layer(path, name=""):
    """Open a layer of a GeoPackage."""
    found = QgsVectorLayer(f"{path}|layername={name}" if name else str(path), name, "ogr")
    assert found.isValid(), f"{path}: {name}"
    return found


def values(path, name, column):
    """Give the values of a column, sorted."""
    return sorted(str(feature[column]) for feature in layer(path, name).getFeatures())


def test_all_are_here(call):
    provider = QgsApplication.processingRegistry().providerById("railmap")
    tested = Path(__file__).read_text(encoding="utf-8")
    names = [algorithm.name() for algorithm in provider.algorithms()]
    untested = [name for name in names if f'"{name}",' not in tested]
    assert all(name.startswith("Survey to ") for name in untested), untested  # models: headless


def test_extract(tracks):
    assert layer(tracks, "railway_link").featureCount() == 2
    assert layer(tracks, "railway_link").crs().authid() == "EPSG:25832"


def test_segment_then_trace(call):
    model, output = os.environ["RAILMAP_MODEL"], str(FOLDER / "probability.tif")
    call("segmentrailtracks", INPUT=QgsRasterLayer(IMAGE, "image"), MODEL=model, OUTPUT=output)
    assert QgsRasterLayer(output, "").dataProvider().bandStatistics(1).maximumValue > 250
    found = call("tracefrommask", INPUT=output, OUTPUT="TEMPORARY_OUTPUT")
    assert layer(found["OUTPUT"], "railway_link").featureCount() == 2


def test_check(call, copy):
    found = call("checkmap", INPUT=layer(copy, "railway_link"), MIN_SPACING=20.0)
    assert found["OUTPUT"] == copy
    assert values(copy, "qa_issue", "rule") == ["spacing"]


def test_heights(call, copy):
    box = layer(copy, "railway_link").extent()
    path = str(FOLDER / "高程 dtm.tif")
    driver = gdal.GetDriverByName("GTiff")
    raster = driver.Create(path, 100, 100, 1, gdal.GDT_Float32)
    raster.SetGeoTransform((box.xMinimum() - 50, 3, 0, box.yMaximum() + 50, 0, -3))
    raster.SetProjection(layer(copy, "railway_link").crs().toWkt())
    raster.GetRasterBand(1).Fill(412.5)
    raster = None
    found = call("drapemap", INPUT=layer(copy, "railway_link"), DEM=path)
    assert found["OUTPUT"] == copy
    assert {round(float(z), 2) for z in values(copy, "track_height", "height_m")} == {412.5}


def test_compare(call, tracks, copy):
    model, old = os.environ["RAILMAP_MODEL"], str(FOLDER / "before.gpkg")
    call("extractrailtracks", INPUT=BEFORE, MODEL=model, OUTPUT=old)
    ids = values(old, "railway_link", "link_id")
    output = str(FOLDER / "变化.gpkg")
    found = call("comparesurveys", OLD=old, NEW=str(tracks), OUTPUT=output)
    assert found["OUTPUT"] == output
    assert values(output, "link_change", "change") == ["new"]
    assert not set(ids) & set(values(tracks, "railway_link", "link_id"))
    call("comparesurveys", OLD=layer(old, "railway_link"), NEW=copy, CARRY_IDS=True, OUTPUT=output)
    assert set(ids) <= set(values(copy, "railway_link", "link_id"))


def memory(kind, features):
    """Give a layer in memory of WKT with attributes, as text."""
    fields = "".join(f"&field={name}:string" for name in features[0][1])
    found = QgsVectorLayer(f"{kind}?crs=EPSG:25832{fields}", kind, "memory")
    for wkt, attributes in features:
        feature = QgsFeature(found.fields())
        for name, value in attributes.items():
            feature.setAttribute(name, value)
        feature.setGeometry(QgsGeometry.fromWkt(wkt))
        found.dataProvider().addFeature(feature)
    return found


def test_lines_and_posts(call, copy):
    ends = {
        round(node.geometry().asPoint().x()): node["node_id"]
        for node in layer(copy, "railway_node").getFeatures()
        if abs(node.geometry().asPoint().y() - 5699971) < 1
    }
    start = "500001,5699970 [EPSG:25832]"
    call("addline", INPUT=copy, REF="6185", NAME="一 line", START=start, END_TEXT=ends[500090])
    assert values(copy, "railway_line", "ref") == ["6185"]
    call("addlinesautomatically", INPUT=layer(copy, "railway_link"), MIN_LENGTH=20.0)
    assert values(copy, "railway_line", "ref") == ["6185", "T1"]
    posts = memory(
        "Point",
        [("POINT(500010 5699971)", {"position_km": 12.4}),
         ("POINT(500080 5699971)", {"position_km": 12.47})],
    )  # fmt: skip
    found = call("addkilometreposts", INPUT=copy, POSTS=posts, REF="6185")
    assert "2 posts, km 12.390 to 12.480" in found["SUMMARY"]
    assert values(copy, "railway_line", "calibration") == ["none", "posts"]


def test_attributes_of_openstreetmap(call, copy):
    osm = memory(
        "LineString",
        [
            (
                "LINESTRING(500000 5699971.5, 500090 5699971.5)",
                {"railway": "rail", "name": "甲 line"},
            )
        ],
    )
    call("conflatemap", INPUT=copy, OSM=osm)
    assert values(copy, "railway_link", "name") == ["NULL", "甲 line"]


def test_export_and_picture(call, tracks):
    found = call("exportmap", INPUT=str(tracks), OUTPUT=str(FOLDER / "轨道 x.geojson"))
    assert len(json.loads(Path(found["OUTPUT"]).read_text(encoding="utf-8"))["features"]) == 2
    picture = str(FOLDER / "图 picture.png")
    call("drawmap", INPUT=layer(tracks, "railway_link"), IMAGE=IMAGE, SIZE=450, OUTPUT=picture)
    assert 440 <= QImage(picture).width() <= 450  # a whole number of pixels of the image each


def test_report(call, tracks):
    found = call(
        "reportsurvey", INPUT=str(tracks), BEFORE=str(tracks), IMAGE=IMAGE, TITLE="轨道 <一>",
        PICTURES=3, OUTPUT=str(FOLDER / "报告 report.html"),
    )  # fmt: skip
    text = Path(found["OUTPUT"]).read_text(encoding="utf-8")
    assert "<title>轨道 &lt;一&gt;</title>" in text


def test_scenes_along_tracks(call, copy):
    views = {"INPUT": copy, "IMAGE": IMAGE, "STEP": 30.0, "SIDE": 20.0}
    found = call("cutviewsalongtracks", **views, OUTPUT=str(FOLDER / "视图 views"))
    assert len(list(Path(found["OUTPUT"]).iterdir())) >= 6
    call("classifyalongtracks", **views, MODEL=os.environ["RAILMAP_SCENE_MODEL"])
    assert set(values(copy, "scene_event", "scene_class")) <= {"platform", "tunnel"}
    assert layer(copy, "scene_event").featureCount() >= 2


def test_teach_and_explain(call):
    for scene, colour in (("platform", Qt.yellow), ("tunnel", Qt.darkBlue)):
        folder = FOLDER / "sorted photos" / scene
        folder.mkdir(parents=True)
        for number in range(6):
            photo = QImage(96, 96, QImage.Format_RGB32)
            photo.fill(Qt.gray)
            for x in range(10 + 12 * number):
                for y in range(96):
                    photo.setPixelColor(x, y, QColor(colour))
            photo.save(str(folder / f"{number}.png"))
    model = str(FOLDER / "教 taught.onnx")
    found = call("teachscenes", INPUT=str(FOLDER / "sorted photos"), OUTPUT=model)
    assert "12 photos" in found["SUMMARY"]
    sheet = str(FOLDER / "sheet 图.png")
    call("explainscene", INPUT=str(folder / "5.png"), MODEL=model, TOP=1, OUTPUT=sheet)
    assert not QImage(sheet).isNull()


def test_attach_events_and_photos(call, copy):
    events = QgsVectorLayer("Point?crs=EPSG:25832&field=class:string", "rail defects", "memory")
    feature = QgsFeature(events.fields())
    feature.setAttribute("class", "squat")
    feature.setGeometry(QgsGeometry.fromWkt("POINT(500040 5699971.2)"))
    events.dataProvider().addFeature(feature)
    call("attachevents", INPUT=events, MAP=copy, LAYER="defect")
    (defect,) = layer(copy, "defect").getFeatures()
    assert defect["link_id"]
    assert abs(abs(defect["offset_m"]) - 0.2) < 0.05
    call("attachevents", PHOTOS=PHOTOS, MAP=copy, LAYER="photo")
    assert values(copy, "photo", "uri") == ["一.jpg", "二.jpg"]


@pytest.mark.parametrize("given", [{}, {"INPUT": IMAGE, "PHOTOS": PHOTOS}])
def test_events_or_photos(call, copy, given):
    with pytest.raises(QgsProcessingException, match="Give one of these: Events, Folder of photos"):
        call("attachevents", MAP=copy, **given)


def test_locate(call):
    lined = os.environ["RAILMAP_LINED"]
    found = call("locatebychainage", INPUT=lined, KILOMETRE="T1 km 0.040", OUTPUT="memory:")
    (place,) = found["OUTPUT"].getFeatures()
    assert abs(place["line_m"] - 40) < 1e-6
    at = f"{place['x']},{place['y']} [EPSG:25832]"
    back = call("locatebychainage", INPUT=lined, POINT=at, OUTPUT="memory:")
    assert [abs(one["line_m"] - 40) < 0.01 for one in back["OUTPUT"].getFeatures()] == [True]


def test_route(call):
    lined = os.environ["RAILMAP_LINED"]
    found = call("locatebychainage", INPUT=lined, KILOMETRE="T1 km 0.060", OUTPUT="memory:")
    (place,) = found["OUTPUT"].getFeatures()
    point = place.geometry().asPoint()
    end = f"{point.x():.12g},{point.y():.12g} [EPSG:4326]"
    output = str(FOLDER / "路 route.gpkg")
    found = call("findroute", INPUT=lined, START_TEXT="T1 km 0.020", END=end, OUTPUT=output)
    assert found["OUTPUT"] == output
    (route,) = layer(output, "route").getFeatures()
    assert abs(route["length_m"] - 40) < 0.01
    assert values(output, "route_node", "kind") == ["end", "start"]


@pytest.mark.parametrize("given", [{}, {"START": "500020,5699971", "START_TEXT": "T1 km 0.020"}])
def test_start_as_point_or_text(call, given):
    lined = os.environ["RAILMAP_LINED"]
    with pytest.raises(QgsProcessingException, match="Give one of these: Start, Start as text"):
        call("findroute", INPUT=lined, END_TEXT="T1 km 0.060", OUTPUT="TEMPORARY_OUTPUT", **given)


def test_defects(call, copy):
    track = shutil.copy(os.environ["RAILMAP_LINED"], Path(copy).with_name("lined.gpkg"))
    pictures = {
        "INPUT": os.environ["RAILMAP_SURFACES"],
        "MODEL": os.environ["RAILMAP_DEFECT_MODEL"],
    }
    found = call(
        "segmentdefects",
        **pictures,
        MAP=str(track),
        LINE="T1",
        START_KM=0.02,
        ROW_MM=0.4,
        RAIL="left",
        DATE="2026-05-01",
        OUTPUT=str(FOLDER / "缺陷.gpkg"),
        REPORT=str(FOLDER / "report.html"),
    )
    told = layer(found["OUTPUT"], "defect").featureCount()
    assert told >= 2  # the spots, and the dark beyond the picture
    placed = list(layer(track, "defect").getFeatures())
    assert len(placed) == told
    assert all(one["link_id"] and one["side"] == "left_rail" for one in placed)
    assert all(20.0 <= one["line_m"] < 20.4 for one in placed)
    assert "<html" in Path(found["REPORT"]).read_text(encoding="utf-8")
    alone = call("segmentdefects", OUTPUT="TEMPORARY_OUTPUT", **pictures)
    assert layer(alone["OUTPUT"], "defect").featureCount() == told


def test_scenes(call, copy):
    found = call(
        "classifyphotos",
        INPUT=PHOTOS,
        MAP=layer(copy, "railway_link"),
        MODEL=os.environ["RAILMAP_SCENE_MODEL"],
        OUTPUT=str(FOLDER / "场景.gpkg"),
    )
    assert values(found["OUTPUT"], "photo", "scene_class") == ["platform", "platform"]
    assert set(values(copy, "scene_event", "scene_class")) == {"platform"}


def test_publish(call, tracks):
    found = call("publishmap", INPUT=str(tracks), TITLE="两条 tracks", OUTPUT=str(FOLDER / "网页"))
    assert "两条 tracks" in Path(found["OUTPUT"], "index.html").read_text(encoding="utf-8")


def test_publish_with_everything(call, copy, tracks):
    call("attachevents", PHOTOS=PHOTOS, MAP=copy, LAYER="photo")
    found = call(
        "publishmap",
        INPUT=layer(copy, "railway_link"),
        ORTHO=IMAGE,
        PHOTOS=PHOTOS,
        BEFORE=str(tracks),
        BEFORE_ORTHO=QgsRasterLayer(BEFORE, "before"),
        BASEMAPS="Aerial=https://tiles.example.org/{z}/{x}/{y}.jpg © Example Survey",
        OUTPUT=str(FOLDER / "网页 all"),
    )
    site = Path(found["OUTPUT"])
    assert (site / "tiles" / "before" / "railway_link.pmtiles").is_file()
    assert (site / "tiles" / "before" / "ortho.pmtiles").is_file()
    assert list((site / "photos").rglob("*.jpg"))  # one: two photos of the same pixels
    assert "tiles.example.org" in (site / "index.html").read_text(encoding="utf-8")


def test_growth_of_defects(call, copy):
    maps = []
    for year, length in ((2024, 10), (2025, 14), (2026, 18)):
        survey = str(shutil.copy(copy, Path(copy).with_name(f"survey {year}.gpkg")))
        squat = {"class": "squat", "area_mm2": str(length * 20), "last_seen": f"{year}-05-01"}
        events = memory("Point", [("POINT(500040 5699971.2)", squat)])
        call("attachevents", INPUT=events, MAP=survey, LAYER="defect")
        maps.append(survey)
    picture = str(FOLDER / "生长 growth.svg")
    found = call(
        "followdefects", MAPS=[layer(maps[2], "railway_link"), *maps[:2]], AT="2027-05-01",
        OUTPUT=str(FOLDER / "生长 growth.csv"), PICTURE=picture,
    )  # fmt: skip
    assert "1 defects in two or more surveys" in found["SUMMARY"], found
    table = Path(found["OUTPUT"]).read_text(encoding="utf-8")
    assert "2027-05-01" in table, table
    assert "<svg" in Path(picture).read_text(encoding="utf-8")
    with pytest.raises(QgsProcessingException, match="two or more surveys"):
        call("followdefects", MAPS=maps[:1], OUTPUT=str(FOLDER / "x.csv"))


def test_model_with_layers_in_memory(call):
    posts = memory(
        "Point",
        [("POINT(500010 5699971)", {"position_km": 12.4}),
         ("POINT(500080 5699971)", {"position_km": 12.47})],
    )  # fmt: skip
    events = memory("Point", [("POINT(500040 5699971.2)", {"class": "squat"})])
    output, site = str(FOLDER / "链 chain.gpkg"), FOLDER / "链 site"
    names = {"extract:Map": output, "publish:Web page": str(site)}
    found = call(
        "Survey to map with chainage and events",
        image=QgsRasterLayer(IMAGE, "ortho"), model=os.environ["RAILMAP_MODEL"], line="6185",
        start="500001,5699970 [EPSG:25832]", end="500089,5699971 [EPSG:25832]",
        posts=posts, events=events, **names,
    )  # fmt: skip
    assert found["extract:Map"] == output
    assert values(output, "railway_line", "calibration") == ["posts"]
    (event,) = layer(output, "point").getFeatures()
    assert abs(event["line_m"] - 12430) < 0.5, event["line_m"]
    assert (site / "index.html").is_file()


def test_evaluate(call, tracks):
    output = str(FOLDER / "scores.json")
    path = f"{tracks}|layername=railway_link"
    call("evaluate", INPUT=path, REFERENCE=layer(tracks, "railway_link"), OUTPUT=output)
    assert '"completeness": 1' in json.dumps(json.loads(Path(output).read_text(encoding="utf-8")))


def test_the_engine_s_line_is_the_error(call):
    with pytest.raises(QgsProcessingException, match=r"影像\.tif: has 3 bands; --bands asks"):
        call("segmentrailtracks", INPUT=IMAGE, BANDS="7", OUTPUT=str(FOLDER / "x.tif"))
