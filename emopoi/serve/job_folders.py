"""Where the files of jobs lie: one folder a job, uploads and results apart."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
from pathlib import Path

from emopoi.errors import InputError, OutputError

_ID = re.compile(r"[A-Za-z0-9_-]{22}")
RESULTS = "results"
_SOURCE = "source"
_SUFFIX = re.compile(r"\.[a-z0-9]{1,5}")


class JobFolders:
    """The data folder of one server.

    Args:
        data: made for its owner alone.

    Raises:
        OutputError: it can not be made.
    """

    def __init__(self, data: Path) -> None:
        self.data = data
        self._jobs = data / "jobs"
        try:
            self._jobs.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.chmod(data, 0o700)
        except OSError as error:
            raise OutputError(f"{data}: the folder can not be made ({error.strerror or error})") from error

    @property
    def queue(self) -> Path:
        """The database of the queue."""
        return self.data / "queue.sqlite"

    def new(self) -> str:
        """Make a folder for a new job; its name, 128 random bits, is the job's id.

        Raises:
            OutputError: it can not be made.
        """
        job_id = secrets.token_urlsafe(16)
        try:
            (self._jobs / job_id).mkdir(mode=0o700)
        except OSError as error:
            raise OutputError(f"no folder can be made for a job ({error.strerror or error})") from error
        return job_id

    def of(self, job_id: str) -> Path:
        """The folder of a job; an id of another form names none.

        Raises:
            InputError: not an id.
        """
        if not _ID.fullmatch(job_id):
            raise InputError("not the id of a job")
        return self._jobs / job_id

    def results(self, job_id: str) -> Path:
        """The folder that a job leaves its results in."""
        return self.of(job_id) / RESULTS

    def upload(self, job_id: str, name: str) -> Path:
        """Where an upload goes: the person's name for it gives the ending and nothing else."""
        suffix = Path(name).suffix.lower()
        return self.of(job_id) / (_SOURCE + (suffix if _SUFFIX.fullmatch(suffix) else ""))

    def drop_upload(self, job_id: str) -> None:
        """Delete what was uploaded for a job."""
        for path in self.of(job_id).glob(f"{_SOURCE}*"):
            with contextlib.suppress(OSError):
                path.unlink()

    def drop(self, job_id: str) -> None:
        """Delete everything of a job."""
        shutil.rmtree(self.of(job_id), ignore_errors=True)

    def strays(self, known: set[str]) -> list[str]:
        """Folders of no known job: uploads that a stop of the server cut short."""
        return [path.name for path in self._jobs.iterdir() if path.name not in known]

    def files(self, job_id: str) -> dict[str, Path]:
        """Results by name with forward slashes; no links, and nothing hidden or unfinished."""
        folder = self.results(job_id)
        found = {}
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder)
            if (
                path.is_file()
                and not path.is_symlink()
                and not any(part.startswith(".") for part in name.parts)
            ):
                found[name.as_posix()] = path
        return found
