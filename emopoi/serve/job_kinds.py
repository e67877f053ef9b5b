"""The kinds of job, in one table: a new kind is one more row."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol


class Tell(Protocol):
    """Hears how far a job is."""

    def __call__(self, share: float, stage: str) -> None:
        """Share done, 0..1, and what is being done, for people to read."""
        ...


@dataclass(frozen=True, slots=True)
class JobInput:
    """What a kind's function is given.

    Attributes:
        source: file to read.
        name: of the file as the person calls it.
        results: folder to leave everything in; exists.
        options: as checked by the API.
        max_seconds: of a video or recording.
        max_pixels: of a picture.
        tell: to be called now and then.
    """

    source: Path
    name: str
    results: Path
    options: Mapping[str, Any]
    max_seconds: float
    max_pixels: int
    tell: Tell


@dataclass(frozen=True, slots=True)
class JobKind:
    """One row.

    Attributes:
        name: in addresses and files.
        title: for people to read.
        accepts: media types that the page offers for it, as in an input's `accept`.
        run: "module:function", imported in the worker process alone; takes a `JobInput`.
    """

    name: str
    title: str
    accepts: tuple[str, ...]
    run: str

    def function(self) -> Callable[[JobInput], None]:
        """The function itself."""
        module, _, name = self.run.partition(":")
        found: Callable[[JobInput], None] = getattr(importlib.import_module(module), name)
        return found


KINDS: Mapping[str, JobKind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            JobKind("video", "Video", ("video/*", ".mkv", ".avi"), "emopoi.serve.face_job:run"),
            JobKind("photo", "Photo", ("image/*",), "emopoi.serve.face_job:run"),
            JobKind("voice", "Voice", ("audio/*", ".m4a", ".opus"), "emopoi.serve.voice_job:run"),
        )
    }
)
"""By name, in the order in which they are offered."""
