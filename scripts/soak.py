"""The app under load for five minutes, and killed in mid-job: nothing lost, nothing leaked, no failure.

python scripts/soak.py [--seconds 300] [--users 50] [--json]

A server of this checkout on loopback alone; so many people at once upload a clip, a photo, broken files,
files of wrong types and too large ones, look at jobs and results, cancel, delete, read pages and places.
Then the server is killed in mid-job and started again. Exit status 1 where a figure is not as it should be.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import cv2
import numpy as np

from emopoi.demo_clip import write_demo_clip

ROOT = Path(__file__).parents[1]
HOST = "127.0.0.1"
ENDED = ("done", "failed", "cancelled")
MOST_GROWTH_MB = 60.0
"""From after the first minute to the end; caches of the first requests are filled by then."""
WARM_SHARE = 0.2


class Server:
    """A server in a process of its own, on one data folder."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self.address = ""
        self.start()

    def start(self) -> None:
        """Start, or start again on the same folder."""
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        }
        limits = ["--max-upload-mb", "2", "--max-seconds", "1"]
        words = ["--host", HOST, "--port", "0", "--data", str(self._data), *limits]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "emopoi", "serve", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        )
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().strip().rstrip("/")
        if not self.address.startswith(f"http://{HOST}:"):
            raise RuntimeError("the server did not start on loopback")

    def kill(self) -> None:
        """As a power cut does."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def memory_mb(self) -> float:
        """Resident memory of the server without its jobs."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1000


class Load:
    """What all users do together, and what came of it."""

    def __init__(self, server: Server, files: dict[str, bytes]) -> None:
        self._server, self._files = server, files
        self._lock = threading.Lock()
        self.answers: Counter[str] = Counter()
        self.errors: list[str] = []
        self.accepted: set[str] = set()
        self.removed: set[str] = set()
        self.slowest_s = 0.0

    def ask(self, method: str, path: str, body: bytes | None = None, kind: str = "") -> tuple[int, bytes]:
        """One request; its status is counted."""
        headers = {"Content-Type": kind} if kind else {}
        request = Request(self._server.address + path, data=body, method=method, headers=headers)
        started = time.monotonic()
        try:
            with urlopen(request, timeout=60) as answer:
                status, content = answer.status, answer.read()
        except HTTPError as error:
            status, content = error.code, error.read()
        except (URLError, OSError, TimeoutError) as error:
            # An upload that is refused early may find its connection closed.
            status, content = (413 if body and len(body) > 2_000_000 else 0), str(error).encode()
        with self._lock:
            self.answers[str(status)] += 1
            self.slowest_s = max(self.slowest_s, time.monotonic() - started)
            if status == 0 or status >= 500:
                self.errors.append(f"{method} {path.split('?')[0]}: {status} {content[:100]!r}")
        return status, content

    def user(self, number: int, until: float) -> None:
        """One person, until the time is over."""
        choice = random.Random(number)
        while time.monotonic() < until:
            act = choice.random()
            if act < 0.3:
                self._upload(choice)
            elif act < 0.75:
                self._look(choice)
            elif act < 0.8:
                self._remove(choice)
            else:
                cell = choice.choice(("871126d33ffffff", "871126d32ffffff", "000000000000000"))
                paths = (
                    "/",
                    "/api/v1/about",
                    "/places/rules.json",
                    f"/places/cells/{cell}.geojson",
                    "/device/facts.json",
                )
                self.ask("GET", choice.choice(paths))
            time.sleep(choice.uniform(0.2, 1.5))

    def _upload(self, choice: random.Random) -> None:
        name = choice.choice(sorted(self._files))
        kind = "photo" if name.endswith(".jpg") else "video"
        query = f"kind={kind}&name={name}&consent=true&heads=false&age=false"
        status, content = self.ask(
            "POST", f"/api/v1/jobs?{query}", self._files[name], "application/octet-stream"
        )
        if status == 201:
            with self._lock:
                self.accepted.add(json.loads(content)["id"])

    def _look(self, choice: random.Random) -> None:
        status, content = self.ask("GET", "/api/v1/jobs")
        jobs = json.loads(content) if status == 200 else []
        if not jobs:
            return
        job = choice.choice(jobs)["id"]
        status, content = self.ask("GET", f"/api/v1/jobs/{job}/files")
        files = json.loads(content) if status == 200 else []
        if files:
            self.ask("GET", choice.choice(files)["url"])
            self.ask("GET", f"/api/v1/jobs/{job}/timeline")

    def _remove(self, choice: random.Random) -> None:
        with self._lock:
            left = sorted(self.accepted - self.removed)
        if not left:
            return
        job = choice.choice(left)
        if choice.random() < 0.5:
            self.ask("POST", f"/api/v1/jobs/{job}/cancel")
            return
        with self._lock:
            self.removed.add(job)
        self.ask("DELETE", f"/api/v1/jobs/{job}")


def made_files(folder: Path) -> dict[str, bytes]:
    """Good, broken, wrong and too large ones."""
    clip, photo = folder / "clip.mp4", folder / "photo.jpg"
    write_demo_clip(clip, 0.4)
    cv2.imwrite(str(photo), np.full((64, 64, 3), 127, np.uint8))
    good = clip.read_bytes()
    return {
        "clip.mp4": good,
        "photo.jpg": photo.read_bytes(),
        "cut.mp4": good[: len(good) // 3],
        "noise.mp4": random.Random(1).randbytes(50_000),
        "text.mp4": b"no video at all\n" * 100,
        "empty.mp4": b"",
        "large.mp4": bytes(2_500_000),
        "huge.png.jpg": _bomb(),
    }


def _bomb() -> bytes:
    """A PNG of a few bytes that says to have 60,000 by 60,000 pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(1000)))
        + chunk(b"IEND", b"")
    )


def soak(server: Server, files: dict[str, bytes], users: int, seconds: float) -> dict[str, Any]:
    """Load the server, then wait until everything that was accepted has ended."""
    load = Load(server, files)
    until = time.monotonic() + seconds
    threads = [
        threading.Thread(target=load.user, args=(number, until), daemon=True) for number in range(users)
    ]
    for thread in threads:
        thread.start()
    time.sleep(WARM_SHARE * seconds)
    warm_mb = server.memory_mb()
    for thread in threads:
        thread.join(timeout=seconds + 120)
    states = wait_for_end(load, load.accepted - load.removed)
    return {
        "requests": sum(load.answers.values()),
        "answers": dict(sorted(load.answers.items())),
        "errors": load.errors[:10],
        "slowest_s": round(load.slowest_s, 2),
        "accepted": len(load.accepted),
        "deleted": len(load.removed),
        "ended": dict(Counter(states.values())),
        "lost": sum(state not in ENDED for state in states.values()),
        "memory_warm_mb": round(warm_mb, 1),
        "memory_end_mb": round(server.memory_mb(), 1),
    }


def wait_for_end(load: Load, jobs: set[str], patience_s: float = 600.0) -> dict[str, str]:
    """States of jobs once they have ended; "missing" where the server knows nothing of one."""
    until = time.monotonic() + patience_s
    while True:
        status, content = load.ask("GET", "/api/v1/jobs")
        known = {job["id"]: job["state"] for job in json.loads(content)} if status == 200 else {}
        states = {job: known.get(job, "missing") for job in jobs}
        if all(state in ENDED or state == "missing" for state in states.values()) or time.monotonic() > until:
            return states
        time.sleep(0.5)


def kill_in_mid_job(server: Server, files: dict[str, bytes], data: Path) -> dict[str, Any]:
    """Kill the server while a job runs and others wait; what comes of them after the next start."""
    load = Load(server, files)
    jobs = []
    for _ in range(4):
        query = "kind=video&name=clip.mp4&consent=true&heads=false"
        status, content = load.ask(
            "POST", f"/api/v1/jobs?{query}", files["clip.mp4"], "application/octet-stream"
        )
        if status == 201:
            jobs.append(json.loads(content)["id"])
    until = time.monotonic() + 60
    while time.monotonic() < until:
        job = json.loads(load.ask("GET", f"/api/v1/jobs/{jobs[0]}")[1])
        if job["state"] == "running" and job["progress"] > 0:
            break
        time.sleep(0.02)
    in_mid_job = job["state"] == "running"
    server.kill()
    time.sleep(1.0)
    left_over = _job_processes(data)
    server.start()
    states = wait_for_end(load, set(jobs))
    uploads = [path.name for path in (data / "jobs").glob("*/source*")]
    return {
        "killed_in_mid_job": in_mid_job,
        "processes_left": left_over,
        "ended": dict(Counter(states.values())),
        "uploads_left": uploads,
    }


def _job_processes(data: Path) -> int:
    """Processes of jobs of this server that still live without it."""
    found = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes()
            inside = any(os.readlink(link).startswith(str(data)) for link in (folder / "fd").iterdir())
        except OSError:
            continue
        found += b"emopoi.serve.job_process" in words and inside
    return found


def main() -> int:
    """Soak, kill, tell."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        files = made_files(Path(folder))
        server = Server(data)
        try:
            figures = soak(server, files, options.users, options.seconds)
            figures["kill"] = kill_in_mid_job(server, files, data)
        finally:
            server.process.terminate()
            server.process.wait(timeout=30)
    print(
        json.dumps(figures)
        if options.json
        else "\n".join(f"{name}: {value}" for name, value in figures.items())
    )
    wrong = {
        "errors": figures["errors"],
        "lost jobs": figures["lost"],
        "memory grows": figures["memory_end_mb"] - figures["memory_warm_mb"] > MOST_GROWTH_MB,
        "not killed in mid-job": not figures["kill"]["killed_in_mid_job"],
        "processes left": figures["kill"]["processes_left"],
        "jobs that did not end": set(figures["kill"]["ended"]) - {"done", "failed"},
        "uploads left": figures["kill"]["uploads_left"],
    }
    for name, found in wrong.items():
        if found:
            print(f"wrong: {name}: {found}", file=sys.stderr)
    return 1 if any(wrong.values()) else 0


if __name__ == "__main__":
    raise SystemExit(main())
