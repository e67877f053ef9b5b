"""The process of one worker: `python -m emopoi.batch.worker_process`, started by `LocalWorkers`.

The first line on stdin is the job, every further one the path of a video; lines of JSON go out on stdout,
first one to say that work can begin. When stdin ends the batch has gone, and so does this process at once: a
kill of the batch alone leaves nobody behind.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
from dataclasses import asdict
from typing import BinaryIO

from emopoi.batch.job import BatchJob
from emopoi.batch.work import Work, work

NO_MEMORY = "no memory"


def main(function: Work = work) -> int:
    """Read videos until there are no more."""
    # Ctrl-C reaches everybody at the terminal; the batch alone decides what follows from it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests = sys.stdin.buffer
    told = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="ascii")
    # Libraries that print to stdout must not spoil the lines.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    job = BatchJob.from_dict(json.loads(requests.readline()))
    sources: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(requests, sources), daemon=True).start()
    _say(told, {"ready": True})
    while True:
        source = sources.get()
        try:
            _say(told, asdict(function(job, source)))
        except MemoryError:
            _say(told, {NO_MEMORY: True})
            return 1


def _listen(requests: BinaryIO, sources: queue.SimpleQueue[str]) -> None:
    for line in requests:
        sources.put(json.loads(line))
    os._exit(0)


def _say(stream: object, message: object) -> None:
    print(json.dumps(message), file=stream, flush=True)  # type: ignore[call-overload]


if __name__ == "__main__":
    raise SystemExit(main())
