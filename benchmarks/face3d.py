"""How fast faces become heads: network, solver, detector with mesh and coefficients, the grid video.

python benchmarks/face3d.py CLIP [--json] [--no-video]

CLIP should be 640x480. Frames are decoded before the clock starts; everything runs on one thread, the grid
video (`emopoi reconstruct`, of the clip repeated to ten seconds) as the command does by default.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from machine import describe_machine

from emopoi.head.landmark_solver import LandmarkSolver
from emopoi.head.point_alignment import PointAlignment
from emopoi.head.track_solver import TrackSolver
from emopoi.runtime.frozen_head import load_head
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.types import Frame
from emopoi.vision.blazeface_detector import BlazeFaceDetector
from emopoi.vision.blazeface_files import read_blazeface_files
from emopoi.vision.face_follower import FaceFollower
from emopoi.vision.face_landmarks import FaceLandmarks
from emopoi.vision.media import open_media
from emopoi.vision.sinks import VideoSink

VIDEO_S = 10.0


def milliseconds(run: Callable[[], object], times: int = 300) -> dict[str, float]:
    """Best, median and 95th percentile of single runs."""
    for _ in range(20):
        run()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        taken.append(1000 * (time.perf_counter() - start))
    return {
        "best": round(min(taken), 4),
        "median": round(statistics.median(taken), 4),
        "p95": round(float(np.percentile(taken, 95)), 4),
    }


def stages(frames: list[Frame], landmarks: FaceLandmarks) -> dict[str, Any]:
    """Frames a second from picture to coefficients, by the solver and by the network."""
    head = load_head()
    solver, network = LandmarkSolver(head), FrozenModel.load("face_coefficients")
    alignment = PointAlignment(head)
    result: dict[str, Any] = {}
    for method in ("solver", "network", "mesh alone"):
        follower, tracks, faces = FaceFollower(BlazeFaceDetector()), {}, 0
        start = time.perf_counter()
        for frame in frames:
            for face in follower.faces(frame):
                mesh = landmarks.mesh(frame.image, face.face)
                if mesh is None:
                    continue
                faces += 1
                if method == "solver":
                    track = tracks.setdefault(face.id, TrackSolver(solver))
                    track.observe(mesh.points)
                    track.solve(mesh.points, frame.time_ms)
                elif method == "network":
                    network.run(points=alignment.align(mesh.points).difference.reshape(1, -1))
        seconds = time.perf_counter() - start
        result[method] = {"frames_per_second": round(len(frames) / seconds, 1), "faces": faces}
    return result


def grid_video(clip: Path) -> dict[str, Any]:
    """Seconds that `emopoi reconstruct` takes for ten seconds of video, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        longer = Path(folder) / "clip.mp4"
        with open_media(clip) as media:
            frames = [frame.image for frame in media]
            fps = media.fps or 25.0
        # Forth and back, so that nothing jumps.
        order = [*range(len(frames)), *range(len(frames) - 2, 0, -1)]
        with VideoSink(longer, fps=fps) as sink:
            for index in range(round(VIDEO_S * fps)):
                sink.write(frames[order[index % len(order)]], 1000 * index / fps)
        start = time.perf_counter()
        words = [sys.executable, "-m", "emopoi", "reconstruct", str(longer), "--out", folder, "--consent"]
        done = subprocess.run(words, capture_output=True, text=True)
        seconds = time.perf_counter() - start
        if done.returncode or not (Path(folder) / "grid.mp4").is_file():
            return {"failed": done.stderr.strip().splitlines()[-1:]}
        return {"seconds": round(seconds, 1), "video_seconds": VIDEO_S, "frames": round(VIDEO_S * fps)}


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clip", type=Path)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--no-video", action="store_true", help="leave out the grid video")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    files = read_blazeface_files()
    landmarks = FaceLandmarks(files.landmarks)
    with open_media(options.clip) as media:
        frames = list(media)
    follower = FaceFollower(BlazeFaceDetector())
    points = None
    for frame in frames[:5]:
        for face in follower.faces(frame):
            mesh = landmarks.mesh(frame.image, face.face)
            points = mesh.points if mesh else points
    if points is None:
        print(f"{options.clip}: no face in its first frames", file=sys.stderr)
        return 2
    head = load_head()
    solver, alignment = LandmarkSolver(head), PointAlignment(head)
    track = TrackSolver(solver)
    track.observe(points)
    clock = iter(range(10**9))
    result: dict[str, Any] = {
        "machine": describe_machine(),
        "clip": {"frames": len(frames), "size_px": [frames[0].image.shape[1], frames[0].image.shape[0]]},
        "ms": {
            "solver, a face alone": milliseconds(lambda: solver.solve(points)),
            "solver, a face of a track": milliseconds(lambda: track.solve(points, 40.0 * next(clock))),
            "alignment": milliseconds(lambda: alignment.align(points)),
        },
    }
    for variant in ("int8", "float16"):
        network = FrozenModel.load("face_coefficients", variant)
        given = alignment.align(points).difference.reshape(1, -1)
        result["ms"][f"network, {variant}"] = milliseconds(lambda n=network, g=given: n.run(points=g), 2000)
    result["from picture to coefficients"] = stages(frames, landmarks)
    if not options.no_video:
        result["grid video"] = grid_video(options.clip)
    print(json.dumps(result) if options.json else json.dumps(result, indent=1))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
