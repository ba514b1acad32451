"""The scene paper's bias work-flow (section 3.3) on rendered photos with a planted bias."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np

from railmap.errors import UsageError
from railmap.evaluation.tables import Cell, write_table
from railmap.lab.scenes.figure import Seen, bias_figure, see
from railmap.nets.scene_networks import SCENE_NETWORKS, SceneNetwork
from railmap.progress import Reporter
from railmap.rendering.photos.photos import SCENE_MODES, PhotoPlan, write_photos
from railmap.scenes.audit import Finding, examine, list_findings, rebalance, write_report
from railmap.scenes.data.dataset import read_dataset, read_pixels
from railmap.scenes.data.split import split_dataset
from railmap.scenes.training.fitting import SceneRecipe, fit_scenes, predict_pixels

__all__ = ["MARKED", "ONE_SIDED", "SCENES", "BiasRun", "bias_run", "bias_table"]

MARKED, ONE_SIDED = "catenary", "ticket_lobby"
SCENES = ("catenary", "railway_bridge", "platform", "ticket_lobby", "waiting_hall")
_MARK_SHARE, _MODE_SHARE = 0.95, 0.95
_TEST_SEED = 1000


@dataclass(frozen=True, slots=True)
class BiasRun:
    """One seed: accuracy on unbiased photos before and after, and the findings of the audit.

    Parameters
    ----------
    before, after
        Share of unbiased test photos classified correctly: all; those with a mark on a class that
        had none in training or without it on the class that had it; those of the rare mode.
    findings
        Of the audit of the biased set.
    named_mode
        Whether one of them names the planted rare mode: most of the photos it shows are of it.
    examples
        Test photos with stamp or of the rare mode, as seen before and after.
    """

    before: tuple[float, float, float]
    after: tuple[float, float, float]
    findings: tuple[Finding, ...]
    named_mode: bool
    examples: tuple[Seen, ...]

    @property
    def named_mark(self) -> bool:
        """Whether the audit named the planted mark, with its class and place."""
        return any(f.kind == "shortcut" and f.scene == MARKED for f in self.findings)


def bias_run(
    folder: Path,
    seed: int,
    reporter: Reporter,
    *,
    photos: int = 160,
    epochs: int = 10,
    test_photos: int = 60,
    size: int = 96,
    scenes: Sequence[str] = SCENES,
    device: str = "auto",
    report: Path | None = None,
) -> BiasRun:
    """Plant a bias, audit, rebalance, and train before and after with the same recipe.

    In training 95 % of the catenaries and no other photo bear a date stamp, and 95 % of the ticket
    lobbies show windows. In the test every class has stamps on half of its photos, and all modes
    as often.

    Parameters
    ----------
    folder
        For the rendered photos.
    seed
        Of photos, split and training.
    reporter
        Receives the progress and may cancel.
    photos, test_photos
        Of each class, for the biased set and the unbiased test.
    epochs
        Of every training, the audit's own included.
    size
        Side of the rendered photos, pixels.
    scenes
        Classes; `MARKED` and `ONE_SIDED` must be among them.
    device
        As for `fit_scenes`.
    report
        HTML file for the audit of the biased set.
    """
    if not {MARKED, ONE_SIDED} <= set(scenes):
        raise UsageError(f"the bias is planted in {MARKED} and {ONE_SIDED}; both are needed")
    plans = [
        PhotoPlan(
            scene,
            photos,
            first_share=_MODE_SHARE if scene == ONE_SIDED else 0.5,
            mark_share=_MARK_SHARE if scene == MARKED else 0.0,
        )
        for scene in scenes
    ]
    planted = write_photos(folder / "biased", plans, seed=seed, size=size)
    rare_name = SCENE_MODES[ONE_SIDED][1].name
    is_rare = {path.relative_to(folder / "biased"): mode == rare_name for path, mode, _ in planted}
    fair = [PhotoPlan(scene, test_photos, 0.5, 0.5) for scene in scenes]
    truth = write_photos(folder / "unbiased", fair, seed=_TEST_SEED + seed, size=size)
    data = split_dataset(read_dataset(folder / "biased", reporter), seed=seed)
    found = examine(data, epochs=epochs, seed=seed, device=device, reporter=reporter)
    better = rebalance(found, seed)

    test, pixels = read_pixels(
        read_dataset(folder / "unbiased", reporter), SCENE_NETWORKS["small"].size, reporter
    )
    known = {path.relative_to(test.root): (mode, marked) for path, mode, marked in truth}
    marked = np.array([known[file][1] for file in test.files])
    is_marked_class = test.labels == test.classes.index(MARKED)
    rare = np.array([known[file][0] == rare_name for file in test.files])
    rare &= test.labels == test.classes.index(ONE_SIDED)
    against = marked != is_marked_class

    recipe = SceneRecipe("small", epochs=epochs, seed=seed)
    fitted = fit_scenes(better, recipe, folder / "run", device=device, reporter=reporter)
    # The audit's network was trained on the biased split with the same recipe.
    networks = (cast(SceneNetwork, found.network), fitted.network)
    spec = SCENE_NETWORKS["small"]
    right = [
        predict_pixels(network, pixels, spec.mean, spec.std).argmax(axis=1) == test.labels
        for network in networks
    ]
    before, after = (
        (float(hit.mean()), float(hit[against].mean()), float(hit[rare].mean())) for hit in right
    )
    changed = right[0] != right[1]
    shown = [
        *np.flatnonzero(against & changed)[:4],
        *np.flatnonzero(rare & changed & ~against)[:1],
        *np.flatnonzero(~changed & marked)[:1],
    ]
    examples = [see(pixels[i], test.classes[test.labels[i]], test.classes, networks) for i in shown]
    findings = list_findings(found)
    named = any(
        np.mean([is_rare[found.data.files[i]] for i in finding.photos]) > 0.5
        for finding in findings
        if finding.kind == "mode" and finding.scene == ONE_SIDED
    )
    if report is not None:
        write_report(found, findings, report, split=better, overwrite=True)
    return BiasRun(before, after, tuple(findings), named, tuple(examples))


def bias_table(
    output: Path,
    seeds: Sequence[int],
    reporter: Reporter,
    *,
    photos: int = 160,
    epochs: int = 10,
    device: str = "auto",
    command: str = "",
) -> list[BiasRun]:
    """Run all seeds; write the table (Markdown, CSV), its figure, and each audit's report.

    Parameters
    ----------
    output
        Folder for ``bias.md``, ``bias.csv``, ``bias.png`` and ``audit-seed-N.html``.
    seeds
        One run each.
    reporter
        Receives the progress and may cancel.
    photos, epochs, device
        As for `bias_run`.
    command
        For the notes.
    """
    runs = []
    for seed in seeds:
        with tempfile.TemporaryDirectory(prefix="railmap-bias-") as folder:
            run = bias_run(
                Path(folder),
                seed,
                reporter,
                photos=photos,
                epochs=epochs,
                device=device,
                report=output / f"audit-seed-{seed}.html",
            )
        runs.append(run)
        reporter.message(
            f"seed {seed}: {100 * run.before[0]:.1f} % before, {100 * run.after[0]:.1f} % after"
        )
    columns = ["seed", "mark named", "rare mode named", "top-1 before (%)", "top-1 after (%)",
               "against the mark before (%)", "after (%)",
               "rare mode before (%)", "after (%)"]  # fmt: skip
    rows: list[list[Cell]] = []
    for seed, run in zip(seeds, runs, strict=True):
        pairs = zip(run.before, run.after, strict=True)
        figures = [round(100 * value, 1) for pair in pairs for value in pair]
        rows.append([seed, _yes(run.named_mark), _yes(run.named_mode), *figures])
    means = np.mean([[run.before, run.after] for run in runs], axis=0).T.ravel()
    rows.append(["mean", "", "", *(round(100 * float(value), 1) for value in means)])
    notes = [
        f"{len(SCENES)} classes of rendered photos, {photos} each, {epochs} epochs of the "
        "small network from scratch; test: 60 unbiased photos of each class, other seeds",
        f"bias: a date stamp on {100 * _MARK_SHARE:.0f} % of {MARKED} and on nothing else; "
        f"{100 * _MODE_SHARE:.0f} % of {ONE_SIDED} show windows, the rest machines",
        "against the mark: test photos with a stamp that are no catenary, and catenaries without",
    ]
    write_table(
        output / "bias", "A planted bias, before and after", columns, rows,
        [*notes, *([f"`{command}`"] if command else [])],
    )  # fmt: skip
    bias_figure(
        output / "bias.png",
        seeds,
        [run.before for run in runs],
        [run.after for run in runs],
        runs[0].examples,
    )
    return runs


def _yes(value: bool) -> str:
    return "yes" if value else "no"
