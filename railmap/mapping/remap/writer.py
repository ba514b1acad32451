"""Write a map, with the edits of an earlier one."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from railmap.errors import MapError, OutputError
from railmap.files.output import atomic_output
from railmap.files.written import check_database
from railmap.geometry.types import TrackNetwork
from railmap.mapping.gpkg.package import GeoPackage, Row
from railmap.mapping.gpkg.srs import spatial_reference
from railmap.mapping.remap.edits import Edits
from railmap.mapping.remap.merge import Merged, merge_edits
from railmap.mapping.remap.rejected import unanswered, without_rejected
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
    drape: Callable[[Path], object] | None = None,
    reporter: Reporter | None = None,
) -> TrackNetwork:
    """Write a network as a GeoPackage that QGIS opens styled.

    The file is written completely or not at all. The same arguments give the same bytes: ids are
    computed from the content (UUID version 5), and all times in the file are arguments.

    Parameters
    ----------
    path
        The GeoPackage to write.
    network
        Coordinates in metres, x/y in `crs`; may be empty.
    crs
        Projected CRS in metres; any input of `pyproj.CRS.from_user_input`.
    images, run, qa
        Source images, run record and issues.
    overwrite
        Replace an existing file.
    acquired_at
        Acquisition time; by default that of the images if all have the same.
    edits
        Edits of an earlier map of the place, in `crs`, which are kept (see `merge_edits` and
        `carry_over`).
    drape
        Gives the tracks heights; called with the complete file before it takes its name.
    reporter
        Receives warnings about edits that cannot be kept.

    Returns
    -------
    TrackNetwork
        The network that was written: `network` with the edits.

    Raises
    ------
    OutputError
        If `path` exists and `overwrite` is not set, is one of `images`, or cannot be written.
    GeoreferenceError
        If `crs` is not projected in metres.
    MapError
        If the network is invalid (see `network_rows`) or the schema does not permit a value.
    """
    reporter = reporter or NullReporter()
    reference = spatial_reference(crs)
    run_id = IdMaker()("run", _run_content(run))
    if acquired_at is None:
        moments = {image.acquired_at for image in images}
        acquired_at = moments.pop() if len(moments) == 1 else None
    returned: list[QaIssue] = []
    if edits is not None and edits.rejected:
        network, returned = without_rejected(network, edits.rejected)
    if edits is not None and edits.heights and drape is None:
        reporter.warning("the heights of the map were those of its links before; drape it again")
    if edits is not None:
        qa = unanswered(qa, [*edits.rejected, *(link.xy for link in edits.links)])
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
        "qa_issue": issue_rows([*qa, *returned, *merged.issues], reference.srs_id),
        "source_image": image_rows(images, reference.srs_id),
        "processing_run": [*((row, None, None) for row in earlier), _run_row(run, run_id)],
    }
    inputs = [image.uri for image in images]
    with atomic_output(path, overwrite=overwrite, inputs=inputs, verify=check_database) as partial:
        try:
            with GeoPackage(
                partial, reference, changed=run.started_at, writer=f"railmap {run.version}"
            ) as package:
                for layer in LAYERS:
                    if layer.always:
                        package.add_layer(layer, by_layer[layer.name])
                    # Also the styles of layers that are added later.
                    if qml := layer_qml(layer):
                        package.add_style(layer, qml)
                package.commit()
            if edits is not None and edits.other is not None:
                # Needs pandas, which a new map does not.
                from railmap.mapping.remap.carry_over import carry_over

                for text in carry_over(partial, edits.other):
                    reporter.warning(text)
            if drape is not None:
                drape(partial)
        except sqlite3.Error as error:
            fault = explain(error, "cannot be written")
            raise OutputError(f"{os.fspath(path)}: {fault}") from error
    return merged.network


def _json(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    except TypeError as error:
        raise MapError(f"the run's parameters cannot be stored as JSON: {error}") from error


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
