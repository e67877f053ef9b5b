"""The folder of a batch: one run at a time, one way of reading for all that lies in it."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import emopoi
from emopoi.batch.job import BatchJob
from emopoi.batch.part_files import PartFiles
from emopoi.batch.video_log import VideoLog
from emopoi.errors import InputError, OutputError
from emopoi.report import prepare_output_folder, write_text_atomically
from emopoi.report.output_folder import reason

SETTINGS = "batch.json"
LOG = "videos.jsonl"
FAILURES = "failures.jsonl"
SUMMARY = "summary.json"
_LOCK = ".lock"


class BatchFolder:
    """Opens the folder for one run; a context manager.

    Attributes:
        path: the folder.
        parts: the part files in it.
        log: what is known of each path; there while the folder is open.

    Args:
        job: its `out` is the folder, made if missing.
    """

    log: VideoLog

    def __init__(self, job: BatchJob) -> None:
        self.path = Path(job.out)
        self.parts = PartFiles(self.path)
        self._told = _told(job)
        self._open = contextlib.ExitStack()

    def __enter__(self) -> BatchFolder:
        """Take the folder and tidy up after runs that were killed.

        Raises:
            InputError: another run is at work in it, or it was begun with other settings or models.
            OutputError: it can not be made, read or written.
        """
        prepare_output_folder(self.path)
        with contextlib.ExitStack() as opening:
            self._lock(opening)
            self._hold_to_one_way()
            self.parts.clean()
            self.log = opening.enter_context(VideoLog(self.path / LOG))
            for known in self.log.done():
                if known.earlier and not self.log.claimed(known.earlier):
                    self.parts.remove(known.earlier)
            self._open = opening.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        # A worker or node that died in this run left what it was writing.
        self.parts.clean()
        self._open.close()

    def _lock(self, opening: contextlib.ExitStack) -> None:
        try:
            import fcntl
        except ImportError:  # Windows
            return
        path = self.path / _LOCK
        try:
            file = opening.enter_context(open(path, "a"))
            # The system lets go of it whatever way the process ends.
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InputError(f"{self.path}: another run is at work in this folder") from error
        except OSError as error:
            raise OutputError(f"{path}: can not be locked ({reason(error)})") from error

    def _hold_to_one_way(self) -> None:
        path = self.path / SETTINGS
        try:
            before = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            if self.parts.contents():
                raise InputError(
                    f"{self.path}: readings lie here, but {SETTINGS} that says how they were made is missing"
                ) from None
            write_text_atomically(path, json.dumps(self._told, indent=2) + "\n")
            return
        except (OSError, ValueError) as error:
            raise InputError(f"{path}: can not be read ({error})") from error
        changed = _differences(before, self._told)
        if changed:
            raise InputError(
                f"{self.path}: its readings were made in another way ({'; '.join(changed)}); "
                "one folder holds one way: choose another --out"
            )


def _told(job: BatchJob) -> dict[str, Any]:
    # Folder names of this machine change no reading.
    settings = asdict(replace(job.settings, bundle=None, cascade=None))
    return {
        "emopoi": emopoi.__version__,
        "fps": job.sample_fps,
        **{name: value for name, value in settings.items() if name != "threads"},
        **(json.loads(job.reads_with) if job.reads_with else {}),
    }


def _differences(before: Any, now: Mapping[str, Any]) -> list[str]:
    if not isinstance(before, Mapping):
        return [f"{SETTINGS} is no JSON object"]
    return [
        f"{name}: {before.get(name)!r} then, {value!r} now"
        for name, value in now.items()
        # A new version that reads with the same files may go on.
        if name != "emopoi" and before.get(name) != value
    ]


def absolute(folder: str | os.PathLike[str]) -> str:
    """The folder as workers in other working folders find it."""
    return os.path.abspath(folder)
