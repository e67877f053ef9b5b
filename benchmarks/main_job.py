"""Frames a second of the whole main job on one thread, and where the time goes.

python benchmarks/main_job.py CLIP [--repeats 5] [--fer]

Every frame is read: decode, detect and follow, crop, frame network, LSTM, age and gender.
Drawing and writing come in a run of their own. With --fer the PyPI package `fer` (Haar detector)
reads the same clip in the same run, turn by turn; it is installed into an environment of its own
(benchmarks/.fer). One warm-up, then repeats; median, slowest and fastest; one JSON object.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections import defaultdict
from pathlib import Path

from machine import describe_machine, one_core

FER_PROGRAM = """
import json, sys, time
import cv2
from fer.fer import FER
detector = FER(mtcnn=False)
for turn in sys.stdin:
    capture, frames, faces, start = cv2.VideoCapture(sys.argv[1]), 0, 0, time.perf_counter()
    while True:
        read, picture = capture.read()
        if not read:
            break
        frames += 1
        faces += bool(detector.detect_emotions(picture))
    rate = frames / (time.perf_counter() - start)
    print(json.dumps({"frames_per_s": rate, "frames": frames, "frames_with_face": faces}), flush=True)
"""


class StageClock:
    """Adds up the time spent in wrapped functions, without what they call of each other."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._inner = [0.0]

    def wrap(self, owner: object, name: str, stage: str) -> None:
        """Replace `owner.name` by a timed one."""
        function = getattr(owner, name)

        def timed(*arguments, **keywords):
            self._inner.append(0.0)
            start = time.perf_counter()
            try:
                return function(*arguments, **keywords)
            finally:
                spent = time.perf_counter() - start
                self.seconds[stage] += spent - self._inner.pop()
                self._inner[-1] += spent

        setattr(owner, name, timed)


def read_once(clip: Path, clock: StageClock | None = None) -> tuple[int, int, float]:
    """Read the clip: frames, frames with a face, seconds."""
    import emopoi.runtime.age_gender_reader as age_gender_reader
    import emopoi.runtime.emotion_reader as emotion_reader
    from emopoi.pipeline import RecognitionSettings, build_pipeline, load_models
    from emopoi.profile import ProfileBuilder
    from emopoi.vision.media import open_media

    models = load_models(RecognitionSettings())
    pipeline = build_pipeline(models)
    if clock:
        clock.wrap(pipeline._finder, "faces", "detect and follow")
        clock.wrap(emotion_reader, "face_input", "crop")
        clock.wrap(age_gender_reader, "face_input", "crop")
        clock.wrap(models.emotion, "run_face", "frame network")
        clock.wrap(models.time, "run", "LSTM")
        clock.wrap(models.person, "run_face", "age and gender")
    frames = faces = 0
    start = time.perf_counter()
    with open_media(clip, threads=1) as media:
        iterator = iter(media)
        builder = ProfileBuilder()
        while True:
            before = time.perf_counter()
            frame = next(iterator, None)
            if clock:
                clock.seconds["decode"] += time.perf_counter() - before
            if frame is None:
                break
            for result in pipeline.run(iter([frame]), builder):
                frames += 1
                faces += bool(result.faces)
    return frames, faces, time.perf_counter() - start


def draw_and_write(clip: Path) -> dict[str, float]:
    """Milliseconds a frame for drawing and for encoding the annotated video, with everything on."""
    import emopoi.recognition_outputs as recognition_outputs
    from emopoi.commands.main import main
    from emopoi.vision.sinks import VideoSink

    clock = StageClock()
    clock.wrap(recognition_outputs, "draw", "draw")
    clock.wrap(VideoSink, "write", "write")
    clock.wrap(VideoSink, "close", "write")
    with tempfile.TemporaryDirectory() as folder:
        main(["recognize", str(clip), "--out", folder, "--consent", "--json", "--threads", "1"])
        frames = json.loads((Path(folder) / "run.json").read_text())["frames_read"]
    return {stage: 1000 * seconds / frames for stage, seconds in clock.seconds.items()}


def fer_environment() -> Path:
    """The python of an environment with `fer`, made on the first call."""
    folder = Path(__file__).parent / ".fer"
    python = folder / "bin" / "python"
    if not (folder / "ready").is_file():
        print("installing fer into benchmarks/.fer", file=sys.stderr)
        venv.create(folder, with_pip=True, clear=True)
        wanted = ["fer==22.5.1", "tensorflow==2.17.1", "numpy==1.26.4", "opencv-python==4.11.0.86",
                  "opencv-contrib-python==4.11.0.86", "moviepy<2", "setuptools<80"]  # fmt: skip
        subprocess.run([python, "-m", "pip", "install", "--quiet", *wanted], check=True)
        (folder / "ready").touch()
    return python


class Fer:
    """The package `fer` in a process of its own, one reading of the clip a turn."""

    def __init__(self, python: Path, clip: Path) -> None:
        self._process = subprocess.Popen(
            [str(python), "-c", FER_PROGRAM, str(clip)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def turn(self) -> dict:
        """Read the clip once."""
        self._process.stdin.write("turn\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        """End the process."""
        self._process.stdin.close()
        self._process.wait()


def summary(values: list[float]) -> dict[str, float]:
    """Median, slowest and fastest."""
    ordered = sorted(values)
    return {
        "median": round(statistics.median(ordered), 1),
        "slowest": round(ordered[0], 1),
        "fastest": round(ordered[-1], 1),
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clip", type=Path)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--fer", action="store_true", help="compare with the package fer")
    options = parser.parse_args()
    python = fer_environment() if options.fer else None
    one_core()
    fer = Fer(python, options.clip) if python else None
    rates, told = [], []
    # By turns, so that a machine whose speed drifts drifts for both.
    for _ in range(options.repeats + 1):
        if fer:
            told.append(fer.turn())
        frames, faces, seconds = read_once(options.clip)
        rates.append(frames / seconds)
    clock = StageClock()
    read_once(options.clip, clock)
    result = {
        "machine": describe_machine(),
        "clip": options.clip.name,
        "frames": frames,
        "frames_with_face": faces,
        "frames_per_s": summary(rates[1:]),
        "ms_a_frame": {stage: round(1000 * s / frames, 3) for stage, s in sorted(clock.seconds.items())},
    }
    if fer:
        fer.close()
        result["fer_frames_per_s"] = summary([row["frames_per_s"] for row in told[1:]])
        result["fer_frames_with_face"] = told[0]["frames_with_face"]
        ratios = [ours / row["frames_per_s"] for ours, row in zip(rates, told, strict=True)][1:]
        result["times_faster"] = summary(ratios)
    stdout, sys.stdout = sys.stdout, sys.stderr
    drawn = draw_and_write(options.clip)
    sys.stdout = stdout
    result["drawing_and_writing_ms_a_frame"] = {stage: round(ms, 3) for stage, ms in drawn.items()}
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
