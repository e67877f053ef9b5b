"""Where the face models of MediaPipe lie: in a bundle folder or in the mediapipe wheel.

Only files are read. Importing mediapipe would load TensorFlow and take seconds.
"""

from __future__ import annotations

import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path

from emopoi.errors import InputError, MissingPartError, ModelFileError
from emopoi.vision.shown_name import shown_name

BUNDLE_VARIABLE = "EMOPOI_BUNDLE"
"""Environment variable that names a folder with the model files and their NOTICE."""

SHORT_RANGE = ("face_detection_short_range.tflite",)
FULL_RANGE = ("face_detection_full_range_sparse.tflite", "face_detection_full_range.tflite")
LANDMARKS = ("face_landmark.tflite",)
EYES = ("iris_landmark.tflite",)


@dataclass(frozen=True, slots=True)
class BlazeFaceFiles:
    """Contents of the model files.

    Attributes:
        short_range: bytes of the 128 px detector.
        full_range: bytes of the 192 px detector.
        landmarks: bytes of the 468-point landmark model, None where the bundle has none.
        origin: where they were found, for people to read.
        eyes: bytes of the model of eyelids and iris, None where the bundle has none.
    """

    short_range: bytes
    full_range: bytes
    landmarks: bytes | None
    origin: str
    eyes: bytes | None = None


def read_blazeface_files(bundle: str | Path | None = None) -> BlazeFaceFiles:
    """Read the models from a bundle folder, or from the installed mediapipe wheel.

    Args:
        bundle: folder with plain files; None takes the folder named by EMOPOI_BUNDLE and,
            where that is not set, the wheel.

    Raises:
        InputError: a folder was named, and it is not there or a model is not in it.
        MissingPartError: no folder was named, and there is no wheel or a model is not in it.
        ModelFileError: a file is there and can not be read.
    """
    named = bundle if bundle is not None else os.environ.get(BUNDLE_VARIABLE) or None
    if named is not None:
        folder = Path(named)
        by_variable = "" if bundle is not None else f" (from {BUNDLE_VARIABLE})"
        if not folder.is_dir():
            raise InputError(f"the model bundle {shown_name(folder)}{by_variable} is not a folder")
        folders: tuple[Path, ...] = (folder,)
        origin = str(folder)
    else:
        spec = importlib.util.find_spec("mediapipe")
        locations = list(spec.submodule_search_locations or ()) if spec else []
        if not locations:
            raise MissingPartError(
                "no BlazeFace models: pip install mediapipe, "
                f"or set {BUNDLE_VARIABLE} to a folder that has them"
            )
        modules = Path(locations[0]) / "modules"
        folders = tuple(modules / name for name in ("face_detection", "face_landmark", "iris_landmark"))
        origin = f"mediapipe wheel ({modules})"
    short_range = _read(folders, SHORT_RANGE)
    full_range = _read(folders, FULL_RANGE)
    if short_range is None or full_range is None:
        absent = SHORT_RANGE[0] if short_range is None else FULL_RANGE[0]
        if named is not None:
            # No MissingPartError: who takes that for "no models here" would hide the mistake.
            raise InputError(f"{absent} is not in the model bundle {shown_name(folder)}{by_variable}")
        raise MissingPartError(f"{absent} is not in {origin}")
    landmarks, eyes = _read(folders, LANDMARKS), _read(folders, EYES)
    return BlazeFaceFiles(short_range, full_range, landmarks, origin, eyes)


def _read(folders: tuple[Path, ...], names: tuple[str, ...]) -> bytes | None:
    for name in names:
        for folder in folders:
            path = folder / name
            if path.is_file():
                try:
                    return path.read_bytes()
                except OSError as error:
                    raise ModelFileError(f"{shown_name(path)} can not be read: {error.strerror}") from error
    return None
