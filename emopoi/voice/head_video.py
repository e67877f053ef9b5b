"""The head that speaks, from the front and turned, with the sound it speaks to."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

import numpy as np

from emopoi.head.head_model import HeadModel
from emopoi.render.head_renderer import HeadRenderer
from emopoi.render.head_surface import HeadSurface
from emopoi.render.stage import Stage, yaw
from emopoi.vision.sinks import VideoSink
from emopoi.voice.head_expressions import HeadExpressions
from emopoi.voice.speaking_face import TimedFaces

SIDE_PX = 480
_TURN_DEG = 35.0
_PIXELS_A_TRIANGLE = 12


class HeadVideo:
    """Draws faces as they come; used in a `with`.

    Args:
        path: ends in .mp4.
        head: that speaks.
        source: whose sound is put under the pictures.
        fps: pictures a second.

    Raises:
        MissingPartError: pyrender or OpenGL is not installed.
        OutputError: the folder is not writable.
        MediaError: the sound can not be opened.
    """

    def __init__(self, path: Path, head: HeadModel, source: Path, fps: float) -> None:
        self._head, self._shapes = head, HeadExpressions(head)
        self._renderer = HeadRenderer(SIDE_PX, SIDE_PX)
        try:
            self._surface = HeadSurface(head, most_triangles=SIDE_PX * SIDE_PX // _PIXELS_A_TRIANGLE)
            neutral = head.shaped(np.zeros(head.n_identity, np.float32), np.zeros(0, np.float32))
            self._stage = Stage.for_head(neutral, SIDE_PX, SIDE_PX)
            self._backdrop = self._stage.backdrop()
            self._sink = VideoSink(path, fps=fps, sound_from=source)
        except BaseException:
            self._renderer.close()
            raise

    @property
    def frames_written(self) -> int:
        """Pictures so far."""
        return self._sink.frames_written

    def add(self, faces: TimedFaces) -> None:
        """Draw some faces.

        Raises:
            OutputError: the video can not be written.
        """
        for time_s, arkit in zip(faces.times_s, faces.arkit, strict=True):
            still = self._head.vertices(self._shapes.of(arkit))
            views = [
                self._renderer.render(self._surface, self._stage.turned(still, turn), self._stage.camera)
                for turn in (yaw(0.0), yaw(_TURN_DEG))
            ]
            self._sink.write(np.hstack([view.over(self._backdrop) for view in views]), 1000.0 * float(time_s))

    def __enter__(self) -> HeadVideo:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._renderer.close()
        if error is not None and not isinstance(error, KeyboardInterrupt):
            self._sink.discard()
        else:
            self._sink.close()
