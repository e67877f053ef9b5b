"""A real Ray of several nodes on this machine, one of which is killed in the middle."""

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pyarrow.parquet
import pytest

from benchmarks import node_death
from emopoi.batch.job import DONE, FAILED, STOPPED, BatchJob
from emopoi.batch.ray_workers import RayWorkers
from emopoi.batch.worker_environment import worker_environment
from emopoi.commands.main import main
from emopoi.errors import InputError
from emopoi.pipeline import RecognitionSettings
from tests.batch import made_worker

NODE = {"num_cpus": 1, "object_store_memory": 80_000_000}
QUICK = {
    "health_check_initial_delay_ms": 500,
    "health_check_period_ms": 500,
    "health_check_failure_threshold": 4,
    "enable_metrics_collection": False,
    "worker_niceness": 0,
}


@pytest.fixture(scope="module")
def cluster():
    """Two nodes of one core each; tests add more and kill them."""
    before = dict(os.environ)
    os.environ.update({**worker_environment(), "RAY_USAGE_STATS_ENABLED": "0"})
    from ray.cluster_utils import Cluster

    made = Cluster(
        initialize_head=True,
        head_node_args={**NODE, "include_dashboard": False, "_system_config": QUICK},
    )
    made.add_node(**NODE)
    yield made
    made.shutdown()
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def job(tmp_path):
    return BatchJob(str(tmp_path / "out"), RecognitionSettings())


def parts_of(out):
    found = (out / "readings").rglob("*.parquet")
    return {path.stem: path.stat().st_mtime_ns for path in found if path.name[0] != "."}


def test_a_node_dies_in_the_middle_and_nothing_is_lost_and_nothing_twice(clips, cluster, tmp_path, capsys):
    out, done = tmp_path / "out", {}

    def kill_when_some_are_done():
        (victim,) = cluster.worker_nodes
        while len(parts_of(out)) < 3 or not node_death.is_writing(victim, out):
            time.sleep(0.005)
        node_death.kill(cluster, victim)
        done.update(parts_of(out))

    killer = threading.Thread(target=kill_when_some_are_done, daemon=True)
    killer.start()
    status = main(["batch", str(clips), "--out", str(out), "--ray", cluster.address, "--consent", "--json"])
    killer.join(timeout=30)

    told = json.loads(capsys.readouterr().out)
    assert status == 0 and (told["videos"], told["read_now"], told["set_aside"]) == (24, 24, 0)
    assert 3 <= len(done) < 24, "the node was to be killed in the middle"
    tries = [json.loads(line)["tries"] for line in (out / "videos.jsonl").read_text().splitlines()]
    assert told["notes"] or max(tries) > 1, "a clip was to be in the middle as well"
    after = parts_of(out)
    assert {content: after.get(content) for content in done} == done
    rows = [row for path in out.rglob("*.parquet") for row in pyarrow.parquet.read_table(path).to_pylist()]
    keys = [(row["source"], row["time_ms"], row["person"]) for row in rows]
    assert len(keys) == len(set(keys)) == told["readings"]
    assert {row["source"] for row in rows} == {str(path) for path in clips.iterdir()}
    assert not list(out.rglob("*.part"))


def test_what_kills_its_worker_is_set_aside_and_a_full_disk_comes_through(cluster, tmp_path, job):
    acts = ["crash", "fine", "crash once", "no memory", "disk full"]
    sources = []
    for number, act in enumerate(acts):
        (tmp_path / f"{number}.mp4").write_text(act)
        sources.append(str(tmp_path / f"{number}.mp4"))
    with RayWorkers(job, cluster.address, function=made_worker.work) as workers:
        ended = {outcome.source: outcome for outcome in workers.read(sources)}
    states = [ended[source].state for source in sources]
    assert states == [FAILED, DONE, DONE, FAILED, STOPPED]
    assert [ended[source].tries for source in sources] == [3, 1, 2, 3, 1]
    assert ended[sources[0]].reason == "reading it ended its worker process, 3 times"
    assert "more memory" in ended[sources[3]].reason
    threads = {line.split()[1] for path in tmp_path.glob("*.begun") for line in path.read_text().splitlines()}
    assert threads == {"1"}


def test_nothing_is_reported_to_the_makers_of_ray(cluster):
    import ray
    from ray._common.usage import usage_lib

    assert not usage_lib.usage_stats_enabled()
    assert not ray.is_initialized()
    assert not cluster.head_node.webui_url


def test_a_ray_of_ones_own_comes_and_goes_with_the_run(clips, tmp_path):
    # In a process of its own: one process talks to one cluster.
    words = [str(clips / "0001.mp4"), "--out", str(tmp_path / "out"), "--ray", "local", "--workers", "1"]
    before = set(Path("/tmp").glob("emopoi-ray-*"))
    done = subprocess.run(
        [sys.executable, "-m", "emopoi", "batch", *words, "--consent", "--json"],
        capture_output=True,
        text=True,
        env=worker_environment(),
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["read_now"], told["workers"], told["workers_are"]) == (1, 1, "Ray on this machine")
    assert set(Path("/tmp").glob("emopoi-ray-*")) == before


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("127.0.0.1:1", "no Ray cluster answers"),
        ("http://127.0.0.1:1", "HOST:PORT was expected"),
        ("127.0.0.1:99999", "no Ray cluster answers"),
        ("nonsense", "local or HOST:PORT was expected"),
    ],
)
def test_where_nobody_answers_it_says_so_at_once(job, address, message):
    with pytest.raises(InputError, match=f"--ray {address}: .*{message}"), RayWorkers(job, address):
        pass
