"""Where the face models of MediaPipe lie: in a bundle folder or in the mediapipe wheel.

Only files are read. Importing mediapipe would load TensorFlow and take seconds.
"""

from __future__ import annotations

import importlib.util
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from emopoi.errors import InputError, MissingPartError, ModelFileError
from emopoi.vision.known_files import MEDIAPIPE_SHA256, MEDIAPIPE_VERSION, check_whole
from emopoi.vision.shown_name import shown_name

BUNDLE_VARIABLE = "EMOPOI_BUNDLE"
"""Environment variable that names a folder with the model files and their NOTICE."""

BUNDLE_FACTS = "bundle.json"
"""Name of the file by which a bundle tells what is in it, and the hash of each of its files."""

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

    Every file is checked against its hash where one is known: in a bundle by its bundle.json, in the wheel of
    the version that is pinned.

    Raises:
        InputError: a folder was named, and it is not there or a model is not in it.
        MissingPartError: no folder was named, and there is no wheel or a model is not in it.
        ModelFileError: a file is there and can not be read, or is damaged.
    """
    named = bundle if bundle is not None else os.environ.get(BUNDLE_VARIABLE) or None
    if named is not None:
        folder = Path(named)
        by_variable = "" if bundle is not None else f" (from {BUNDLE_VARIABLE})"
        if not folder.is_dir():
            raise InputError(f"the model bundle {shown_name(folder)}{by_variable} is not a folder")
        folders: tuple[Path, ...] = (folder,)
        sums, whose = _sums_of_bundle(folder), BUNDLE_FACTS
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
        whose = f"mediapipe {MEDIAPIPE_VERSION}"
        # Beside the package that is read, so that it is this one's version.
        known = (modules.parents[1] / f"mediapipe-{MEDIAPIPE_VERSION}.dist-info").is_dir()
        sums = MEDIAPIPE_SHA256 if known else {}
        folders = tuple(modules / name for name in ("face_detection", "face_landmark", "iris_landmark"))
        origin = f"mediapipe wheel ({modules})"

    def read(names: tuple[str, ...]) -> bytes | None:
        places = (folder / name for name in names for folder in folders)
        path = next((place for place in places if place.is_file()), None)
        if path is None:
            return None
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ModelFileError(f"{shown_name(path)} can not be read: {error.strerror}") from error
        check_whole(path, content, sums.get(path.name), whose)
        return content

    short_range, full_range = read(SHORT_RANGE), read(FULL_RANGE)
    if short_range is None or full_range is None:
        absent = SHORT_RANGE[0] if short_range is None else FULL_RANGE[0]
        if named is not None:
            # No MissingPartError: who takes that for "no models here" would hide the mistake.
            raise InputError(f"{absent} is not in the model bundle {shown_name(folder)}{by_variable}")
        raise MissingPartError(f"{absent} is not in {origin}")
    return BlazeFaceFiles(short_range, full_range, read(LANDMARKS), origin, read(EYES))


def _sums_of_bundle(folder: Path) -> Mapping[str, str]:
    """Hashes by file name; none for a folder that `emopoi bundle` did not write."""
    path = folder / BUNDLE_FACTS
    if not path.is_file():
        return {}
    try:
        told = json.loads(path.read_text(encoding="utf-8")).get("sha256", {})
        return {str(name): str(value) for name, value in told.items()}
    except (OSError, ValueError, AttributeError, RecursionError) as error:
        raise ModelFileError(f"{shown_name(path)} can not be read ({error!r})") from error
