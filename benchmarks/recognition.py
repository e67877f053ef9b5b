"""Milliseconds a face, bytes and memory of every frozen file on every runtime, beside `fer`'s network.

python benchmarks/recognition.py [NAME ...] [--fer [PYTHON]] [--json] [--write docs/speed.md] [--picture PNG]

The networks alone, one face at a time; no detector, no crop. Each measurement is a process of its own, kept
on as many cores as it may use threads: warm-up, then single runs for a second, of which best, median and 95th
percentile are told; peak memory is that of the process, `model_mb` what loading and running the model added.
`fer` (PyPI, 22.5.1) is measured in the environment that PYTHON belongs to, by default the one that
`benchmarks/main_job.py CLIP --fer` makes: its Keras network on the same 48-px faces, called as the package
calls it, and the same weights as TFLite float32. A Markdown table on stdout, or one JSON object with --json.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from machine import describe_machine

RUNTIMES = {
    "ai_edge_litert": "ai_edge_litert.interpreter",
    "tflite_runtime": "tflite_runtime.interpreter",
    "tensorflow": "tensorflow.lite.python.interpreter",
}
FER_PYTHON = Path(__file__).parent / ".fer" / "bin" / "python"
WARM_UP = 30
MARK = "<!-- made by benchmarks/recognition.py -->"

FER_PROGRAM = """
import io, json, os, resource, sys, time
threads, seconds, form = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3]
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
import cv2
import numpy as np
import tensorflow as tf
tf.config.threading.set_intra_op_parallelism_threads(threads)
tf.config.threading.set_inter_op_parallelism_threads(1)
from fer.fer import FER
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
detector = FER(mtcnn=False)
faces = np.load(io.BytesIO(sys.stdin.buffer.read()))
if form == "keras":
    def run(face):
        grey = cv2.resize(face, (64, 64)).astype("float32") / 255.0
        return np.asarray(detector._classify_emotions(((grey - 0.5) * 2.0)[None]))
else:
    network = detector._FER__emotion_classifier
    content = tf.lite.TFLiteConverter.from_keras_model(network).convert()
    interpreter = tf.lite.Interpreter(model_content=content, num_threads=threads)
    interpreter.allocate_tensors()
    place, out = interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]["index"]
    def run(face):
        grey = cv2.resize(face, (64, 64)).astype("float32") / 255.0
        interpreter.set_tensor(place, ((grey - 0.5) * 2.0)[None, ..., None])
        interpreter.invoke()
        return interpreter.get_tensor(out)
for turn in range(30):
    run(faces[turn % len(faces)])
times, end = [], time.perf_counter() + seconds
while time.perf_counter() < end or len(times) < 20:
    start = time.perf_counter()
    run(faces[len(times) % len(faces)])
    times.append(1000 * (time.perf_counter() - start))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
import fer
weights = os.path.join(os.path.dirname(fer.__file__), "data", "emotion_model.hdf5")
size = os.path.getsize(weights) if form == "keras" else len(content)
print(json.dumps({"times": times, "peak_mb": peak / 1024, "model_mb": (peak - before) / 1024, "bytes": size}))
"""


def made_faces(count: int = 32) -> np.ndarray:
    """uint8 (N, 48, 48): smooth pictures drawn by chance; what is on them costs no time."""
    import cv2

    random = np.random.default_rng(0)
    blocks = random.integers(0, 256, (count, 8, 8)).astype(np.uint8)
    return np.stack([cv2.resize(block, (48, 48), interpolation=cv2.INTER_CUBIC) for block in blocks])


def peak_mb() -> float:
    """Largest resident size of this process so far, megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def keep_to_cores(count: int) -> None:
    """Hidden threads gain nothing beyond as many cores as threads were asked for."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[:count]))


def timed(run: Callable[[int], None], seconds: float) -> list[float]:
    """Milliseconds of single runs after a warm-up."""
    for turn in range(WARM_UP):
        run(turn)
    times: list[float] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 20:
        start = time.perf_counter()
        run(len(times))
        times.append(1000 * (time.perf_counter() - start))
    return times


def measure_file(path: Path, runtime: str, threads: int, seconds: float) -> dict[str, Any]:
    """One file on one runtime; runs in a process of its own."""
    import importlib

    keep_to_cores(threads)
    interpreter_class = importlib.import_module(RUNTIMES[runtime]).Interpreter
    content = path.read_bytes()
    before = peak_mb()
    interpreter = interpreter_class(model_content=content, num_threads=threads)
    interpreter.allocate_tensors()
    details = interpreter.get_input_details()
    random = np.random.default_rng(0)
    inputs = [
        (d["index"], [random.normal(0, 1, d["shape"]).astype(np.float32) for _ in range(8)]) for d in details
    ]
    outputs = [detail["index"] for detail in interpreter.get_output_details()]

    def run(turn: int) -> None:
        for index, values in inputs:
            interpreter.set_tensor(index, values[turn % len(values)])
        interpreter.invoke()
        for index in outputs:
            interpreter.get_tensor(index)

    times = timed(run, seconds)
    peak = peak_mb()
    return {"times": times, "peak_mb": peak, "model_mb": peak - before, "bytes": len(content)}


def in_own_process(words: list[str], given: bytes = b"") -> dict[str, Any]:
    """Start a measurement and read its last line."""
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(words, input=given, capture_output=True, env=environment)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines() or ["no reason was given"]
        return {"failed": said[-1]}
    return json.loads(done.stdout.splitlines()[-1])


def row(what: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    """One measurement as it is reported."""
    if "failed" in told:
        return {**what, "failed": told["failed"]}
    times = sorted(told["times"])
    return {
        **what,
        "runs": len(times),
        "best_ms": round(times[0], 4),
        "median_ms": round(statistics.median(times), 4),
        "p95_ms": round(times[int(0.95 * (len(times) - 1))], 4),
        "bytes": told["bytes"],
        "peak_mb": round(told["peak_mb"], 1),
        "model_mb": round(told["model_mb"], 1),
    }


def measure_all(options: argparse.Namespace, folder: Path) -> list[dict[str, Any]]:
    """Every file, runtime and number of threads, and fer beside them."""
    rows = []
    for manifest in sorted(folder.glob("*/manifest.json")):
        if options.names and manifest.parent.name not in options.names:
            continue
        for variant, file in json.loads(manifest.read_text())["files"].items():
            for runtime in options.runtimes:
                for threads in options.threads:
                    what = {
                        "model": manifest.parent.name,
                        "variant": variant,
                        "runtime": runtime,
                        "threads": threads,
                    }
                    print(" ".join(map(str, what.values())), file=sys.stderr, flush=True)
                    words = [sys.executable, __file__, "--one", str(manifest.parent / file["path"]), runtime]
                    told = in_own_process([*words, str(threads), str(options.seconds)])
                    if "failed" in told:
                        print(f"  not measured: {told['failed']}", file=sys.stderr)
                    rows.append(row(what, told))
    return rows + measure_fer(options)


def measure_fer(options: argparse.Namespace) -> list[dict[str, Any]]:
    """The network of the package fer, on the same faces."""
    import io

    if not options.fer.is_file():
        print(
            f"fer is not installed ({options.fer} does not exist): it is left out; "
            "benchmarks/main_job.py CLIP --fer installs it, or name a Python that has it with --fer",
            file=sys.stderr,
        )
        return []
    stored = io.BytesIO()
    np.save(stored, made_faces())
    rows = []
    for form, runtime in (("keras", "keras"), ("float32", "tensorflow")):
        for threads in options.threads:
            print(f"fer {form} {threads}", file=sys.stderr, flush=True)
            words = [str(options.fer), "-c", FER_PROGRAM, str(threads), str(options.seconds), form]
            told = in_own_process(words, stored.getvalue())
            if "failed" in told:
                print(f"  not measured: {told['failed']}", file=sys.stderr)
            what = {"model": "fer 22.5.1", "variant": form, "runtime": runtime, "threads": threads}
            rows.append(row(what, told))
    return rows


def table(result: dict[str, Any]) -> str:
    """The rows as Markdown, with what they were measured on."""
    machine = result["machine"]
    before, after = result["load_before"], result["load_after"]
    lines = [
        f"{machine['cpu']}, {machine['cores']} cores, Python {machine['python']}; "
        f"load of the machine {before:.1f} before and {after:.1f} after.",
        "",
        "| model | file | runtime | threads | best ms | median ms | p95 ms | bytes | peak MB | model MB |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for entry in result["rows"]:
        name = f"| {entry['model']} | {entry['variant']} | {entry['runtime']} | {entry['threads']} | "
        if "failed" in entry:
            lines.append(f"{name}not measured | | | | | |")
            continue
        lines.append(
            f"{name}{entry['best_ms']:.3f} | {entry['median_ms']:.3f} | {entry['p95_ms']:.3f} | "
            f"{entry['bytes']:,} | {entry['peak_mb']:.0f} | {entry['model_mb']:.1f} |"
        )
    return "\n".join(lines) + "\n"


def write_table(path: Path, text: str) -> None:
    """Put the table between the two marks of a document."""
    parts = path.read_text(encoding="utf-8").split(MARK)
    if len(parts) != 3:
        raise SystemExit(f"{path}: the line {MARK} was expected twice, found {len(parts) - 1} times")
    temporary = path.with_name(f"{path.name}.writing")
    temporary.write_text(f"{parts[0]}{MARK}\n\n{text}\n{MARK}{parts[2]}", encoding="utf-8")
    os.replace(temporary, path)


def draw(result: dict[str, Any], path: Path) -> None:
    """Bars of the best run (a busy machine spoils medians) on one thread and the first runtime."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    shown = [
        entry
        for entry in result["rows"]
        if entry["threads"] == 1
        and "best_ms" in entry
        and (entry["runtime"] == result["runtimes"][0] or entry["model"].startswith("fer"))
    ]
    names = [f"{entry['model']}, {entry['variant']}" for entry in shown]
    values = [entry["best_ms"] for entry in shown]
    colours = ["#b0b0b0" if entry["model"].startswith("fer") else "#2a6f97" for entry in shown]
    figure, axes = plt.subplots(figsize=(7.0, 0.34 * len(shown) + 1.1), layout="constrained")
    bars = axes.barh(names, values, color=colours)
    axes.bar_label(bars, [f"{value:.2g}" for value in values], padding=3, fontsize=8)
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_xlim(min(values) / 2, max(values) * 2.5)
    axes.set_xlabel("milliseconds a face, best run, one thread (logarithmic)")
    axes.tick_params(axis="y", labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    temporary = path.with_name(f".{path.name}")
    figure.savefig(temporary, dpi=110, format="png")
    os.replace(temporary, path)
    plt.close(figure)


def arguments() -> argparse.Namespace:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("names", nargs="*", metavar="NAME", help="models (default: all)")
    add("--models", type=Path, default=Path(__file__).parents[1] / "frozen_models", metavar="DIR")
    add("--runtimes", default=",".join(RUNTIMES), help="some of %(default)s")
    add("--threads", default="1,2", help="(default: %(default)s)")
    add("--seconds", type=float, default=1.0, help="of each measurement (default: %(default)s)")
    add("--fer", type=Path, nargs="?", default=FER_PYTHON, const=FER_PYTHON, metavar="PYTHON")
    add("--json", action="store_true", help="one JSON object on stdout")
    add("--write", type=Path, metavar="FILE", help="put the table into a document, between its marks")
    add("--picture", type=Path, metavar="PNG", help="draw the best runs on one thread")
    options = parser.parse_args()
    options.runtimes = options.runtimes.split(",")
    options.threads = [int(count) for count in options.threads.split(",")]
    unknown = set(options.runtimes) - set(RUNTIMES)
    if unknown or min(options.threads) < 1:
        parser.error(f"--runtimes: some of {', '.join(RUNTIMES)}; --threads: 1 or more")
    return options


def main() -> None:
    """Measure and tell."""
    if sys.argv[1:2] == ["--one"]:
        path, runtime, threads, seconds = sys.argv[2:]
        print(json.dumps(measure_file(Path(path), runtime, int(threads), float(seconds))))
        return
    options = arguments()
    before = os.getloadavg()[0]
    rows = measure_all(options, options.models)
    result = {
        "machine": describe_machine(),
        "load_before": before,
        "load_after": os.getloadavg()[0],
        "runtimes": options.runtimes,
        "seconds": options.seconds,
        "rows": rows,
    }
    text = table(result)
    print(json.dumps(result, indent=2) if options.json else text)
    if options.write:
        write_table(options.write, text)
    if options.picture:
        draw(result, options.picture)


if __name__ == "__main__":
    main()
