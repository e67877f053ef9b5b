"""How fast the differentiable renderer draws and learns, on one thread.

python benchmarks/renderer.py [--json]

Heads are the shipped one, as it is and with four times the triangles, each face a little different; one
picture of 224 pixels has about 20,000 triangles. A step is a picture, its L1 loss and the gradients to
vertices, camera, colours and light. Wall time; `cpu` is the time of the processor, for machines that do
other work too. Memory is what the peak of the process grew by since before its first step. KERAS_BACKEND
chooses TensorFlow or JAX.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import time
from collections.abc import Callable
from typing import Any

from machine import describe_machine, one_core

# Before the libraries that read them are loaded.
one_core()
for name in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
    os.environ.setdefault(name, "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras  # noqa: E402
import numpy as np  # noqa: E402

from emopoi.head.head_model import HeadModel  # noqa: E402
from emopoi.head.subdivision import Subdivision  # noqa: E402
from emopoi.models.rasterizer import Rasterizer  # noqa: E402
from emopoi.models.renderer import FaceRenderer  # noqa: E402
from emopoi.runtime.frozen_head import load_head  # noqa: E402

_WIDTH = 17.0  # of the picture, units of the shipped head


def milliseconds(run: Callable[[], object], times: int) -> dict[str, float]:
    """Best, median and 95th percentile of single runs, and the processor's median."""
    for _ in range(3):
        run()
    taken, busy = [], []
    for _ in range(times):
        start, start_busy = time.perf_counter(), time.process_time()
        run()
        taken.append(1000 * (time.perf_counter() - start))
        busy.append(1000 * (time.process_time() - start_busy))
    return {
        "best": round(min(taken), 2),
        "median": round(statistics.median(taken), 2),
        "p95": round(float(np.percentile(taken, 95)), 2),
        "cpu": round(statistics.median(busy), 2),
    }


def mesh(head: HeadModel, levels: int) -> tuple[np.ndarray, np.ndarray]:
    """Vertices and triangles of a head."""
    finer = Subdivision(head.f, len(head.v_template), levels)
    return finer.apply(head.v_template), finer.f


def scene(vertices: np.ndarray, count: int, size: int) -> list[np.ndarray]:
    """Vertices, cameras, colours and light of faces that fill their pictures."""
    random = np.random.default_rng(0)
    shapes = vertices + random.normal(0, 0.01, (count, *vertices.shape))
    scale = size / _WIDTH
    camera = np.tile([scale, size / 2, size / 2 + scale], (count, 1))
    light = np.zeros((count, 9, 3))
    light[:, :4] = np.array([0.7, 0.0, 0.2, 0.4])[:, None]
    return [part.astype(np.float32) for part in (shapes, camera, np.full(shapes.shape, 0.6), light)]


def compiled(renderer: FaceRenderer, given: list[np.ndarray]) -> dict[str, Callable[[], object]]:
    """A picture and a step as compiled functions of the backend."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow

        tensors = [tensorflow.constant(part) for part in given]
        image = tensorflow.function(lambda *parts: renderer(*parts)["image"])

        @tensorflow.function
        def slopes(*parts):
            with tensorflow.GradientTape() as tape:
                tape.watch(parts)
                loss = tensorflow.reduce_mean(tensorflow.abs(renderer(*parts)["image"] - 0.3))
            return tape.gradient(loss, parts)

        return {"forward": lambda: image(*tensors), "step": lambda: slopes(*tensors)}
    import jax

    arrays = [jax.numpy.asarray(part) for part in given]
    picture = jax.jit(lambda *parts: renderer(*parts)["image"])
    gradient = jax.jit(jax.grad(lambda *parts: abs(picture(*parts) - 0.3).mean(), argnums=(0, 1, 2, 3)))
    return {
        "forward": lambda: jax.block_until_ready(picture(*arrays)),
        "step": lambda: jax.block_until_ready(gradient(*arrays)),
    }


def peak_mb() -> float:
    """Most memory that the process has ever held, MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(head: HeadModel, levels: int, count: int, size: int, times: int) -> dict[str, Any]:
    """One mesh, batch and size."""
    vertices, f = mesh(head, levels)
    given = scene(vertices, count, size)
    scale = given[1][0, 0]
    places = given[0] * (scale, -scale, scale) + np.array([size / 2, size / 2 + scale, 0])
    rasterizer = Rasterizer(f, size)
    before = peak_mb()
    result: dict[str, Any] = {
        "triangles": len(f),
        "batch": count,
        "size_px": size,
        "covered": round(float((rasterizer.draw(places) >= 0).mean()), 3),
        "rasterizer_ms": milliseconds(lambda: rasterizer.draw(places), times),
    }
    for name, run in compiled(FaceRenderer(f, size), given).items():
        result[f"{name}_ms"] = milliseconds(run, times)
    return {**result, "memory_mb": round(peak_mb() - before)}


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="one line")
    options = parser.parse_args()
    head = load_head()
    # Smaller ones first: a peak of before would hide that of the next.
    cases = [(0, 1, 112, 60), (0, 32, 64, 20), (1, 32, 64, 20), (0, 32, 112, 20), (1, 32, 112, 20)]
    result = {
        "machine": describe_machine(),
        "backend": keras.backend.backend(),
        "cases": [measure(head, 2, 1, 224, 40), *(measure(head, *case) for case in cases)],
    }
    print(json.dumps(result, indent=None if options.json else 1))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
