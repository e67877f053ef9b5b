"""`emopoi voice`: how a voice sounds, and a face that speaks with it."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError, ModelFileError
from emopoi.head.arkit_names import ARKIT_NAMES
from emopoi.progress import progress
from emopoi.report.profile_text import profile_as_text
from emopoi.runtime import voice_emotion_reader, voice_face_reader
from emopoi.runtime.frozen_head import load_head
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.runtime.voice_emotion_reader import VoiceEmotionReader
from emopoi.runtime.voice_face_reader import VoiceFaceReader
from emopoi.types import EmotionProfile
from emopoi.types.voice import VoiceReading
from emopoi.types.voice_labels import VOICE8
from emopoi.voice.control import VoiceControl
from emopoi.voice.head_expressions import HeadExpressions
from emopoi.voice.hearing import HeardVoice, hear
from emopoi.voice.voice_outputs import VoiceOutputs

_JAW = ARKIT_NAMES.index("jawOpen")

HELP = "the emotion of a voice, and a head that speaks with it, from an audio or video file"

_EPILOG = f"""\
examples:
  emopoi voice speech.wav
  emopoi voice clip.mp4 --out out
  emopoi voice speech.mp3 --emotion happy --intensity 1.5 --out out
  emopoi voice clip.mp4 --with-face --json
  emopoi voice --microphone

Emotions that can be shown: {", ".join(VOICE8)}.
Everything happens on this machine; nothing is stored without --out. With --out the folder gets profile.json,
readings.csv, timeline.png, coefficients.npz, .csv and .json (ARKit's names), facegood.npz, head.glb with an
animation of morph targets, head.mp4 with the sound, and voice.json, which lists them.
"""

_REMINDER = (
    "The people heard must have agreed to this (say --consent if they did). What is told is how a voice "
    "sounds, not what somebody feels. Not for use at work or in education (EU AI Act, Art. 5)."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    add = parser.add_argument
    add("file", nargs="?", type=Path, metavar="FILE", help="audio or video file")
    add("--microphone", action="store_true", help="listen to the microphone until Ctrl-C")
    add("--device", metavar="NAME", help="with --microphone: which one (default: the system's)")
    add("--emotion", metavar="NAME", help="the face shows this instead of what is heard")
    add(
        "--intensity",
        type=float,
        metavar="X",
        help="how strongly, 0 (neutral) to 2 (default: as heard, or 1)",
    )
    add("--head", metavar="FILE", help="head of your own with ARKit's names (default: the shipped one)")
    add("--with-face", action="store_true", help="a video's faces are read too: one profile from both")
    add("--fps", type=float, default=30.0, metavar="F", help="faces a second (default: %(default)g)")
    add("--seconds", type=float, metavar="S", help="stop after S seconds of sound")
    add("--variant", metavar="NAME", help="int8 or float16 models (default: the manifests')")
    add("--bundle", metavar="DIR", help="with --with-face: detector models from `emopoi bundle`")
    add("--out", type=Path, metavar="DIR", help="leave all results there")
    add("--no-video", action="store_true", help="with --out: no head.mp4")
    add("--consent", action="store_true", help="the people heard agreed: no reminder")
    add("--json", action="store_true", help="print the profile as JSON (with --microphone a line a reading)")


def run(arguments: argparse.Namespace) -> int:
    """Listen, write and print.

    Returns:
        0, or 130 where Ctrl-C ended it.

    Raises:
        EmopoiError: the file, an option, a model, the head or the output folder is wrong.
    """
    control = _checked(arguments)
    reader = VoiceEmotionReader(FrozenModel.load(voice_emotion_reader.NAME, arguments.variant))
    if arguments.microphone:
        return _live(arguments, reader, control)
    head = load_head(arguments.head) if arguments.out or arguments.head else None
    if head is not None:
        HeadExpressions(head)  # says what is wrong with it before the long work
    heard = hear(arguments.file, reader, seconds=arguments.seconds, watch=progress)
    if not arguments.consent:
        print(_REMINDER, file=sys.stderr)
    stopped = heard.stopped
    profile = heard.profile.build(arguments.file.name)
    if arguments.with_face:
        profile = _with_face(arguments, heard)
    failures = []
    if arguments.out is not None and head is not None:
        outputs = VoiceOutputs(arguments.out)
        outputs.write_heard(heard, profile)
        face = _face_reader(arguments, heard)
        if face is not None:
            stopped |= outputs.write_face(
                arguments.file, heard, face, head, control, fps=arguments.fps, video=not arguments.no_video,
                watch=progress,
            )  # fmt: skip
        heard.notes += outputs.notes
        outputs.finish(_summary(arguments, heard, head.name, profile.to_dict()))
        failures = outputs.failures
    for note in heard.notes:
        print(f"note: {note}", file=sys.stderr)
    if arguments.json:
        print(profile.to_json())
    else:
        print(_as_text(arguments.file.name, heard, profile), end="")
    for failure in failures[1:]:
        print(f"note: not written: {failure}", file=sys.stderr)
    if failures:
        raise failures[0]
    if arguments.out is not None:
        print(f"results: {arguments.out}", file=sys.stderr)
    return 130 if stopped else 0


def _checked(arguments: argparse.Namespace) -> VoiceControl:
    if arguments.microphone == (arguments.file is not None):
        raise InputError("one of FILE and --microphone was expected")
    if arguments.microphone and (arguments.out or arguments.with_face):
        raise InputError("--out and --with-face go with a file")
    if arguments.device is not None and not arguments.microphone:
        raise InputError("--device is for --microphone")
    if arguments.bundle is not None and not arguments.with_face:
        raise InputError("--bundle is for --with-face")
    if arguments.head is not None and arguments.microphone:
        raise InputError("--head goes with a file")
    if not 1.0 <= arguments.fps <= 240.0:
        raise InputError(f"--fps: 1 to 240 was expected, got {arguments.fps:g}")
    if arguments.seconds is not None and not arguments.seconds > 0:
        raise InputError(f"--seconds: more than 0 was expected, got {arguments.seconds:g}")
    return VoiceControl(arguments.emotion, arguments.intensity)


def _face_reader(arguments: argparse.Namespace, heard: HeardVoice) -> VoiceFaceReader | None:
    """The network that moves the face; without it what was heard is written all the same."""
    try:
        return VoiceFaceReader(FrozenModel.load(voice_face_reader.NAME, arguments.variant))
    except ModelFileError as error:
        heard.notes.append(f"no face: {error}")
        return None


def _with_face(arguments: argparse.Namespace, heard: HeardVoice) -> EmotionProfile:
    from emopoi.voice.with_face import profile_of_both

    profile, notes = profile_of_both(
        arguments.file, heard, variant=arguments.variant, bundle=arguments.bundle,
        seconds=heard.duration_s if heard.stopped else arguments.seconds,
    )  # fmt: skip
    heard.notes += notes
    return profile


def _live(arguments: argparse.Namespace, reader: VoiceEmotionReader, control: VoiceControl) -> int:
    from emopoi.voice.hearing import until
    from emopoi.voice.live import live
    from emopoi.voice.microphone import microphone

    heard = HeardVoice()
    face = _face_reader(arguments, heard)
    for note in heard.notes:
        print(f"note: {note}", file=sys.stderr)
    device = int(arguments.device) if (arguments.device or "").isdecimal() else arguments.device
    print("listening; Ctrl-C ends", file=sys.stderr)
    pieces = until(
        microphone(reader.spec.sample_rate_hz, device), arguments.seconds, reader.spec.sample_rate_hz
    )
    try:
        for readings, faces in live(pieces, reader, face, control):
            jaw = float(faces.arkit[:, _JAW].max()) if faces is not None and len(faces.arkit) else None
            for reading in readings:
                print(json.dumps(_line(reading, jaw)) if arguments.json else _told(reading), flush=True)
    except KeyboardInterrupt:
        return 130
    return 0


def _line(reading: VoiceReading, jaw: float | None) -> dict[str, Any]:
    shares = {label: round(float(share), 4) for label, share in zip(VOICE8, reading.voice8, strict=True)}
    told = {"time_ms": round(reading.time_ms), "voice8": shares, "confidence": round(reading.confidence, 4)}
    return told | {"jaw_open": None if jaw is None else round(jaw, 4)}


def _told(reading: VoiceReading) -> str:
    shares = _strongest(reading.voice8)
    return f"{reading.time_ms / 1000:7.1f} s  {shares}  (confidence {reading.confidence:.2f})"


def _strongest(voice8: NDArray[np.floating]) -> str:
    order = voice8.argsort()[::-1][:3]
    return ", ".join(f"{VOICE8[place]} {voice8[place]:.0%}" for place in order)


def _summary(
    arguments: argparse.Namespace, heard: HeardVoice, head: str, profile: dict[str, Any]
) -> dict[str, Any]:
    return {
        "schema": 1,
        "source": arguments.file.name,
        "seconds": round(heard.duration_s, 3),
        "readings": len(heard.readings),
        "shown": {"emotion": arguments.emotion, "intensity": arguments.intensity},
        "head": head,
        "fps": arguments.fps,
        "profile": profile,
        "notes": heard.notes,
    }


def _as_text(name: str, heard: HeardVoice, profile: EmotionProfile) -> str:
    if not profile.people:
        return f"{name}: no voice was heard\n"
    text = profile_as_text(profile)
    if heard.readings:
        shares = _strongest(heard.profile.voice8)
        text += f"The voice sounds {shares}; {len(heard.readings)} readings over {heard.duration_s:.1f} s\n"
    return text
