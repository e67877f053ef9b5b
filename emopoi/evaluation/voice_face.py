"""Voice-driven faces against real ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from emopoi.errors import InputError, MediaError
from emopoi.evaluation.faces_of_table import read_columns
from emopoi.evaluation.voice import DecodeSound
from emopoi.evaluation.voice_face_figures import motion_figures
from emopoi.head.arkit_names import ARKIT_NAMES
from emopoi.head.facegood_names import JAW
from emopoi.preprocess.log_mel import log_mel
from emopoi.progress import progress
from emopoi.runtime.voice_face_reader import FaceStream, VoiceFaceReader

FACEGOOD_KIND, ARKIT_KIND = "facegood_116", "arkit_61"
_COLUMNS = ("clip", "audio", "coeffs", "n_frames", "n_coeffs", "fps", "kind")
# The order of iPhone captures with 61 values: ARKit's 52, then angles.
_ARKIT_61_ORDER = (
    "eyeBlinkLeft", "eyeLookDownLeft", "eyeLookInLeft", "eyeLookOutLeft", "eyeLookUpLeft", "eyeSquintLeft",
    "eyeWideLeft", "eyeBlinkRight", "eyeLookDownRight", "eyeLookInRight", "eyeLookOutRight", "eyeLookUpRight",
    "eyeSquintRight", "eyeWideRight", "jawForward", "jawRight", "jawLeft", "jawOpen",
)  # fmt: skip


def evaluate_voice_face(
    path: Path, reader: VoiceFaceReader, decode: DecodeSound, *, clip: str | None = None
) -> dict[str, Any]:
    """Score the voice-driven face, neutral, through the streaming form.

    Args:
        path: parquet with the columns clip, audio, coeffs, n_frames, n_coeffs, fps and kind. Of kind
            facegood_116 all coefficients are compared, of arkit_61 the jaw alone: those faces show emotions
            too.
        reader: the network.
        decode: see `DecodeSound`.
        clip: score this one alone.

    Returns:
        n (clips), left_out (of other kinds), and by_clip jaw_correlation, mae, mae_of_mean_face and
        mae_below_mean_face; where there is one clip these stand at the top as well, else their means.

    Raises:
        InputError: a column is missing, a row does not fit, or no clip is of a known kind.
        MissingPartError: pyarrow is not installed.
    """
    columns = read_columns(path, _COLUMNS)
    rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    known = [
        row for row in rows if row["kind"] in (FACEGOOD_KIND, ARKIT_KIND) and clip in (None, row["clip"])
    ]
    if not known:
        what = f"clip {clip}" if clip else f"a row of kind {FACEGOOD_KIND} or {ARKIT_KIND}"
        raise InputError(f"{path}: {what} was expected, there is none")
    by_clip = {}
    for row in progress(known, len(known), "listening"):
        try:
            by_clip[str(row["clip"])] = _of_clip(row, reader, decode)
        except (ValueError, TypeError, MediaError) as error:
            raise InputError(f"{path}: clip {row['clip']} can not be used ({error})") from error
    figures = list(by_clip.values())
    names = ("jaw_correlation", "mae", "mae_of_mean_face", "mae_below_mean_face")
    means = {
        name: round(float(np.mean([one[name] for one in figures if name in one])), 5)
        for name in names
        if any(name in one for one in figures)
    }
    return {"n": len(known), "left_out": len(rows) - len(known), **means, "by_clip": by_clip}


def _of_clip(row: dict[str, Any], reader: VoiceFaceReader, decode: DecodeSound) -> dict[str, Any]:
    target = np.frombuffer(row["coeffs"], "<f4").reshape(row["n_frames"], row["n_coeffs"])
    stream = FaceStream(reader)
    neutral = reader.code_of("neutral")
    faces = stream.add(log_mel(decode(row["audio"]), reader.spec), neutral, 0.0)
    faces = faces.then(stream.finish(neutral, 0.0))
    times = np.arange(len(target)) / float(row["fps"])
    kind = "facegood" if row["kind"] == FACEGOOD_KIND else "arkit"
    told = faces.at(times, kind)
    if kind == "facegood":
        return motion_figures(told, target, reader.facegood_names.index(JAW))
    jaw = _ARKIT_61_ORDER.index("jawOpen")
    figures = motion_figures(told[:, [ARKIT_NAMES.index("jawOpen")]], target[:, [jaw]], 0)
    return {"n": figures["n"], "jaw_correlation": figures["jaw_correlation"]}
