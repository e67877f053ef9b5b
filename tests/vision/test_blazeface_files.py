import subprocess
import sys

import pytest

from emopoi.errors import InputError, MissingPartError
from emopoi.vision import blazeface_files as module
from emopoi.vision.blazeface_files import BUNDLE_VARIABLE, read_blazeface_files


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
