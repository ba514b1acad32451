"""What was surveyed: images, ground sampling distance, dates, area; the figures at the top."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from railmap.publishing.exchange.lonlat import to_lonlat
from railmap.publishing.report.markup import Html, date, metres, number, paragraph, section, table
from railmap.publishing.report.survey import Survey

__all__ = ["key_figures", "surveyed"]

_MOST = 60
_HECTARE = 1e4


def key_figures(survey: Survey) -> Html:
    """Return the figures that a reader wants first."""
    nodes = survey.content.nodes["railway"]
    issues = survey.layer("qa_issue")
    open_issues = int((issues["status"].fillna("open") == "open").sum()) if len(issues) else 0
    defects = sum(len(survey.layer(name)) for name in ("defect", "defect_area"))
    figures = [
        (metres(float(survey.link_lengths().sum())), "track"),
        (number(int((nodes == "switch").sum())), "switches"),
        (number(int((nodes == "railway_crossing").sum())), "crossings"),
        (number(defects), "defects"),
        (number(open_issues), "open issues"),
    ]
    cells = "".join(f"<div><b>{value}</b><span>{name}</span></div>" for value, name in figures)
    return Html(f'<div class="figures">{cells}</div>')


def surveyed(survey: Survey) -> Html:
    """Return the section on the images."""
    images = survey.layer("source_image")
    if images.empty:
        return section(
            "What was surveyed",
            paragraph("The map names no image: area, date and resolution are not known."),
            _where(survey),
        )
    shapes = images["geom"].to_numpy()
    sound = shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
    area = shapely.area(shapely.union_all(shapely.make_valid(sound))) if len(sound) else np.nan
    rows = [
        (
            row.uri,
            number(100 * row.gsd_m, 1),
            date(row.acquired_at),
            number(shapely.area(row.geom) / _HECTARE, 2) if row.geom is not None else None,
            row.crs if len(str(row.crs)) <= 20 else "as WKT in the map",
        )
        for row in images.itertuples()
    ]
    head = ("image", "GSD (cm)", "taken", "area (ha)", "CRS")
    count = images["uri"].nunique()  # an area of interest can leave several parts of one
    return section(
        "What was surveyed",
        paragraph(
            f"{count} {'image' if count == 1 else 'images'}, GSD {_gsds(images)}, "
            f"taken {_days(images)}; {number(area / _HECTARE, 2, 'ha')} of ground, areas that "
            "several images show counted once."
        ),
        _where(survey),
        table(head, rows, numbers=(1, 3), most=_MOST),
    )


def _gsds(images: pd.DataFrame) -> str:
    found = images["gsd_m"].dropna()
    if found.empty:
        return "not stated"
    low, high = 100 * found.min(), 100 * found.max()
    same = number(low, 1) == number(high, 1)
    return number(low, 1, "cm") if same else f"{number(low, 1)} to {number(high, 1, 'cm')}"


def _days(images: pd.DataFrame) -> str:
    found = images["acquired_at"].dropna()
    if found.empty:
        return "on an unknown date"
    first, last = date(found.min()), date(found.max())
    days = first if first == last else f"from {first} to {last}"
    unknown = len(images) - len(found)
    return f"{days} ({unknown} without a date)" if unknown else days


def _where(survey: Survey) -> Html:
    content = survey.content
    for name in ("railway_link", "source_image"):
        box = np.asarray(content.layers[name].total_bounds)  # type: ignore[attr-defined]
        if len(content.layers[name]) and np.isfinite(box).all():
            (lon, lat) = to_lonlat(content.crs, [((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)])[0]
            centre = f"The centre is at {lon:.5f}° E, {lat:.5f}° N (WGS 84). "
            break
    else:
        centre = ""
    code = content.crs.to_epsg()
    name = f"{content.crs.name} (EPSG:{code})" if code else content.crs.name
    return paragraph(
        f"{centre}Coordinates in this report are x, y in metres of {name}; ± is one sigma."
    )
