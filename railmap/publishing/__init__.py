"""Export a map, publish it as a web page, report on it; the map is not changed."""

from __future__ import annotations

from railmap.publishing.exchange.export import EXPORT_SUFFIXES, export_map
from railmap.publishing.exchange.route import route_through_map
from railmap.publishing.report.write import SurveyReport, write_report
from railmap.publishing.web.site import Site, publish_map

__all__ = [
    "EXPORT_SUFFIXES",
    "Site",
    "SurveyReport",
    "export_map",
    "publish_map",
    "route_through_map",
    "write_report",
]
