"""Everything that a recognition leaves in its output folder, written as it comes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

from emopoi.pipeline import FrameResult
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


class RecognitionOutputs:
    """Writes readings and the annotated video while frames come in, the rest at the end.

    Used in a `with`: what was read is kept however it ends.

    Args:
        folder: made if missing.
        media: the open source.
        builder: knows each person's age range so far, for the drawing.
        video: write the annotated video or photos.

    Raises:
        OutputError: the folder can not be written.
    """

    def __init__(
        self, folder: Path, media: MediaSource, builder: ProfileBuilder, *, video: bool = True
    ) -> None:
        self.folder = prepare_output_folder(folder)
        self.timelines = Timelines()
        self._media = media
        self._stack = ExitStack()
        self._readings = ReadingsWriter(self.folder)
        self._builder = builder
        self._video: VideoSink | None = None
        self._photos: PhotoSink | None = None
        self._video_name: str | None = None
        if video and media.kind in ("photo", "folder"):
            self._photos = PhotoSink(self.folder / "annotated")
        elif video:
            self._video_name = "annotated.mp4"
            self._video = VideoSink(self.folder / self._video_name, fps=media.fps)

    def __enter__(self) -> RecognitionOutputs:
        self._stack.enter_context(self._readings)
        if self._video:
            self._stack.enter_context(self._video)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def add(self, result: FrameResult) -> None:
        """Write one frame's readings and draw it."""
        for reading in result.readings:
            self._readings.write(reading)
            self.timelines.add(reading)
        if self._video or self._photos:
            picture = draw(result.frame.image, self._annotations(result))
            if self._video:
                self._video.write(picture, result.frame.time_ms)
            elif self._photos:
                self._photos.write(picture, f"{result.frame.index:04d}.jpg")

    def finish(
        self,
        profile: EmotionProfile,
        places: Sequence[Mapping[str, Any]],
        notes: Sequence[str],
        run: Mapping[str, Any],
    ) -> None:
        """Write profile.json, run.json, timeline.png and report.html."""
        write_text_atomically(self.folder / "profile.json", profile.to_json(indent=2) + "\n")
        write_text_atomically(self.folder / "run.json", json.dumps(run, indent=2) + "\n")
        timeline = self.folder / "timeline.png"
        draw_timeline(profile, self.timelines.build(), timeline)
        written = self._video_name and (self.folder / self._video_name).is_file()
        write_report(
            self.folder / "report.html",
            profile,
            timeline_png=timeline,
            video=self._video_name if written else None,
            places=places,
            notes=notes,
            run=run,
        )

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
