"""The function that reads a video as tasks of Ray, here or on many machines. The only file that uses Ray."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import socket
import tempfile
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from emopoi.batch.job import FAILED, BatchJob, Outcome
from emopoi.batch.optional_packages import ray_without_telemetry
from emopoi.batch.work import Work, work
from emopoi.batch.worker_environment import cores, worker_environment
from emopoi.batch.workers import TRIES
from emopoi.errors import EmopoiError, InputError, MissingPartError
from emopoi.vision.shown_name import shown_name

LOCAL = "local"
"""In the place of an address: a Ray of one's own on this machine, which ends with the run."""
MOST_NODE_DEATHS = 10
"""A video whose node died is not to blame. If that happens again and again, it may well be."""

_STORE_BYTES = 100_000_000  # answers are small; by default a third of the memory would be set apart
_POLL_S = 1.0
_ANSWER_S = 10.0


@dataclass(frozen=True, slots=True)
class _Attempt:
    source: str
    tries: int = 1
    node_deaths: int = 0


class RayWorkers:
    """Hands videos to a Ray cluster, as many at a time as it has cores.

    Answers are taken one by one and tasks begun anew here rather than by Ray: it counts the death of a node
    and of a worker alike, and a video is to be set aside only for the second.

    Args:
        job: what is to be done; its folder and the videos lie where every node sees them.
        address: `LOCAL`, or HOST:PORT of a cluster that this machine is a node of.
        count: most videos at a time; None takes all cores, also those that join later.
        function: what reads a video; importable on every node.

    Raises:
        MissingPartError: Ray is not installed.
    """

    def __init__(self, job: BatchJob, address: str, count: int | None = None, function: Work = work) -> None:
        self._ray = ray_without_telemetry()
        self._job, self._address, self._asked, self._function = job, address, count, function
        self.notes: list[str] = []
        self.count = count or 0
        self.kind = "Ray on this machine" if address == LOCAL else "a Ray cluster"
        self._folder: str | None = None
        self._quiet: Any = None

    def __enter__(self) -> RayWorkers:
        """Connect, or start a Ray of one's own.

        Raises:
            InputError: nobody answers at the address.
            MissingPartError: Ray does not start.
        """
        # Ray's threads print what goes on in the cluster, on stdout.
        self._quiet = contextlib.redirect_stdout(io.StringIO())
        self._quiet.__enter__()
        try:
            if self._address == LOCAL:
                self._start()
            else:
                self._connect()
            self.count = self._width()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(Exception):
            self._ray.shutdown()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        if self._quiet is not None:
            self._quiet.__exit__(None, None, None)
            self._quiet = None

    def read(self, sources: Sequence[str]) -> Iterator[Outcome]:
        """See `Workers`."""
        ray = self._ray
        # Ray retries nothing: see above.
        task = ray.remote(num_cpus=1, max_retries=0)(self._function)
        waiting = deque(_Attempt(source) for source in sources)
        pending: dict[Any, _Attempt] = {}
        while waiting or pending:
            # Twice the cores: while an answer is on its way the next video is begun.
            most = self._asked if self._asked and self._address != LOCAL else 2 * self._width()
            while waiting and len(pending) < most:
                attempt = waiting.popleft()
                pending[task.remote(self._job, attempt.source)] = attempt
            ready, _ = ray.wait(list(pending), timeout=_POLL_S)
            for reference in ready:
                attempt = pending.pop(reference)
                ended = self._answer(reference, attempt)
                if isinstance(ended, Outcome):
                    yield ended
                else:
                    waiting.append(ended)

    def _answer(self, reference: Any, attempt: _Attempt) -> Outcome | _Attempt:
        """The outcome, or the attempt that follows."""
        errors = self._ray.exceptions
        try:
            return replace(self._ray.get(reference), tries=attempt.tries)
        except (errors.WorkerCrashedError, errors.OutOfMemoryError) as error:
            said = "Ray ended its worker for want of memory"
            if isinstance(error, errors.WorkerCrashedError):
                said = "reading it ended its worker process"
            return self._again(attempt, said)
        except errors.RayTaskError as error:
            if isinstance(error.cause, MemoryError):
                return self._again(attempt, "reading it needs more memory than there is")
            raise MissingPartError(
                f"a node of the cluster can not do the work; has it this version of EmoPOI? ({_first(error)})"
            ) from error
        except errors.RaySystemError as error:
            raise MissingPartError(f"Ray has failed: {_first(error)}") from error
        except errors.RayError as error:
            # The node died, or what it held was lost with it.
            deaths = attempt.node_deaths + 1
            self.notes.append(f"a node died while it read {shown_name(attempt.source)}; it is read anew")
            if deaths < MOST_NODE_DEATHS:
                return replace(attempt, node_deaths=deaths)
            reason = f"its node died {deaths} times ({_first(error)})"
            return Outcome(attempt.source, FAILED, reason=reason, tries=deaths)

    def _again(self, attempt: _Attempt, reason: str) -> Outcome | _Attempt:
        if attempt.tries < TRIES:
            return replace(attempt, tries=attempt.tries + 1)
        return Outcome(attempt.source, FAILED, reason=f"{reason}, {TRIES} times", tries=attempt.tries)

    def _width(self) -> int:
        """Cores of the cluster as it is now, or as many as were asked for."""
        if self._asked:
            return self._asked
        try:
            return max(1, int(self._ray.cluster_resources().get("CPU", 0)))
        except Exception as error:
            raise EmopoiError(f"the Ray cluster does not answer any more: {_first(error)}") from error

    def _start(self) -> None:
        # Socket names of Ray lie in here and may have a hundred characters.
        self._folder = tempfile.mkdtemp(prefix="emopoi-ray-", dir="/tmp" if os.path.isdir("/tmp") else None)
        os.environ.update(worker_environment())
        try:
            self._ray.init(
                address=LOCAL,
                num_cpus=self._asked or cores(),
                num_gpus=0,
                include_dashboard=False,
                log_to_driver=False,
                logging_level="ERROR",
                object_store_memory=_STORE_BYTES,
                _node_ip_address="127.0.0.1",
                _temp_dir=self._folder,
                # By default its workers step back behind everything else on the machine.
                _system_config={"enable_metrics_collection": False, "worker_niceness": 0},
            )
        except Exception as error:
            raise MissingPartError(f"Ray does not start on this machine: {_first(error)}") from error

    def _connect(self) -> None:
        _knock(self._address)
        try:
            self._ray.init(address=self._address, log_to_driver=False, logging_level="ERROR")
        except Exception as error:
            raise InputError(f"--ray {self._address}: no Ray cluster answers ({_first(error)})") from error


def _knock(address: str) -> None:
    """See whether anybody listens there: Ray itself would try for minutes.

    Raises:
        InputError: it is no address, or nobody listens.
    """
    host, _, port = address.rpartition(":")
    if not host or "/" in host or not port.isdecimal():
        raise InputError(f"--ray {address}: {LOCAL} or HOST:PORT was expected")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_ANSWER_S).close()
    except (OSError, OverflowError) as error:
        raise InputError(f"--ray {address}: no Ray cluster answers ({error})") from error


def _first(error: BaseException) -> str:
    """The last line that says something: Ray puts a trace before it."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
