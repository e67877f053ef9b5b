import re
from pathlib import Path

import pytest
import tomllib
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from emopoi.vision.known_files import MEDIAPIPE_VERSION, OPENCV_VERSION

ROOT = Path(__file__).parents[2]
FILES = (
    "requirements.txt",
    "requirements-device.txt",
    "requirements-test.txt",
    "requirements-track.txt",
    "requirements-batch.txt",
    "requirements-docs.txt",
)
FIXED = (
    "tensorflow keras tensorflow-io opencv-python mediapipe librosa numpy tflite-runtime trimesh pyrender"
).split()
PYTHON_311 = {"python_version": "3.11", "python_full_version": "3.11.9", "sys_platform": "linux"}


def pins(name: str, environment: dict[str, str] = PYTHON_311) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in (ROOT / name).read_text().splitlines():
        if line and not line.startswith("#"):
            requirement = Requirement(line)
            assert re.fullmatch(r"==[0-9][0-9a-z.]*", str(requirement.specifier)), line
            if requirement.marker is None or requirement.marker.evaluate(environment):
                key = canonicalize_name(requirement.name)
                assert key not in found, f"{line}: pinned twice"
                found[key] = str(requirement.specifier)[2:]
    return found


@pytest.mark.parametrize("name", [*FILES, "requirements-audit.txt"])
def test_every_line_is_one_exact_pin_without_a_host(name):
    assert pins(name)
    assert not re.search(r"https?:|file:|git\+|^ *-| @ ", (ROOT / name).read_text(), re.MULTILINE)


def test_the_ten_fixed_packages_are_pinned():
    assert set(FIXED) <= set(pins("requirements.txt"))


def test_the_files_agree_with_each_other():
    full = pins("requirements.txt")
    for name in FILES[1:]:
        other = pins(name)
        assert {key: full[key] for key in other if key in full} == {
            k: v for k, v in other.items() if k in full
        }
    assert set(pins("requirements-device.txt")) <= set(full)


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_a_device_gets_one_runtime_and_nothing_heavy(version):
    device = pins("requirements-device.txt", PYTHON_311 | {"python_version": version})

    assert not {"tensorflow", "keras", "mediapipe", "jax", "librosa"} & set(device)
    assert len({"tflite-runtime", "ai-edge-litert"} & set(device)) == 1
    assert {"numpy", "opencv-python", "av", "opening-hours-py", "matplotlib"} <= set(device)


def test_the_pins_fit_what_the_package_declares():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = [*project["dependencies"], *project["optional-dependencies"]["train"]]
    full = pins("requirements.txt")
    for requirement in map(Requirement, declared):
        if requirement.marker is None or requirement.marker.evaluate(PYTHON_311):
            assert requirement.specifier.contains(full[canonicalize_name(requirement.name)]), requirement
    test_pins = pins("requirements-test.txt")
    for requirement in map(Requirement, project["optional-dependencies"]["test"]):
        assert requirement.specifier.contains(test_pins[canonicalize_name(requirement.name)]), requirement


def test_files_of_the_pinned_versions_are_known_by_their_hash():
    assert pins("requirements.txt")["mediapipe"] == MEDIAPIPE_VERSION
    # The last number of OpenCV's wheels counts how often they were built.
    for name in ("requirements.txt", "requirements-device.txt"):
        assert pins(name)["opencv-python"].rpartition(".")[0] == OPENCV_VERSION
