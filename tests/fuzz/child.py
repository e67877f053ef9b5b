"""Reads damaged files in a process of its own: a crash in C code ends it, not who asks.

`python -m tests.fuzz.child TARGET` takes examples on stdin and answers each with a line of JSON on stdout.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import traceback
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).parents[2]
MEMORY_BYTES = 8 << 30
"""Of address space: a file of a few kilobytes that asks for more is a bomb."""
MOST_CPU_S = 20.0
"""Of one small file: more is a hang. Time of the processor, as the machine may be busy with others."""
CPU_VARIABLE = "EMOPOI_FUZZ_CPU_S"
"""Environment variable that sets another limit."""
LONGEST_S = 600.0
"""By the clock: something waits for what never comes."""
_READY = "ready\n"
_SCRATCH = "/dev/shm"
"""Where files live in memory: a disk would be what is waited for."""


@dataclass(frozen=True)
class Outcome:
    """What came of an example.

    Attributes:
        kind: "read", "refused" (an EmopoiError), "crash" or "hang".
        error: for refusals and crashes, the error's type and where it was raised; for a process that ended,
            its signal.
    """

    kind: str
    error: str = ""


class Child:
    """A process that reads examples of one target; started anew when it has ended.

    Args:
        target: name in `TARGETS`.
        before: Python that the process runs first, with `targets` at hand; for tests of this very file.
    """

    def __init__(self, target: str, before: str = "") -> None:
        self._target, self._before = target, before
        self._process: subprocess.Popen[bytes] | None = None

    def read(self, name: str, content: bytes) -> Outcome:
        """Let the process read one damaged file."""
        process = self._process or self._start()
        assert process.stdin is not None and process.stdout is not None
        told = name.encode()
        hang = threading.Timer(LONGEST_S, process.kill)
        hang.start()
        try:
            process.stdin.write(struct.pack("<II", len(told), len(content)) + told + content)
            process.stdin.flush()
            line = process.stdout.readline()
        except BrokenPipeError:
            line = b""
        finally:
            late = not hang.is_alive()
            hang.cancel()
        if line:
            return Outcome(**json.loads(line))
        status = process.wait()
        self._process = None
        if late or status == -signal.SIGPROF:
            return Outcome("hang", "by the clock" if late else "too much of the processor")
        return Outcome("crash", f"status {status}")

    def _start(self) -> subprocess.Popen[bytes]:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.fuzz.child", self._target, self._before],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"},
        )
        assert self._process.stdout is not None
        if self._process.stdout.readline() != _READY.encode():
            raise RuntimeError(f"the reader of {self._target} did not start")
        return self._process

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            assert self._process.stdin is not None and self._process.stdout is not None
            self._process.stdin.close()
            self._process.stdout.close()
            self._process.wait(timeout=LONGEST_S)


def _answer(target: str, before: str) -> None:
    from emopoi.errors import EmopoiError
    from tests.fuzz import targets

    exec(before, {"targets": targets})
    read = targets.TARGETS[target].read
    most_cpu_s = float(os.environ.get(CPU_VARIABLE, MOST_CPU_S))
    # What C libraries print must not come between the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    asked = sys.stdin.buffer
    answers.write(_READY)
    answers.flush()
    with tempfile.TemporaryDirectory(dir=_SCRATCH if os.path.isdir(_SCRATCH) else None) as scratch:
        while len(head := asked.read(8)) == 8:
            name_bytes, content_bytes = struct.unpack("<II", head)
            name = asked.read(name_bytes).decode()
            folder = Path(scratch) / "example"
            folder.mkdir()
            path = folder / name
            path.write_bytes(asked.read(content_bytes))
            signal.setitimer(signal.ITIMER_PROF, most_cpu_s)
            try:
                read(path)
                told = {"kind": "read"}
            except EmopoiError as error:
                told = {"kind": "refused", "error": _where(error)}
            except Exception as error:
                told = {"kind": "crash", "error": _where(error)}
            finally:
                signal.setitimer(signal.ITIMER_PROF, 0)
                shutil.rmtree(folder, ignore_errors=True)
            answers.write(json.dumps(told) + "\n")
            answers.flush()


def _where(error: Exception) -> str:
    """The error's type and the last line of ours that it went through: what tells two errors apart."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [
        frame for frame in frames if frame.filename.startswith(str(ROOT)) and ".venv" not in frame.filename
    ]
    last = ours[-1] if ours else frames[-1]
    return f"{type(error).__name__} at {os.path.relpath(last.filename, ROOT)}:{last.lineno}"


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    _answer(*sys.argv[1:])
