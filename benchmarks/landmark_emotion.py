"""Milliseconds from a face's 468 points to its expression: alignment, both sides, the network.

python benchmarks/landmark_emotion.py [--variant int8] [--calls 2000] [--json]
"""

from __future__ import annotations

import argparse
import json
import time

import numpy as np

from emopoi.runtime.frozen_head import load_head
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.runtime.landmark_emotion_reader import LandmarkEmotionReader


def milliseconds(variant: str | None, calls: int) -> dict[str, float]:
    """Median and 95th percentile of a call on one thread, for the mean face, slightly moved each time.

    Args:
        variant: of the model; None takes the manifest's default.
        calls: how many are measured.
    """
    head = load_head()
    reader = LandmarkEmotionReader(head, FrozenModel.load("landmark_emotion", variant))
    template = head.landmark_points(head.v_template.astype(np.float64))
    # As a picture shows it: pixels, y down, depth away from the camera.
    face = template * (300.0, -300.0, -300.0) + (200.0, 200.0, 0.0)
    random = np.random.default_rng(1)
    faces = [(face + random.normal(0, 0.3, face.shape)).astype(np.float32) for _ in range(16)]
    taken = []
    for call in range(calls + 50):
        start = time.perf_counter()
        reader.logits(faces[call % len(faces)])
        taken.append(time.perf_counter() - start)
    median, late = np.quantile(taken[50:], (0.5, 0.95))
    return {"calls": calls, "median_ms": round(1000 * median, 4), "p95_ms": round(1000 * late, 4)}


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--variant", choices=("int8", "float16"))
    parser.add_argument("--calls", type=int, default=2000, metavar="N", help="default: %(default)s")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    told = milliseconds(options.variant, options.calls)
    text = (
        f"{told['median_ms']:.3f} ms a face (median of {told['calls']}), 95 % below {told['p95_ms']:.3f} ms"
    )
    print(json.dumps(told) if options.json else text)


if __name__ == "__main__":
    main()
