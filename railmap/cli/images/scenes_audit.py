"""`railmap scenes audit`: biases of a data set, and a split that reduces them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.common.options import DeviceOption
from railmap.cli.common.session import OverwriteOption, Result, Session
from railmap.progress import Reporter

__all__ = ["scenes_audit_command"]


def scenes_audit_command(
    dataset: Annotated[
        Path, typer.Argument(help="Folder with one folder of photos for each scene.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="HTML report to write.")],
    session: Session,
    model: Annotated[
        Path | None,
        typer.Option("--model", help="Scene model to use; else a small one is trained."),
    ] = None,
    rebalance: Annotated[
        Path | None,
        typer.Option("--rebalance", help="CSV for the improved split, for `train scenes --split`."),
    ] = None,
    split: Annotated[Path | None, typer.Option(help="CSV of the split in use.")] = None,
    evidence: Annotated[
        Path | None, typer.Option(help="Folder of masks of the evidence, CLASS/NAME.png.")
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(help="Epochs of the small network, else 30.", min=1)
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the split and the training.", min=0)] = 0,
    device: DeviceOption = "auto",
    overwrite: OverwriteOption = False,
) -> None:
    """Find biases of a data set of scenes: shortcuts, rare modes, copies, doubtful labels."""

    def job(reporter: Reporter) -> Result:
        from railmap.scenes.audit.job import AuditOptions, audit_dataset

        findings = audit_dataset(
            dataset,
            output,
            rebalance=rebalance,
            options=AuditOptions(model, split, evidence, epochs, seed, device),
            overwrite=overwrite,
            reporter=reporter,
        )
        for finding in findings:
            reporter.message(f"{finding.severity}: {finding.text} {finding.advice}")
        outputs = {"report": str(output)} | ({"split": str(rebalance)} if rebalance else {})
        return Result(f"{output}: {len(findings)} findings", outputs)

    session.run(job)
