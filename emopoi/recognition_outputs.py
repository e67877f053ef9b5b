"""Everything that a recognition leaves in its output folder, written as it comes."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import EmopoiError
from emopoi.pipeline import FrameResult, is_photo
from emopoi.profile import ProfileBuilder, Timelines
from emopoi.report import (
    ReadingsWriter,
    draw_timeline,
    prepare_output_folder,
    write_report,
    write_text_atomically,
)
from emopoi.types import FER7, EmotionProfile
from emopoi.vision.drawing import Annotation, draw
from emopoi.vision.media import MediaSource
from emopoi.vision.sinks import PhotoSink, VideoSink
from emopoi.vision.write_behind import WriteBehind

_VIDEO = "annotated.mp4"
_PHOTOS = "annotated"
_Drawing = tuple[NDArray[np.uint8], list[Annotation], float]


class RecognitionOutputs:
    """Writes readings and the annotated video while frames come in, the rest at the end.

    Used in a `with`: what was read is kept however it ends. What can not be written does not
    end the reading: it is kept in `failures`, and everything else is still written.

    Args:
        folder: made if missing.
        media: the open source.
        builder: knows each person's age range so far, for the drawing.
        video: write the annotated video or photos.
        threads: from 2 on the video is drawn and encoded in the background.
        expressions: names of the head's expressions where coefficients are read.

    Raises:
        OutputError: the folder can not be made or written.
    """

    def __init__(
        self,
        folder: Path,
        media: MediaSource,
        builder: ProfileBuilder,
        *,
        video: bool = True,
        threads: int = 1,
        expressions: Sequence[str] = (),
    ) -> None:
        self.folder = prepare_output_folder(folder)
        self._failed: dict[str, EmopoiError] = {}
        self._builder = builder
        self._timelines = Timelines(builder.settings)
        self._readings = ReadingsWriter(self.folder, expressions)
        self._photos: PhotoSink | None = None
        self._video: VideoSink | None = None
        self._behind: WriteBehind[_Drawing] | None = None
        self._seen: list[dict[str, Any]] = []
        self._written_photos: list[str] = []
        self._wrote_video = False
        if video and is_photo(media):
            self._photos = PhotoSink(self.folder / _PHOTOS)
        elif video:
            self._video = VideoSink(self.folder / _VIDEO, fps=media.fps)
            if threads > 1:
                self._behind = WriteBehind(self._write_video)

    @property
    def failures(self) -> list[EmopoiError]:
        """What could not be written, in the order in which it happened."""
        return list(self._failed.values())

    def __enter__(self) -> RecognitionOutputs:
        self._readings.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._try("readings", lambda: self._readings.__exit__(None, None, None), always=True)
        if self._behind:
            self._try("video", self._behind.close, always=True)
        if self._video:
            self._try("video", self._video.close, always=True)

    def add(self, result: FrameResult) -> None:
        """Write one frame's readings and draw it."""
        for reading in result.readings:
            self._timelines.add(reading)
        self._try("readings", lambda: self._write_readings(result))
        if not (self._video or self._photos):
            return
        drawing = (result.frame.image, self._annotations(result), result.frame.time_ms)
        if self._behind:
            self._try("video", lambda: self._behind.put(drawing))  # type: ignore[union-attr]
        elif self._video:
            self._try("video", lambda: self._write_video(drawing))
        else:
            self._try("video", lambda: self._write_photo(result, drawing))

    def finish(
        self,
        profile: EmotionProfile,
        places: Sequence[Mapping[str, Any]],
        notes: Sequence[str],
        run: Mapping[str, Any],
    ) -> None:
        """Write profile.json, timeline.png, report.html and run.json, each by itself."""
        written = self._wrote_video and (self.folder / _VIDEO).is_file()
        run = {**run, "annotated": self._written_photos or ([_VIDEO] if written else [])}
        if self._seen:
            run["photos"] = self._seen
        self._remove_stale(set(run["annotated"]))
        timeline = self.folder / "timeline.png"
        self._try("profile", lambda: self._write("profile.json", profile.to_json(indent=2)))
        self._try("timeline", lambda: draw_timeline(profile, self._timelines.build(), timeline))
        self._try(
            "report",
            lambda: write_report(
                self.folder / "report.html",
                profile,
                timeline_png=None if "timeline" in self._failed else timeline,
                video=_VIDEO if written else None,
                places=places,
                notes=notes,
                run={key: value for key, value in run.items() if key != "photos"},
            ),
        )
        self._try("run", lambda: self._write("run.json", json.dumps(run, indent=2)))

    def _write(self, name: str, text: str) -> None:
        write_text_atomically(self.folder / name, text + "\n")

    def _write_readings(self, result: FrameResult) -> None:
        for reading in result.readings:
            self._readings.write(reading)

    def _write_video(self, drawing: _Drawing) -> None:
        assert self._video is not None
        image, annotations, time_ms = drawing
        self._video.write(draw(image, annotations), time_ms)
        self._wrote_video = True

    def _write_photo(self, result: FrameResult, drawing: _Drawing) -> None:
        assert self._photos is not None
        source = result.frame.name or f"{result.frame.index:04d}"
        # Photos of one name and different endings stay apart.
        name = source if source.lower().endswith((".jpg", ".jpeg", ".png")) else f"{source}.jpg"
        self._photos.write(draw(drawing[0], drawing[1]), name)
        self._written_photos.append(f"{_PHOTOS}/{name}")
        self._seen.append({"photo": source, "people": [reading.person for reading in result.readings]})

    def _try(self, part: str, write: Callable[[], object], *, always: bool = False) -> None:
        """Do it and keep the failure; a part that failed is tried again only where `always` says so."""
        if part in self._failed and not always:
            return
        try:
            write()
        except EmopoiError as error:
            self._failed.setdefault(part, error)

    def _remove_stale(self, kept: set[str]) -> None:
        """Take away what an earlier run drew here: pictures of other people."""
        try:
            earlier = json.loads((self.folder / "run.json").read_text(encoding="utf-8"))["annotated"]
        except (OSError, ValueError, KeyError, TypeError):
            return
        for name in earlier if isinstance(earlier, list) else ():
            path = self.folder / str(name)
            inside = path.resolve().is_relative_to(self.folder.resolve())
            if name not in kept and inside and path.is_file():
                with contextlib.suppress(OSError):
                    path.unlink()

    def _annotations(self, result: FrameResult) -> list[Annotation]:
        drawn = []
        for reading in result.readings:
            age = self._builder.age_of(reading.person)
            sure = reading.confidence >= self._builder.settings.min_confidence
            drawn.append(
                Annotation(
                    id=reading.person,
                    box=reading.box,
                    label=FER7[int(reading.fer7.argmax())] if sure else "unsure",
                    confidence=reading.confidence,
                    fer7=dict(zip(FER7, map(float, reading.fer7), strict=True)),
                    age_years=(age.low90, age.high90) if age else None,
                )
            )
        return drawn
