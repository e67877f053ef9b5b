"""Videos a second of `emopoi batch` with one worker and with two, and what the death of a node costs.

python benchmarks/batch.py [--clips 200] [--frames 25] [--repeats 3] [--ray] [--only throughput|kill]

Throughput: the same clips into a new folder each time, with --workers 1 and 2 by turns after one warm-up; the
clock runs from the start of the workers to the last clip, models come up within. --ray has one's own Ray read
them as well. Kill: three Ray nodes of one core on this machine; when a third of the clips is done, one node
is killed in the middle of a clip. Lost is every clip without a part at the end; repeated is every clip that
was done before the kill and whose part was written again, and every row that is there twice. One JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import node_death
from machine import describe_machine

from emopoi.batch.part_files import PartFiles
from emopoi.batch.worker_environment import worker_environment
from emopoi.demo_clip import write_short_clips

ONE, TWO = 1, 2


def start(clips: Path, out: Path, *words: str) -> subprocess.Popen:
    """Start the command."""
    command = [sys.executable, "-m", "emopoi", "batch", str(clips), "--out", str(out), "--consent", "--json"]
    return subprocess.Popen([*command, *words], stdout=subprocess.PIPE, text=True, env=worker_environment())


def read(clips: Path, *words: str) -> dict:
    """Read all clips into a new folder: the summary."""
    with tempfile.TemporaryDirectory() as out:
        process = start(clips, Path(out), *words)
        told = json.loads(process.communicate()[0])
    assert process.returncode == 0 and told["read_now"] == told["videos"], told
    return told


def throughput(clips: Path, repeats: int, ray: bool) -> dict:
    """Clips a second by the number of workers, and how many times faster two are."""
    kinds = {"processes": ()} | ({"ray": ("--ray", "local")} if ray else {})
    result = {}
    for kind, words in kinds.items():
        rates: dict[int, list[float]] = {ONE: [], TWO: []}
        read(clips, "--workers", str(TWO), *words)
        # By turns, so that a machine whose speed drifts drifts for both.
        for _ in range(repeats):
            for workers in (ONE, TWO):
                rates[workers].append(read(clips, "--workers", str(workers), *words)["videos_per_second"])
                print(f"{kind}: {workers} workers, {rates[workers][-1]:.2f} clips a second", file=sys.stderr)
        ratios = [two / one for one, two in zip(rates[ONE], rates[TWO], strict=True)]
        result[kind] = {
            "clips_per_s_1_worker": round(statistics.median(rates[ONE]), 2),
            "clips_per_s_2_workers": round(statistics.median(rates[TWO]), 2),
            "times_faster": round(statistics.median(ratios), 2),
            "each_time": [round(ratio, 2) for ratio in ratios],
        }
    return result


def written(out: Path) -> dict[str, tuple[int, int]]:
    """Inode and time of every part, by content."""
    parts = PartFiles(out)
    found = {}
    for content in parts.contents():
        told = parts.path(content).stat()
        found[content] = told.st_ino, told.st_mtime_ns
    return found


def kill_a_node(clips: Path, count: int) -> dict:
    """Read on three nodes, kill one when a third is done, count what is missing and what is there twice."""
    import pyarrow.parquet

    os.environ.update({**worker_environment(), "RAY_USAGE_STATS_ENABLED": "0"})
    from ray.cluster_utils import Cluster

    node = {"num_cpus": 1, "object_store_memory": 80_000_000}
    system = {"enable_metrics_collection": False, "worker_niceness": 0}
    cluster = Cluster(
        initialize_head=True,
        head_node_args={**node, "include_dashboard": False, "_system_config": system},
    )
    try:
        others = [cluster.add_node(**node) for _ in range(2)]
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "out"
            started = time.monotonic()
            process = start(clips, out, "--ray", cluster.address)
            victim = None
            while victim is None:
                assert process.poll() is None, "the batch ended before a node could be killed"
                time.sleep(0.005)
                if len(written(out)) >= count // 3:
                    victim = next((other for other in others if node_death.is_writing(other, out)), None)
            node_death.kill(cluster, victim)
            before = written(out)
            print(f"a node was killed when {len(before)} of {count} clips were done", file=sys.stderr)
            told = json.loads(process.communicate()[0])
            after = written(out)
            keys = [
                (row["content"], row["time_ms"], row["person"])
                for content in after
                for row in pyarrow.parquet.read_table(
                    PartFiles(out).path(content), columns=["content", "time_ms", "person"]
                ).to_pylist()
            ]
            lines = (out / "videos.jsonl").read_text().splitlines()
            again = sum(after.get(content) != mark for content, mark in before.items())
            return {
                "clips": count,
                "nodes": 3,
                "done_when_one_was_killed": len(before),
                "exit_status": process.returncode,
                "lost": count - len(after),
                "repeated": again + len(keys) - len(set(keys)),
                "set_aside": told["set_aside"],
                "begun_anew": len(told["notes"]) + sum(json.loads(line)["tries"] > 1 for line in lines),
                "seconds": round(time.monotonic() - started, 1),
            }
    finally:
        cluster.shutdown()


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clips", type=int, default=200)
    parser.add_argument("--frames", type=int, default=25, help="of each clip (default: %(default)s)")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--ray", action="store_true", help="measure one's own Ray as well")
    parser.add_argument("--only", choices=("throughput", "kill"))
    options = parser.parse_args()
    result: dict = {
        "machine": describe_machine(),
        "load_at_start": os.getloadavg()[0],
        "frames_a_clip": options.frames,
    }
    with tempfile.TemporaryDirectory() as folder:
        clips = Path(folder)
        write_short_clips(clips, options.clips, options.frames)
        if options.only != "throughput":
            result["kill"] = kill_a_node(clips, options.clips)
        if options.only != "kill":
            result["throughput"] = throughput(clips, options.repeats, options.ray)
    result["load_at_end"] = os.getloadavg()[0]
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
