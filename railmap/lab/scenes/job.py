"""One call of the scene laboratory: a table of the paper, or its bias experiment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from railmap.errors import InputError, Option, OutputError, UsageError
from railmap.progress import Reporter

__all__ = ["SceneLabOptions", "run_scene_lab"]

_BIAS_EPOCHS = 10


@dataclass(frozen=True)
class SceneLabOptions:
    """What the scene laboratory computes: either `table` or `bias`.

    Parameters
    ----------
    output
        Folder for tables and runs.
    table
        2: top-1 and top-3 accuracy; 3: top-3 accuracy of each class.
    bias
        Add a bias to rendered photos, audit the network, rebalance the data and compare.
    data
        Railway12, or any folder of class folders; without it a table has the paper's numbers only.
    rendered
        Render photos of all 12 scenes in place of `data`.
    networks
        Keys of `SCENE_NETWORKS`; empty: the paper's three, or with `rendered` those whose ImageNet
        weights are installed.
    weights
        Folder of ImageNet weights, ``NETWORK.safetensors``.
    imagenet
        Let torchvision or timm download the weights.
    epochs
        None: those of the networks, or 10 with `bias`.
    photos
        With `bias` and `rendered`: photos of each class.
    seeds
        Number of seeds; None: 3, or 1 with `data`.
    seed
        First seed.
    device
        "auto", "cpu", "cuda", "cuda:N" or "mps".
    """

    output: Path
    table: int | None = None
    bias: bool = False
    data: Path | None = None
    rendered: bool = False
    networks: Sequence[str] = ()
    weights: Path | None = None
    imagenet: bool = False
    epochs: int | None = None
    photos: int = 160
    seeds: int | None = None
    seed: int = 0
    device: str = "auto"


def run_scene_lab(options: SceneLabOptions, command: str, reporter: Reporter) -> Path:
    """Compute a table or run the bias experiment.

    Parameters
    ----------
    options
        What to compute.
    command
        Command line for the notes of the tables.
    reporter
        Receives the progress and may cancel.

    Returns
    -------
    Path
        The table as Markdown.

    Raises
    ------
    UsageError
        If options contradict each other or are unknown.
    InputError
        If data is missing or cannot be read.
    OutputError
        If the folder cannot be created.
    ImportError
        If the libraries for training are not installed.
    """
    _check(options)
    import railmap.training.fit.trainer  # noqa: F401  (raises MissingExtraError)
    from railmap.scenes.training.fitting import SceneRecipe

    for network in options.networks:
        SceneRecipe(network)  # refuses an unknown name before anything is written
    try:
        options.output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{options.output}: cannot be made ({error.strerror})") from error
    seeds = range(options.seed, options.seed + (options.seeds or (1 if options.data else 3)))
    if options.bias:
        from railmap.lab.scenes.bias import bias_table

        bias_table(
            options.output,
            seeds,
            reporter,
            photos=options.photos,
            epochs=options.epochs or _BIAS_EPOCHS,
            device=options.device,
            command=command,
        )
        return options.output / "bias.md"
    from railmap.lab.scenes.tables import scene_table

    assert options.table is not None
    return scene_table(
        options.table,
        options.output,
        data=options.data,
        rendered=options.photos if options.rendered else None,
        networks=options.networks,
        weights=options.weights,
        imagenet=options.imagenet,
        epochs=options.epochs,
        seeds=seeds,
        device=options.device,
        command=command,
        reporter=reporter,
    )


def _check(options: SceneLabOptions) -> None:
    if options.bias == (options.table is not None):
        raise UsageError(
            "give ", Option("table", 2), ", ", Option("table", 3), " or ", Option("bias")
        )
    if options.table not in (None, 2, 3):
        raise UsageError(
            Option("table", options.table), ": the scene paper's results are in tables 2 and 3"
        )
    if options.rendered and options.data is not None:
        raise UsageError(Option("rendered"), " takes the place of ", Option("data"), ": give one")
    given = (
        options.data or options.networks or options.weights or options.imagenet or options.rendered
    )
    if options.bias and given:
        raise UsageError(
            Option("bias"),
            " renders its photos and trains the small network; leave out ",
            Option("data"),
            ", ",
            Option("rendered"),
            ", ",
            Option("network"),
            ", ",
            Option("weights"),
            " and ",
            Option("imagenet"),
        )
    if options.data is not None and not options.data.is_dir():
        raise InputError(f"{options.data}: no such folder; give one with a folder for each class")
    if options.weights is not None and not options.weights.is_dir():
        raise InputError(f"{options.weights}: no such folder of weights")
