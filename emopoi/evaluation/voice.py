"""Emotion on labelled voices."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError, MediaError
from emopoi.evaluation.faces_of_table import read_columns
from emopoi.evaluation.metrics import confusion_matrix
from emopoi.evaluation.voice_metrics import chance_recall, unweighted_recall
from emopoi.progress import progress
from emopoi.runtime.voice_emotion_reader import VoiceEmotionReader
from emopoi.types.voice_labels import SOURCE_LABELS, VOICE8, label_mask

DecodeSound = Callable[[bytes], NDArray[np.float32]]
"""From the bytes of an audio file to float32 (N,) mono at 16 kHz; raises `MediaError`."""


def evaluate_voice(
    path: Path, reader: VoiceEmotionReader, decode: DecodeSound, *, gain_db: float = 0.0
) -> dict[str, Any]:
    """Score the network that hears emotion.

    A clip's answer is the best of the labels that its collection has: those of `SOURCE_LABELS`, and for other
    collections those that occur in the file. What it would be among all eight is told as `uar_open`.

    Args:
        path: parquet with `audio` (bytes of an audio file) and `label_name`; `source` where there are
            several.
        reader: the network.
        decode: see `DecodeSound`.
        gain_db: every clip is made so much louder first.

    Returns:
        n, uar (unweighted average recall), uar_open, accuracy, chance, confusion, missed (silent or damaged,
        wrong in all figures), left_out (rows by label that no voice is ever named), and by_source the same;
        with a gain also changed_by_gain, the share of clips whose answer is another one without it.

    Raises:
        InputError: a column is missing or of another type, or no row has a known label.
        MissingPartError: pyarrow is not installed.
    """
    columns = read_columns(path, ("audio", "label_name"), ("source",))
    names = columns["label_name"]
    sources = columns.get("source") or ["voices"] * len(names)
    left_out: dict[str, int] = {}
    for name in names:
        if name not in VOICE8:
            left_out[str(name)] = left_out.get(str(name), 0) + 1
    rows = [row for row, name in enumerate(names) if name in VOICE8]
    if not rows:
        raise InputError(f"{path}: no row has a label among {', '.join(VOICE8)}")
    # As recorded, and louder where that is asked for.
    gains = (1.0, 10 ** (gain_db / 20)) if gain_db else (1.0,)
    listened = np.full((len(gains), len(rows), len(VOICE8)), np.nan, np.float32)
    for place, row in enumerate(progress(rows, len(rows), "listening")):
        samples = _samples(columns["audio"][row], decode)
        if samples is None:
            continue
        for heard, gain in zip(listened, gains, strict=True):
            told = reader.read_clip(samples * np.float32(gain))
            if told is not None:
                heard[place] = told
    logits = listened[-1]
    labels = np.array([VOICE8.index(names[row]) for row in rows])
    source = np.array([str(sources[row]) for row in rows])
    allowed = np.zeros((len(rows), len(VOICE8)), bool)
    for name in np.unique(source):
        own = source == name
        allowed[own] = label_mask(SOURCE_LABELS.get(str(name), [VOICE8[label] for label in labels[own]]))
    result = _figures(labels, logits, allowed)
    if gain_db:
        changed = told_labels(listened[0], allowed) != told_labels(logits, allowed)
        result["changed_by_gain"] = round(float(changed.mean()), 4)
    result["left_out"] = left_out
    result["by_source"] = {
        str(name): _figures(labels[own], logits[own], allowed[own])
        for name in np.unique(source)
        for own in [source == name]
    }
    return result


def told_labels(logits: NDArray[np.floating], allowed: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The best allowed label of each row, -1 where nothing was heard (NaN)."""
    heard = ~np.isnan(logits).any(axis=1)
    best = np.where(allowed, np.nan_to_num(logits), -np.inf).argmax(axis=1)
    return np.where(heard, best, -1)


def _figures(
    labels: NDArray[np.int64], logits: NDArray[np.float32], allowed: NDArray[np.bool_]
) -> dict[str, Any]:
    told = told_labels(logits, allowed)
    opened = told_labels(logits, np.ones_like(allowed))
    heard = told >= 0
    return {
        "n": len(labels),
        "uar": round(unweighted_recall(labels, told), 4),
        "accuracy": round(float((told == labels).mean()), 4),
        "uar_open": round(unweighted_recall(labels, opened), 4),
        "chance": round(chance_recall(labels), 4),
        "missed": int((~heard).sum()),
        "confusion": {
            "labels": list(VOICE8),
            "rows_true": confusion_matrix(labels[heard], told[heard], len(VOICE8)).tolist(),
        },
    }


def _samples(content: Any, decode: DecodeSound) -> NDArray[np.float32] | None:
    if not isinstance(content, bytes):
        raise InputError(f"column 'audio': bytes of audio files were expected, got {type(content).__name__}")
    try:
        return decode(content)
    except MediaError:
        return None
