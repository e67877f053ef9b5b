"""The queue, in SQLite: what was accepted survives a restart."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emopoi.errors import OutputError
from emopoi.serve.job import ENDED, Job, State

MOST_ATTEMPTS = 2
"""A job that took the server down with it is tried once more, and then reported failed."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS jobs (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    options TEXT NOT NULL,
    state TEXT NOT NULL,
    progress REAL NOT NULL DEFAULT 0,
    stage TEXT NOT NULL DEFAULT '',
    error TEXT NOT NULL DEFAULT '',
    created_s REAL NOT NULL,
    started_s REAL,
    ended_s REAL,
    expires_s REAL,
    attempts INTEGER NOT NULL DEFAULT 0,
    source TEXT NOT NULL,
    uploaded INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS jobs_by_state ON jobs (state, created_s);
"""
_FIELDS = (
    "id, kind, name, options, state, progress, stage, error, created_s, started_s, ended_s, expires_s, "
    "attempts, source, uploaded"
)


class JobStore:
    """Jobs of one data folder. Safe to call from several threads.

    Args:
        path: of the database; made if missing.

    Raises:
        OutputError: it can not be opened.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        try:
            self._connection = sqlite3.connect(
                path, check_same_thread=False, isolation_level=None, timeout=30
            )
            self._connection.execute("PRAGMA journal_mode = WAL")
            # Accepted means on the disk.
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.executescript(_SCHEMA)
        except sqlite3.Error as error:
            raise OutputError(f"{path}: the queue can not be opened ({error})") from error

    def add(
        self, job_id: str, kind: str, name: str, options: Mapping[str, Any], source: str, *, uploaded: bool
    ) -> Job:
        """Put a job at the end of the queue."""
        self._run(
            "INSERT INTO jobs (id, kind, name, options, state, created_s, source, uploaded) "
            "VALUES (?, ?, ?, ?, 'queued', ?, ?, ?)",
            (job_id, kind, name, json.dumps(dict(options)), time.time(), source, int(uploaded)),
        )
        added = self.get(job_id)
        assert added is not None
        return added

    def get(self, job_id: str) -> Job | None:
        """One job, None where there is none of that id."""
        found = self._run(f"SELECT {_FIELDS} FROM jobs WHERE id = ?", (job_id,))
        return _job(found[0]) if found else None

    def all(self) -> list[Job]:
        """All jobs, the newest first."""
        return [_job(row) for row in self._run(f"SELECT {_FIELDS} FROM jobs ORDER BY created_s DESC, id")]

    def count(self, state: State) -> int:
        """How many jobs are in a state."""
        return int(self._run("SELECT COUNT(*) FROM jobs WHERE state = ?", (state,))[0][0])

    def take(self) -> Job | None:
        """Start the job that has waited longest; None where none waits."""
        found = self._run(
            f"UPDATE jobs SET state = 'running', started_s = ?, attempts = attempts + 1, progress = 0, "
            f"stage = 'starting' WHERE id = (SELECT id FROM jobs WHERE state = 'queued' "
            f"ORDER BY created_s, id LIMIT 1) RETURNING {_FIELDS}",
            (time.time(),),
        )
        return _job(found[0]) if found else None

    def tell(self, job_id: str, progress: float, stage: str) -> None:
        """Note how far a running job is."""
        self._run(
            "UPDATE jobs SET progress = ?, stage = ? WHERE id = ? AND state = 'running'",
            (progress, stage, job_id),
        )

    def end(self, job_id: str, state: State, error: str, keep_s: float) -> bool:
        """End a job that waits or runs.

        Returns:
            False where it had ended already.
        """
        now = time.time()
        found = self._run(
            "UPDATE jobs SET state = ?, error = ?, ended_s = ?, expires_s = ?, stage = '', "
            "progress = CASE WHEN ? = 'done' THEN 1 ELSE progress END "
            "WHERE id = ? AND state IN ('queued', 'running') RETURNING id",
            (state, error, now, now + keep_s, state, job_id),
        )
        return bool(found)

    def recover(self, keep_s: float) -> list[Job]:
        """After a restart: jobs that were running wait again, or fail where they were tried often enough.

        Returns:
            The jobs that failed for good.
        """
        running = [job for job in self.all() if job.state == "running"]
        lost = []
        for job in running:
            if job.attempts >= MOST_ATTEMPTS:
                self.end(job.id, "failed", "the server stopped twice while this was running", keep_s)
                lost.append(job)
            else:
                self._run(
                    "UPDATE jobs SET state = 'queued', progress = 0, stage = '' WHERE id = ?", (job.id,)
                )
        return lost

    def expired(self, now_s: float) -> list[Job]:
        """Jobs whose time is over."""
        rows = self._run(
            f"SELECT {_FIELDS} FROM jobs WHERE expires_s IS NOT NULL AND expires_s <= ?", (now_s,)
        )
        return [_job(row) for row in rows]

    def remove(self, job_id: str) -> None:
        """Forget a job; its files are somebody else's matter."""
        self._run(
            f"DELETE FROM jobs WHERE id = ? AND state IN ({', '.join('?' * len(ENDED))})", (job_id, *ENDED)
        )

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._connection.close()

    def _run(self, statement: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        try:
            with self._lock:
                return self._connection.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise OutputError(f"the queue can not be read or written ({error})") from error


def _job(row: tuple[Any, ...]) -> Job:
    (
        job_id, kind, name, options, state, progress, stage, error, created_s, started_s, ended_s, expires_s,
        attempts, source, uploaded,
    ) = row  # fmt: skip
    return Job(
        job_id, kind, name, json.loads(options), state, progress, stage, error, created_s, started_s, ended_s,
        expires_s, attempts, source, bool(uploaded),
    )  # fmt: skip
