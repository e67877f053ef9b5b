"""Processes that make shards: started clean, told once what all share, ended with their parent."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.connection import wait as wait_for
from typing import Any

from emopoi.errors import OutputError

_shared: Any = None


class WorkerPool:
    """Makes shards in further processes."""

    def __init__(self, executor: ProcessPoolExecutor) -> None:
        self._executor = executor

    def submit(self, shard: Any) -> Future[None]:
        """Have a shard made."""
        return self._executor.submit(_make, shard)

    def finished(self, running: Iterable[Future[None]]) -> set[Future[None]]:
        """Wait until at least one is done."""
        return wait(running, return_when=FIRST_COMPLETED).done


@contextmanager
def worker_pool(count: int, shared: Any) -> Iterator[WorkerPool]:
    """A pool; on an error or interrupt what has not begun is given up.

    Args:
        count: processes.
        shared: handed to each once.

    Raises:
        OutputError: a process was killed from outside, such as for memory.
    """
    # A fork of this process would inherit the threads of whatever libraries it has loaded.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["training.datasets.processing"])
    executor = ProcessPoolExecutor(count, context, initializer=_start, initargs=(shared,))
    try:
        yield WorkerPool(executor)
    except BrokenProcessPool as error:
        raise OutputError(
            "a worker process ended by itself, perhaps for want of memory; what is done is kept: call again, "
            "with fewer --workers"
        ) from error
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _start(shared: Any) -> None:
    global _shared
    _shared = shared
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    import cv2

    cv2.setNumThreads(1)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: Any) -> None:
    """Workers wait for work forever, also when their parent was killed and none will come."""
    wait_for([sentinel])
    os._exit(1)


def _make(shard: Any) -> None:
    from training.datasets.processing import make_shard

    make_shard(shard, _shared)
