import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from emopoi.commands.main import main
from emopoi.errors import InputError, MissingPartError, ModelFileError
from emopoi.vision import blazeface_files as module
from emopoi.vision.blazeface_files import BUNDLE_FACTS, BUNDLE_VARIABLE, read_blazeface_files
from emopoi.vision.known_files import MEDIAPIPE_SHA256, MEDIAPIPE_VERSION


def test_a_bundle_folder_gives_the_same_as_the_wheel(blazeface_files, tmp_path, monkeypatch):
    (tmp_path / module.SHORT_RANGE[0]).write_bytes(blazeface_files.short_range)
    (tmp_path / module.FULL_RANGE[1]).write_bytes(blazeface_files.full_range)
    given = read_blazeface_files(tmp_path)
    assert given.short_range == blazeface_files.short_range and given.full_range == blazeface_files.full_range
    assert given.landmarks is None and str(tmp_path) in given.origin
    monkeypatch.setenv(BUNDLE_VARIABLE, str(tmp_path))
    assert read_blazeface_files() == given


def test_what_is_missing_is_named(tmp_path, monkeypatch):
    with pytest.raises(InputError, match="absent is not a folder"):
        read_blazeface_files(tmp_path / "absent")
    with pytest.raises(InputError, match="face_detection_short_range"):
        read_blazeface_files(tmp_path)
    monkeypatch.setenv(BUNDLE_VARIABLE, str(tmp_path / "absent"))
    with pytest.raises(InputError, match=f"from {BUNDLE_VARIABLE}. is not a folder"):
        read_blazeface_files()
    monkeypatch.setenv(BUNDLE_VARIABLE, str(tmp_path))
    with pytest.raises(InputError, match=f"face_detection_short_range.*{BUNDLE_VARIABLE}"):
        read_blazeface_files()
    monkeypatch.delenv(BUNDLE_VARIABLE, raising=False)
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingPartError, match="pip install mediapipe"):
        read_blazeface_files()


@pytest.fixture
def packages(tmp_path, monkeypatch):
    """A copy of the installed networks, found in place of the package; of the version that is pinned."""
    found = Path(module.importlib.util.find_spec("mediapipe").submodule_search_locations[0])
    copy = tmp_path / "site-packages" / "mediapipe"
    for name in ("face_detection", "face_landmark", "iris_landmark"):
        shutil.copytree(found / "modules" / name, copy / "modules" / name)
    (copy.parent / f"mediapipe-{MEDIAPIPE_VERSION}.dist-info").mkdir()
    spec = SimpleNamespace(submodule_search_locations=[str(copy)])
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda name: spec)
    monkeypatch.delenv(BUNDLE_VARIABLE, raising=False)
    return copy.parent


def damage(path):
    """Turn one bit in the middle, where the weights are."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("name", sorted(MEDIAPIPE_SHA256))
def test_a_damaged_file_of_the_known_wheel_is_refused_by_its_hash(packages, name):
    read_blazeface_files()
    damage(next(packages.rglob(name)))
    with pytest.raises(ModelFileError, match=f"{name} is damaged: sha256 .* mediapipe .* has"):
        read_blazeface_files()


def test_a_damaged_file_ends_the_command_with_one_line(packages, tmp_path, capsys):
    damage(next(packages.rglob("face_landmark.tflite")))
    photo = tmp_path / "photo.png"
    cv2.imwrite(str(photo), np.zeros((64, 64, 3), np.uint8))
    assert main(["recognize", str(photo), "--consent"]) == 2
    (line,) = [line for line in capsys.readouterr().err.splitlines() if "error:" in line]
    assert "face_landmark.tflite is damaged" in line


def test_files_of_another_version_are_taken_as_they_are(packages):
    (packages / f"mediapipe-{MEDIAPIPE_VERSION}.dist-info").rename(packages / "mediapipe-0.10.99.dist-info")
    damage(next(packages.rglob("face_landmark.tflite")))
    read_blazeface_files()


def test_a_bundle_s_files_are_what_it_says(blazeface_files, tmp_path):
    (tmp_path / module.SHORT_RANGE[0]).write_bytes(blazeface_files.short_range)
    (tmp_path / module.FULL_RANGE[0]).write_bytes(blazeface_files.full_range)
    sums = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in tmp_path.iterdir()}
    (tmp_path / BUNDLE_FACTS).write_text(json.dumps({"mediapipe": "0.10.99", "sha256": sums}))
    read_blazeface_files(tmp_path)
    damage(tmp_path / module.FULL_RANGE[0])
    with pytest.raises(ModelFileError, match=f"{module.FULL_RANGE[0]} is damaged.*{BUNDLE_FACTS} has"):
        read_blazeface_files(tmp_path)
    (tmp_path / BUNDLE_FACTS).write_text("{}")
    read_blazeface_files(tmp_path)
    for content in ('{"sha256": ', "[]", '{"sha256": 3}'):
        (tmp_path / BUNDLE_FACTS).write_text(content)
        with pytest.raises(ModelFileError, match=f"{BUNDLE_FACTS} can not be read"):
            read_blazeface_files(tmp_path)


def test_detecting_imports_neither_mediapipe_nor_tensorflow(blazeface_files):
    code = (
        "import sys, numpy as np\n"
        "from emopoi.vision.blazeface_detector import BlazeFaceDetector\n"
        "from emopoi.vision.face_follower import FaceFollower\n"
        "from emopoi.vision import media, drawing, sinks, photo_detector, head_pose\n"
        "BlazeFaceDetector().detect(np.zeros((50, 50, 3), np.uint8))\n"
        "heavy = {'mediapipe', 'tensorflow', 'keras', 'jax', 'matplotlib', 'pandas', 'scipy'}\n"
        "print(sorted(heavy & {name.split('.')[0] for name in sys.modules}))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]", done.stderr
