"""A clip becomes results; the same clip the same ones."""

import json
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from emopoi.demo_clip import demo_frames, portrait

ROOT = Path(__file__).parents[2]
JOB = """
import sys
from pathlib import Path
from emopoi.serve.job_kinds import KINDS, JobInput
source, results = map(Path, sys.argv[1:])
results.mkdir()
options = {"heads": False}
KINDS["video"].function()(JobInput(source, "clip.mp4", results, options, 20.0, 10**8, lambda *told: None))
"""


@pytest.fixture
def clip(tmp_path):
    path = tmp_path / "clip.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for index, (_, picture) in enumerate(demo_frames(portrait(), 0.2)):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(cv2.resize(picture, (320, 240))))
            frame.pts, frame.time_base = index, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def test_the_same_clip_gives_the_same_files_byte_by_byte(clip, tmp_path):
    made = []
    for number in ("1", "2"):
        results = tmp_path / number
        # Other hash seeds give sets another order.
        subprocess.run(
            [sys.executable, "-c", JOB, str(clip), str(results)],
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": number},
            check=True,
            capture_output=True,
        )
        made.append({path.name: path.read_bytes() for path in results.iterdir()})
    assert {"run.json", "profile.json", "annotated.mp4", "notes.txt"} <= set(made[0])
    assert set(made[0]) == set(made[1])
    assert [name for name, content in made[0].items() if content != made[1][name]] == []
    told = json.loads(made[0]["run.json"])
    assert set(told["models"]) >= {"emotion", "emotion_time", "age_gender"} and told["frames_read"] == 5
