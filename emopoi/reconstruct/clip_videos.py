"""The second pass over a video: the grid and the head by itself, with the sound of the input."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from emopoi.errors import EmopoiError
from emopoi.profile.timeline import PersonTimeline
from emopoi.reconstruct.drawn_people import DrawnPeople, write_words
from emopoi.reconstruct.grid import Grid
from emopoi.reconstruct.solving import SolvedPerson, longest_seen
from emopoi.render.emotion_panel import EmotionPanel
from emopoi.render.stage import yaw
from emopoi.types import Frame
from emopoi.vision.sinks import VideoSink
from emopoi.vision.write_behind import WriteBehind

GRID, HEAD = "grid.mp4", "head.mp4"
_TURN_DEG = 35.0
_Picture = tuple[NDArray[np.uint8], float]


class ClipVideos:
    """Draws frames of the second pass; used in a `with`.

    grid.mp4 has the input, all heads over it, the head of who was seen longest from the front, and the
    course of that person's expression. head.mp4 has that head as it moves, from the front, and turned by
    35 degrees. What fails is kept in `failures` and ends that video alone.

    Args:
        folder: for results.
        source: the video that is read, for its sound.
        fps: frames a second that players are told.
        size_px: width and height of its pictures.
        duration_s: of what was read, above 0.
        people: at least one.
        timelines: of their expressions, by id.
        drawn: of their head.
        threads: from 2 on the videos are encoded in the background.

    Attributes:
        person: whose head is shown by itself.
        failures: by the name of the video.
        written: paths of the videos that are whole, once the `with` ended.

    Raises:
        OutputError: the folder is not writable.
        MediaError: the sound can not be opened.
    """

    def __init__(
        self,
        folder: Path,
        source: Path,
        fps: float | None,
        size_px: tuple[int, int],
        duration_s: float,
        people: Sequence[SolvedPerson],
        timelines: Mapping[int, PersonTimeline],
        drawn: DrawnPeople,
        *,
        threads: int = 1,
    ) -> None:
        longest = longest_seen(people)
        assert longest is not None
        self.person = longest
        self.failures: dict[str, EmopoiError] = {}
        self.written: list[Path] = []
        self._drawn = drawn
        self._heads = [
            (person, {frame: number for number, frame in enumerate(person.frames)}) for person in people
        ]
        self._number_of = next(number_of for person, number_of in self._heads if person is longest)
        self._grid = Grid.of(*size_px)
        self._panel = EmotionPanel(timelines[longest.id], duration_s, *self._grid.panel_px)
        self._stage = drawn.stage(longest)
        self._absent = self._stage.backdrop()
        write_words(self._absent, "not in view")
        self._sinks: dict[str, VideoSink] = {}
        self._behind: dict[str, WriteBehind[_Picture]] = {}
        for name in (GRID, HEAD):
            self._sinks[name] = VideoSink(folder / name, fps=fps, sound_from=source)
            if threads > 1:
                self._behind[name] = WriteBehind(self._writer(name))

    def add(self, frame: Frame) -> None:
        """Draw one frame."""
        share = min(1.0, self._grid.cell_px[1] / frame.image.shape[0])
        picture = frame.image
        if share < 1.0:
            size = (max(1, round(picture.shape[1] * share)), self._grid.cell_px[1])
            picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
        heads = {
            person.id: person.coefficients[number_of[frame.index]]
            for person, number_of in self._heads
            if frame.index in number_of
        }
        overlay = self._drawn.overlay(picture, heads, share, numbered=len(self._heads) > 1)
        number = self._number_of.get(frame.index)
        moving = frontal = turned = self._absent
        if number is not None:
            shown = self.person.coefficients[number]
            moving, frontal, turned = self._drawn.views(
                self._stage, self.person.id, shown, [shown.pose[0], yaw(0.0), yaw(_TURN_DEG)]
            )
            whose = f"person {self.person.id} " if len(self._heads) > 1 else ""
            write_words(moving, f"{whose}as it moves")
            write_words(turned, f"{whose}turned by {_TURN_DEG:.0f} degrees")
            write_words(frontal, f"{whose}from the front")
        panel = self._panel.draw(frame.time_ms / 1000.0)
        self._write(GRID, self._grid.composed(picture, overlay, frontal, panel), frame.time_ms)
        self._write(HEAD, np.hstack([moving, frontal, turned]), frame.time_ms)

    @property
    def all_failed(self) -> bool:
        """Whether there is nothing left to draw for."""
        return len(self.failures) == len(self._sinks)

    def __enter__(self) -> ClipVideos:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        for name, sink in self._sinks.items():
            if name in self._behind:
                self._try(name, self._behind[name].close)
            if error is not None and not isinstance(error, KeyboardInterrupt | EmopoiError):
                sink.discard()
                continue
            self._try(name, sink.close)
            if name not in self.failures and sink.frames_written:
                self.written.append(sink.path)

    def _writer(self, name: str) -> Callable[[_Picture], None]:
        return lambda item: self._sinks[name].write(*item)

    def _write(self, name: str, picture: NDArray[np.uint8], time_ms: float) -> None:
        if name in self.failures:
            return
        if name in self._behind:
            self._try(name, lambda: self._behind[name].put((picture, time_ms)))
        else:
            self._try(name, lambda: self._sinks[name].write(picture, time_ms))

    def _try(self, name: str, write: Callable[[], object]) -> None:
        try:
            write()
        except EmopoiError as error:
            self.failures.setdefault(name, error)
