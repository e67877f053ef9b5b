"""Labelled voices as levelled log-mel frames, worked out once and kept in a file."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emopoi.errors import InputError
from emopoi.preprocess.log_mel import LogMelSpec, log_mel
from emopoi.preprocess.voice_level import FLOOR, LevelTracker, levelled, levelled_as_heard
from emopoi.progress import progress
from emopoi.types.voice_labels import SOURCE_LABELS, VOICE8
from training.run_folder import replace_file
from training.tables import read_table
from training.voice.sounds import decode_sound

TEXTS = ("label_name", "source", "speaker", "sentence", "intensity", "take")
_VERSION = 1  # of what is kept


@dataclass(frozen=True, eq=False)
class VoiceClips:
    """Voices, padded to the longest.

    Attributes:
        mel: float16 (N, T, bands), levelled by the clip's own level.
        heard: float16 (N, T, bands), levelled by the level so far, as a stream is.
        counts: int32 (N,) frames of each.
        label: int64 (N,) among `VOICE8`.
        allowed: bool (N, 8), labels that the clip's source has.
        source: (N,) where it is from.
        speaker: (N,) who speaks.
        sentence: (N,) what is said.
        intensity: (N,) normal, strong or empty.
        take: (N,) which of several.
    """

    mel: np.ndarray
    heard: np.ndarray
    counts: np.ndarray
    label: np.ndarray
    allowed: np.ndarray
    source: np.ndarray
    speaker: np.ndarray
    sentence: np.ndarray
    intensity: np.ndarray
    take: np.ndarray

    def __len__(self) -> int:
        return len(self.label)

    def rows(self, chosen: np.ndarray) -> VoiceClips:
        """Some of them: places or a mask."""
        return VoiceClips(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))


def load_voice_clips(path: Path, cache: Path | None = None) -> VoiceClips:
    """Load a file of labelled voices.

    Args:
        path: parquet with the columns audio, label_name, speaker, sentence, source and, where there are any,
            intensity and take. Rows whose label is not among `VOICE8` are left out.
        cache: folder that keeps the frames; None keeps nothing.

    Raises:
        InputError: the file can not be read, or no row has a known label.
    """
    table = read_table(path, {"audio", "label_name", "speaker", "sentence", "source"})
    table = table[table.label_name.isin(VOICE8)].reset_index(drop=True)
    if not len(table):
        raise InputError(f"{path}: no row has a label among {', '.join(VOICE8)}")
    frames = _frames(path, list(table.audio), cache)
    texts = {
        name: (table[name] if name in table else table.label_name.map(lambda _: "")).astype(str).to_numpy(str)
        for name in TEXTS
    }
    label = np.array([VOICE8.index(name) for name in texts.pop("label_name")])
    own = {
        source: SOURCE_LABELS.get(source, tuple(VOICE8[place] for place in np.unique(label[rows])))
        for source in np.unique(texts["source"])
        for rows in [texts["source"] == source]
    }
    allowed = np.array([[name in own[source] for name in VOICE8] for source in texts["source"]])
    return VoiceClips(**frames, label=label, allowed=allowed, **texts)


def _frames(path: Path, sounds: list[bytes], cache: Path | None) -> dict[str, np.ndarray]:
    spec = LogMelSpec()
    told = hashlib.sha256(repr((_VERSION, spec, FLOOR)).encode())
    for sound in sounds:
        told.update(hashlib.sha256(sound).digest())
    kept = cache / f"{path.stem}_{told.hexdigest()[:12]}.npz" if cache else None
    if kept and kept.is_file():
        with np.load(kept) as stored:
            return {name: stored[name] for name in stored.files}
    clips, heard = [], []
    for row, sound in enumerate(progress(sounds, len(sounds), f"frames of {path.name}")):
        try:
            frames = log_mel(decode_sound(sound), spec)
        except InputError as error:
            raise InputError(f"{path}: row {row}: {error}") from error
        clips.append(levelled(frames).astype(np.float16))
        heard.append(levelled_as_heard(frames, LevelTracker()).astype(np.float16))
    counts = np.array([len(clip) for clip in clips], np.int32)
    result = {"mel": padded(clips), "heard": padded(heard), "counts": counts}
    if kept:
        kept.parent.mkdir(parents=True, exist_ok=True)

        def write(temporary: Path) -> None:
            with open(temporary, "wb") as file:
                np.savez(file, **result)

        replace_file(kept, write)
    return result


def padded(clips: list[np.ndarray]) -> np.ndarray:
    """Clips (T, bands) as one array (N, longest, bands), ends filled with the floor."""
    longest = max(1, *(len(clip) for clip in clips))
    result = np.full((len(clips), longest, LogMelSpec().bands), FLOOR, np.float16)
    for row, clip in enumerate(clips):
        result[row, : len(clip)] = clip
    return result


def balance(clips: VoiceClips) -> np.ndarray:
    """Weights of rows, mean 1 within each source: the rarer a label in a source, the more a row counts.

    Returns:
        float32 (N,), one over the root of how often the row's label is in its source.
    """
    weights = np.ones(len(clips), np.float32)
    for source in np.unique(clips.source):
        own = clips.source == source
        counts = np.bincount(clips.label[own], minlength=len(VOICE8))
        weights[own] = 1 / np.sqrt(counts[clips.label[own]])
        weights[own] /= weights[own].mean()
    return weights
