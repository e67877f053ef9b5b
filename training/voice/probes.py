"""Small classifiers that ask what a code holds, and how sure the answer is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from emopoi.evaluation.voice_metrics import chance_recall, unweighted_recall
from training.voice.voice_clips import VoiceClips

PROBES = ("linear", "mlp")
_FRAMES_OF_A_CLIP = 40  # at most, for probes of single steps
_QUIET = 1.2  # under the loudest frame, in levelled log-mel: about 21 dB


@dataclass(frozen=True, eq=False)
class ProbeData:
    """What a probe is fitted on and asked.

    Attributes:
        train: float (N, D).
        train_labels: (N,).
        test: float (M, D).
        test_labels: (M,).
    """

    train: np.ndarray
    train_labels: np.ndarray
    test: np.ndarray
    test_labels: np.ndarray


def make_probe(kind: str, seed: int = 1) -> Any:
    """A classifier of scikit-learn: standardised features, logistic regression or one hidden layer of 64."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if kind == "linear":
        # Every label counts alike, as in the figure that is asked for.
        model = LogisticRegression(C=0.1, max_iter=300, class_weight="balanced")
    else:
        model = MLPClassifier((64,), alpha=1e-2, max_iter=60, early_stopping=True, random_state=seed)
    return make_pipeline(StandardScaler(), model)


def probe(kind: str, data: ProbeData) -> np.ndarray:
    """What a probe tells of the test rows: labels (M,)."""
    return make_probe(kind).fit(data.train, data.train_labels).predict(data.test)


def probe_in_folds(kind: str, features: np.ndarray, labels: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """What probes tell of rows whose group they were not fitted on: labels (N,).

    Args:
        kind: of `PROBES`.
        features: float (N, D).
        labels: (N,) what is asked.
        groups: (N,) rows of one group are told by a probe that saw none of them.
    """
    told = np.empty(len(labels), labels.dtype)
    names = np.unique(groups)
    folds = np.array_split(np.random.default_rng(1).permutation(names), min(5, len(names)))
    for fold in folds:
        held = np.isin(groups, fold)
        known = ~held
        told[held] = probe(kind, ProbeData(features[known], labels[known], features[held], labels[held]))
    return told


def pooled(codes: list[np.ndarray]) -> np.ndarray:
    """Mean, spread, least and most over time of codes (T, D): float32 (N, 4 D)."""
    parts = [np.concatenate([c.mean(0), c.std(0), c.min(0), c.max(0)]) for c in codes]
    return np.stack(parts).astype(np.float32)


def timing(clips: VoiceClips) -> np.ndarray:
    """When there is sound: frames, loud frames, frames before and after them, loud pieces: float32 (N, 5).

    A code with a step every 20 ms keeps this whatever else it forgets.
    """
    result = np.empty((len(clips), 5), np.float32)
    for row, (mel, count) in enumerate(zip(clips.mel, clips.counts, strict=True)):
        level = mel[:count].astype(np.float32).mean(axis=1)
        loud = level > level.max() - _QUIET
        at = np.flatnonzero(loud)
        pieces = int((np.diff(loud.astype(int)) == 1).sum())
        result[row] = count, len(at), at[0], count - at[-1], pieces
    return result


def frames_probe(
    kind: str, train: list[np.ndarray], labels: np.ndarray, test: list[np.ndarray]
) -> np.ndarray:
    """A probe of single steps that votes over a clip: labels (M,)."""
    chosen = [code[:: max(1, len(code) // _FRAMES_OF_A_CLIP)] for code in train]
    model = make_probe(kind)
    model.fit(np.concatenate(chosen), np.repeat(labels, [len(code) for code in chosen]))
    names = model.classes_
    shares = [np.log(model.predict_proba(code) + 1e-9).mean(axis=0) for code in test]
    return names[np.argmax(shares, axis=1)]


def with_interval(labels: np.ndarray, told: np.ndarray, speakers: np.ndarray) -> dict[str, Any]:
    """Unweighted average recall, its chance, and its central 95 % range over drawn speakers.

    With two or four speakers the range is coarse; it tells how much one of them matters.
    """

    def recall(rows: np.ndarray) -> float:
        return unweighted_recall(labels[rows], told[rows])

    return bootstrapped(recall, speakers, "uar") | {"chance": round(chance_recall(labels), 4)}


def bootstrapped(figure: Callable[[np.ndarray], float], speakers: np.ndarray, name: str) -> dict[str, Any]:
    """A figure of rows by its name, and its central 95 % range where speakers are drawn with replacement."""
    random = np.random.default_rng(1)
    names = np.unique(speakers)
    rows_of = {speaker: np.flatnonzero(speakers == speaker) for speaker in names}
    drawn = [
        figure(np.concatenate([rows_of[speaker] for speaker in random.choice(names, len(names))]))
        for _ in range(200)
    ]
    low, high = np.quantile(drawn, (0.025, 0.975))
    return {
        name: round(figure(np.arange(len(speakers))), 4),
        "low95": round(float(low), 4),
        "high95": round(float(high), 4),
    }
