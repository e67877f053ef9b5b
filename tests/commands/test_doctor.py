import hashlib
import json
import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from emopoi.commands import deep_calls, findings
from emopoi.commands.main import main

ROOT = Path(__file__).parents[2]
WANTED = ("emotion", "emotion_time", "age_gender")


def write_model(folder: Path, content: bytes = b"a model") -> None:
    folder.mkdir(parents=True)
    (folder / "model.tflite").write_bytes(content)
    manifest = {
        "name": folder.name,
        "task": "emotion",
        "files": {
            "int8": {
                "path": "model.tflite",
                "sha256": hashlib.sha256(content).hexdigest(),
                "bytes": len(content),
            }
        },
        "default": "int8",
        "inputs": {},
        "outputs": {},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))


@pytest.fixture
def models(tmp_path, monkeypatch) -> Path:
    for name in WANTED:
        write_model(tmp_path / name)
    monkeypatch.setenv("EMOPOI_MODELS", str(tmp_path))
    return tmp_path


def doctor(capsys, *words: str) -> tuple[int, dict]:
    status = main(["doctor", "--json", *words])
    return status, json.loads(capsys.readouterr().out)


def test_the_main_job_can_run_with_all_models(models, capsys):
    status, answer = doctor(capsys)

    assert (status, answer["main_job"]) == (0, True)
    states = {finding["name"]: finding["state"] for finding in answer["findings"]}
    assert states["numpy"] == states["opencv"] == states["TFLite runtime"] == states["catalogue"] == "ok"
    assert states["emotion int8"] == "ok"


def test_versions_are_those_that_are_installed(models, capsys):
    _, answer = doctor(capsys)

    details = {finding["name"]: finding["detail"] for finding in answer["findings"]}
    assert details["numpy"] == metadata.version("numpy")
    assert details["Python"] == ".".join(map(str, sys.version_info[:3]))


def test_a_damaged_model_stops_the_main_job(models, capsys):
    (models / "age_gender" / "model.tflite").write_bytes(b"b model")
    status, answer = doctor(capsys)

    assert (status, answer["main_job"]) == (1, False)
    (damaged,) = [finding for finding in answer["findings"] if finding["state"] == "broken"]
    assert damaged["name"] == "age_gender int8" and "damaged" in damaged["detail"]


def test_a_damaged_model_that_is_not_used_is_told_and_stops_nothing(models, capsys):
    write_model(models / "another")
    (models / "another" / "model.tflite").unlink()
    status, answer = doctor(capsys)

    assert (status, answer["main_job"]) == (0, True)
    assert [f["name"] for f in answer["findings"] if f["state"] == "broken"] == ["another int8"]


def test_a_missing_model_is_named_in_the_text(models, capsys):
    (models / "emotion" / "manifest.json").unlink()

    assert main(["doctor"]) == 1
    printed = capsys.readouterr().out
    assert printed.rstrip().endswith("the main job can not run: see emotion")


def test_no_models_folder(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("EMOPOI_MODELS", str(tmp_path / "nowhere"))
    status, answer = doctor(capsys)

    assert status == 1
    assert "frozen models" in [
        finding["name"] for finding in answer["findings"] if finding["state"] == "missing"
    ]


def test_without_any_detector_the_main_job_can_not_run(models, monkeypatch, capsys, tmp_path):
    import cv2

    monkeypatch.setenv("EMOPOI_BUNDLE", str(tmp_path / "nowhere"))
    assert doctor(capsys)[0] == 0  # the cascade is left
    monkeypatch.setattr(cv2.data, "haarcascades", str(tmp_path / "nowhere"))
    monkeypatch.chdir(tmp_path)
    status, answer = doctor(capsys)

    assert status == 1
    assert {f["name"] for f in answer["findings"] if f["group"] == "detector" and f["needed"]} == {
        "BlazeFace models",
        "Haar cascade",
    }


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (ModuleNotFoundError("No module named 'av'", name="av"), "missing"),
        (ModuleNotFoundError("No module named 'other'", name="other"), "broken"),
        (ImportError("libGL.so.1: cannot open shared object file"), "broken"),
        (AttributeError("_ARRAY_API not found"), "broken"),
    ],
)
def test_a_package_that_can_not_be_imported_is_told(monkeypatch, capsys, models, error, state):
    import importlib

    real = importlib.import_module

    def import_module(name, *rest):
        if name == "av":
            raise error
        return real(name, *rest)

    monkeypatch.setattr(findings.importlib, "import_module", import_module)
    status, answer = doctor(capsys)

    (found,) = [finding for finding in answer["findings"] if finding["name"] == "av"]
    assert (status, found["state"]) == (1, state)
    if state == "broken":
        assert found["detail"] == str(error)


def test_the_quick_check_imports_nothing_heavy():
    code = (
        "import sys; from emopoi.commands.main import main; main(['doctor'])\n"
        "assert not {'tensorflow', 'keras', 'mediapipe', 'librosa'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_deep_calls_every_package_once(models, capsys):
    """The ten packages of requirements.txt are not only installed: each one does something."""
    installed = [name for name in deep_calls.CALLS if is_installed(name)]
    status, answer = doctor(capsys, "--deep")

    called = {f["name"]: (f["state"], f["detail"]) for f in answer["findings"] if f["group"] == "calls"}
    assert set(called) == set(deep_calls.CALLS)
    failed = {name: called[name] for name in installed if called[name][0] != "ok" and name != "pyrender"}
    assert (failed, status) == ({}, 0)
    assert called["numpy"] == ("ok", "called")


def test_deep_goes_on_where_a_call_kills_its_process(monkeypatch, tmp_path):
    """A package that aborts costs its own answer, not those of the others."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "sitecustomize.py").write_text(
        "import os, sys\n"
        "class Finder:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'trimesh':\n"
        "            os.abort()\n"
        "sys.meta_path.insert(0, Finder())\n"
    )
    monkeypatch.setattr(deep_calls.metadata, "version", lambda name: "1")
    found = list(deep_calls.deep_findings(["numpy", "trimesh", "opencv-python"]))

    assert [(f.name, f.state) for f in found] == [
        ("numpy", "ok"),
        ("trimesh", "broken"),
        ("opencv-python", "ok"),
    ]
    assert "signal" in found[1].detail


def is_installed(name: str) -> bool:
    try:
        return bool(metadata.version(name))
    except metadata.PackageNotFoundError:
        return False


def test_the_deep_child_has_its_environment_before_any_import(monkeypatch):
    seen = {}

    def run(command, env, **rest):
        seen.update(env)
        return subprocess.CompletedProcess(command, 3, b"", b"")

    monkeypatch.setattr(deep_calls.subprocess, "run", run)
    monkeypatch.delenv("PYOPENGL_PLATFORM", raising=False)
    (found,) = deep_calls.deep_findings(["numpy"])

    assert (seen["TF_CPP_MIN_LOG_LEVEL"], seen["PYOPENGL_PLATFORM"]) == ("3", "egl")
    assert found.state == "broken" and found.detail == "the process ended with 3"
    assert "PYOPENGL_PLATFORM" not in os.environ
