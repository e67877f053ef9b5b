"""`emopoi bundle`: a folder with everything that a device without a mediapipe wheel needs."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import emopoi
from emopoi.commands.app_files import write_app_files
from emopoi.errors import InputError, MissingPartError, ModelFileError, OutputError
from emopoi.runtime.manifest import Manifest, models_folder
from emopoi.vision.blazeface_files import (
    BUNDLE_FACTS,
    BUNDLE_VARIABLE,
    EYES,
    FULL_RANGE,
    LANDMARKS,
    SHORT_RANGE,
)
from emopoi.vision.known_files import MEDIAPIPE_SHA256, MEDIAPIPE_VERSION, check_whole

HELP = "make a folder of model files for a device"

_EPILOG = f"""\
examples:
  emopoi bundle --out bundle
  emopoi bundle --out bundle --app
  emopoi bundle --out bundle --app --models detector_short,face_mesh,emotion,emotion_time

On the device: {BUNDLE_VARIABLE}=bundle emopoi recognize clip.mp4   (or --bundle bundle). The models of
the face detector are copied out of the installed mediapipe package, with its licence. With --app the folder
app/ has what a project for Android or iOS needs: models, labels, facts, known answers as plain bytes.
"""

_REQUIREMENTS = "requirements-device.txt"
_MODULES = tuple(f"mediapipe/modules/{name}" for name in ("face_detection", "face_landmark", "iris_landmark"))


@dataclass(frozen=True, slots=True)
class DetectorModels:
    """The detector's files as the mediapipe wheel has them.

    Attributes:
        version: of mediapipe.
        licence: full text of its licence.
        files: content by file name.
        origin: path inside the wheel by file name.
    """

    version: str
    licence: str
    files: dict[str, bytes]
    origin: dict[str, str]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder to make")
    parser.add_argument("--force", action="store_true", help="replace an older bundle in DIR")
    parser.add_argument("--app", action="store_true", help="add app/, for projects in other languages")
    parser.add_argument("--models", metavar="NAMES", help="with --app: these alone, separated by commas")


def run(arguments: argparse.Namespace) -> int:
    """Make the bundle and say what is in it.

    Raises:
        MissingPartError: mediapipe is not installed.
        ModelFileError: there are no frozen models, or one is damaged.
        OutputError: the folder is not empty or can not be written.
    """
    if arguments.models is not None and not arguments.app:
        raise InputError("--models is for --app")
    chosen = None if arguments.models is None else [name.strip() for name in arguments.models.split(",")]
    folder = make_bundle(arguments.out, force=arguments.force, app=arguments.app, chosen=chosen)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"{folder}: {size / 1e6:.1f} MB", file=sys.stderr)
    return 0


def make_bundle(
    out: Path, *, force: bool = False, app: bool = False, chosen: Sequence[str] | None = None
) -> Path:
    """Write a bundle: whole, or not at all.

    Args:
        out: the folder; may exist if it is empty.
        force: replace a folder that holds a bundle. A folder with anything else is never replaced.
        app: add the files for app projects.
        chosen: models for these; None takes all that the live page runs.

    Returns:
        The folder.

    Raises:
        MissingPartError: mediapipe is not installed or has no such models.
        ModelFileError: there are no frozen models, or one is damaged.
        OutputError: the folder is not empty or can not be written.
    """
    try:
        _check_target(out, force)
        out = out.absolute()
    except OSError as error:
        raise OutputError(f"{out}: no bundle can be made there ({error.strerror or error})") from error
    detector = read_detector_models()
    partial = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        if app:
            write_app_files(partial / "app", chosen)
        _fill(partial, detector)
        _put_in_place(partial, out)
    except OSError as error:
        raise OutputError(f"{out}: the bundle can not be written ({error.strerror or error})") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return out


def read_detector_models() -> DetectorModels:
    """Read the face models and their licence out of the installed mediapipe package.

    Raises:
        MissingPartError: it is not installed, or a model is not in it.
        ModelFileError: a model is damaged, as far as its hash is known.
    """
    try:
        package = metadata.distribution("mediapipe")
    except metadata.PackageNotFoundError:
        raise MissingPartError(
            "the detector's models come with mediapipe: pip install mediapipe here, not on the device"
        ) from None
    licence = package.read_text("LICENSE") or package.read_text("licenses/LICENSE")
    if not licence:
        raise MissingPartError(f"mediapipe {package.version} is installed without its licence text")
    files: dict[str, bytes] = {}
    origin: dict[str, str] = {}
    for names in (SHORT_RANGE, FULL_RANGE, LANDMARKS, EYES):
        places = [f"{module}/{name}" for name in names for module in _MODULES]
        place = next((place for place in places if Path(str(package.locate_file(place))).is_file()), None)
        if place is None:
            raise MissingPartError(f"mediapipe {package.version} does not carry {' or '.join(names)}")
        path = Path(str(package.locate_file(place)))
        files[path.name] = content = path.read_bytes()
        origin[path.name] = place
        if package.version == MEDIAPIPE_VERSION:
            check_whole(path, content, MEDIAPIPE_SHA256.get(path.name), f"mediapipe {package.version}")
    return DetectorModels(package.version, licence, files, origin)


def _check_target(out: Path, force: bool) -> None:
    if not out.name or out.is_symlink():
        raise InputError(f"--out: the name of a folder was expected, got {str(out)!r}")
    if out.exists() and not out.is_dir():
        raise OutputError(f"{out}: a folder was expected, but a file is there")
    if out.is_dir() and any(out.iterdir()):
        if not (out / BUNDLE_FACTS).is_file():
            raise OutputError(f"{out} is not empty and holds no bundle; it is left as it is")
        if not force:
            raise OutputError(f"{out} holds a bundle already; --force replaces it")


def _put_in_place(partial: Path, out: Path) -> None:
    """Rename; a bundle that was there before goes only after the new one has its place."""
    old = out.with_name(f".{out.name}.{os.getpid()}.old")
    if out.exists():
        out.rename(old)
    try:
        partial.rename(out)
    except OSError:
        if old.exists():
            old.rename(out)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _fill(folder: Path, detector: DetectorModels) -> None:
    for name, content in detector.files.items():
        (folder / name).write_bytes(content)
    (folder / "LICENSE-mediapipe.txt").write_text(detector.licence, encoding="utf-8")
    models = _copy_models(folder / "frozen_models")
    (folder / "NOTICE.txt").write_text(_notice(detector, models), encoding="utf-8")
    (folder / _REQUIREMENTS).write_text(device_requirements(), encoding="utf-8")
    (folder / "README.txt").write_text(_readme(), encoding="utf-8")
    described = {
        "emopoi": emopoi.__version__,
        "mediapipe": detector.version,
        "frozen_models": [model.name for model in models],
        "sha256": {
            str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        },
    }
    (folder / BUNDLE_FACTS).write_text(json.dumps(described, indent=2) + "\n", encoding="utf-8")


def _copy_models(target: Path) -> list[Manifest]:
    source = models_folder()
    names = sorted(path.parent.name for path in source.glob("*/manifest.json"))
    if not names:
        raise ModelFileError(f"no frozen models in {source}")
    copied = []
    for name in names:
        manifest = Manifest.read(source / name)
        copied.append(manifest)
        (target / name).mkdir(parents=True)
        for variant, file in manifest.files.items():
            (target / name / file.path).write_bytes(manifest.content(variant))
        for extra in ("manifest.json", "card.md", "golden.npz"):
            if (source / name / extra).is_file():
                shutil.copyfile(source / name / extra, target / name / extra)
    return copied


def device_requirements() -> str:
    """The pinned file of the checkout; without one, what the installed package declares.

    Raises:
        MissingPartError: neither is there.
    """
    pinned = Path(emopoi.__file__).resolve().parents[1] / _REQUIREMENTS
    if pinned.is_file():
        return pinned.read_text(encoding="utf-8")
    try:
        declared = metadata.requires("emopoi") or []
    except metadata.PackageNotFoundError:
        raise MissingPartError(f"{pinned} is missing and emopoi is not installed as a package") from None
    lines = [line for line in declared if "extra ==" not in line]
    return "\n".join(["# What emopoi needs on a device.", *lines]) + "\n"


def _notice(detector: DetectorModels, models: Sequence[Manifest]) -> str:
    lines = [
        "Models of the face detector",
        "===========================",
        "",
        f"Copied unchanged from the Python package mediapipe {detector.version}, Copyright The MediaPipe",
        "Authors, Apache License 2.0 (LICENSE-mediapipe.txt).",
        "",
    ]
    for name, content in detector.files.items():
        lines += [
            name,
            f"  from   {detector.origin[name]}",
            f"  sha256 {hashlib.sha256(content).hexdigest()}",
        ]
    lines += [
        "",
        "Models of EmoPOI",
        "================",
        "",
        "Each folder in frozen_models has a card.md and a manifest.json with data, licence and figures.",
        "",
    ]
    for model in models:
        licence = model.data.get("licence")
        lines.append(model.name)
        if isinstance(licence, Mapping):
            lines += [f"  {part:7} {text}" for part, text in licence.items()]
        else:
            lines.append(f"  licence {licence or 'not stated'}")
    lines.append("")
    return "\n".join(lines)


def _readme() -> str:
    return f"""\
EmoPOI {emopoi.__version__}: files for a device
{"=" * len(f"EmoPOI {emopoi.__version__}: files for a device")}

On a device with Python 3.11 or newer:

  pip install -r {_REQUIREMENTS}
  pip install --no-deps emopoi-{emopoi.__version__}-py3-none-any.whl
  export {BUNDLE_VARIABLE}=/where/this/folder/is
  emopoi doctor
  emopoi recognize clip.mp4 --out out

The wheel is made by `pip wheel --no-deps .` in the source folder. It has the frozen models inside;
the copies here are for programs in other languages, or for use with
EMOPOI_MODELS=/where/this/folder/is/frozen_models.

Without {BUNDLE_VARIABLE} faces are found with OpenCV's Haar cascade: no turned faces, more misses.
NOTICE.txt says where every file comes from. Nothing here opens a network connection.
"""
