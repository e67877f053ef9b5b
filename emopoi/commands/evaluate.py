"""`emopoi evaluate`: score a model on a labelled file."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emopoi.errors import InputError, MissingPartError
from emopoi.evaluation.faces_of_table import FindFaces
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.runtime.manifest import find_model

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from emopoi.evaluation.shake import Shake

HELP = "score a model on a labelled file"

TASKS = ("emotion", "age-gender", "states", "expression3d", "voice")

METHODS = ("landmarks", "solver", "network")

_EPILOG = """\
examples:
  emopoi evaluate emotion faces.parquet --json
  emopoi evaluate emotion folder_of_labels/ --map labels.json
  emopoi evaluate age-gender valid.parquet --model multi_head --detect
  emopoi evaluate states validation.parquet --model states --json
  emopoi evaluate expression3d faces.parquet --json
  emopoi evaluate expression3d faces.parquet --method solver
  emopoi evaluate voice voices.parquet --json
  emopoi evaluate voice pairs.parquet --face --clip facegood_1114_2_05 --json

FILE is parquet with a column `image` (JPEG or PNG bytes) and `label` 0..6 or `label_name` (emotion,
expression3d), `age`, `gender`, `age_min`, `age_max` (age-gender), or `boredom` and `frustration` 0..3
(states). For expressions it may be a folder with one folder a label. By default the model that `emopoi
recognize` uses is scored, single crop. For states the face is always found first, where the detector is
installed. For expression3d 468 points are placed on each tight crop and no pixel is read after them; with
--method solver or network a 3D head is put to the points and its coefficients alone are read. For voices
FILE has `audio` (bytes of an audio file), `label_name` and `source`; with --face `audio` and the face's
coefficients as docs/voice.md tells.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    add = parser.add_argument
    add("task", choices=TASKS, help="what is labelled")
    add("file", type=Path, metavar="FILE", help="labelled pictures")
    add("--model", metavar="NAME", help="frozen model or its folder (default: the task's own)")
    add("--variant", metavar="NAME", help="int8 or float16 (default: the manifest's)")
    add(
        "--method",
        choices=METHODS,
        default=METHODS[0],
        help="expression3d: points themselves, or coefficients by one of two ways (default: %(default)s)",
    )
    add("--detect", action="store_true", help="find and crop the face first, as on the device; count misses")
    add("--map", type=Path, metavar="FILE", help='JSON {"your label": "happy", ...} for other labels')
    add(
        "--shake",
        metavar="SCALE,POSITION",
        help="cut tight crops with a wrong scale and place, e.g. 0.15,0.1: up to 15 %% and 10 %% off",
    )
    add("--face", action="store_true", help="voice: score the voice-driven face instead of the emotion heard")
    add("--clip", metavar="NAME", help="voice --face: score one clip alone")
    add("--gain", type=float, default=0.0, metavar="DB", help="voice: make every clip so much louder first")
    add("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Score and print.

    Raises:
        EmopoiError: the file or the model can not be used.
    """
    if arguments.map and arguments.task not in ("emotion", "expression3d"):
        raise InputError("--map is for expression labels")
    if arguments.shake and arguments.task not in ("emotion", "age-gender"):
        raise InputError("--shake is for emotion and age-gender")
    if (arguments.face or arguments.clip or arguments.gain) and arguments.task != "voice":
        raise InputError("--face, --clip and --gain are for voice")
    if arguments.task == "expression3d":
        result = _expression3d(arguments)
    elif arguments.task == "voice":
        result = _voice(arguments)
    else:
        result = _faces(arguments)
    print(json.dumps(result) if arguments.json else _as_text(result))
    return 0


def _faces(arguments: argparse.Namespace) -> dict[str, Any]:
    from emopoi.evaluation.age_gender import evaluate_age_gender
    from emopoi.evaluation.emotion import evaluate_emotion
    from emopoi.evaluation.label_map import read_label_map

    name = arguments.model or arguments.task.replace("-", "_")
    manifest = find_model(name)
    wanted = {
        "emotion": ("emotion", "multi_head"),
        "age-gender": ("age_gender", "multi_head"),
        "states": ("states",),
    }
    if manifest.task not in wanted[arguments.task]:
        raise InputError(f"model {name} is for {manifest.task}, not for {arguments.task}")
    shake = _shake(arguments.shake) if arguments.shake else None
    model = FrozenModel(manifest, arguments.variant)
    find_faces = _finder() if arguments.detect else None
    if arguments.task == "states" and find_faces is None:
        find_faces = _finder_if_there()
    if arguments.task == "emotion":
        labels = read_label_map(arguments.map) if arguments.map else None
        result = evaluate_emotion(arguments.file, model, find_faces=find_faces, label_map=labels, shake=shake)
    elif arguments.task == "states":
        from emopoi.evaluation.states import evaluate_states

        frames = FrozenModel(find_model("emotion"))
        result = evaluate_states(arguments.file, model, frames, find_faces=find_faces)
    else:
        result = evaluate_age_gender(arguments.file, model, find_faces=find_faces, shake=shake)
    return result | {"model": manifest.name, "variant": model.variant, "file": arguments.file.name}


def _expression3d(arguments: argparse.Namespace) -> dict[str, Any]:
    from emopoi.evaluation.expression3d import ENOUGH_PRESENCE, evaluate_expression3d
    from emopoi.evaluation.label_map import read_label_map
    from emopoi.head.landmark_solver import LandmarkSolver
    from emopoi.runtime.coefficient_emotion_reader import CoefficientEmotionReader
    from emopoi.runtime.face_coefficients_reader import FaceCoefficientsReader
    from emopoi.runtime.frozen_head import load_head
    from emopoi.runtime.landmark_emotion_reader import LandmarkEmotionReader
    from emopoi.vision.blazeface_files import EYES, LANDMARKS, read_blazeface_files
    from emopoi.vision.crop_mesh import mesh_of_crop
    from emopoi.vision.eye_landmarks import EyeLandmarks
    from emopoi.vision.face_landmarks import FaceLandmarks
    from emopoi.vision.lid_points import refine_lids

    if arguments.detect:
        raise InputError("--detect is not for expression3d: points are placed on tight crops")
    labels = read_label_map(arguments.map) if arguments.map else None
    head = load_head()
    result: dict[str, Any] = {"method": arguments.method, "head": head.name}
    prior = None
    if arguments.method == "landmarks":
        model = FrozenModel.load(arguments.model or "landmark_emotion", arguments.variant)
        points_reader = LandmarkEmotionReader(head, model)
        name, prior = points_reader.read, points_reader.prior
    else:
        model = FrozenModel.load(arguments.model or "coefficient_emotion", arguments.variant)
        reader = CoefficientEmotionReader(head, model)
        if arguments.method == "network":
            network = FrozenModel.load("face_coefficients", arguments.variant)
            solve = FaceCoefficientsReader(head, network).read
            result["coefficients_variant"] = network.variant
        else:
            solve = LandmarkSolver(head).solve

        def name(points: NDArray[np.floating]) -> NDArray[np.float32]:
            return reader.read(solve(points).coefficients)

    files = read_blazeface_files()
    if files.landmarks is None:
        raise MissingPartError(
            f"expressions are read off 468 points: {LANDMARKS[0]} is not in {files.origin}"
        )
    landmarks = FaceLandmarks(files.landmarks)
    eyes = None
    if arguments.method == "landmarks":
        if files.eyes is None:
            raise MissingPartError(
                f"the network of points was trained with lids: {EYES[0]} is not in {files.origin}"
            )
        eyes = EyeLandmarks(files.eyes)

    def place(picture: NDArray[np.uint8]) -> tuple[NDArray[np.float32], float] | None:
        mesh = mesh_of_crop(landmarks, picture)
        if mesh is None:
            return None
        if eyes is None or mesh.presence <= ENOUGH_PRESENCE:
            return mesh.points, mesh.presence
        return refine_lids(mesh.points, picture, eyes).points, mesh.presence

    scores = evaluate_expression3d(arguments.file, place, name, prior=prior, label_map=labels)
    result |= {"model": model.manifest.name, "variant": model.variant, "file": arguments.file.name}
    return scores | result


def _voice(arguments: argparse.Namespace) -> dict[str, Any]:
    from emopoi.evaluation.voice import evaluate_voice
    from emopoi.evaluation.voice_face import evaluate_voice_face
    from emopoi.runtime import voice_emotion_reader, voice_face_reader
    from emopoi.vision.sound_reader import read_sound

    if arguments.detect:
        raise InputError("--detect is for faces")
    if not -60.0 <= arguments.gain <= 60.0:
        raise InputError(f"--gain: -60 to 60 dB was expected, got {arguments.gain:g}")
    if arguments.clip and not arguments.face:
        raise InputError("--clip goes with --face")
    name = voice_face_reader.NAME if arguments.face else voice_emotion_reader.NAME
    model = FrozenModel.load(arguments.model or name, arguments.variant)
    if arguments.face:
        face = voice_face_reader.VoiceFaceReader(model)
        result = evaluate_voice_face(arguments.file, face, read_sound, clip=arguments.clip)
    else:
        heard = voice_emotion_reader.VoiceEmotionReader(model)
        result = evaluate_voice(arguments.file, heard, read_sound, gain_db=arguments.gain)
    return result | {"model": model.manifest.name, "variant": model.variant, "file": arguments.file.name}


def _finder() -> FindFaces:
    from emopoi.vision.blazeface_detector import BlazeFaceDetector

    return BlazeFaceDetector().detect


def _finder_if_there() -> FindFaces | None:
    """For pictures that are boxes of another detector and not aligned crops, as those of DAiSEE."""
    try:
        return _finder()
    except MissingPartError as error:
        print(f"note: the pictures are taken as tight crops: {error}", file=sys.stderr)
        return None


def _shake(text: str) -> Shake:
    from emopoi.evaluation.shake import Shake

    try:
        scale, position = (float(part) for part in text.split(","))
    except ValueError as error:
        raise InputError(f"--shake: two numbers such as 0.15,0.1 were expected, got {text!r}") from error
    return Shake(scale, position)


def _as_text(result: dict[str, Any]) -> str:
    lines = []
    for name, value in result.items():
        if isinstance(value, float):
            lines.append(f"{name:20} {value:.4f}")
        elif name == "confusion":
            lines += _confusion(value)
        elif name == "abstention":
            lines += _abstention(value)
        elif isinstance(value, dict) and all(isinstance(group, dict) for group in value.values()):
            lines.append(name)
            lines += [f"  {key:18} {_figures(group)}" for key, group in value.items()]
        elif isinstance(value, dict):
            lines.append(f"{name:20} {_figures(value)}")
        else:
            lines.append(f"{name:20} {value}")
    return "\n".join(lines)


def _figures(group: dict[str, Any]) -> str:
    return "  ".join(f"{k} {v:.3f}" if isinstance(v, float) else f"{k} {v}" for k, v in group.items())


def _abstention(curve: list[dict[str, Any]]) -> list[str]:
    lines = ["abstention (share answered, the confidence that asks for, accuracy of what is answered)"]
    return lines + [
        f"{point['coverage']:10.0%}{point['threshold']:9.3f}{point['accuracy']:9.4f}" for point in curve
    ]


def _confusion(value: dict[str, Any]) -> list[str]:
    labels = value["labels"]
    lines = [
        "confusion (rows: labelled, columns: found)",
        " " * 10 + "".join(f"{label:>9}" for label in labels),
    ]
    rows = zip(labels, value["rows_true"], strict=True)
    return lines + [f"{label:>9} " + "".join(f"{count:9d}" for count in row) for label, row in rows]
