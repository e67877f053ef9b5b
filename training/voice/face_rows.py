"""Rows that content encoder, synthesizer and decoder are trained on together.

A row is a stretch of sound with its past, and what shall be made of it. Rows of faces that speak have
coefficients for targets; rows of voices have the same words by the same speaker in another emotion, brought
to the row's time by dynamic time warping (cross reconstruction, Ji et al. 2021, EVP).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emopoi.errors import InputError
from emopoi.head.arkit_names import ARKIT_NAMES
from emopoi.head.facegood_names import facegood_to_arkit
from emopoi.models.voice.content_encoder import STRIDE, ContentEncoderConfig
from emopoi.models.voice.synthesizer import FACEGOOD, SynthesizerConfig
from emopoi.models.voice.voice_face import CHUNK_FRAMES, CHUNK_STEPS, LOOK_AHEAD_STEPS, content_frames
from emopoi.preprocess.log_mel import LogMelSpec, log_mel
from emopoi.preprocess.voice_level import FLOOR, LevelTracker, levelled_as_heard
from emopoi.progress import progress
from training.tables import read_table
from training.voice.sounds import decode_sound
from training.voice.voice_clips import VoiceClips

STEPS = 96
"""Sets of coefficients of a row: 1.92 s."""
HELD_OUT = "facegood_1114_2_05"
"""Never trained on: what the face is measured with."""
_HOP_S = 0.64
FRAMES_OUT = STRIDE * STEPS


@dataclass(frozen=True, eq=False)
class Speaking:
    """A face that speaks.

    Attributes:
        clip: its name.
        kind: of its coefficients, as the data file tells.
        heard: float32 (T, bands), levelled as heard.
        coefficients: float32 (F, C).
        fps: coefficients a second; set f is at f / fps seconds.
    """

    clip: str
    kind: str
    heard: np.ndarray
    coefficients: np.ndarray
    fps: float

    def at(self, times_s: np.ndarray) -> np.ndarray:
        """Coefficients at some times, between two sets along a line: float32 (T, C)."""
        places = np.clip(times_s * self.fps, 0, len(self.coefficients) - 1)
        low = np.floor(places).astype(int)
        high = np.minimum(low + 1, len(self.coefficients) - 1)
        share = (places - low)[:, None].astype(np.float32)
        return self.coefficients[low] * (1 - share) + self.coefficients[high] * share


def load_speaking(path: Path, kinds: tuple[str, ...] = ("facegood_116", "arkit_61")) -> list[Speaking]:
    """Load faces that speak.

    Args:
        path: parquet with the columns clip, kind, audio, coeffs, n_frames, n_coeffs and fps.
        kinds: of coefficients to load.

    Raises:
        InputError: the file can not be read or a row does not fit.
    """
    table = read_table(path, {"clip", "kind", "audio", "coeffs", "n_frames", "n_coeffs", "fps"})
    table = table[table.kind.isin(kinds)]
    if not len(table):
        raise InputError(f"{path}: no row is of the kinds {', '.join(kinds)}")
    clips = []
    for row in progress(table.itertuples(), len(table), f"faces of {path.name}"):
        values = np.frombuffer(row.coeffs, "<f4")
        if len(values) != row.n_frames * row.n_coeffs or not np.isfinite(values).all():
            raise InputError(
                f"{path}: clip {row.clip}: {row.n_frames} x {row.n_coeffs} finite numbers expected"
            )
        heard = levelled_as_heard(log_mel(decode_sound(row.audio)), LevelTracker())
        clips.append(
            Speaking(
                row.clip, row.kind, heard, values.reshape(row.n_frames, -1).astype(np.float32), float(row.fps)
            )
        )
    return clips


def coefficient_names(path: Path) -> dict[str, tuple[str, ...]]:
    """Names of coefficients by kind, from the file beside the data.

    Raises:
        InputError: it is not there or of another form.
    """
    try:
        told = json.loads(path.read_text())
        return {str(kind): tuple(map(str, names)) for kind, names in told.items()}
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise InputError(f"{path}: names of coefficients by kind were expected ({error})") from error


def as_arkit(clip: Speaking, names: dict[str, tuple[str, ...]]) -> np.ndarray:
    """A face's coefficients in ARKit's names: float32 (F, 51), 0..1."""
    if clip.kind == "facegood_116":
        mapped = clip.coefficients @ facegood_to_arkit(names[clip.kind])
    else:
        own = {name.lower(): place for place, name in enumerate(names[clip.kind])}
        mapped = clip.coefficients[:, [own[name.lower()] for name in ARKIT_NAMES]]
    return np.clip(mapped, 0.0, 1.0).astype(np.float32)


def past_frames(content: ContentEncoderConfig, face: SynthesizerConfig) -> int:
    """Frames that the streaming form keeps."""
    return content_frames(CHUNK_STEPS, content, face) - CHUNK_FRAMES


def face_times_s(first: int, steps: int = STEPS) -> np.ndarray:
    """When the faces are that are told from frame `first` on: float64 (steps,) seconds.

    Step s has heard frame first + 1 + 2 s; the face of a frame's middle is told `LOOK_AHEAD_STEPS` late.
    """
    spec = LogMelSpec()
    newest = first + 1 + STRIDE * np.arange(steps)
    middle_s = newest * spec.frame_s + spec.window / 2 / spec.sample_rate_hz
    return middle_s - LOOK_AHEAD_STEPS * STRIDE * spec.frame_s


def stretch(frames: np.ndarray, first: int, past: int, count: int = FRAMES_OUT) -> np.ndarray:
    """Frames first - past .. first + count; what lies outside is the floor."""
    result = np.full((past + count, frames.shape[1]), FLOOR, np.float32)
    low, high = max(0, first - past), min(len(frames), first + count)
    if high > low:
        result[low - first + past : high - first + past] = frames[low:high]
    return result


def empty_rows(count: int, past: int, bands: int, code: int) -> dict[str, np.ndarray]:
    """Arrays of so many rows, all targets without weight."""
    return {
        "mel": np.full((count, past + FRAMES_OUT, bands), FLOOR, np.float16),
        "other": np.full((count, past + FRAMES_OUT, bands), FLOOR, np.float16),
        "code": np.zeros((count, code), np.float32),
        "intensity": np.zeros((count, 1), np.float32),
        "speaker": np.full((count, bands), FLOOR, np.float32),
        "facegood": np.zeros((count, STEPS, FACEGOOD), np.float16),
        "arkit": np.zeros((count, STEPS, len(ARKIT_NAMES)), np.float16),
        "told": np.full((count, FRAMES_OUT, bands), FLOOR, np.float16),
        "there": np.zeros((count, FRAMES_OUT), np.float32),
        "emotion": np.full((count, 8), -1, np.float32),
        "asked": np.full((count, 8), -1, np.float32),
        "facegood_weight": np.zeros(count, np.float32),
        "arkit_weight": np.zeros(count, np.float32),
        "voice_weight": np.zeros(count, np.float32),
    }


def speaking_rows(
    clips: list[Speaking],
    names: dict[str, tuple[str, ...]],
    codes: np.ndarray,
    offsets: np.ndarray,
    past: int,
    *,
    copies: int = 2,
    seed: int = 1,
) -> dict[str, np.ndarray]:
    """Rows of faces that speak, half of them neutral, half in an emotion.

    Args:
        clips: faces.
        names: of coefficients by kind.
        codes: float32 (M, 64), emotion codes of voices.
        offsets: float32 (M, 51), what each code does to ARKit coefficients, see `expression_offsets`.
        past: frames before a row's own.
        copies: how often each stretch occurs, at other offsets and in other emotions.
        seed: for repeatable rows.
    """
    random = np.random.default_rng(seed)
    hop = round(_HOP_S / LogMelSpec().frame_s)
    chosen = [
        (clip, first + int(random.integers(0, hop)))
        for _ in range(copies)
        for clip in clips
        for first in range(0, max(1, len(clip.heard) - FRAMES_OUT - hop), hop)
    ]
    rows = empty_rows(len(chosen), past, clips[0].heard.shape[1], codes.shape[1])
    arkit = {clip.clip: as_arkit(clip, names) for clip in clips}
    back = _facegood_of(names["facegood_116"])
    for row, (clip, first) in enumerate(chosen):
        rows["mel"][row] = rows["other"][row] = stretch(clip.heard, first, past)
        picked = int(random.integers(len(codes)))
        intensity = 0.0 if random.random() < 0.4 else float(random.uniform(0.0, 1.25))
        rows["code"][row], rows["intensity"][row] = codes[picked], intensity
        offset = intensity * offsets[picked]
        times = face_times_s(first)
        mapped = Speaking(clip.clip, clip.kind, clip.heard, arkit[clip.clip], clip.fps).at(times)
        rows["arkit"][row] = np.clip(mapped + offset, 0.0, 1.0)
        rows["arkit_weight"][row] = 1.0
        if clip.kind == "facegood_116":
            rows["facegood"][row] = np.clip(clip.at(times) + offset @ back, 0.0, 1.0)
            rows["facegood_weight"][row] = 1.0
    return rows


def voice_rows(
    clips: VoiceClips, codes: np.ndarray, past: int, *, copies: int = 1, seed: int = 1
) -> dict[str, np.ndarray]:
    """Rows of voices: the words of one clip in the emotion of another, which is a fifth of the time its own.

    Args:
        clips: labelled voices with parallel sentences.
        codes: float32 (N, 64), their emotion codes.
        past: frames before a row's own.
        copies: rows of each clip.
        seed: for repeatable rows.
    """
    random = np.random.default_rng(seed)
    pairs = pairs_of(clips, copies, random)
    speakers = speaker_frames(clips)
    rows = empty_rows(len(pairs), past, clips.mel.shape[2], codes.shape[1])
    for row, (said, felt) in enumerate(progress(pairs, len(pairs), "pairs of voices")):
        count = int(clips.counts[said])
        first = int(random.integers(0, max(1, count - FRAMES_OUT + 1)))
        places = warped(clips, said, felt)
        rows["mel"][row] = stretch(clips.heard[said, :count], first, past)
        rows["other"][row] = stretch(clips.heard[felt][places], first, past)
        rows["told"][row] = stretch(clips.mel[felt][places], first, 0)
        rows["code"][row], rows["speaker"][row] = codes[felt], speakers[clips.speaker[said]]
        rows["intensity"][row] = 1.0
        rows["there"][row, : count - first] = 1.0
        for name, clip in (("emotion", said), ("asked", felt)):
            rows[name][row] = np.where(clips.allowed[clip], np.eye(8)[clips.label[clip]], -1)
        # Rows that end before the stretch does teach silence: not much.
        rows["voice_weight"][row] = min(1.0, (count - first) / FRAMES_OUT)
    return rows


def pairs_of(clips: VoiceClips, copies: int, random: np.random.Generator) -> list[tuple[int, int]]:
    """Places (said, felt) of clips of one speaker and one sentence."""
    groups: dict[tuple[str, str], list[int]] = {}
    for place, key in enumerate(zip(clips.speaker, clips.sentence, strict=True)):
        groups.setdefault((str(key[0]), str(key[1])), []).append(place)
    pairs = []
    for group in groups.values():
        for said in group:
            others = [felt for felt in group if clips.label[felt] != clips.label[said]]
            for _ in range(copies):
                own = not others or random.random() < 0.2
                pairs.append((said, said if own else others[int(random.integers(len(others)))]))
    return pairs


def warped(clips: VoiceClips, said: int, felt: int) -> np.ndarray:
    """For each frame of `said` the frame of `felt` in which the same is said: int (T,)."""
    count, other = int(clips.counts[said]), int(clips.counts[felt])
    if said == felt:
        return np.arange(count)
    import librosa

    frames = [_spectral(clips.mel[place, :number]) for place, number in ((said, count), (felt, other))]
    _, path = librosa.sequence.dtw(frames[0].T, frames[1].T, metric="cosine")
    found = np.zeros(count, int)
    for place, counterpart in path:
        found[place] = counterpart
    return np.maximum.accumulate(found)


def speaker_frames(clips: VoiceClips) -> dict[str, np.ndarray]:
    """The mean levelled frame of each speaker: float32 (bands,)."""
    result = {}
    for speaker in np.unique(clips.speaker):
        own = clips.speaker == speaker
        there = np.arange(clips.mel.shape[1]) < clips.counts[own][:, None]
        result[str(speaker)] = clips.mel[own][there].astype(np.float32).mean(axis=0)
    return result


def joined(parts: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Rows of several kinds as one."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _spectral(mel: np.ndarray) -> np.ndarray:
    """What of a frame is articulation: its mean over time and its level taken away, coarse in frequency."""
    frames = mel.astype(np.float32).reshape(len(mel), -1, 4).mean(axis=2)
    frames = frames - frames.mean(axis=0)
    return frames + 1e-3  # a frame of zeros has no direction


def _facegood_of(names: tuple[str, ...]) -> np.ndarray:
    """float32 (51, 116): where FACEGOOD has a shape of its own for an ARKit name."""
    forward = facegood_to_arkit(names)
    single = (forward == 1.0).astype(np.float32)
    single[(forward > 0).sum(axis=1) != 1] = 0.0
    return single.T
