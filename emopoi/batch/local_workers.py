"""Worker processes on this machine, each with models of its own."""

from __future__ import annotations

import contextlib
import json
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace

from emopoi.batch.job import FAILED, BatchJob, Outcome
from emopoi.batch.worker_environment import worker_environment
from emopoi.batch.worker_process import NO_MEMORY
from emopoi.batch.workers import TRIES
from emopoi.errors import EmopoiError, MissingPartError

_END_S = 5.0


class LocalWorkers:
    """Hands videos to processes; one that dies is replaced, and its video begun again or set aside.

    Args:
        job: what is to be done.
        count: processes.
        module: that they run.
    """

    def __init__(self, job: BatchJob, count: int, module: str = "emopoi.batch.worker_process") -> None:
        self.count, self.kind = count, f"{count} worker processes"
        self.notes: list[str] = []
        self._job, self._module = job, module
        self._waiting: deque[tuple[str, int]] = deque()
        self._ended: queue.SimpleQueue[Outcome | BaseException] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._closing = False
        self._running: set[_Worker] = set()
        self._threads: list[threading.Thread] = []

    def read(self, sources: Sequence[str]) -> Iterator[Outcome]:
        """See `Workers`."""
        self._waiting.extend((source, 1) for source in sources)
        for number in range(min(self.count, len(sources))):
            thread = threading.Thread(target=self._work, name=f"batch-{number}", daemon=True)
            thread.start()
            self._threads.append(thread)
        for _ in sources:
            ended = self._ended.get()
            if isinstance(ended, BaseException):
                raise ended
            yield ended

    def __enter__(self) -> LocalWorkers:
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._closing = True
            running = list(self._running)
        for worker in running:
            worker.end()
        for thread in self._threads:
            thread.join(timeout=_END_S)

    def _work(self) -> None:
        worker: _Worker | None = None
        try:
            while True:
                with self._lock:
                    if self._closing or not self._waiting:
                        return
                    source, tries = self._waiting.popleft()
                worker = worker or self._start()
                answer = worker.ask(source)
                if isinstance(answer, Outcome):
                    self._ended.put(replace(answer, tries=tries))
                    continue
                self._drop(worker)
                worker = None
                if tries < TRIES:
                    # Last: what was short of memory may fare better when the others are through.
                    with self._lock:
                        self._waiting.append((source, tries + 1))
                else:
                    self._ended.put(Outcome(source, FAILED, reason=f"{answer}, {tries} times", tries=tries))
        except BaseException as error:  # told where the outcomes are awaited
            self._ended.put(error)
        finally:
            if worker is not None:
                self._drop(worker)

    def _start(self) -> _Worker:
        with self._lock:
            if self._closing:
                raise EmopoiError("the batch is ending")
            worker = _Worker(self._module)
            self._running.add(worker)
        worker.prepare(self._job)
        return worker

    def _drop(self, worker: _Worker) -> None:
        worker.end()
        with self._lock:
            self._running.discard(worker)


class _Worker:
    """One process and the talk with it."""

    def __init__(self, module: str) -> None:
        self._log = tempfile.TemporaryFile()
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._log,
                text=True,
                encoding="ascii",
                env=worker_environment(),
            )
        except OSError as error:
            raise MissingPartError(f"a worker process can not be started: {error.strerror}") from error

    def prepare(self, job: BatchJob) -> None:
        """Tell what is to be done.

        Raises:
            MissingPartError: the process does not come up; no video is to blame.
        """
        self._send(job.to_dict())
        if not (self._process.stdout and self._process.stdout.readline()):
            raise MissingPartError(f"a worker process can not start: {self._how_it_died()}")

    def ask(self, source: str) -> Outcome | str:
        """Have one video read; where that ended the process, in which way."""
        self._send(source)
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            return f"reading it ended its worker process: {self._how_it_died()}"
        message = json.loads(line)
        if NO_MEMORY in message:
            return "reading it needs more memory than there is"
        return Outcome.from_dict(message)

    def end(self) -> None:
        """End the process; may be called more than once and from any thread."""
        if self._process.poll() is None:
            with contextlib.suppress(OSError):
                self._process.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=_END_S)

    def _send(self, message: object) -> None:
        # Where the process has gone this fails, and the missing answer says so.
        with contextlib.suppress(OSError, ValueError):
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps(message) + "\n")
            self._process.stdin.flush()

    def _how_it_died(self) -> str:
        try:
            status = self._process.wait(timeout=_END_S)
        except subprocess.TimeoutExpired:
            return "it does not answer"
        if status < 0:
            with contextlib.suppress(ValueError):
                return f"killed by {signal.Signals(-status).name}"
        self._log.seek(0)
        said = self._log.read().decode("utf-8", errors="replace").strip().rpartition("\n")[2]
        return f"exit status {status}" + (f" ({said})" if said else "")
