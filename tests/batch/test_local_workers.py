import json
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from emopoi.batch.job import DONE, FAILED, STOPPED, BatchJob
from emopoi.batch.local_workers import LocalWorkers
from emopoi.batch.worker_environment import worker_environment
from emopoi.errors import MissingPartError
from emopoi.pipeline import RecognitionSettings

MADE = "tests.batch.made_worker"


def made(folder, acts):
    paths = []
    for number, act in enumerate(acts):
        path = folder / f"{number}.mp4"
        path.write_text(act)
        paths.append(str(path))
    return paths


def begun(source):
    return Path(source).with_suffix(".begun").read_text().splitlines()


@pytest.fixture
def job(tmp_path):
    return BatchJob(str(tmp_path / "out"), RecognitionSettings())


def test_what_kills_its_worker_is_set_aside_and_all_else_is_read(tmp_path, job):
    acts = ["crash", "fine", "crash once", "leave", "no memory", "damaged", "fine", "fine"]
    sources = made(tmp_path, acts)
    with LocalWorkers(job, 2, MADE) as workers:
        ended = {outcome.source: outcome for outcome in workers.read(sources)}
    states = [ended[source].state for source in sources]
    assert states == [FAILED, DONE, DONE, FAILED, FAILED, FAILED, DONE, DONE]
    assert [ended[source].tries for source in sources] == [3, 1, 2, 3, 3, 1, 1, 1]
    assert [len(begun(source)) for source in sources] == [3, 1, 2, 3, 3, 1, 1, 1]
    assert ended[sources[0]].reason == "reading it ended its worker process: killed by SIGSEGV, 3 times"
    assert "exit status 7 (the decoder gave up)" in ended[sources[3]].reason
    assert "more memory" in ended[sources[4]].reason and ended[sources[5]].reason == "damaged"


def test_each_worker_lives_on_from_video_to_video_on_one_thread(tmp_path, job):
    sources = made(tmp_path, ["fine"] * 12)
    with LocalWorkers(job, 2, MADE) as workers:
        assert Counter(outcome.source for outcome in workers.read(sources)) == Counter(sources)
    lines = [line for source in sources for line in begun(source)]
    assert len(lines) == 12 and len(set(lines)) <= 2
    assert {line.split()[1] for line in lines} == {"1"}


def test_what_would_stop_every_worker_comes_through(tmp_path, job):
    (source,) = made(tmp_path, ["disk full"])
    with LocalWorkers(job, 2, MADE) as workers:
        (outcome,) = workers.read([source])
    assert (outcome.state, outcome.error, outcome.reason) == (STOPPED, "OutputError", "no space left")


def test_a_worker_that_can_not_start_blames_no_video(tmp_path, job):
    sources = made(tmp_path, ["fine"] * 3)
    with (
        LocalWorkers(job, 2, "tests.batch.no_such_worker") as workers,
        pytest.raises(MissingPartError, match=r"can not start: exit status 1 .*no_such_worker"),
    ):
        list(workers.read(sources))


def test_leaving_ends_a_worker_in_mid_video(tmp_path, job):
    slow, quick = made(tmp_path, ["slow", "fine"])
    with LocalWorkers(job, 2, MADE) as workers:
        outcomes = workers.read([slow, quick])
        assert next(outcomes).source == quick
        start = time.monotonic()
        while not Path(slow).with_suffix(".begun").exists():
            assert time.monotonic() - start < 120
            time.sleep(0.02)
        pid = int(begun(slow)[0].split()[0])
    assert not Path(f"/proc/{pid}").exists()


def test_a_worker_leaves_when_the_batch_is_gone(tmp_path, job):
    (source,) = made(tmp_path, ["slow"])
    process = subprocess.Popen(
        [sys.executable, "-m", MADE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=worker_environment(),
        cwd=os.getcwd(),
    )
    process.stdin.write(json.dumps(job.to_dict()) + "\n" + json.dumps(source) + "\n")
    process.stdin.flush()
    assert json.loads(process.stdout.readline()) == {"ready": True}
    process.stdin.close()
    assert process.wait(timeout=10) == 0
