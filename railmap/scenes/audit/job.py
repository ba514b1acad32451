"""Audit a data set of scenes and write the report and a better split."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from railmap.errors import InputError
from railmap.files.output import check_output
from railmap.progress import NullReporter, Reporter
from railmap.scenes.audit.findings import Finding

__all__ = ["AuditOptions", "audit_dataset"]


@dataclass(frozen=True)
class AuditOptions:
    """How a data set is audited.

    Parameters
    ----------
    model
        Scene model to use; None trains a small one.
    split
        CSV of the split in use.
    evidence
        Folder of masks of the evidence, ``CLASS/NAME.png``.
    epochs
        Epochs of the small network; None: 30.
    seed
        Seed of the split and the training.
    device
        ``auto``, ``cpu``, ``cuda`` or ``mps``.
    """

    model: Path | None = None
    split: Path | None = None
    evidence: Path | None = None
    epochs: int | None = None
    seed: int = 0
    device: str = "auto"


def audit_dataset(
    dataset: Path,
    output: Path,
    *,
    rebalance: Path | None = None,
    options: AuditOptions | None = None,
    overwrite: bool = False,
    reporter: Reporter | None = None,
) -> list[Finding]:
    """Find biases of a data set of scenes: shortcuts, rare modes, copies, doubtful labels.

    Parameters
    ----------
    dataset
        Folder with one folder of photos for each scene.
    output
        HTML report to write.
    rebalance
        CSV to write with a split that reduces the biases.
    options
        Model, split in use, masks of the evidence.
    overwrite
        Replace outputs that exist.
    reporter
        Receives the progress; can cancel.

    Raises
    ------
    InputError
        If the data set or a further input cannot be read.
    OutputError
        If an output exists or cannot be written.
    MissingExtraError
        If there is no model and the extra for training is not installed.
    """
    reporter, options = reporter or NullReporter(), options or AuditOptions()
    check_output(output, overwrite=overwrite)
    if rebalance is not None:
        check_output(rebalance, overwrite=overwrite)
    if options.evidence is not None and not options.evidence.is_dir():
        raise InputError(f"{options.evidence}: no such folder of masks")
    if options.model is None:
        import railmap.training.fit.trainer  # noqa: F401  (reports the missing extra)
    from railmap.scenes.audit import examine, list_findings, write_report
    from railmap.scenes.audit import rebalance as improve
    from railmap.scenes.classify.classifier import SceneClassifier
    from railmap.scenes.data.dataset import read_dataset
    from railmap.scenes.data.split import read_split, write_split

    model = None if options.model is None else SceneClassifier(options.model)
    data = read_dataset(dataset, reporter)
    if options.split is not None:
        data = read_split(data, options.split)
    found = examine(
        data,
        model=model,
        epochs=options.epochs,
        evidence=options.evidence,
        seed=options.seed,
        device=options.device,
        reporter=reporter,
    )
    findings = list_findings(found)
    better = improve(found, options.seed) if rebalance is not None else None
    notes = list(getattr(reporter, "warnings", []))
    write_report(found, findings, output, split=better, notes=notes, overwrite=overwrite)
    if rebalance is not None and better is not None:
        write_split(better, rebalance, overwrite)
    return findings
