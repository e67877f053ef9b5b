"""Takes jobs from the queue, one process each, and sees to it that each one ends."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emopoi.errors import EmopoiError
from emopoi.serve.job import Job, State
from emopoi.serve.job_folders import JobFolders
from emopoi.serve.job_store import JobStore
from emopoi.serve.settings import ServeSettings
from emopoi.serve.source_files import SourceFiles

_IDLE_S = 0.2
_CLEAN_EVERY_S = 30.0
_END_S = 3.0
_STRAY_S = 3600.0  # an upload that is still coming in has no job yet


class JobRunner:
    """Runs jobs until it is closed.

    Args:
        settings: limits.
        store: the queue.
        folders: of the jobs.
        files: finds sources that were named instead of uploaded.
        module: that a job's process runs.
    """

    def __init__(
        self,
        settings: ServeSettings,
        store: JobStore,
        folders: JobFolders,
        files: SourceFiles,
        module: str = "emopoi.serve.job_process",
    ) -> None:
        self._module = module
        self._settings, self._store, self._folders, self._files = settings, store, folders, files
        self._processes: dict[str, subprocess.Popen[str]] = {}
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._wake = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, name=f"jobs-{number}", daemon=True)
            for number in range(settings.workers)
        ]
        self._threads.append(threading.Thread(target=self._clean, name="cleaning", daemon=True))

    def start(self) -> None:
        """Take up what an earlier run left, and start working."""
        for job in self._store.recover(self._keep_s):
            self._folders.drop_upload(job.id)
        self.clean()
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Stop; jobs that run are taken up again by the next start."""
        self._closing.set()
        self._wake.set()
        with self._lock:
            running = list(self._processes.values())
        for process in running:
            _end(process)
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout=2 * _END_S)

    def wake(self) -> None:
        """There is a new job."""
        self._wake.set()

    def cancel(self, job_id: str) -> bool:
        """Stop a job that waits or runs; False where it had ended already."""
        # Told first: whoever starts its process now, or sees it end, must find the job cancelled.
        ended = self._store.end(job_id, "cancelled", "", self._keep_s)
        with self._lock:
            process = self._processes.get(job_id)
        if process is not None:
            _end(process)
        elif ended:
            self._folders.drop_upload(job_id)
        return ended

    def clean(self) -> None:
        """Delete what has expired, and uploads that never became jobs."""
        now = time.time()
        for job in self._store.expired(now):
            self._folders.drop(job.id)
            self._store.remove(job.id)
        known = {job.id for job in self._store.all()}
        for stray in self._folders.strays(known):
            with contextlib.suppress(EmopoiError, OSError):
                if now - self._folders.of(stray).stat().st_mtime > _STRAY_S:
                    self._folders.drop(stray)

    @property
    def _keep_s(self) -> float:
        return self._settings.keep_h * 3600

    def _clean(self) -> None:
        while not self._closing.wait(_CLEAN_EVERY_S):
            with contextlib.suppress(EmopoiError):
                self.clean()

    def _work(self) -> None:
        while not self._closing.is_set():
            try:
                job = self._store.take()
            except EmopoiError as error:
                print(f"emopoi: {error}", file=sys.stderr, flush=True)
                self._closing.wait(1.0)
                continue
            if job is None:
                self._wake.wait(_IDLE_S)
                self._wake.clear()
                continue
            self._run(job)

    def _run(self, job: Job) -> None:
        state: State = "failed"
        try:
            state, error = self._run_process(job)
        except EmopoiError as problem:
            error = str(problem)
        except Exception as problem:  # whatever it was, the next job must run
            error = f"the job could not be run: {getattr(problem, 'strerror', None) or problem}"
            traceback.print_exc()
        finally:
            with self._lock:
                self._processes.pop(job.id, None)
        if self._closing.is_set() and state == "failed":
            return  # stays "running": the next start takes it up
        try:
            self._store.end(job.id, state, error, self._keep_s)
        except EmopoiError as problem:
            # The disk is full: it stays "running", and the next start takes it up.
            print(f"emopoi: {problem}", file=sys.stderr, flush=True)
            return
        if job.uploaded:
            self._folders.drop_upload(job.id)

    def _run_process(self, job: Job) -> tuple[State, str]:
        source = self._folders.of(job.id) / job.source if job.uploaded else self._files.find(job.source)
        results = self._folders.results(job.id)
        results.mkdir(mode=0o700, exist_ok=True)
        with (self._folders.of(job.id) / "log.txt").open("w", encoding="utf-8") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", self._module],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                encoding="utf-8",
                env=_environment(),
                start_new_session=True,
            )
            with self._lock:
                self._processes[job.id] = process
            overdue = threading.Timer(self._settings.max_job_s, _end, [process])
            overdue.daemon = True
            overdue.start()
            started = time.monotonic()
            try:
                if self._closing.is_set() or self._is_cancelled(job.id):
                    _end(process)
                ending = self._talk(process, job, source, results)
            finally:
                overdue.cancel()
                _end(process)
                if process.stdout is not None:
                    process.stdout.close()
        if self._is_cancelled(job.id):
            return "cancelled", ""
        if ending is not None:
            return ending
        if time.monotonic() - started >= self._settings.max_job_s:
            return (
                "failed",
                f"this took longer than the {self._settings.max_job_s:g} seconds that a job may run",
            )
        return "failed", "reading this file made the reader crash; the server was not touched by it"

    def _is_cancelled(self, job_id: str) -> bool:
        job = self._store.get(job_id)
        return job is None or job.state == "cancelled"

    def _talk(
        self, process: subprocess.Popen[str], job: Job, source: Path, results: Path
    ) -> tuple[State, str] | None:
        assert process.stdin is not None and process.stdout is not None
        request: Mapping[str, Any] = {
            "kind": job.kind,
            "source": str(source),
            "name": job.name,
            "results": str(results),
            "options": dict(job.options),
            "max_seconds": self._settings.max_seconds,
            "max_pixels": self._settings.max_pixels,
            "max_memory_mb": self._settings.max_memory_mb,
        }
        try:
            process.stdin.write(json.dumps(request) + "\n")
            process.stdin.flush()
        except (OSError, ValueError):  # it was ended meanwhile, and the pipe closed
            return None
        ending: tuple[State, str] | None = None
        for line in process.stdout:
            try:
                message = json.loads(line)
            except ValueError:
                continue
            if "ended" in message:
                ending = ("done" if message["ended"] == "done" else "failed", str(message["error"]))
            elif "progress" in message:
                self._store.tell(job.id, float(message["progress"]), str(message["stage"]))
        process.wait()
        return ending


def _environment() -> dict[str, str]:
    """The child's: without a screen, and with this checkout first."""
    root = str(Path(__file__).resolve().parents[2])
    paths = [root, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        "MPLBACKEND": "Agg",
        "PYOPENGL_PLATFORM": os.environ.get("PYOPENGL_PLATFORM", "egl"),
    }


def _end(process: subprocess.Popen[str]) -> None:
    """End a job's process and whatever it started; may be called more than once."""
    if process.poll() is None:
        with contextlib.suppress(OSError):
            if hasattr(os, "killpg"):
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=_END_S)
    if process.stdin is not None:
        with contextlib.suppress(OSError, ValueError):
            process.stdin.close()
