import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.training.datasets.made_copies import made_fer2013, made_ravdess
from training.datasets import processing
from training.datasets.processing import process

_A_SHARD = 10


def _children(pid: int) -> list[int]:
    """All processes that came of one, by their parents in /proc."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name_and_rest = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # ended meanwhile
        parents[int(stat.parent.name)] = (int(name_and_rest[1]), name_and_rest[0])
    found, new = [], [pid]
    while new:
        new = [child for child, (parent, state) in parents.items() if parent in new and state != "Z"]
        found += new
    return found


def _running(pids: list[int]) -> list[int]:
    return [pid for pid in pids if Path(f"/proc/{pid}").exists() and "Z" not in _state(pid)]


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


def _wait(what, limit_s: float = 240.0) -> bool:
    end = time.monotonic() + limit_s
    while not what():
        if time.monotonic() > end:
            return False
        time.sleep(0.002)
    return True


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="finds processes in /proc")
def test_killed_in_the_middle_it_goes_on_and_leaves_no_process(tmp_path):
    rows = [("Training", number % 7) for number in range(700)] + [("PublicTest", 3)] * 10
    made_fer2013(tmp_path / "root", rows)
    out = tmp_path / "out"
    words = [
        sys.executable,
        "-m",
        "training.process_data",
        "fer2013",
        "--root",
        tmp_path / "root",
        "--out",
        out,
    ]
    words += ["--workers", "2", "--items-a-shard", str(_A_SHARD)]
    run = subprocess.Popen(list(map(str, words)), stdout=subprocess.DEVNULL)
    done = lambda: list(out.rglob("part-*.parquet"))  # noqa: E731
    assert _wait(lambda: len(done()) >= 3 or run.poll() is not None)
    others = _children(run.pid)
    run.send_signal(signal.SIGKILL)
    run.wait()
    assert others and _wait(lambda: not _running(others)), "workers outlive their parent"
    kept = {path: path.stat().st_mtime_ns for path in done()}
    assert 3 <= len(kept) < 71 and not (out / "processed.json").exists()
    assert not list(out.glob("*.parquet"))
    result = process("fer2013", tmp_path / "root", out, items_a_shard=_A_SHARD)
    assert result["splits"]["train"]["rows"] == 700
    for path, when in kept.items():
        moved = out / path.parent.name / path.name
        assert moved.stat().st_mtime_ns == when  # made once
    table = pd.read_parquet(out / "train.parquet")
    assert table.source_id.tolist() == [f"csv_{row}" for row in range(700)]  # nothing twice, nothing lost


def test_a_worker_that_dies_is_one_line(tmp_path, monkeypatch):
    made_fer2013(tmp_path / "root", [("Training", 1)] * 6)
    # The row's pixels are replaced by a pipe that the worker can not open: it is killed while it waits.
    pipe = tmp_path / "root" / "pipe"
    os.mkfifo(pipe)
    plan_of = processing.collection("fer2013").plan(tmp_path / "root", tmp_path / "out")
    items = [type(item)(item.name, pipe, item.facts) for item in plan_of.splits["train"]]
    shards = [
        processing._Shard("fer2013", tmp_path / f"part-{number}.parquet", (item,))
        for number, item in enumerate(items)
    ]
    import threading

    from emopoi.errors import OutputError

    def kill_one():
        _wait(lambda: len(_children(os.getpid())) >= 3)
        workers = [pid for pid in _children(os.getpid()) if "forkserver" in _command(pid)]
        time.sleep(0.2)
        os.kill(max(workers), signal.SIGKILL)

    threading.Thread(target=kill_one, daemon=True).start()
    with pytest.raises(OutputError, match="ended by itself"):
        list(processing._made(shards, None, 2))


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def test_published_hashes_and_numbers_are_compared(tmp_path, capsys):
    made_ravdess(tmp_path / "root")
    (tmp_path / "root" / "Audio_Speech_Actors_01-24.zip").write_bytes(b"another archive")
    result = process("ravdess", tmp_path / "root", tmp_path / "out")
    checks = {check["what"]: check for check in result["checks"]}
    assert checks["spoken"] == {"what": "spoken", "found": 6, "published": 1440}
    (told,) = (check for what, check in checks.items() if "MD5" in what)
    assert told["published"] == "bc696df654c87fed845eb13823edef8a" != told["found"]
    processing.tell(result)
    printed = capsys.readouterr().err
    assert "spoken: 6 here, 1440 published" in printed and "zenodo.org" in printed


def test_figures_tell_persons_in_two_parts():
    from training.datasets.collection import Item, Plan

    plan = Plan({"train": [Item("a", Path("a"), person="anna"), Item("b", Path("b"))]})
    plan.splits["valid"] = [Item("c", Path("c"), person="anna"), Item("d", Path("d"), person="ben")]
    assert processing._in_two(plan) == 1


def test_pictures_of_the_table_come_back_to_the_pixel(tmp_path):
    made_fer2013(tmp_path / "root")
    process("fer2013", tmp_path / "root", tmp_path / "out")
    from training.fer2013 import load_faces

    faces = load_faces(tmp_path / "out" / "train.parquet")
    assert np.array_equal(faces.pictures[2].ravel(), np.random.default_rng(2).integers(0, 256, 48 * 48))
    assert faces.fer7.tolist() == list(range(7)) and not faces.ferplus8.any()
