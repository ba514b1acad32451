"""The rail-surface paper's numbers (its Tables 1-7), for comparison with ours."""

from __future__ import annotations

__all__ = ["FOLD_F1", "FOLD_IOU", "MEANS", "NAMES", "PARAMETERS", "TEST_SCORES", "TRAINING",
           "WHOLE_RAILS"]  # fmt: skip

NAMES = {
    "proposed": "Proposed FCN",
    "segnet": "Base SegNet",
    "fcn8s": "FCN-8s",
    "railmap": "StripNet, ours",  # the paper has no numbers of it
}

# Table 1: parameters of the two types.
PARAMETERS = {1: 12_163_110, 2: 12_163_042}

# Table 2: epoch, iteration, seconds, training loss.
TRAINING = {
    1: ((1, 40, 4.5, 0.77), (10, 400, 46, 0.28),
        (100, 4000, 470, 0.002), (300, 12000, 1400, 0.001)),
    2: ((1, 80, 5, 0.79), (10, 800, 50, 0.16),
        (100, 8000, 500, 0.003), (300, 24000, 1500, 0.001)),
}  # fmt: skip

# Table 3: accuracy, F1, precision, recall, IoU, seconds for the test set.
TEST_SCORES = {
    1: (0.999, 0.972, 0.972, 0.973, 0.947, 9.0),
    2: (0.999, 0.946, 0.932, 0.961, 0.898, 9.0),
}

# Table 4, SegNet on whole rails: epoch, iteration, seconds, milliseconds a step, accuracy and loss
# of the training.
WHOLE_RAILS = ((100, 3200, 700, 60, 0.997, 0.036), (300, 9600, 2100, 60, 0.999, 0.002))

# Table 5: F1 of the five subsets.
FOLD_F1 = {
    (1, "proposed"): (0.899, 0.954, 0.932, 0.874, 0.942),
    (1, "segnet"): (0.892, 0.897, 0.926, 0.902, 0.851),
    (1, "fcn8s"): (0.913, 0.882, 0.872, 0.861, 0.892),
    (2, "proposed"): (0.874, 0.929, 0.911, 0.906, 0.956),
    (2, "segnet"): (0.912, 0.888, 0.912, 0.840, 0.854),
    (2, "fcn8s"): (0.847, 0.902, 0.932, 0.896, 0.921),
}

# Table 6: IoU of the five subsets.
FOLD_IOU = {
    (1, "proposed"): (0.817, 0.912, 0.872, 0.777, 0.891),
    (1, "segnet"): (0.805, 0.814, 0.862, 0.822, 0.741),
    (1, "fcn8s"): (0.839, 0.789, 0.773, 0.755, 0.815),
    (2, "proposed"): (0.777, 0.896, 0.847, 0.829, 0.917),
    (2, "segnet"): (0.838, 0.799, 0.838, 0.724, 0.745),
    (2, "fcn8s"): (0.736, 0.822, 0.873, 0.811, 0.853),
}

# Table 7: milliseconds a step, validation loss, accuracy, F1, IoU; means over five folds.
MEANS = {
    (1, "proposed"): (7.0, 0.003, 0.999, 0.920, 0.854),
    (1, "segnet"): (13.0, 0.007, 0.998, 0.893, 0.809),
    (1, "fcn8s"): (8.0, 0.004, 0.998, 0.884, 0.792),
    (2, "proposed"): (4.0, 0.009, 0.998, 0.916, 0.846),
    (2, "segnet"): (6.0, 0.017, 0.997, 0.881, 0.789),
    (2, "fcn8s"): (5.0, 0.010, 0.998, 0.900, 0.819),
}
