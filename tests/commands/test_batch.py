import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet
import pytest

from emopoi.batch.batch_folder import BatchFolder
from emopoi.batch.batch_run import BatchRun
from emopoi.batch.job import BatchJob
from emopoi.batch.part_files import PartFiles
from emopoi.commands.main import main
from emopoi.demo_clip import write_short_clips
from emopoi.pipeline import RecognitionSettings
from emopoi.report.readings_file import CSV_COLUMNS

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    """Twenty-four short clips of a face, no two alike, old enough for the clock of the file system."""
    folder = tmp_path_factory.mktemp("clips")
    write_short_clips(folder, 24)
    time.sleep(2.1)
    return folder


@pytest.fixture
def three(clips, tmp_path):
    """A folder of one's own with three of them."""
    folder = tmp_path / "videos"
    folder.mkdir()
    for name in ("0000.mp4", "0009.mp4", "0017.mp4"):
        shutil.copy2(clips / name, folder)
    return folder


def batch(capsys, *words):
    """Run the command; its exit status, the object on stdout and the text on stderr."""
    status = main(["batch", *map(str, words), "--json", "--consent"])
    captured = capsys.readouterr()
    return status, json.loads(captured.out), captured.err


def refused(capsys, *words):
    """Run a command that must end with exit status 2 and one clear line; give that line."""
    assert main(["batch", *map(str, words), "--consent"]) == 2
    captured = capsys.readouterr()
    assert not captured.out and "Traceback" not in captured.err
    (line,) = [line for line in captured.err.splitlines() if line.startswith("emopoi: error:")]
    return line


def parts_of(out):
    """Every part by its content, with what changes when it is written anew."""
    found = [(path, path.stat()) for path in (out / "readings").rglob("*.parquet") if path.name[0] != "."]
    return {path.stem: (told.st_ino, told.st_mtime_ns) for path, told in found}


def rows_of(out):
    """All rows of a folder, by source, time and person."""
    tables = [pyarrow.parquet.read_table(path) for path in (out / "readings").rglob("*.parquet")]
    rows = [row for table in tables for row in table.to_pylist()]
    return sorted(rows, key=lambda row: (row["source"], row["time_ms"], row["person"]))


def assert_whole(out, sources):
    """Nothing lost, nothing twice, nothing left over."""
    rows = rows_of(out)
    keys = [(row["content"], row["time_ms"], row["person"]) for row in rows]
    assert len(keys) == len(set(keys))
    assert {row["source"] for row in rows} == set(map(str, sources))
    assert not list(out.rglob("*.part"))
    return rows


def test_rows_are_those_of_recognize(clips, tmp_path, capsys):
    sources = [clips / "0003.mp4", clips / "0020.mp4"]
    status, told, _ = batch(capsys, *sources, "--out", tmp_path / "out", "--workers", 1)
    assert status == 0 and told["read_now"] == told["videos"] == 2 and told["people"] == 2
    rows = assert_whole(tmp_path / "out", sources)
    parts = PartFiles(tmp_path / "out")
    for source in sources:
        folder = tmp_path / source.stem
        assert main(["recognize", str(source), "--out", str(folder), "--no-video", "--consent"]) == 0
        with open(folder / "readings.csv") as file:
            expected = [
                {name: float(word) if word else None for name, word in line.items()}
                for line in csv.DictReader(file)
            ]
        ours = [row for row in rows if row["source"] == str(source)]
        assert len(ours) >= 5
        assert [{name: row[name] for name in CSV_COLUMNS} for row in ours] == expected
        profile = parts.profile(ours[0]["content"])
        assert profile == json.loads((folder / "profile.json").read_text())
    assert told["readings"] == len(rows)


def test_after_a_kill_it_goes_on_and_reads_nothing_twice(clips, tmp_path, capsys):
    out = tmp_path / "out"
    words = ["batch", str(clips), "--out", str(out), "--workers", "2", "--consent"]
    process = subprocess.Popen(
        [sys.executable, "-m", "emopoi", *words],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        start_new_session=True,
        stderr=subprocess.DEVNULL,
    )
    start = time.monotonic()
    while not parts_of(out):
        assert process.poll() is None and time.monotonic() - start < 300
        time.sleep(0.005)
    children = Path(f"/proc/{process.pid}/task").glob("*/children")
    workers = [int(pid) for file in children for pid in file.read_text().split()]
    assert len(workers) == 2
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    while any(Path(f"/proc/{pid}/exe").exists() for pid in workers):
        assert time.monotonic() - start < 300
        time.sleep(0.02)
    done = parts_of(out)
    assert 1 <= len(done) < 24

    status, told, _ = batch(capsys, clips, "--out", out, "--workers", 1)

    assert status == 0
    assert (told["read_before"], told["read_now"]) == (len(done), 24 - len(done))
    after = parts_of(out)
    assert len(after) == 24 and {content: after[content] for content in done} == done
    assert_whole(out, clips.iterdir())
    status, told, _ = batch(capsys, clips, "--out", out)
    assert (status, told["read_before"], told["workers"]) == (0, 24, 0) and parts_of(out) == after


def test_damaged_videos_are_set_aside_and_told(three, tmp_path, capsys):
    whole = (three / "0000.mp4").read_bytes()
    (three / "text.mp4").write_text("this is no video\n" * 50)
    (three / "empty.mp4").touch()
    (three / "head.mp4").write_bytes(whole[:200])
    (three / "photo.mp4").write_bytes(b"\x89PNG\r\n\x1a\n rubbish")
    (tmp_path / "list.txt").write_text(f"{three}\n{three}/gone.mp4\n")
    out = tmp_path / "out"
    status, told, err = batch(capsys, tmp_path / "list.txt", "--out", out, "--workers", 2)
    assert status == 3 and "5 videos were set aside" in err and "failures.jsonl" in err
    assert (told["read_now"], told["set_aside"], told["left"]) == (3, 5, 0)
    lines = [json.loads(line) for line in (out / "failures.jsonl").read_text().splitlines()]
    reasons = {Path(line["source"]).name: line["reason"] for line in lines}
    assert set(reasons) == {"text.mp4", "empty.mp4", "head.mp4", "photo.mp4", "gone.mp4"}
    assert "No such file" in reasons["gone.mp4"] and "empty" in reasons["empty.mp4"]
    assert_whole(out, [three / name for name in ("0000.mp4", "0009.mp4", "0017.mp4")])

    # What is unchanged is not tried again; what is whole by now is read.
    words = (tmp_path / "list.txt", "--out", out, "--workers", 1)
    time.sleep(2.1)
    batch(capsys, *words)
    (three / "head.mp4").write_bytes(whole + b"\0" * 8)
    status, told, _ = batch(capsys, *words)
    assert (status, told["read_now"], told["read_before"], told["set_aside"]) == (3, 1, 3, 4)
    assert main(["batch", *map(str, words), "--consent", "--retry"]) == 3
    table = capsys.readouterr().out
    assert re.search(r"set aside +4\n", table) and "text.mp4: " in table
    for name in ("text.mp4", "empty.mp4", "photo.mp4", "gone.mp4"):
        shutil.copy2(three / "0009.mp4", three / name)
    status, told, _ = batch(capsys, *words)
    assert (status, told["set_aside"]) == (0, 0) and not (out / "failures.jsonl").exists()
    assert len(parts_of(out)) == 4


def test_a_changed_video_is_read_again_and_takes_the_place_of_its_rows(clips, three, tmp_path, capsys):
    out = tmp_path / "out"
    assert batch(capsys, three, "--out", out, "--workers", 1)[0] == 0
    before = parts_of(out)
    shutil.copy(clips / "0005.mp4", three / "0009.mp4")
    shutil.copy(three / "0017.mp4", three / "copy.mp4")
    status, told, _ = batch(capsys, three, "--out", out, "--workers", 1)
    assert status == 0 and told["read_now"] == 1 and told["videos"] == 4
    after = parts_of(out)
    assert len(after) == 3 and len(after.items() & before.items()) == 2
    assert_whole(out, [three / name for name in ("0000.mp4", "0009.mp4", "0017.mp4")])

    # A damaged file does not take its last good rows away.
    (three / "0000.mp4").write_bytes(b"damaged")
    assert batch(capsys, three, "--out", out, "--workers", 1)[0] == 3
    assert parts_of(out) == after
    # The same rows of two paths go with the second only.
    shutil.copy(clips / "0006.mp4", three / "0017.mp4")
    batch(capsys, three, "--out", out, "--workers", 1)
    assert len(parts_of(out)) == 4
    shutil.copy(clips / "0007.mp4", three / "copy.mp4")
    batch(capsys, three, "--out", out, "--workers", 1)
    assert len(parts_of(out)) == 4


def test_a_video_that_ends_this_very_process_is_set_aside_in_the_end(three, tmp_path, capsys):
    out = tmp_path / "out"
    source = str(three / "0009.mp4")
    job = BatchJob(str(out), RecognitionSettings())
    assert batch(capsys, three / "0000.mp4", "--out", out)[0] == 0
    (out / "batch.json").unlink()
    (out / "readings").rename(tmp_path / "kept")
    for tries in (1, 2, 3):
        with BatchFolder(job) as folder:
            books = BatchRun(folder)
            books.plan([source])
            assert books.begin(source) == tries
            books.forgive()
            assert books.begin(source) == tries
    shutil.rmtree(out / "readings", ignore_errors=True)
    (out / "batch.json").unlink()
    status, told, _ = batch(capsys, three, "--out", out, "--workers", 1)
    assert (status, told["set_aside"], told["read_now"]) == (3, 1, 2)
    assert told["failures"] == [{"source": source, "reason": "the run ended 3 times while this was read"}]
    status, told, _ = batch(capsys, three, "--out", out, "--workers", 1, "--retry")
    assert (status, told["set_aside"], told["read_now"]) == (0, 0, 1)


def test_one_folder_holds_one_way_of_reading(three, tmp_path, capsys):
    out = tmp_path / "out"
    assert batch(capsys, three / "0000.mp4", "--out", out, "--no-age")[0] == 0
    line = refused(capsys, three, "--out", out, "--fps", 5, "--no-age")
    assert "fps: None then, 5.0 now" in line and "another --out" in line
    assert "age_gender: False then, True now" in refused(capsys, three, "--out", out)
    (out / "batch.json").unlink()
    assert "batch.json that says how they were made is missing" in refused(capsys, three, "--out", out)


def test_one_run_at_a_time_is_at_work_in_a_folder(three, tmp_path, capsys):
    with BatchFolder(BatchJob(str(tmp_path / "out"), RecognitionSettings())):
        assert "another run is at work" in refused(capsys, three, "--out", tmp_path / "out")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["gone.mp4"], "no such file"),
        ([".", "--workers", "0"], "--workers: at least 1"),
        ([".", "--fps", "0"], "--fps: above 0"),
        ([".", "--cascade", "x.xml"], "--cascade is for --detector haar"),
        (["."], "no videos in ."),
    ],
)
def test_mistakes(tmp_path, monkeypatch, capsys, words, message):
    monkeypatch.chdir(tmp_path)
    assert message in refused(capsys, *words, "--out", "out")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("package", "words", "message"),
    [
        ("pyarrow.parquet", [], "pip install pyarrow"),
        ("ray", ["--ray", "local"], "pip install -r requirements-batch.txt"),
    ],
)
def test_a_missing_package_is_named(three, tmp_path, monkeypatch, capsys, package, words, message):
    monkeypatch.setitem(sys.modules, package, None)
    assert message in refused(capsys, three, "--out", tmp_path / "out", *words)


def test_ctrl_c_keeps_what_was_read(three, tmp_path, monkeypatch, capsys):
    import emopoi.commands.batch as command

    def impatient(items, total, what):
        yield next(iter(items))
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "progress", impatient)
    status, told, err = batch(capsys, three, "--out", tmp_path / "out", "--workers", 1)
    assert (status, told["read_now"], told["left"], told["stopped"]) == (130, 1, 2, True)
    assert "the same command reads the 2 that are left" in err
    monkeypatch.undo()
    status, told, _ = batch(capsys, three, "--out", tmp_path / "out", "--workers", 1)
    assert (status, told["read_now"], told["read_before"]) == (0, 2, 1)
