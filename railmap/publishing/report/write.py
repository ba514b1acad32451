"""Write the report of a survey as one HTML file."""

from __future__ import annotations

import base64
import hashlib
import html
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

from railmap._version import __version__
from railmap.errors import MapError, UsageError
from railmap.files.inputs import check_input, is_same_file
from railmap.files.output import atomic_output, check_output
from railmap.mapping.compare.surveys import find_changes
from railmap.mapping.store.licences import read_licences
from railmap.mapping.store.reader import read_map
from railmap.progress import NullReporter, Reporter
from railmap.publishing.exchange.safe_text import xml_text
from railmap.publishing.file_names import without_paths
from railmap.publishing.report.changes import changes
from railmap.publishing.report.curves import curves
from railmap.publishing.report.events import defects, scenes
from railmap.publishing.report.heights import heights
from railmap.publishing.report.issues import issues
from railmap.publishing.report.junctions import junctions
from railmap.publishing.report.markup import Html, date, paragraph, section, text
from railmap.publishing.report.overview import overview
from railmap.publishing.report.pictures import Picture, cut_pictures, figure
from railmap.publishing.report.sources import sources
from railmap.publishing.report.survey import Survey
from railmap.publishing.report.surveyed import key_figures, surveyed
from railmap.publishing.report.track import gauges, lengths
from railmap.publishing.report.worst import Spot, worst_spots

__all__ = ["MOST_PICTURES", "SurveyReport", "write_report"]

MOST_PICTURES = 60
_SUFFIXES = (".html", ".htm")


@dataclass(frozen=True, slots=True)
class SurveyReport:
    """A written report.

    Parameters
    ----------
    path
        The HTML file.
    pictures
        Number of places that are shown.
    from_images
        How many of them are cut from an image; the others are drawn from the map alone.
    faults
        Whether the map has errors, warnings or defects, shown or not.
    """

    path: Path
    pictures: int
    from_images: int
    faults: bool

    def summary(self) -> str:
        """Return one line of text."""
        if not self.faults:
            return f"wrote {self.path}: the map has no errors, warnings or defects"
        if not self.pictures:
            return f"wrote {self.path}: faults in tables, no pictures"
        return (
            f"wrote {self.path}: pictures of {self.pictures} places, {self.from_images} of them"
            " from an image"
        )


def write_report(
    path: str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    before: str | os.PathLike[str] | None = None,
    images: Sequence[str | os.PathLike[str]] = (),
    title: str | None = None,
    pictures: int = 12,
    overwrite: bool = False,
    keep_paths: bool = False,
    reporter: Reporter | None = None,
) -> SurveyReport:
    """Write what a survey found as one HTML file for people, to read and to print on A4.

    The file loads nothing and runs nothing. The same map and images give the same bytes.

    Parameters
    ----------
    path
        The map.
    output
        The HTML file to write.
    before
        Map of the survey before; its changes become a section.
    images
        Images to cut pictures from; by default those that the map names, where they are on this
        machine.
    title
        Title of the report; by default the name of the map.
    pictures
        Maximum number of worst places that are shown, 0 to 60.
    overwrite
        Whether `output` may replace an existing file.
    keep_paths
        Write paths as they are in the map; by default only file names, see `without_paths`.
    reporter
        Receives the progress, and a warning for each image that cannot be read.

    Returns
    -------
    SurveyReport
        The file, and how many places it shows.

    Raises
    ------
    UsageError
        If `output` is not named as HTML, or `pictures` is out of range.
    MapError
        If a map cannot be read.
    InputError
        If a given image is missing, or the maps are of different places.
    OutputError
        If the file exists, is an input, or cannot be written.
    """
    reporter = reporter or NullReporter()
    target = Path(output)
    if target.suffix.lower() not in _SUFFIXES:
        raise UsageError(f"{target}: a report is HTML; name it *.html")
    if not 0 <= pictures <= MOST_PICTURES:
        raise UsageError(f"a report has 0 to {MOST_PICTURES} pictures, not {pictures}")
    inputs = [path, *images, *([] if before is None else [before])]
    check_output(target, overwrite=overwrite, inputs=inputs)
    for image in images:
        check_input(image, what="raster")
    reporter.stage("report", 3)
    stored = read_map(path)
    survey = Survey.of(stored if keep_paths else without_paths(stored), read_licences(path))
    if before is not None:
        if is_same_file(before, path):
            reporter.warning(f"{os.fspath(path)}: is compared with itself; name another survey")
        earlier = check_input(before, MapError, what="map")
        found = find_changes(read_map(before), survey.content)
        survey = replace(survey, before=earlier.name, changes=found)
    reporter.advance(1)
    worst = worst_spots(survey, max(pictures, 1))
    spots = worst[:pictures]
    # The map as it is stored knows where its images are.
    cut = cut_pictures(spots, replace(survey.content, layers=stored.layers), images, reporter)
    reporter.advance(1)
    page = _page(survey, title or Path(path).stem, spots, cut, faults=bool(worst))
    with atomic_output(target, overwrite=overwrite, inputs=inputs) as partial:
        partial.write_text(page, encoding="utf-8", newline="\n")
    reporter.advance(1)
    from_images = sum(one.image is not None for one in cut)
    return SurveyReport(target, len(cut), from_images, bool(worst))


def _page(
    survey: Survey, title: str, spots: Sequence[Spot], cut: Sequence[Picture], *, faults: bool
) -> str:
    style = (files("railmap.publishing.report") / "report.css").read_text(encoding="utf-8")
    code = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; img-src data:; style-src 'sha256-{code}'; base-uri 'none';"
        " form-action 'none'"
    )
    name = html.escape(xml_text(title))
    parts = [
        key_figures(survey),
        overview(survey, spots),
        surveyed(survey),
        lengths(survey),
        junctions(survey),
        curves(survey),
        heights(survey),
        gauges(survey),
        defects(survey),
        scenes(survey),
        issues(survey),
        changes(survey),
        _worst(spots, cut, faults=faults),
        sources(survey),
    ]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f'<meta name="generator" content="railmap {__version__}">\n'
        f"<title>{name}</title>\n<style>{style}</style>\n</head>\n<body>\n"
        f"<h1>{text(title)}</h1>\n{_subtitle(survey)}\n" + "\n".join(parts) + "\n</body>\n</html>\n"
    )


def _subtitle(survey: Survey) -> Html:
    runs = survey.layer("processing_run")
    started = runs["started_at"].dropna() if len(runs) else runs
    made = f", mapped {date(started.max())} (UTC)" if len(started) else ""
    return paragraph(
        Html(f"Survey of railway tracks from images: {text(survey.content.path.name)}"), made,
        kind="sub",
    )  # fmt: skip


def _worst(spots: Sequence[Spot], cut: Sequence[Picture], *, faults: bool) -> Html:
    title = "Worst places"
    if not faults:
        return section(title, paragraph("No errors, warnings or defects to show."))
    if not spots:
        return section(title, paragraph("Pictures were left out; the tables list the faults."))
    shown = "".join(
        figure(index, spot, picture)
        for index, (spot, picture) in enumerate(zip(spots, cut, strict=True), 1)
    )
    return section(
        title,
        paragraph(
            "Errors first, then severe defects, warnings and other defects; the ring marks the "
            "place, north is up. Red and orange lines are the map.",
            kind="note",
        ),
        Html(f'<div class="pictures">{shown}</div>'),
    )
