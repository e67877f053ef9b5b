"""One job: what was asked, how far it is, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

State = Literal["queued", "running", "done", "failed", "cancelled"]
ENDED: tuple[State, ...] = ("done", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class Job:
    """A job as the queue knows it.

    Attributes:
        id: can not be guessed.
        kind: name in `job_kinds.KINDS`.
        name: of the file as the person calls it, never a path.
        options: of the kind.
        state: of `State`.
        progress: 0..1.
        stage: what is being done, for people to read.
        error: why it failed, for people to read; "" otherwise.
        created_s: seconds since 1970, UTC.
        started_s: of the last start, None before.
        ended_s: None before.
        expires_s: when everything of it is deleted; None before it ended.
        attempts: starts so far.
        source: file that is read, in the job's folder; or a path under the allowed folder.
        uploaded: the source is the job's own and is deleted when the job ends.
    """

    id: str
    kind: str
    name: str
    options: Mapping[str, Any]
    state: State
    progress: float
    stage: str
    error: str
    created_s: float
    started_s: float | None
    ended_s: float | None
    expires_s: float | None
    attempts: int
    source: str
    uploaded: bool

    @property
    def ended(self) -> bool:
        """Nothing will change any more."""
        return self.state in ENDED

    def to_dict(self) -> dict[str, Any]:
        """As the API tells it: no path of this machine is in it."""
        return {
            "id": self.id,
            "kind": self.kind,
            "name": self.name,
            "options": dict(self.options),
            "state": self.state,
            "progress": round(self.progress, 3),
            "stage": self.stage,
            "error": self.error,
            "created_s": self.created_s,
            "started_s": self.started_s,
            "ended_s": self.ended_s,
            "expires_s": self.expires_s,
        }
