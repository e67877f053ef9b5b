"""Official layouts of collections of voices and of faces that speak, converted into our data files once."""

from __future__ import annotations

import io
import json
import wave
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from emopoi.errors import InputError, ModelFileError
from emopoi.head.inert_pickle import array_of, read_inert
from emopoi.progress import progress
from training.run_folder import replace_file
from training.voice.sounds import RATE_HZ, decode_sound, resampled

# RAVDESS: Livingstone & Russo 2018, names of its files.
_RAVDESS_LABELS = {
    "01": "neutral", "02": "calm", "03": "happy", "04": "sad", "05": "angry", "06": "fear", "07": "disgust",
    "08": "surprise",
}  # fmt: skip
_RAVDESS_VALID, _RAVDESS_TEST = (1, 4, 9, 22), (8, 17, 21, 23, 24)
# MEAD: Wang et al. 2020. Contempt has no place among the voice's labels and stays a label of its own.
_MEAD_LABELS = {
    "angry": "angry", "contempt": "contempt", "disgusted": "disgust", "fear": "fear", "happy": "happy",
    "neutral": "neutral", "sad": "sad", "surprised": "surprise",
}  # fmt: skip
# VOCASET: Cudeiro et al. 2019, the split of VOCA's own training.
_VOCASET_VALID = ("FaceTalk_170811_03275_TA", "FaceTalk_170908_03277_TA")
_VOCASET_TEST = ("FaceTalk_170809_00138_TA", "FaceTalk_170731_00024_TA")
_VOCASET_FPS = 60.0
VOCASET_SHAPES = 50
"""Coefficients that VOCASET's meshes become: principal directions of the training faces' motion."""
_EDGE_DB, _PAD_S = 38.0, 0.06


def converted(dataset: str, root: Path, out: Path) -> Path:
    """The folder with our files for a collection.

    Args:
        dataset: a key of `DATASETS`.
        root: of the collection in its official layout, or already a folder of our files.
        out: where converted files go; what is there from an earlier call is used again.

    Returns:
        `root` where it has our files, else `out`.

    Raises:
        InputError: the layout is not that of the collection; the message says what was expected.
    """
    if any((root / name).is_file() for name in ("train.parquet", "pairs.parquet")):
        return root
    convert = DATASETS[dataset]
    if convert is None:
        raise InputError(
            f"{root}: train.parquet and valid.parquet, or pairs.parquet, were expected ({dataset})"
        )
    told = out / "converted.json"
    facts = {"dataset": dataset, "root": str(root.resolve())}
    if told.is_file() and json.loads(told.read_text()) == facts:
        return out
    out.mkdir(parents=True, exist_ok=True)
    for name, rows in convert(root).items():
        table = pd.DataFrame(rows)
        replace_file(out / name, table.to_parquet)
    replace_file(told, lambda temporary: temporary.write_text(json.dumps(facts)))
    return out


def ravdess(root: Path) -> dict[str, list[dict[str, Any]]]:
    """Actor_NN/03-01-EMOTION-INTENSITY-STATEMENT-REPETITION-ACTOR.wav: the spoken part.

    Valid are actors 1, 4, 9 and 22; 8, 17, 21, 23 and 24 are kept for a test and left out.
    """
    files = sorted(root.glob("**/Actor_*/*.wav"))
    rows: dict[str, list[dict[str, Any]]] = {"train.parquet": [], "valid.parquet": []}
    for path in progress(files, len(files), "RAVDESS"):
        fields = path.stem.split("-")
        if len(fields) != 7 or fields[2] not in _RAVDESS_LABELS or not fields[6].isdecimal():
            raise InputError(
                f"{path.name}: a name of seven numbers such as 03-01-05-01-02-01-12 was expected"
            )
        if fields[1] != "01" or int(fields[6]) in _RAVDESS_TEST:
            continue  # sung, or of the test
        label = _RAVDESS_LABELS[fields[2]]
        actor = int(fields[6])
        row = _voice(path, label, f"ravdess_{actor:02d}", f"ravdess_s{fields[4]}", "ravdess", "en")
        strength = "strong" if fields[3] == "02" else "normal"
        row |= {"intensity": strength, "take": fields[5], "gender": "male" if actor % 2 else "female"}
        rows["valid.parquet" if actor in _RAVDESS_VALID else "train.parquet"].append(row)
    return _whole(rows, root, "Actor_NN/03-01-..-..-..-..-NN.wav")


def mead(root: Path) -> dict[str, list[dict[str, Any]]]:
    """SPEAKER/audio/EMOTION/level_N/NNN.m4a. Every fifth speaker, by name, is valid."""
    files = sorted(
        path for path in root.glob("*/audio/*/level_*/*") if path.suffix in (".m4a", ".wav", ".mp3")
    )
    speakers = sorted({path.relative_to(root).parts[0] for path in files})
    valid = set(speakers[::5])
    rows: dict[str, list[dict[str, Any]]] = {"train.parquet": [], "valid.parquet": []}
    for path in progress(files, len(files), "MEAD"):
        speaker, _, emotion, level, name = path.relative_to(root).parts
        if emotion not in _MEAD_LABELS:
            raise InputError(f"{path}: a folder of {', '.join(_MEAD_LABELS)} was expected, got {emotion}")
        label = _MEAD_LABELS[emotion]
        # The words of a number differ from emotion to emotion but for the first three, which all share.
        number = Path(name).stem
        shared = number.isdecimal() and int(number) <= 3
        sentence = f"mead_{number}" if shared else f"mead_{emotion}_{number}"
        row = _voice(path, label, f"mead_{speaker}", sentence, "mead", "en")
        row |= {"intensity": level.removeprefix("level_"), "take": "1"}
        row["gender"] = {"M": "male", "W": "female"}.get(speaker[:1], "")
        rows["valid.parquet" if speaker in valid else "train.parquet"].append(row)
    return _whole(rows, root, "SPEAKER/audio/EMOTION/level_N/NNN.m4a")


def vocaset(root: Path) -> dict[str, list[dict[str, Any]]]:
    """data_verts.npy, templates.pkl, subj_seq_to_idx.pkl and raw_audio_fixed.pkl.

    Each mesh becomes 50 coefficients: its difference from the speaker's template along the principal
    directions of the training speakers' differences. VOCA's
    test speakers are left out.
    """
    names = ("data_verts.npy", "templates.pkl", "subj_seq_to_idx.pkl", "raw_audio_fixed.pkl")
    missing = [name for name in names if not (root / name).is_file()]
    if missing:
        raise InputError(f"{root}: VOCASET's {', '.join(names)} were expected, {missing[0]} is not there")
    try:
        vertices = np.load(root / names[0], mmap_mode="r", allow_pickle=False)
        templates, places, sounds = (read_inert((root / name).read_bytes(), name) for name in names[1:])
        clips = [
            (speaker, sequence, np.array([int(frames[at]) for at in sorted(frames)]))
            for speaker, sequences in sorted(places.items())
            for sequence, frames in sorted(sequences.items())
            if speaker not in _VOCASET_TEST and sequence in sounds.get(speaker, {})
        ]
        moved = {
            (speaker, sequence): np.asarray(vertices[at], np.float32)
            - array_of(templates[speaker]).astype(np.float32)
            for speaker, sequence, at in clips
        }
    except (ModelFileError, KeyError, TypeError, AttributeError, ValueError, IndexError) as error:
        raise InputError(f"{root}: not VOCASET's layout ({error})") from error
    if not clips:
        raise InputError(f"{root}: no sequence has both meshes and sound")
    training = [moved[s, q].reshape(len(at), -1) for s, q, at in clips if s not in _VOCASET_VALID]
    if not training:
        raise InputError(f"{root}: no sequence of a training speaker")
    basis, scale = _directions(np.concatenate(training)[:: max(1, sum(map(len, training)) // 2000)])
    rows = []
    for speaker, sequence, at in progress(clips, len(clips), "VOCASET"):
        told = sounds[speaker][sequence]
        samples = array_of(told["audio"]).astype(np.float32)
        samples /= 32768.0 if np.abs(samples).max(initial=0.0) > 1.5 else 1.0
        heard = resampled(samples, int(told["sample_rate"]), RATE_HZ)
        values = (moved[speaker, sequence].reshape(len(at), -1) @ basis.T) / scale
        rows.append(
            {
                "clip": f"{speaker}_{sequence}", "audio": _wav(heard), "seconds": len(heard) / RATE_HZ,
                "coeffs": values.astype("<f4").tobytes(), "n_frames": len(values),
                "n_coeffs": values.shape[1],
                "fps": _VOCASET_FPS, "kind": "vocaset_50", "speaker": speaker, "source": "vocaset",
                "split": "valid" if speaker in _VOCASET_VALID else "train", "lang": "en",
            }
        )  # fmt: skip
    return {"pairs.parquet": rows}


def _directions(moves: np.ndarray) -> tuple[np.ndarray, float]:
    """Principal directions of motions, rows of unit length, and the spread of the first of them."""
    # In the smaller space of frames: meshes have five thousand vertices.
    gram = moves @ moves.T
    values, vectors = np.linalg.eigh(gram)
    kept = np.argsort(-values)[: min(VOCASET_SHAPES, len(values))]
    kept = kept[values[kept] > 1e-6 * values.max()]  # what is left is rounding
    basis = vectors[:, kept].T @ moves
    basis /= np.maximum(np.linalg.norm(basis, axis=1, keepdims=True), 1e-12)
    filled = np.zeros((VOCASET_SHAPES, moves.shape[1]), np.float32)
    filled[: len(basis)] = basis
    scale = float((moves @ basis[0]).std()) or 1.0
    return filled, scale


def _voice(path: Path, label: str, speaker: str, sentence: str, source: str, lang: str) -> dict[str, Any]:
    try:
        samples = trimmed(decode_sound(path.read_bytes()))
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    return {
        "clip": path.stem, "audio": _wav(samples), "label_name": label, "speaker": speaker,
        "sentence": sentence,
        "source": source, "lang": lang, "seconds": len(samples) / RATE_HZ,
    }  # fmt: skip


def trimmed(samples: np.ndarray) -> np.ndarray:
    """Without silence before and after: 38 dB under the loud part, 60 ms are left.

    Args:
        samples: float32 (N,) at 16 kHz.
    """
    hop = RATE_HZ // 100
    count = len(samples) // hop
    if not count:
        return samples
    power = (samples[: count * hop].reshape(count, hop) ** 2).mean(axis=1)
    loud = np.flatnonzero(power > np.quantile(power, 0.95) * 10 ** (-_EDGE_DB / 10))
    if not len(loud):
        return samples
    pad = round(_PAD_S * RATE_HZ)
    return samples[max(0, loud[0] * hop - pad) : (loud[-1] + 1) * hop + pad]


def _wav(samples: np.ndarray) -> bytes:
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return content.getvalue()


def _whole(rows: Mapping[str, list], root: Path, layout: str) -> dict[str, list]:
    for name, part in rows.items():
        if not part:
            raise InputError(f"{root}: files as {layout} were expected, found none for {name}")
    return dict(rows)


Convert = Callable[[Path], Mapping[str, Iterable[Mapping[str, Any]]]]
DATASETS: dict[str, Convert | None] = {
    "ravdess": ravdess,
    "mead": mead,
    "vocaset": vocaset,
    "voice_emotion": None,
    "facegood": None,
    "iemocap": None,
    "cmu-mosei": None,
    "biwi": None,
}
"""What `--dataset` may be; None where only our own files are read."""
