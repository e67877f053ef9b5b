"""What every worker of a batch is told once, and what it answers for each video."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from emopoi.batch.content import FileStamp
from emopoi.errors import InputError
from emopoi.pipeline import RecognitionSettings
from emopoi.types import FER7

DONE, FOUND, FAILED, STOPPED = "done", "found", "failed", "stopped"
"""How a video can end: read now; its part lay there already; set aside, by its own fault; or something is
wrong that would fail every other video too, and the run stops."""


@dataclass(frozen=True, slots=True)
class BatchJob:
    """What is to be done with each video.

    Attributes:
        out: absolute path of the folder for results; all workers see it.
        settings: of the recognition. One thread a worker: throughput comes from workers.
        sample_fps: read about so many frames a second; None reads all.
        reads_with: what `what_reads` says where the batch was started; a worker with other models refuses.
            "" takes whatever is there.
    """

    out: str
    settings: RecognitionSettings
    sample_fps: float | None = None
    reads_with: str = ""

    def __post_init__(self) -> None:
        if self.sample_fps is not None and not 0 < self.sample_fps <= 1000:
            raise InputError(f"--fps: above 0 and up to 1000 was expected, got {self.sample_fps}")
        if self.settings.threads != 1:
            raise InputError(f"one thread a worker was expected, got {self.settings.threads}")

    def to_dict(self) -> dict[str, Any]:
        """As a JSON object."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> BatchJob:
        """Back from `to_dict`."""
        return cls(**{**data, "settings": RecognitionSettings(**data["settings"])})


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """What a video was found to hold; the part file carries it too.

    Attributes:
        readings: rows of the part.
        people: who was seen for long enough to be in the profile.
        frames: frames that were read.
        seconds: time of the last of them.
        observed_s: seconds of all people together.
        fer7: share of these seconds by expression, in the order of `FER7`; zeros where nobody was seen.
        notes: what there is to know about the file, one line each.
    """

    readings: int
    people: int
    frames: int
    seconds: float
    observed_s: float = 0.0
    fer7: tuple[float, ...] = (0.0,) * len(FER7)
    notes: tuple[str, ...] = ()

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> VideoFacts:
        """Back from `dataclasses.asdict`, by way of JSON."""
        known = {field.name: data[field.name] for field in fields(cls)}
        return cls(**{**known, "fer7": tuple(known["fer7"]), "notes": tuple(known["notes"])})


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one video ended.

    Attributes:
        source: absolute path.
        state: `DONE`, `FOUND`, `FAILED` or `STOPPED`.
        content: SHA-256 of the file; None where it was not found out.
        stamp: of the file when it was read; None where it is not known.
        settled: a later change of the file must show in the stamp.
        facts: of a video that is `DONE` or `FOUND`.
        reason: one line, of one that is not.
        tries: how often it was begun in this run.
        error: name of the `EmopoiError` of a `STOPPED` one.
    """

    source: str
    state: str
    content: str | None = None
    stamp: FileStamp | None = None
    settled: bool = False
    facts: VideoFacts | None = None
    reason: str = ""
    tries: int = 1
    error: str = ""

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Outcome:
        """Back from `dataclasses.asdict`, by way of JSON."""
        stamp, facts = data["stamp"], data["facts"]
        return cls(
            **{
                **data,
                "stamp": FileStamp(**stamp) if stamp else None,
                "facts": VideoFacts.from_dict(facts) if facts else None,
            }
        )
