"""The course of a person's expression as a small picture with a moving cursor."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError
from emopoi.profile.timeline import PersonTimeline
from emopoi.report.palette import FER7_COLOURS, STACKING, rgb
from emopoi.types import FER7

_FONT = cv2.FONT_HERSHEY_SIMPLEX
_FONT_HEIGHT_PX = 22.0  # of a capital at scale 1
_GROUND, _PLOT, _INK, _FAINT = (34, 36, 41), (50, 53, 60), (240, 240, 242), (165, 168, 175)
_SMALLEST_PX = (120, 80)


class EmotionPanel:
    """Stacked areas of the seven expressions over time; empty where the person was away.

    The whole course is painted once; a frame costs a copy, a cursor and a line of text.

    Args:
        timeline: what `Timelines.build` gave for the person.
        duration_s: of the video, seconds.
        width_px: of the picture, at least 120.
        height_px: of the picture, at least 80.

    Raises:
        InputError: a size too small, or no duration.
    """

    def __init__(self, timeline: PersonTimeline, duration_s: float, width_px: int, height_px: int) -> None:
        if width_px < _SMALLEST_PX[0] or height_px < _SMALLEST_PX[1]:
            raise InputError(f"a panel of at least {_SMALLEST_PX} was expected, got {width_px}x{height_px}")
        if not duration_s > 0:
            raise InputError(f"a duration above 0 s was expected, got {duration_s}")
        self._timeline, self._duration_s = timeline, duration_s
        self._text_px = float(np.clip(min(width_px / 34.0, height_px / 20.0), 6.5, 22.0))
        self._gap = round(self._text_px)
        row = round(1.9 * self._text_px)
        columns = 4 if width_px < 45 * self._text_px else len(FER7)
        legend_rows = -(-len(FER7) // columns)
        self._top = self._gap + row
        self._bottom = height_px - self._gap - row * legend_rows
        self._left, self._right = self._gap, width_px - self._gap
        self._picture = np.full((height_px, width_px, 3), _GROUND, np.uint8)
        self._picture[self._top : self._bottom, self._left : self._right] = self._areas()
        step = (width_px - 2 * self._gap) / columns
        for number, label in enumerate(STACKING):
            x = self._left + round(step * (number % columns))
            y = self._bottom + row * (number // columns + 1)
            side = round(self._text_px)
            cv2.rectangle(self._picture, (x, y - side), (x + side, y), rgb(FER7_COLOURS[label]), cv2.FILLED)
            self._write(self._picture, label, x + side + self._gap // 2, y, _FAINT)

    def draw(self, time_s: float) -> NDArray[np.uint8]:
        """The panel at one moment.

        Args:
            time_s: from the start of the video.

        Returns:
            uint8 (height_px, width_px, 3) RGB, a new picture.
        """
        picture = self._picture.copy()
        share = float(np.clip(time_s / self._duration_s, 0.0, 1.0))
        x = self._left + round(share * (self._right - self._left - 1))
        thick = max(1, round(self._text_px / 6))
        cv2.line(picture, (x, self._top - thick), (x, self._bottom - 1), _INK, thick)
        self._write(picture, self._told(time_s), self._left, self._top - self._gap // 2, _INK)
        clock = f"{time_s:.1f} s"
        width = cv2.getTextSize(clock, _FONT, self._text_px / _FONT_HEIGHT_PX, 1)[0][0]
        self._write(picture, clock, self._right - width, self._top - self._gap // 2, _FAINT)
        return picture

    def _told(self, time_s: float) -> str:
        timeline = self._timeline
        bin_of = int((time_s - timeline.start_s) / timeline.bin_s)
        if time_s < timeline.start_s or bin_of >= len(timeline.observed_s) or not timeline.seen[bin_of]:
            return "not in view"
        if timeline.abstained[bin_of]:
            return "unsure"
        shares = timeline.fer7[bin_of]
        return f"{FER7[int(shares.argmax())]} {round(100 * float(shares.max()))} %"

    def _areas(self) -> NDArray[np.uint8]:
        timeline = self._timeline
        rows, columns = self._bottom - self._top, self._right - self._left
        times_s = (np.arange(columns) + 0.5) / columns * self._duration_s
        bins = np.floor((times_s - timeline.start_s) / timeline.bin_s).astype(int)
        inside = (bins >= 0) & (bins < len(timeline.observed_s))
        if not inside.any() or not timeline.seen.any():
            return np.full((rows, columns, 3), _PLOT, np.uint8)
        seen = inside & timeline.seen[np.where(inside, bins, 0)]
        middles_s = (timeline.edges_s[:-1] + timeline.edges_s[1:])[timeline.seen] / 2
        order = [FER7.index(label) for label in STACKING]
        shares = np.stack(
            [np.interp(times_s, middles_s, timeline.fer7[timeline.seen][:, label]) for label in order], axis=1
        )
        confidence = np.interp(times_s, middles_s, timeline.confidence[timeline.seen])
        tops = np.cumsum(shares, axis=1)
        heights = 1.0 - (np.arange(rows) + 0.5) / rows
        layer = (tops[None] <= heights[:, None, None]).sum(axis=2).clip(max=len(STACKING) - 1)
        colours = np.array([rgb(FER7_COLOURS[label]) for label in STACKING], np.float64)[layer]
        # Paler where less sure, as in timeline.png.
        sure = (0.35 + 0.65 * confidence)[None, :, None]
        mixed = np.array(_PLOT) + sure * (colours - np.array(_PLOT))
        return np.where(seen[None, :, None], mixed, _PLOT).round().astype(np.uint8)

    def _write(
        self, picture: NDArray[np.uint8], text: str, x: int, y: int, ink: tuple[int, int, int]
    ) -> None:
        scale = self._text_px / _FONT_HEIGHT_PX
        thick = max(1, round(self._text_px / 11))
        cv2.putText(picture, text, (x, y), _FONT, scale, ink, thick, cv2.LINE_AA)
