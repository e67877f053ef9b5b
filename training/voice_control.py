"""Whether a face that speaks shows the emotion that is asked for, and still says the same.

python -m training.voice_control --data DATA [--intensity 1] [--json]

Sentences of labelled voices (one clip of each sentence of voice_emotion/valid) and stretches of the face that
was held out are told again in each of FER-7's emotions. A classifier that had no part in it, the shipped
`coefficient_emotion` (coefficients of FER2013's faces), names the mean face of each telling. The jaw of every
telling is compared with the neutral one's.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from emopoi.evaluation.metrics import confusion_matrix
from emopoi.head.arkit_names import ARKIT_NAMES
from emopoi.head.head_model import HeadModel
from emopoi.preprocess.log_mel import log_mel
from emopoi.progress import progress
from emopoi.runtime.coefficient_emotion_reader import CoefficientEmotionReader
from emopoi.runtime.frozen_head import load_head
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.runtime.voice_face_reader import FaceStream, SpeakingFaces, VoiceFaceReader
from emopoi.types.face_coefficients import FaceCoefficients
from emopoi.types.labels import FER7
from emopoi.vision.sound_reader import read_sound
from training.recipe_options import existing_folder, run_recipe
from training.voice.face_rows import HELD_OUT

_STRETCH_S = 4.0
_MOST_STRETCHES = 12


def sentences(data: Path, rate_hz: int) -> list[np.ndarray]:
    """What is told: float32 (T,) sounds.

    Args:
        data: holds voice_emotion/ and voice_face/.
        rate_hz: of the sounds.
    """
    voices = pd.read_parquet(data / "voice_emotion" / "valid.parquet")
    voices = voices.sort_values("label_name", key=lambda names: names != "neutral", kind="stable")
    sounds = [read_sound(row.audio) for row in voices.groupby(["source", "sentence"]).head(1).itertuples()]
    faces = pd.read_parquet(data / "voice_face" / "pairs.parquet", columns=["clip", "audio"])
    long = read_sound(faces["audio"][faces["clip"] == HELD_OUT].iloc[0])
    step = int(_STRETCH_S * rate_hz)
    stretches = [long[at : at + step] for at in range(0, len(long) - step + 1, step)]
    return sounds + stretches[:_MOST_STRETCHES]


def told_again(reader: VoiceFaceReader, sound: np.ndarray, emotion: str, intensity: float) -> SpeakingFaces:
    """The face that says a sound in an emotion."""
    stream, code = FaceStream(reader), reader.code_of(emotion)
    faces = stream.add(log_mel(sound, reader.spec), code, intensity)
    return faces.then(stream.finish(code, intensity))


def named(head: HeadModel, judge: CoefficientEmotionReader, arkit: np.ndarray) -> int:
    """The expression of a telling's mean face, among `FER7`.

    Args:
        head: whose coefficients the judge reads.
        judge: the classifier.
        arkit: float32 (T, 51), 0..1.
    """
    mean = dict(zip(ARKIT_NAMES, arkit.mean(axis=0), strict=True))
    expression = np.array([mean.get(name, 0.0) for name in head.expression_names], np.float32)
    face = FaceCoefficients(np.zeros(head.n_identity, np.float32), expression)
    return int(judge.read(face).argmax())


def measure(data: Path, intensity: float) -> dict[str, Any]:
    """All figures of the shipped file.

    Args:
        data: holds voice_emotion/ and voice_face/.
        intensity: of the emotions.

    Returns:
        n (tellings), named_as_asked (share), by_emotion, confusion; jaw_correlation with the neutral telling:
        median, lowest and by_emotion; at_zero, the largest difference between tellings of intensity 0.
    """
    head = load_head()
    judge = CoefficientEmotionReader(head, FrozenModel.load("coefficient_emotion"))
    reader = VoiceFaceReader(FrozenModel.load("voice_face"))
    jaw = ARKIT_NAMES.index("jawOpen")
    asked, answers, agreements, apart = [], [], [], 0.0
    sounds = sentences(data, reader.spec.sample_rate_hz)
    for sound in progress(sounds, len(sounds), "telling"):
        plain = told_again(reader, sound, "neutral", 0.0).arkit
        for place, emotion in enumerate(FER7):
            arkit = told_again(reader, sound, emotion, intensity).arkit
            asked.append(place)
            answers.append(named(head, judge, arkit))
            agreements.append(float(np.corrcoef(arkit[:, jaw], plain[:, jaw])[0, 1]))
            none = told_again(reader, sound, emotion, 0.0).arkit
            apart = max(apart, float(np.abs(none - plain).max()))
    labels, jaws = np.array(asked), np.array(agreements)
    confusion = confusion_matrix(labels, np.array(answers), len(FER7))
    return {
        "n": len(labels),
        "intensity": intensity,
        "named_as_asked": round(float(np.mean(labels == answers)), 4),
        "by_emotion": _by_emotion(np.array(answers) == labels, labels),
        "confusion": {"labels": list(FER7), "rows_asked": confusion.tolist()},
        "jaw_correlation": {
            "median": round(float(np.median(jaws)), 4),
            "lowest": round(float(jaws.min()), 4),
            "by_emotion": _by_emotion(jaws, labels),
        },
        "at_zero": round(apart, 6),
    }


def _by_emotion(values: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    return {name: round(float(values[labels == place].mean()), 4) for place, name in enumerate(FER7)}


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    from training.command_line import OneLineParser

    parser = OneLineParser(prog="python -m training.voice_control", description=__doc__, allow_abbrev=False)
    add = parser.add_argument
    add("--data", type=existing_folder, required=True, metavar="DATA", help="voice_emotion/ and voice_face/")
    add("--intensity", type=_intensity, default=1.0, metavar="X", help="0 to 2 (default: %(default)g)")
    add("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    figures = measure(options.data, options.intensity)
    if options.json:
        print(json.dumps(figures))
        return
    jaw = figures["jaw_correlation"]
    print(
        f"{figures['n']} tellings: {figures['named_as_asked']:.1%} named as asked; jaw against the neutral "
        f"telling r = {jaw['median']:.3f} (lowest {jaw['lowest']:.3f}); at intensity 0 they differ by "
        f"{figures['at_zero']:g}"
    )
    shares = (f"{name} {share:.0%}" for name, share in figures["by_emotion"].items())
    print("named as asked: " + ", ".join(shares))


def _intensity(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.0 <= value <= 2.0:
        raise argparse.ArgumentTypeError(f"0 to 2 was expected, got {text}")
    return value


if __name__ == "__main__":
    raise SystemExit(run_recipe(main))
