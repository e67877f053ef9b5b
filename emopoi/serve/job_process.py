"""The process that one job runs in: `python -m emopoi.serve.job_process`, started by `JobRunner`.

A decoder that crashes, or a file that blows up in memory, takes this process and not the server with it. One
JSON object comes in on stdin; lines of JSON go out on stdout. When stdin ends, the server has gone, and so
does this process.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any, BinaryIO

from emopoi.errors import EmopoiError
from emopoi.serve.job_kinds import KINDS, JobInput

_TELL_EVERY_S = 0.2
_MOST_FILE_BYTES = 4_000_000_000


def main() -> int:
    """Run one job; the exit status is 0 where it was told how it ended."""
    requests = sys.stdin.buffer
    told = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    # Libraries that print to stdout must not spoil the lines.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    request = json.loads(requests.readline())
    threading.Thread(target=_leave_with_the_server, args=(requests,), daemon=True).start()
    _limit(int(request["max_memory_mb"]))
    speaker = _Speaker(told)
    try:
        job = JobInput(
            source=Path(request["source"]),
            name=request["name"],
            results=Path(request["results"]),
            options=request["options"],
            max_seconds=float(request["max_seconds"]),
            max_pixels=int(request["max_pixels"]),
            tell=speaker.progress,
        )
        KINDS[request["kind"]].function()(job)
        speaker.say(ended="done", error="")
    except EmopoiError as error:
        speaker.say(ended="failed", error=_shown(error, request))
    except MemoryError:
        speaker.say(ended="failed", error="this needs more memory than a job may use")
    return 0


class _Speaker:
    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._last_s = -1.0

    def progress(self, share: float, stage: str) -> None:
        now = time.monotonic()
        if now - self._last_s >= _TELL_EVERY_S:
            self._last_s = now
            self.say(progress=min(max(share, 0.0), 1.0), stage=stage)

    def say(self, **message: Any) -> None:
        self._stream.write(json.dumps(message) + "\n")
        self._stream.flush()


def _shown(error: EmopoiError, request: dict[str, Any]) -> str:
    """The message, with the person's name of the file in the place of this machine's path."""
    text = str(error)
    for path in (request["source"], os.path.basename(request["source"])):
        text = text.replace(path, request["name"])
    return text.replace(str(request["results"]), "results")


def _leave_with_the_server(stream: BinaryIO) -> None:
    while stream.read(1):
        pass
    os._exit(3)


def _limit(memory_mb: int) -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limits; time and size are held by the server
        return
    for kind, most in (
        (resource.RLIMIT_AS, memory_mb * 1_000_000),
        (resource.RLIMIT_FSIZE, _MOST_FILE_BYTES),
    ):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    raise SystemExit(main())
