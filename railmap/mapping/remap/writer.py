"""The map on disk."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from railmap.errors import MapError, OutputError
from railmap.files.output import atomic_output
from railmap.geometry.types import TrackNetwork
from railmap.mapping.gpkg.package import GeoPackage, Row
from railmap.mapping.gpkg.srs import spatial_reference
from railmap.mapping.remap.carry_over import carry_over
from railmap.mapping.remap.edits import Edits
from railmap.mapping.remap.merge import Merged, merge_edits
from railmap.mapping.schema import LAYERS
from railmap.mapping.schema.ids import IdMaker
from railmap.mapping.store.access import explain
from railmap.mapping.store.rows import image_rows, issue_rows, network_rows
from railmap.mapping.store.types import QaIssue, RunRecord, SourceImage
from railmap.mapping.style.qml import layer_qml
from railmap.progress import NullReporter, Reporter

__all__ = ["write_map"]


def write_map(
    path: str | os.PathLike[str],
    network: TrackNetwork,
    crs: Any,
    *,
    images: Sequence[SourceImage],
    run: RunRecord,
    qa: Sequence[QaIssue] = (),
    overwrite: bool = False,
    acquired_at: datetime | str | None = None,
    edits: Edits | None = None,
    reporter: Reporter | None = None,
) -> TrackNetwork:
    """Write a network as a GeoPackage that QGIS opens styled.

    The file appears whole or not at all. Same arguments, same bytes: ids are made from the
    content (UUID version 5), and every time in the file is one of the arguments'.

    Parameters
    ----------
    path
        The GeoPackage to make.
    network
        Coordinates in metres, x/y in `crs`. It may be empty.
    crs
        Projected CRS in metres; whatever pyproj understands.
    images, run, qa
        What it was made from, how, and what to look at.
    overwrite
        Replace an existing file.
    acquired_at
        When the tracks were seen; by default the images' moment if all have the same.
    edits
        What a person did in an earlier map of the place: it stays (see `merge_edits` and
        `carry_over`).
    reporter
        Told what of it couldn't stay.

    Returns
    -------
    TrackNetwork
        What was written: `network`, with the edits if there are any.

    Raises
    ------
    OutputError
        If `path` exists and `overwrite` isn't set, is one of `images`, or can't be written.
    GeoreferenceError
        If `crs` isn't projected in metres.
    MapError
        If the network is broken (see `network_rows`) or a value isn't one of the schema's.
    """
    reporter = reporter or NullReporter()
    reference = spatial_reference(crs)
    run_id = IdMaker()("run", _run_content(run))
    if acquired_at is None:
        moments = {image.acquired_at for image in images}
        acquired_at = moments.pop() if len(moments) == 1 else None
    merged = Merged(network, {}, {}, [])
    if edits is not None and (edits.links or edits.nodes):
        merged = merge_edits(network, edits, reference.srs_id)
    rows = network_rows(
        merged.network, reference.srs_id, run_id=run_id, acquired_at=acquired_at,
        link_values=merged.link_values, node_values=merged.node_values,
    )  # fmt: skip
    earlier = [row for row in edits.runs if row["run_id"] != run_id] if edits else []
    by_layer: Mapping[str, list[Row]] = {
        "railway_link": rows.links,
        "railway_node": rows.nodes,
        "net_relation": rows.relations,
        "alignment_segment": rows.segments,
        "track_area": rows.areas,
        "qa_issue": issue_rows([*qa, *merged.issues], reference.srs_id),
        "source_image": image_rows(images, reference.srs_id),
        "processing_run": [*((row, None, None) for row in earlier), _run_row(run, run_id)],
    }
    inputs = [image.uri for image in images]
    with atomic_output(path, overwrite=overwrite, inputs=inputs) as partial:
        try:
            with GeoPackage(
                partial, reference, changed=run.started_at, writer=f"railmap {run.version}"
            ) as package:
                for layer in LAYERS:
                    if layer.always:
                        package.add_layer(layer, by_layer[layer.name])
                    # Layers that come later open styled too.
                    if qml := layer_qml(layer):
                        package.add_style(layer, qml)
                package.commit()
            if edits is not None and edits.belongings is not None:
                for text in carry_over(partial, edits.belongings):
                    reporter.warning(text)
        except sqlite3.Error as error:
            fault = explain(error, "can't be written")
            raise OutputError(f"{os.fspath(path)}: {fault}") from error
    return merged.network


def _json(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    except TypeError as error:
        raise MapError(f"the run's parameters can't be stored as JSON: {error}") from error


def _run_content(run: RunRecord) -> bytes:
    parts = [run.version, run.command, dict(run.parameters), run.model, run.model_sha256]
    return _json(parts).encode()


def _run_row(run: RunRecord, run_id: str) -> Row:
    attributes = {
        "run_id": run_id,
        "version": run.version,
        "command": run.command,
        "parameters": _json(dict(run.parameters)),
        "model": run.model,
        "model_sha256": run.model_sha256,
        "started_at": run.started_at,
        "seconds": run.seconds,
        "warnings": _json(list(run.warnings)),
    }
    return attributes, None, None
