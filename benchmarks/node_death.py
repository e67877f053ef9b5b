"""Lets a node of `ray.cluster_utils.Cluster` die as a machine does: all at once, in mid-work."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path
from typing import Any


def workers_of(node: Any) -> set[int]:
    """Process ids of a node's workers."""
    raylet = node.all_processes["raylet"][0].process.pid
    found: set[int] = set()
    for file in Path(f"/proc/{raylet}/task").glob("*/children"):
        # A thread may end between the listing and the reading.
        with contextlib.suppress(OSError):
            found.update(int(pid) for pid in file.read_text().split())
    return found


def is_writing(node: Any, out: Path) -> bool:
    """Whether one of its workers is in the middle of a video: its part has the hidden name still."""
    writers = {path.name.removesuffix(".part").rpartition("-")[2] for path in out.rglob(".*.part")}
    return bool(writers & {str(pid) for pid in workers_of(node)})


def kill(cluster: Any, node: Any) -> None:
    """Kill a node: nobody there may tell or finish anything more."""
    raylet = node.all_processes["raylet"][0].process.pid
    os.kill(raylet, signal.SIGSTOP)
    for pid in workers_of(node):
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)
    cluster.remove_node(node, allow_graceful=False)
