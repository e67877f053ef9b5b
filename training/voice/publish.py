"""Freeze the networks of the voice: TFLite files, manifests, measured figures and cards.

python -m training.voice.publish --data DATA --run runs/voice [--out frozen_models] [voice_emotion voice_face]

Both files of each network are measured through the device's own readers: emotion on
voice_emotion/valid.parquet, the face on facegood_1114_2_05, which was held out. About four minutes on one
CPU core.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from emopoi.errors import ModelFileError
from emopoi.evaluation.voice import evaluate_voice
from emopoi.evaluation.voice_face import evaluate_voice_face
from emopoi.export.freeze import embed_metadata, freeze, write_json
from emopoi.models.voice.content_encoder import STRIDE
from emopoi.models.voice.voice_face import CHUNK_FRAMES, LOOK_AHEAD_STEPS
from emopoi.preprocess.log_mel import LogMelSpec
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.runtime.manifest import Manifest
from emopoi.runtime.voice_emotion_reader import VoiceEmotionReader
from emopoi.runtime.voice_face_reader import VoiceFaceReader
from emopoi.types.voice_labels import VOICE8
from emopoi.vision.sound_reader import read_sound
from training.calibrate import fit_temperature
from training.command_line import OneLineParser
from training.recipe_options import existing_folder, run_recipe
from training.voice.cards import emotion_card, face_card
from training.voice.encoders import encoder_of_run, tokens_of
from training.voice.face_rows import HELD_OUT
from training.voice.scoring import told_by
from training.voice.voice_clips import load_voice_clips

NAMES = ("voice_emotion", "voice_face")
LICENCE = {
    "code": "Apache-2.0",
    "weights": "CC-BY-NC-SA-4.0: trained on RAVDESS and nEMO, which are given out under it (see card.md)",
}
_CALLS = 200


def publish(name: str, data: Path, run: Path, out: Path) -> dict[str, Any]:
    """Freeze one network and write down what it is worth.

    Args:
        name: of `NAMES`.
        data: holds voice_emotion/ and voice_face/.
        run: folder of the training.
        out: where the model's folder goes.

    Returns:
        The figures by variant.

    Raises:
        EmopoiError: a file is missing or damaged, or a file is not as good as its network.
    """
    building = out / f".publishing_{name}"
    shutil.rmtree(building, ignore_errors=True)
    try:
        folder = _frozen(name, run, building / name)
        measured = (_measure_emotion if name == NAMES[0] else _measure_face)(folder, data, run)
        _update(folder, {"measured": measured})
        manifest = embed_metadata(folder)
        card = emotion_card(manifest) if name == NAMES[0] else face_card(manifest)
        (folder / "card.md").write_text(card, encoding="utf-8")
        shutil.rmtree(out / name, ignore_errors=True)
        os.replace(folder, out / name)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return measured


def _frozen(name: str, run: Path, folder: Path) -> Path:
    part = run / ("emotion" if name == NAMES[0] else "face")
    settings = json.loads((part / "settings.json").read_text())
    facts: dict[str, Any] = {
        "licence": LICENCE,
        "recipe": "python -m training.voice",
        "epochs": settings["epochs"],
        "seed": settings["seed"],
        "parameters": encoder_of_run(run).count_params() if name == NAMES[0] else settings["parameters"],
        "log_mel": LogMelSpec().to_dict(),
    }
    with np.load(part / "samples.npz") as stored:
        samples = {key: stored[key].astype(np.float32) for key in stored.files}
    # int8 costs the face a quarter of what it is better than the mean face by; hearing loses next to nothing.
    default = "int8" if name == NAMES[0] else "float16"
    freeze(name, run / f"{name}.weights.h5", samples, folder, input_spec=None, facts=facts, default=default)
    return folder


def _measure_emotion(folder: Path, data: Path, run: Path) -> dict[str, Any]:
    file = data / "voice_emotion" / "valid.parquet"
    valid = load_voice_clips(file, run / "frames")
    network = encoder_of_run(run)
    logits = told_by(network, valid)["voice8"]
    masked = np.where(valid.allowed, logits, -30.0)
    # Halves of the speakers would be one or two people: all of valid sets this one number.
    _update(folder, {"temperature": fit_temperature(masked, valid.label)})
    manifest = Manifest.read(folder)
    measured: dict[str, Any] = {}
    for variant in manifest.files:
        reader = VoiceEmotionReader(FrozenModel(manifest, variant))
        measured[variant] = evaluate_voice(file, reader, read_sound) | {
            "ms_a_window": _milliseconds(lambda reader=reader: reader.logits(_noise(reader.window))),
        }
    return measured


def _measure_face(folder: Path, data: Path, run: Path) -> dict[str, Any]:
    codes = {
        label: [round(float(value), 4) for value in token]
        for label, token in zip(VOICE8, tokens_of(encoder_of_run(run)), strict=True)
        if token.any()
    }
    names = json.loads((run / "face" / "names.json").read_text())["facegood"]
    manifest = Manifest.read(folder)
    outputs = dict(manifest.data["outputs"])
    outputs["facegood"] = {**outputs["facegood"], "labels": names}
    look_ahead_s = LOOK_AHEAD_STEPS * STRIDE * LogMelSpec().frame_s
    facts = {"emotion_codes": codes, "look_ahead_s": look_ahead_s, "outputs": outputs, "held_out": HELD_OUT}
    _update(folder, facts)
    manifest = Manifest.read(folder)
    measured: dict[str, Any] = {}
    pairs = data / "voice_face" / "pairs.parquet"
    for variant in manifest.files:
        reader = VoiceFaceReader(FrozenModel(manifest, variant))
        figures = evaluate_voice_face(pairs, reader, read_sound, clip=HELD_OUT)
        past = _noise(reader.past)
        call_ms = _milliseconds(
            lambda reader=reader, past=past: reader.run(
                _noise(CHUNK_FRAMES), past, reader.code_of("happy"), 1.0
            )
        )
        chunk_ms = 1000 * CHUNK_FRAMES * reader.spec.frame_s
        measured[variant] = {key: value for key, value in figures.items() if key != "by_clip"} | {
            "ms_a_call": call_ms,
            "real_time_factor": round(call_ms / chunk_ms, 4),
            "latency_ms": round(1000 * reader.latency_s),
        }
    return measured


def _noise(frames: int) -> np.ndarray:
    return np.random.default_rng(1).normal(-2, 0.7, (frames, LogMelSpec().bands)).astype(np.float32)


def _milliseconds(call) -> float:
    """Median of a call on one thread."""
    for _ in range(5):
        call()
    taken = []
    for _ in range(_CALLS):
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return round(1000 * float(np.median(taken)), 3)


def _update(folder: Path, facts: dict[str, Any]) -> None:
    path = folder / "manifest.json"
    write_json(path, {**json.loads(path.read_text()), **facts})


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = OneLineParser(prog="python -m training.voice.publish", description=__doc__, allow_abbrev=False)
    add = parser.add_argument
    add("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)} (default: both)")
    add("--data", type=existing_folder, required=True, metavar="DATA")
    add("--run", type=existing_folder, required=True, metavar="RUN")
    add("--out", type=Path, default=Path("frozen_models"), metavar="DIR", help="default: %(default)s")
    options: argparse.Namespace = parser.parse_args(arguments)
    for name in options.names or NAMES:
        if name not in NAMES:
            raise ModelFileError(f"{name}: one of {', '.join(NAMES)} was expected")
        print(f"freezing {name}", file=sys.stderr, flush=True)
        print(json.dumps({name: publish(name, options.data, options.run, options.out)}))


if __name__ == "__main__":
    raise SystemExit(run_recipe(main))
