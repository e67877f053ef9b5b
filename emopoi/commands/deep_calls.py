"""`emopoi doctor --deep`: every large package is really called once, in a process of its own.

A bare import proves little: tensorflow-io loads its operations at the first call, pyrender its
OpenGL at the first picture, and a clash of versions may abort the whole process. So the calls run
in a child, which says before each one what it is about to do; where it dies, that call is to
blame and a new child goes on with the rest.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib import metadata
from pathlib import Path

from emopoi.commands.findings import BROKEN, MISSING, OK, Finding, first_line

_LONGEST_CHILD_S = 300.0


def call_tensorflow() -> str:
    """Add two numbers."""
    import tensorflow as tf

    return _expect(float(tf.reduce_sum(tf.constant([1.0, 2.0]))), 3.0)


def call_keras() -> str:
    """Run a dense layer."""
    import keras

    return _expect(tuple(keras.layers.Dense(3)(keras.ops.ones((2, 4))).shape), (2, 3))


def call_tensorflow_io() -> str:
    """Resample sound: needs the compiled operations."""
    import tensorflow as tf
    import tensorflow_io as tfio

    return _expect(tuple(tfio.audio.resample(tf.zeros([160, 1]), 16_000, 8_000).shape), (80, 1))


def call_opencv() -> str:
    """Resize a picture."""
    import cv2
    import numpy as np

    return _expect(cv2.resize(np.zeros((8, 8, 3), np.uint8), (4, 2)).shape, (2, 4, 3))


def call_mediapipe() -> str:
    """Look for faces where there are none."""
    import mediapipe
    import numpy as np

    with mediapipe.solutions.face_detection.FaceDetection() as detector:
        return _expect(detector.process(np.zeros((64, 64, 3), np.uint8)).detections, None)


def call_librosa() -> str:
    """Make a mel filter bank; a whole spectrogram would wait half a minute for its compiler."""
    import librosa

    return _expect(librosa.filters.mel(sr=16_000, n_fft=512, n_mels=8).shape, (8, 257))


def call_numpy() -> str:
    """Multiply two matrices."""
    import numpy as np

    return _expect(float((np.eye(3) @ np.ones(3)).sum()), 3.0)


def call_tflite_runtime() -> str:
    """Run a model on tflite-runtime."""
    return _run_a_model("tflite_runtime")


def call_ai_edge_litert() -> str:
    """Run a model on ai-edge-litert."""
    return _run_a_model("ai_edge_litert")


def call_trimesh() -> str:
    """Make a box and measure it."""
    import trimesh

    return _expect(round(float(trimesh.creation.box().volume), 6), 1.0)


def call_pyrender() -> str:
    """Render a box without a display."""
    import numpy as np
    import pyrender
    import trimesh

    scene = pyrender.Scene()
    scene.add(pyrender.Mesh.from_trimesh(trimesh.creation.box()))
    pose = np.eye(4)
    pose[2, 3] = 3.0
    scene.add(pyrender.PerspectiveCamera(1.0), pose=pose)
    renderer = pyrender.OffscreenRenderer(16, 16)
    try:
        _, depth = renderer.render(scene)
    finally:
        renderer.delete()
    return _expect(round(float(depth.max()), 2), 2.5)


def call_duckdb() -> str:
    """Add two numbers."""
    import duckdb

    return _expect(duckdb.connect(":memory:").execute("SELECT 1 + 2").fetchone(), (3,))


def call_sqlalchemy() -> str:
    """Ask a database in memory."""
    import sqlalchemy

    with sqlalchemy.create_engine("sqlite://").connect() as connection:
        return _expect(connection.execute(sqlalchemy.text("SELECT 1 + 2")).scalar(), 3)


CALLS: dict[str, Callable[[], str]] = {
    "numpy": call_numpy,
    "opencv-python": call_opencv,
    "tflite-runtime": call_tflite_runtime,
    "ai-edge-litert": call_ai_edge_litert,
    "trimesh": call_trimesh,
    "pyrender": call_pyrender,
    "tensorflow": call_tensorflow,
    "keras": call_keras,
    "tensorflow-io": call_tensorflow_io,
    "mediapipe": call_mediapipe,
    "librosa": call_librosa,
    "duckdb": call_duckdb,
    "SQLAlchemy": call_sqlalchemy,
}
"""By the name that pip knows."""


def deep_findings(names: Sequence[str] = tuple(CALLS)) -> Iterator[Finding]:
    """Call each package once, handing out each finding as it comes.

    Args:
        names: keys of `CALLS`. What is not installed is not called.
    """
    waiting = []
    for name in names:
        try:
            metadata.version(name)
        except metadata.PackageNotFoundError:
            yield Finding("calls", name, MISSING, "not installed", False)
        else:
            waiting.append(name)
    while waiting:
        for finding in _one_child(tuple(waiting)):
            waiting.remove(finding.name)
            yield finding


def _one_child(names: Sequence[str]) -> Iterator[Finding]:
    """Findings of one child process, as far as it gets; at least one."""
    root = str(Path(__file__).resolve().parents[2])
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH")))),
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "PYOPENGL_PLATFORM": os.environ.get("PYOPENGL_PLATFORM", "egl"),
    }
    command = [sys.executable, "-m", "emopoi.commands.deep_calls", *names]
    try:
        child = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=_LONGEST_CHILD_S
        )
        output, ending = child.stdout, _ending(child.returncode)
    except subprocess.TimeoutExpired as error:
        output, ending = error.stdout or b"", f"no answer within {_LONGEST_CHILD_S:g} s"
    answered = 0
    for line in output.decode(errors="replace").splitlines():
        if line.startswith('{"name"'):  # packages print things of their own
            answer = json.loads(line)
            yield Finding("calls", answer["name"], OK if answer["ok"] else BROKEN, answer["detail"], False)
            answered += 1
    if answered < len(names):
        yield Finding("calls", names[answered], BROKEN, ending, False)


def _ending(status: int) -> str:
    return f"the process was ended by signal {-status}" if status < 0 else f"the process ended with {status}"


def _expect(got: object, wanted: object) -> str:
    if got != wanted:
        raise ValueError(f"{wanted} was expected, got {got}")
    return "called"


def _run_a_model(runtime: str) -> str:
    from emopoi.runtime.interpreter import TFLiteModel
    from emopoi.vision.blazeface_files import read_blazeface_files

    model = TFLiteModel(read_blazeface_files().short_range, runtime=runtime)
    import numpy as np

    outputs = model.run_first(np.zeros(model.inputs[0].shape, model.inputs[0].dtype))
    return _expect(len(outputs), 2)


def _answer(names: Sequence[str]) -> None:
    for name in names:
        try:
            ok, detail = True, CALLS[name]()
        except Exception as error:  # whatever goes wrong inside a package is what is asked for here
            ok, detail = False, f"{type(error).__name__}: {first_line(error)}"
        print(json.dumps({"name": name, "ok": ok, "detail": detail}), flush=True)


if __name__ == "__main__":
    _answer(sys.argv[1:])
