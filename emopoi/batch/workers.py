"""What all workers have in common, and the simplest: this very process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Protocol

from emopoi.batch.job import FAILED, BatchJob, Outcome
from emopoi.batch.work import Work, work

TRIES = 3
"""How often a video may kill its worker before it is set aside."""

Begin = Callable[[str], int]
"""Writes down that a video is begun in this process, and tells how often it has been by now."""


class Workers(Protocol):
    """Reads videos, some at a time; a context manager.

    Attributes:
        count: how many videos are read at a time.
        kind: what they are, in words.
        notes: what happened to them on the way, one line each.
    """

    count: int
    kind: str
    notes: list[str]

    def read(self, sources: Sequence[str]) -> Iterator[Outcome]:
        """One outcome for every source, in the order in which they end.

        Raises:
            EmopoiError: the workers can not work.
        """
        ...

    def __enter__(self) -> Workers: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class InProcess:
    """Reads one video after the other, here.

    A video that crashes the process takes the run along; so each is written down before it is begun, and the
    run that finds it begun `TRIES` times sets it aside.

    Args:
        job: what is to be done.
        begin: writes down.
        function: what reads a video.
    """

    def __init__(self, job: BatchJob, begin: Begin, function: Work = work) -> None:
        self.count, self.kind = 1, "this process"
        self.notes: list[str] = []
        self._job, self._begin, self._function = job, begin, function

    def read(self, sources: Sequence[str]) -> Iterator[Outcome]:
        """See `Workers`."""
        for source in sources:
            tries = self._begin(source)
            if tries > TRIES:
                yield Outcome(
                    source, FAILED, reason=f"the run ended {TRIES} times while this was read", tries=TRIES
                )
                continue
            try:
                yield self._function(self._job, source)
            except MemoryError:
                yield Outcome(source, FAILED, reason="reading it needs more memory than there is")

    def __enter__(self) -> InProcess:
        return self

    def __exit__(self, *_: object) -> None:
        return None
