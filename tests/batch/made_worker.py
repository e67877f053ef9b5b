"""A worker whose videos are text files that say what happens when they are read; for tests."""

import os
import signal
import sys
import time
from pathlib import Path

from emopoi.batch.job import DONE, FAILED, Outcome, VideoFacts
from emopoi.batch.work import stopped
from emopoi.batch.worker_process import main
from emopoi.errors import OutputError

FACTS = VideoFacts(readings=3, people=1, frames=4, seconds=0.12)


def work(job, source):
    path = Path(source)
    with open(path.with_suffix(".begun"), "a") as begun:
        begun.write(f"{os.getpid()} {os.environ['OMP_NUM_THREADS']}\n")
    act = path.read_text()
    if act == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    if act == "crash once" and len(path.with_suffix(".begun").read_text().splitlines()) == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    if act == "leave":
        print("the decoder gave up", file=sys.stderr)
        os._exit(7)
    if act == "no memory":
        raise MemoryError
    if act == "slow":
        time.sleep(30)
    if act == "damaged":
        return Outcome(source, FAILED, reason="damaged")
    if act == "disk full":
        return stopped(source, OutputError("no space left"))
    print("libraries print what they like")
    return Outcome(source, DONE, content="0" * 64, facts=FACTS)


if __name__ == "__main__":
    raise SystemExit(main(work))
