"""Seconds from starting Python to the first reading of a clip.

python benchmarks/start_up.py CLIP [--repeats 7]

Meant for an environment with requirements-device.txt alone. One JSON object.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

from machine import describe_machine

PROGRAM = """
import sys
from emopoi.pipeline import RecognitionSettings, build_pipeline, load_models
from emopoi.profile import ProfileBuilder
from emopoi.vision.media import open_media
with open_media(sys.argv[1]) as media:
    pipeline = build_pipeline(load_models(RecognitionSettings()))
    for result in pipeline.run(media, ProfileBuilder()):
        if result.readings:
            break
    else:
        sys.exit("no face in the clip")
"""


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clip", type=Path)
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args()
    seconds = []
    for _ in range(options.repeats + 1):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", PROGRAM, str(options.clip)], check=True)
        seconds.append(time.perf_counter() - start)
    ordered = sorted(seconds[1:])
    print(
        json.dumps(
            {
                "machine": describe_machine(),
                "clip": options.clip.name,
                "seconds_to_first_reading": {
                    "median": round(statistics.median(ordered), 3),
                    "slowest": round(ordered[-1], 3),
                    "cold": round(seconds[0], 3),
                },
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
