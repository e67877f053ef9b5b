"""One run: what is left to be read, and what follows from the end of each video."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import emopoi.errors
from emopoi.batch.batch_folder import BatchFolder
from emopoi.batch.content import FileStamp, content_of
from emopoi.batch.job import DONE, FAILED, STOPPED, Outcome
from emopoi.batch.video_log import BEGUN, KnownVideo
from emopoi.errors import EmopoiError, MediaError


class BatchRun:
    """Keeps the books of one run.

    Args:
        folder: open.
        retry: begin again what was set aside before.

    Attributes:
        before: paths that were done before this run.
        now: paths that were done by it, or found to be done.
        copies: of these, paths whose content another path had brought.
        set_aside_before: paths that an earlier run set aside, unchanged since.
        set_aside: paths that this run set aside.
    """

    def __init__(self, folder: BatchFolder, *, retry: bool = False) -> None:
        self._folder, self._retry = folder, retry
        self._stamps: dict[str, tuple[FileStamp, bool]] = {}
        self._read: set[str] = set()
        self._begun: str | None = None
        self.before: list[str] = []
        self.now: list[str] = []
        self.copies = 0
        self.set_aside_before: list[str] = []
        self.set_aside: list[str] = []

    def plan(self, sources: Sequence[str]) -> list[str]:
        """What is to be read of these; the rest is done already, set aside, or not there.

        Args:
            sources: absolute paths.

        Raises:
            OutputError: the log can not be written.
        """
        contents = self._folder.parts.contents()
        left = []
        for source in sources:
            try:
                stamp = FileStamp.of(source)
            except MediaError as error:
                self.settle(Outcome(source, FAILED, reason=str(error)))
                continue
            self._stamps[source] = stamp, stamp.is_settled()
            known = self._folder.log.get(source)
            same = known is not None and known.settled and known.stamp == stamp
            if known and same and known.state == DONE and known.content in contents:
                self.before.append(source)
            elif known and same and known.state == FAILED and not self._retry:
                self.set_aside_before.append(source)
            else:
                left.append(source)
        return left

    def begin(self, source: str) -> int:
        """Write down that a video is begun in this process; how often that was done, this time included.

        Raises:
            OutputError: the log can not be written.
        """
        known = self._folder.log.get(source)
        stamp, settled = self._stamps[source]
        goes_on = known is not None and known.state == BEGUN and known.stamp == stamp and not self._retry
        tries = known.tries + 1 if known and goes_on else 1
        earlier = known.claims if known else None
        self._folder.log.put(KnownVideo(source, BEGUN, stamp, settled, earlier=earlier, tries=tries))
        self._begun = source
        return tries

    def forgive(self) -> None:
        """Take back the try of the video that is being read in this process: it is not to blame.

        Raises:
            OutputError: the log can not be written.
        """
        known = self._folder.log.get(self._begun) if self._begun else None
        if known is not None and known.state == BEGUN:
            self._folder.log.put(replace(known, tries=known.tries - 1))

    def settle(self, outcome: Outcome) -> None:
        """Write down how a video ended; its earlier content's part goes where no other path has it.

        Raises:
            EmopoiError: what stopped a worker would stop every other one too; or the disk is full.
        """
        if outcome.state == STOPPED:
            self.forgive()
            kind = getattr(emopoi.errors, outcome.error, EmopoiError)
            raise kind(outcome.reason)
        known = self._folder.log.get(outcome.source)
        earlier = known.claims if known else None
        if outcome.state == FAILED:
            self._set_aside(outcome, earlier)
            return
        assert outcome.content is not None
        if earlier == outcome.content:
            earlier = None
        new = KnownVideo(
            source=outcome.source,
            state=DONE,
            stamp=outcome.stamp,
            settled=outcome.settled,
            content=outcome.content,
            earlier=earlier,
            facts=outcome.facts,
            tries=outcome.tries,
        )
        self._folder.log.put(new)
        if earlier and not self._folder.log.claimed(earlier):
            self._folder.parts.remove(earlier)
        if outcome.state == DONE and outcome.content not in self._read:
            self._read.add(outcome.content)
            self.now.append(outcome.source)
        elif outcome.content in self._read:
            self.copies += 1
        else:
            self.before.append(outcome.source)

    def _set_aside(self, outcome: Outcome, earlier: str | None) -> None:
        stamp, settled = self._stamps.get(outcome.source, (None, False))
        content = None
        if stamp is not None:
            try:
                content = content_of(outcome.source)
            except MediaError:
                content = None
        known = KnownVideo(
            source=outcome.source,
            state=FAILED,
            stamp=stamp,
            settled=settled,
            content=content,
            earlier=earlier,
            reason=" ".join(outcome.reason.split()),
            tries=outcome.tries,
        )
        self._folder.log.put(known)
        self.set_aside.append(outcome.source)
