"""Memory over a long video: a clip looped to ten minutes, peak after minute one and at the end.

python benchmarks/memory.py CLIP [--minutes 10]

The clip's frames are read again and again as one video whose time runs on. One JSON object.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from machine import describe_machine

from emopoi.pipeline import RecognitionSettings, build_pipeline, load_models
from emopoi.profile import ProfileBuilder, ProfileSettings
from emopoi.recognition_outputs import RecognitionOutputs
from emopoi.types import Frame
from emopoi.vision.media import open_media


def looped(clip: Path, minutes: float) -> Iterator[Frame]:
    """The clip's frames over and over until the time is full."""
    offset_ms, index = 0.0, 0
    while True:
        last_ms = step_ms = 0.0
        with open_media(clip, threads=2) as media:
            for frame in media:
                step_ms, last_ms = frame.time_ms - last_ms or step_ms, frame.time_ms
                if offset_ms + last_ms > minutes * 60_000:
                    return
                yield replace(frame, time_ms=offset_ms + last_ms, index=index)
                index += 1
        offset_ms += last_ms + step_ms


def peak_mb() -> float:
    """Largest resident size so far, megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clip", type=Path)
    parser.add_argument("--minutes", type=float, default=10.0)
    options = parser.parse_args()
    models = load_models(RecognitionSettings())
    builder = ProfileBuilder(ProfileSettings(stills=False))
    pipeline = build_pipeline(models)
    peaks: dict[int, float] = {}
    with tempfile.TemporaryDirectory() as folder, open_media(options.clip) as media:
        outputs = RecognitionOutputs(Path(folder), media, builder, threads=2)
        with outputs:
            for result in pipeline.run(looped(options.clip, options.minutes), builder):
                outputs.add(result)
                peaks[int(result.frame.time_ms // 60_000)] = peak_mb()
        outputs.finish(builder.build(options.clip.name), (), (), {})
    first, last = peaks[0], peaks[max(peaks)]
    print(
        json.dumps(
            {
                "machine": describe_machine(),
                "clip": options.clip.name,
                "minutes": options.minutes,
                "peak_mb_by_minute": [round(peaks[minute], 1) for minute in sorted(peaks)],
                "peak_mb_after_minute_1": round(first, 1),
                "peak_mb_at_the_end": round(last, 1),
                "growth_percent": round(100 * (last / first - 1), 2),
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
