"""What a model reached on pictures that were held back, beside chance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from emopoi.errors import InputError
from emopoi.evaluation.metrics import confusion_matrix, expected_calibration_error, macro_f1


def held_figures(
    shares: np.ndarray, label: np.ndarray, labels: Sequence[str], training_label: np.ndarray
) -> dict[str, Any]:
    """Figures on held pictures.

    Args:
        shares: float (N, K), rows are distributions.
        label: int64 (N,), the true labels.
        labels: K names.
        training_label: int64 (M,), labels that were trained on: chance says the most frequent one.

    Returns:
        n, accuracy and `chance` (of always saying the most frequent label), balanced_accuracy (mean
        recall of the labels that occur) and `balanced_chance`, times_chance (their ratio), macro_f1,
        ece, by_label and confusion.

    Raises:
        InputError: no rows.
    """
    if len(label) == 0:
        raise InputError("pictures held back were expected, there are none")
    found = shares.argmax(axis=1)
    confusion = confusion_matrix(label, found, len(labels))
    counts = confusion.sum(axis=1)
    occurs = counts > 0
    recall = np.divide(np.diag(confusion), counts, out=np.zeros(len(labels)), where=occurs)
    balanced = float(recall[occurs].mean())
    frequent = int(np.bincount(training_label, minlength=len(labels)).argmax())
    return {
        "n": len(label),
        "accuracy": round(float((found == label).mean()), 4),
        "chance": round(float((label == frequent).mean()), 4),
        "balanced_accuracy": round(balanced, 4),
        "balanced_chance": round(1 / len(labels), 4),
        "times_chance": round(balanced * len(labels), 2),
        "macro_f1": round(macro_f1(confusion), 4),
        "ece": round(expected_calibration_error(shares, label), 4),
        "by_label": {
            name: {"n": int(count), "recall": round(float(share), 4) if count else None}
            for name, count, share in zip(labels, counts, recall, strict=True)
        },
        "confusion": {"labels": list(labels), "rows_true": confusion.tolist()},
    }
