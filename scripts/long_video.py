"""An hour of video through the whole main job, at constant memory.

python scripts/long_video.py [--hours 1] [--clip FILE] [--fps 5] [--json]

A clip is played over and over as one video, with a clock that runs on and the file opened anew each time,
through detector, tracker, readers, profile and the files that `emopoi recognize --out` writes. Told are
frames, speed, and resident memory over the time of the video. Exit status 1 where memory grows after the
first tenth by more than 25 MB; what drawing the timeline at the end takes is told apart. --hours is of
the video.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from emopoi.demo_clip import write_demo_clip
from emopoi.pipeline import (
    RecognitionSettings,
    build_pipeline,
    load_models,
    profile_builder,
    profile_settings,
)
from emopoi.recognition_outputs import RecognitionOutputs
from emopoi.types import Frame
from emopoi.vision.media import open_media

POINTS = 20
"""Readings of memory over the video."""
WARM_SHARE = 0.1
MOST_GROWTH_MB = 25.0
"""Allocators keep the most that they ever had; what grows with an hour of readings would be above this."""


class LoopedClip:
    """A clip as a video of any length; has of `MediaSource` what the main job asks of it.

    Args:
        path: the clip.
        seconds: of the video.
        fps: frames that are read a second.
    """

    kind, frames_damaged, frame_count = "video", 0, None

    def __init__(self, path: Path, seconds: float, fps: float) -> None:
        self._path, self._seconds, self._sample_fps = path, seconds, fps
        self.name, self.warnings = path.name, list[str]()
        self.frames_read = self.loops = 0
        with open_media(path) as media:
            self.fps, self.width, self.height = media.fps, media.width, media.height
            self.duration_s = seconds

    def __iter__(self) -> Iterator[Frame]:
        start_ms = 0.0
        while True:
            self.loops += 1
            last_ms = start_ms
            with open_media(self._path, sample_fps=self._sample_fps) as media:
                for frame in media:
                    last_ms = start_ms + frame.time_ms
                    if last_ms >= 1000 * self._seconds:
                        return
                    self.frames_read += 1
                    yield replace(frame, time_ms=last_ms, index=self.frames_read - 1)
            start_ms = last_ms + 1000 / self._sample_fps


def memory_mb() -> float:
    """Resident memory of this process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1000


def play(clip: Path, seconds: float, fps: float, out: Path) -> dict[str, Any]:
    """The main job on a looped clip.

    Args:
        clip: a video file.
        seconds: of the looped video.
        fps: frames that are read a second.
        out: where results go.

    Returns:
        video_s, frames, loops, people, wall_s, memory (pairs of seconds of the video and MB), warm_mb (after
        the first tenth), end_mb, most_mb, growth_mb (from warm_mb to most_mb) and after_report_mb.
    """
    media: Any = LoopedClip(clip, seconds, fps)
    models = load_models(RecognitionSettings())
    builder = profile_builder(models, profile_settings(media, fps))
    memory: list[tuple[float, float]] = []
    started = time.monotonic()
    with RecognitionOutputs(out, media, builder) as outputs:
        for result in build_pipeline(models).run(media, builder):
            outputs.add(result)
            if result.frame.time_ms >= 1000 * seconds * (len(memory) + 1) / POINTS:
                memory.append((round(result.frame.time_ms / 1000, 1), round(memory_mb(), 1)))
                print(f"{memory[-1][0]:.0f} s of video: {memory[-1][1]:.1f} MB", file=sys.stderr, flush=True)
        profile = builder.build(media.name)
        memory.append((seconds, round(memory_mb(), 1)))
        outputs.finish(profile, [], [], {})
    warm = [mb for second, mb in memory if second >= WARM_SHARE * seconds]
    return {
        "video_s": seconds,
        "frames": media.frames_read,
        "loops": media.loops,
        "people": len(profile.people),
        "wall_s": round(time.monotonic() - started, 1),
        "memory": memory,
        "warm_mb": warm[0],
        "end_mb": warm[-1],
        "most_mb": max(warm),
        "growth_mb": round(max(warm) - warm[0], 1),
        "after_report_mb": round(memory_mb(), 1),
    }


def main() -> int:
    """Play, tell."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hours", type=float, default=1.0, help="of the video (default: %(default)g)")
    parser.add_argument("--clip", type=Path, metavar="FILE", help="default: the demo's")
    parser.add_argument("--fps", type=float, default=5.0, help="frames read a second (default: %(default)g)")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        clip = options.clip
        if clip is None:
            clip = Path(folder) / "clip.mp4"
            write_demo_clip(clip)
        figures = play(clip, 3600 * options.hours, options.fps, Path(folder) / "out")
    if options.json:
        print(json.dumps(figures))
    else:
        print("\n".join(f"{name}: {value}" for name, value in figures.items()))
    if figures["growth_mb"] > MOST_GROWTH_MB:
        print(f"wrong: memory grows by {figures['growth_mb']} MB", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
