"""What `emopoi doctor` looks at: versions, runtimes, models, cascade, places, OpenGL."""

from __future__ import annotations

import ctypes
import importlib
import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata

from emopoi.errors import EmopoiError

OK, MISSING, BROKEN = "ok", "missing", "broken"

OPENCV = (
    "opencv-python",
    "opencv-contrib-python",
    "opencv-python-headless",
    "opencv-contrib-python-headless",
)
"""All of them carry the module cv2; one is enough."""

OPTIONAL_PACKAGES = (
    "tensorflow",
    "keras",
    "tensorflow-io",
    "mediapipe",
    "librosa",
    "trimesh",
    "pyrender",
    "pyarrow",
    "pandas",
    "scikit-image",
    "duckdb",
    "SQLAlchemy",
    "alembic",
    "psycopg",
    "osmium",
    "implicit",
    "ray",
)
"""For training, evaluation, the demo, catalogues, feedback and batches; never imported by the main job."""

_NEEDED_MODULES = {
    "numpy": "numpy",
    "av": "av",
    "opening_hours_py": "opening_hours",
    "matplotlib": "matplotlib",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        group: "system", "packages", "detector", "models" or "places".
        name: what it is.
        state: `OK`, `MISSING` or `BROKEN`.
        detail: version, place or reason.
        needed: the main job can not run without it.
    """

    group: str
    name: str
    state: str
    detail: str
    needed: bool

    @property
    def stops_the_main_job(self) -> bool:
        """True where this alone keeps the main job from running."""
        return self.needed and self.state != OK


def look_at_everything() -> list[Finding]:
    """Every finding of the quick check; imports nothing heavy."""
    return [*_system(), *_packages(), *_detector(), *_models(), *_places()]


def _system() -> Iterator[Finding]:
    version = platform.python_version()
    fits = sys.version_info >= (3, 10)
    yield Finding(
        "system", "Python", OK if fits else BROKEN, version if fits else f"{version}, 3.10 needed", True
    )
    for name, file in (("EGL", "libEGL.so.1"), ("OSMesa", "libOSMesa.so.8")):
        try:
            ctypes.CDLL(file)
        except OSError:
            yield Finding("system", name, MISSING, f"{file} does not load; only pyrender needs it", False)
        else:
            yield Finding("system", name, OK, file, False)


def _packages() -> Iterator[Finding]:
    for name, module in _NEEDED_MODULES.items():
        yield _imported(name, module, _version(name))
    installed = [f"{name} {version}" for name in OPENCV if (version := _version(name))]
    yield _imported("opencv", "cv2", ", ".join(installed) or None)
    yield _runtime()
    for name in OPTIONAL_PACKAGES:
        found = _version(name)
        yield Finding("packages", name, OK if found else MISSING, found or "not installed", False)


def _runtime() -> Finding:
    try:
        from emopoi.runtime.interpreter import runtime_name

        name = runtime_name()
    except Exception as error:  # a runtime built for another numpy fails in its own ways
        return Finding("packages", "TFLite runtime", BROKEN, first_line(error), True)
    if name is None:
        advice = "pip install tflite-runtime (Python to 3.11) or ai-edge-litert"
        return Finding("packages", "TFLite runtime", MISSING, advice, True)
    return Finding("packages", "TFLite runtime", OK, name, True)


def _imported(name: str, module: str, version: str | None) -> Finding:
    try:
        importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name == module:
            return Finding("packages", name, MISSING, "not installed", True)
        return Finding("packages", name, BROKEN, first_line(error), True)
    except Exception as error:  # a missing system library, a clash of versions: whatever it is, it is told
        return Finding("packages", name, BROKEN, first_line(error), True)
    return Finding("packages", name, OK, version or "version unknown", True)


def _detector() -> Iterator[Finding]:
    def blazeface() -> str:
        from emopoi.vision.blazeface_files import read_blazeface_files

        files = read_blazeface_files()
        return files.origin if files.landmarks else f"{files.origin}; without face_landmark.tflite"

    def cascade() -> str:
        from emopoi.vision.haar_detector import HaarDetector

        return HaarDetector().origin

    found = [
        _attempt("detector", "BlazeFace models", blazeface),
        _attempt("detector", "Haar cascade", cascade),
    ]
    # Either of them will do; the cascade is what the main job falls back to.
    alone = all(finding.state != OK for finding in found)
    for finding in found:
        yield Finding(finding.group, finding.name, finding.state, finding.detail, alone)


def _models() -> Iterator[Finding]:
    try:
        from emopoi.pipeline import RecognitionSettings
        from emopoi.runtime.manifest import Manifest, models_folder
    except ImportError as error:
        yield Finding("models", "frozen models", BROKEN, first_line(error), True)
        return
    settings = RecognitionSettings()
    wanted = (settings.emotion_model, settings.time_model, settings.person_model)
    try:
        folder = models_folder()
    except EmopoiError as error:
        yield Finding("models", "frozen models", MISSING, str(error), True)
        return
    names = sorted(path.parent.name for path in folder.glob("*/manifest.json"))
    for name in dict.fromkeys((*wanted, *names)):
        if name not in names:
            yield Finding("models", name, MISSING, f"not in {folder}", True)
            continue
        try:
            manifest = Manifest.read(folder / name)
        except EmopoiError as error:
            yield Finding("models", name, BROKEN, str(error), name in wanted)
            continue
        for variant, file in manifest.files.items():
            used = variant == manifest.default
            try:
                size = len(manifest.content(variant))
            except EmopoiError as error:
                yield Finding("models", f"{name} {variant}", BROKEN, str(error), name in wanted and used)
                continue
            detail = f"{size / 1e6:.2f} MB, hash OK" + (", default" if used else "")
            yield Finding(
                "models", f"{name} {variant}", OK, f"{detail}, {file.path}", name in wanted and used
            )


def _places() -> Iterator[Finding]:
    def catalogue() -> str:
        from recommender import open_catalogue

        places = open_catalogue(None)
        return f"{places.name}: {len(places)} places"

    yield _attempt("places", "catalogue", catalogue, needed=True)


def _attempt(group: str, name: str, look: Callable[[], str], *, needed: bool = False) -> Finding:
    try:
        return Finding(group, name, OK, look(), needed)
    except (EmopoiError, ImportError) as error:
        return Finding(group, name, MISSING, first_line(error), needed)


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def first_line(error: BaseException) -> str:
    """What an error says, shortened to one line; its class where it says nothing."""
    return str(error).strip().split("\n", 1)[0] or type(error).__name__
