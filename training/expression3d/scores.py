"""Figures of answers for every face, found or not."""

from __future__ import annotations

from typing import Any

import numpy as np

from emopoi.evaluation.metrics import confusion_matrix, expected_calibration_error, macro_f1
from emopoi.runtime.probabilities import softmax
from emopoi.types.labels import FER7
from training.face3d.stored_faces import ENOUGH_PRESENCE


def with_prior(logits: np.ndarray, placed: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Probabilities, and what is usual where there are no points.

    Args:
        logits: float (N, 7).
        placed: bool (N,), whether there are points.
        labels: int (M,) of the training faces: how often each expression is.

    Returns:
        float32 (N, 7).
    """
    usual = np.bincount(labels, minlength=len(FER7)) / max(1, len(labels))
    return np.where(placed[:, None], softmax(logits.astype(np.float32)), usual).astype(np.float32)


def scores(answers: np.ndarray, labels: np.ndarray, presence: np.ndarray) -> dict[str, Any]:
    """Accuracy over all faces and over those in which the landmark network believes, and more.

    Args:
        answers: float (N, 7) probabilities.
        labels: int (N,) FER-7.
        presence: float (N,), of the landmark network.
    """
    told = answers.argmax(axis=1)
    right, believed = told == labels, presence > ENOUGH_PRESENCE
    confusion = confusion_matrix(labels, told, len(FER7))
    of_class = np.maximum(confusion.sum(axis=1), 1)
    return {
        "n": len(labels),
        "accuracy": round(float(right.mean()), 4),
        "n_found": int(believed.sum()),
        "accuracy_found": round(float(right[believed].mean()), 4) if believed.any() else None,
        "macro_f1": round(float(macro_f1(confusion)), 4),
        "ece": round(float(expected_calibration_error(answers, labels)), 4),
        "by_class": {
            name: round(float(share), 3)
            for name, share in zip(FER7, np.diag(confusion) / of_class, strict=True)
        },
        "confusion": confusion.tolist(),
    }
