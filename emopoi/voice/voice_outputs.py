"""Everything that `emopoi voice --out` leaves in a folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from emopoi.errors import EmopoiError, MissingPartError
from emopoi.head.head_model import HeadModel
from emopoi.report import prepare_output_folder, write_text_atomically
from emopoi.report.timeline_picture import draw_timeline
from emopoi.runtime.voice_face_reader import VoiceFaceReader
from emopoi.types import EmotionProfile
from emopoi.types.voice_labels import VOICE8
from emopoi.voice.control import VoiceControl
from emopoi.voice.face_files import FaceFiles
from emopoi.voice.head_video import HeadVideo
from emopoi.voice.hearing import HeardVoice
from emopoi.voice.speaking_face import TimedFaces, speaking_faces

WatchFaces = Callable[[Iterable[TimedFaces], "int | None", str], Iterator[TimedFaces]]


class VoiceOutputs:
    """Writes file by file, so that one that fails costs no other.

    Args:
        folder: made if missing.

    Attributes:
        files: names of what was written.
        failures: what could not be written, in the order in which it happened.
        notes: what else the user should know.

    Raises:
        OutputError: the folder can not be made or written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = prepare_output_folder(folder)
        self.files: list[str] = []
        self.failures: list[EmopoiError] = []
        self.notes: list[str] = []

    def write_heard(self, heard: HeardVoice, profile: EmotionProfile) -> None:
        """profile.json, readings.csv and timeline.png."""
        self._try("profile.json", lambda path: write_text_atomically(path, profile.to_json(indent=2) + "\n"))
        self._try("readings.csv", lambda path: write_text_atomically(path, _readings_csv(heard)))
        if heard.readings:
            timelines = heard.profile.timelines()
            self._try("timeline.png", lambda path: draw_timeline(profile, timelines, path))

    def write_face(
        self,
        source: Path,
        heard: HeardVoice,
        reader: VoiceFaceReader,
        head: HeadModel,
        control: VoiceControl,
        *,
        fps: float,
        video: bool,
        watch: WatchFaces,
    ) -> bool:
        """Coefficients, head.glb and, where a video is asked for, head.mp4 with sound, of what was heard.

        Returns:
            Whether Ctrl-C ended it; what was made until then is written.
        """
        stopped = False
        files = FaceFiles(self._folder, head, reader.facegood_names, fps)
        drawing = self._video(head, source, fps) if video else None
        faces = speaking_faces(source, reader, heard.readings, control, fps=fps, seconds=heard.duration_s)
        try:
            for some in watch(faces, None, "drawing" if drawing else "moving the face"):
                files.add(some)
                if drawing is not None:
                    drawing.add(some)
        except KeyboardInterrupt:
            stopped = True
            self.notes.append("stopped by you; what was made until then is kept")
        except EmopoiError as error:
            self.failures.append(error)
            if drawing is not None:
                drawing.__exit__(type(error), error, None)
                drawing = None
        try:
            files.write()
        except EmopoiError as error:
            self.failures.append(error)
        self.files += files.files
        if drawing is not None:
            self._close(drawing)
        return stopped

    def finish(self, summary: dict[str, Any]) -> None:
        """voice.json, which tells what all the others are."""
        summary["files"] = self.files
        self._try(
            "voice.json", lambda path: write_text_atomically(path, json.dumps(summary, indent=2) + "\n")
        )

    def _video(self, head: HeadModel, source: Path, fps: float) -> HeadVideo | None:
        try:
            return HeadVideo(self._folder / "head.mp4", head, source, fps)
        except MissingPartError as error:
            self.notes.append(f"no video: {error}")
        except EmopoiError as error:
            self.failures.append(error)
        return None

    def _close(self, drawing: HeadVideo) -> None:
        try:
            drawing.__exit__(None, None, None)
            if drawing.frames_written:
                self.files.append("head.mp4")
        except EmopoiError as error:
            self.failures.append(error)

    def _try(self, name: str, write: Callable[[Path], object]) -> None:
        try:
            write(self._folder / name)
            self.files.append(name)
        except MissingPartError as error:
            self.notes.append(f"no {name}: {error}")
        except EmopoiError as error:
            self.failures.append(error)


def _readings_csv(heard: HeardVoice) -> str:
    lines = [",".join(("time_ms", "window_s", *VOICE8, "confidence"))]
    for one in heard.readings:
        shares = ",".join(f"{share:.4f}" for share in one.voice8)
        lines.append(f"{one.time_ms:.0f},{one.window_s:.2f},{shares},{one.confidence:.4f}")
    return "\n".join(lines) + "\n"
