"""The benchmark of the networks measures, tells and writes; how fast is not asked here."""

import json
import subprocess
import sys
from pathlib import Path

PROGRAM = Path(__file__).parents[2] / "benchmarks" / "recognition.py"
MARK = "<!-- made by benchmarks/recognition.py -->"


def measure(*words):
    command = [sys.executable, PROGRAM, *words, "--threads", "1", "--seconds", "0.05", "--fer", "/no/python"]
    return subprocess.run(command, capture_output=True, text=True)


def test_a_file_on_two_runtimes(tmp_path):
    document, picture = tmp_path / "speed.md", tmp_path / "speed.png"
    document.write_text(f"before\n\n{MARK}\nold\n{MARK}\n\nafter\n")
    done = measure(
        "emotion_time", "--runtimes", "ai_edge_litert,tflite_runtime", "--json",
        "--write", str(document), "--picture", str(picture),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)["rows"]
    assert {(row["variant"], row["runtime"]) for row in rows} >= {
        ("int8", "ai_edge_litert"), ("int8", "tflite_runtime"),
    }  # fmt: skip
    for row in rows:
        assert 0 < row["best_ms"] <= row["median_ms"] <= row["p95_ms"]
        assert row["bytes"] > 10_000 and row["peak_mb"] > row["model_mb"] > 0
    assert "fer is not installed (/no/python does not exist)" in done.stderr
    text = document.read_text()
    assert text.startswith("before") and text.endswith("after\n") and "old" not in text
    assert "| emotion_time | int8 | ai_edge_litert | 1 |" in text
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_mistakes(tmp_path):
    assert measure("--runtimes", "onnx").returncode == 2
    (tmp_path / "speed.md").write_text("no marks")
    done = measure("none", "--write", str(tmp_path / "speed.md"))
    assert done.returncode == 1 and "was expected twice" in done.stderr
