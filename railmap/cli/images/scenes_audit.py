"""`railmap scenes audit`: the biases of a data set, and a split that reduces them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from railmap.cli.common.options import DeviceOption
from railmap.cli.common.session import DebugOption, OverwriteOption, ProgressOption, run_job
from railmap.progress import Reporter

__all__ = ["scenes_audit_command"]


def scenes_audit_command(
    dataset: Annotated[
        Path, typer.Argument(help="Folder with one folder of photos for each scene.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="HTML report to write.")],
    model: Annotated[
        Path | None,
        typer.Option("--model", help="Scene model to look with; else a small one is trained."),
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
        int | None, typer.Option(help="Of the small network, else 30.", min=1)
    ] = None,
    seed: Annotated[int, typer.Option(help="Of split and training.")] = 0,
    device: DeviceOption = "auto",
    overwrite: OverwriteOption = False,
    progress: ProgressOption = "auto",
    debug: DebugOption = False,
) -> None:
    """Find biases of a data set of scenes: shortcuts, rare modes, copies, doubtful labels."""

    def job(reporter: Reporter) -> None:
        from railmap.files.output import check_output

        check_output(output, overwrite=overwrite)
        if rebalance is not None:
            check_output(rebalance, overwrite=overwrite)
        if evidence is not None and not evidence.is_dir():
            from railmap.errors import InputError

            raise InputError(f"{evidence}: no such folder of masks")
        import railmap.training.fit.trainer  # noqa: F401  (says which extra is missing)
        from railmap.scenes.audit import examine, list_findings, write_report
        from railmap.scenes.audit import rebalance as improve
        from railmap.scenes.classify.package import load_scene_model
        from railmap.scenes.data.dataset import read_dataset
        from railmap.scenes.data.split import read_split, write_split

        package = None if model is None else load_scene_model(model)
        data = read_dataset(dataset, reporter)
        if split is not None:
            data = read_split(data, split)
        found = examine(
            data,
            model=package,
            epochs=epochs,
            evidence=evidence,
            seed=seed,
            device=device,
            reporter=reporter,
        )
        findings = list_findings(found)
        better = improve(found, seed) if rebalance is not None else None
        outputs = {"report": str(output)}
        notes = list(getattr(reporter, "warnings", []))
        write_report(found, findings, output, split=better, notes=notes, overwrite=overwrite)
        if rebalance is not None and better is not None:
            write_split(better, rebalance, overwrite)
            outputs["split"] = str(rebalance)
        for finding in findings:
            reporter.message(f"{finding.severity}: {finding.text} {finding.advice}")
        reporter.result(f"{output}: {len(findings)} findings", outputs)

    run_job(job, progress, debug)
