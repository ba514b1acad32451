"""The track paper's tables as printed, and what its figures compare (preprint 202307.0912.v1)."""

from __future__ import annotations

from dataclasses import dataclass

from railmap.errors import Option, UsageError

__all__ = [
    "CURVES",
    "PAPER_TABLES",
    "PICTURES",
    "PaperRow",
    "PaperTable",
    "contradictions",
    "paper_table",
]

_ABLATIONS = {1: 5, 3: 6}
_ROUNDING = 0.1  # points that printed figures may be off


@dataclass(frozen=True, slots=True)
class PaperRow:
    """One line of a table.

    Parameters
    ----------
    label
        Label of the row.
    network
        Name in `railmap.nets.NETWORKS`.
    morphology
        Whether opening and closing follow.
    values
        Values of the paper: percent in the order of `railmap.evaluation.paper_metrics.COLUMNS`
        (ablation: accuracy alone).
    seconds
        Its "Times": for 288 (rail) or 398 (road) images.
    """

    label: str
    network: str
    morphology: bool
    values: tuple[float, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class PaperTable:
    """One table.

    Parameters
    ----------
    number
        In the paper.
    title
        Title.
    domain
        "rail" or "road".
    ablation
        Whether accuracy and time alone are given.
    images
        How many images its times are for.
    rows
        Its lines.
    """

    number: int
    title: str
    domain: str
    ablation: bool
    images: int
    rows: tuple[PaperRow, ...]


_V2, _V3 = "deeplabv3plus-mobilenetv2", "deeplabv3plus-mobilenetv3"


def _comparison(*lines: tuple[tuple[float, ...], float]) -> tuple[PaperRow, ...]:
    names = (
        ("U-Net (Ning Y et al.)", "u-net", False),
        ("L-UNet (Miao X et al.)", "l-unet", False),
        ("DeepLabV3, ResNet-50 (Ling H et al.)", "deeplabv3-resnet50", False),
        ("DeepLabV3+, MobileNetV2 (Yuejuan R et al.)", f"{_V2}-bilinear-paper", False),
        ("DeepLabV3+, MobileNetV3, CARAFE, morphology (proposed)", f"{_V3}-carafe-paper", True),
    )
    return tuple(
        PaperRow(*name, values, seconds)
        for name, (values, seconds) in zip(names, lines, strict=True)
    )


def _ablation(*lines: tuple[float, float]) -> tuple[PaperRow, ...]:
    names = [
        (f"{shown}{', CARAFE' if carafe else ''}{', morphology' if clean else ''}",
         f"{backbone}-{'carafe' if carafe else 'bilinear'}-paper", clean)
        for shown, backbone in (("MobileNetV2", _V2), ("MobileNetV3", _V3))
        for carafe, clean in ((False, False), (True, False), (True, True))
    ]  # fmt: skip
    return tuple(
        PaperRow(*name, (accuracy,), seconds)
        for name, (accuracy, seconds) in zip(names, lines, strict=True)
    )


PAPER_TABLES: dict[int, PaperTable] = {
    1: PaperTable(
        1, "Comparison on rail data", "rail", False, 288,
        _comparison(
            ((63.41, 86.16, 74.94, 93.85, 86.52, 94.72), 96),
            ((65.22, 87.60, 76.71, 95.41, 87.01, 96.11), 80),
            ((64.13, 86.06, 75.53, 94.07, 86.62, 95.34), 72),
            ((64.97, 86.87, 76.21, 94.90, 86.99, 95.96), 64),
            ((66.21, 88.93, 76.33, 95.51, 89.02, 97.69), 61),
        ),
    ),
    3: PaperTable(
        3, "Comparison on road data", "road", False, 398,
        _comparison(
            ((61.66, 79.91, 72.57, 82.58, 84.35, 90.32), 132),
            ((63.98, 81.32, 74.92, 84.06, 85.77, 92.66), 110),
            ((61.96, 80.06, 73.24, 82.97, 84.90, 91.92), 98),
            ((62.15, 82.35, 74.17, 83.95, 85.03, 93.81), 88),
            ((65.21, 84.72, 75.80, 86.60, 86.96, 94.84), 84),
        ),
    ),
    5: PaperTable(
        5, "Ablation on rail data", "rail", True, 288,
        _ablation((93.57, 63), (93.91, 62), (96.15, 65), (94.71, 60), (95.07, 58), (97.59, 61)),
    ),
    6: PaperTable(
        6, "Ablation on road data", "road", True, 398,
        _ablation((91.45, 88), (91.93, 86), (93.34, 90), (92.88, 83), (93.21, 82), (94.84, 84)),
    ),
}  # fmt: skip


# Tables 2 and 4 show masks of the networks of Tables 1 and 3.
PICTURES = {2: 1, 4: 3}

# Figures 8 and 9: the domain, and the networks whose losses they compare.
_CURVES = (
    "u-net", f"{_V2}-bilinear-paper", "deeplabv3plus-xception-bilinear-paper",
    f"{_V3}-carafe-paper",
)  # fmt: skip
CURVES = {8: ("rail", _CURVES), 9: ("road", _CURVES)}


def contradictions(table: PaperTable) -> list[str]:
    """Say in which way figures of a comparison can't be right for two classes, if they can't.

    MIoU and MPA are means over track and background. With IoU and CPA they give the background's,
    which is a share. CPA, if it is TP / (TP + FP), and recall give the IoU.
    """
    if table.ablation:
        return []
    found = []
    for mean, own, name in ((1, 0, "IoU"), (3, 2, "CPA")):
        implied = [2 * row.values[mean] - row.values[own] for row in table.rows]
        wrong = [value for value in implied if value > 100]
        if wrong:
            found.append(
                f"the paper's M{name if name == 'IoU' else 'PA'} and {name} imply {name} of the "
                f"background of {min(implied):.1f} to {max(implied):.1f} %, which is more than "
                f"100 % in {len(wrong)} of {len(table.rows)} rows: not possible with two classes"
            )
    implied = [100 / (100 / row.values[2] + 100 / row.values[4] - 1) for row in table.rows]
    differ = [a - row.values[0] for a, row in zip(implied, table.rows, strict=True)]
    if min(map(abs, differ)) > _ROUNDING:
        found.append(
            f"the paper's CPA and recall imply an IoU of {min(implied):.1f} to {max(implied):.1f} "
            f"%, {min(differ):.1f} to {max(differ):.1f} points above the one it prints"
        )
    ablation = PAPER_TABLES[_ABLATIONS[table.number]]
    ours, theirs = table.rows[-1].values[5], ablation.rows[-1].values[0]
    if ours != theirs:
        found.append(
            f"the paper's accuracy of the proposed method is {ours} % here and {theirs} % in its "
            f"Table {ablation.number}"
        )
    return found


def paper_table(number: int) -> PaperTable:
    """Return a table, for Tables 2 and 4 the one whose networks they show.

    Raises
    ------
    UsageError
        If the paper has no such table.
    """
    number = PICTURES.get(number, number)
    if number not in PAPER_TABLES:
        known = ", ".join(map(str, sorted({*PAPER_TABLES, *PICTURES})))
        raise UsageError(Option("table", number), f": the paper has the tables {known}")
    return PAPER_TABLES[number]
