"""Draws what was read onto a frame, for people to look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError
from emopoi.types import FER7

COLOURS = (
    (86, 180, 233), (230, 159, 0), (0, 158, 115), (240, 228, 66),
    (204, 121, 167), (213, 94, 0), (0, 114, 178),
)  # fmt: skip
"""RGB colours of the people, by id: Okabe & Ito 2008, told apart by colour-blind people too."""

_FONT = cv2.FONT_HERSHEY_SIMPLEX
_FONT_HEIGHT_PX = 22.0  # of a capital at scale 1
_DARK = (24, 24, 28)
_LIGHT = (245, 245, 245)
_PANEL_SHADE = 0.72


@dataclass(frozen=True, slots=True)
class Annotation:
    """What to draw for one person.

    Attributes:
        id: id of the track; chooses the colour.
        box: (x0, y0, x1, y1) pixels of the frame.
        label: name of the expression or state, "" for none.
        confidence: 0..1, None for none.
        fer7: share by FER-7 label, empty for none.
        age_years: (low, high), None for none.
    """

    id: int
    box: tuple[float, float, float, float]
    label: str = ""
    confidence: float | None = None
    fer7: Mapping[str, float] = field(default_factory=dict)
    age_years: tuple[float, float] | None = None


def colour_of(person: int) -> tuple[int, int, int]:
    """The RGB colour of a person."""
    return COLOURS[(person - 1) % len(COLOURS)]


def draw(frame: NDArray[np.uint8], annotations: Sequence[Annotation]) -> NDArray[np.uint8]:
    """Draw boxes, labels, confidence, emotion bars and age ranges.

    Args:
        frame: uint8 (H, W, 3) RGB; left as it is.
        annotations: one for each person.

    Returns:
        uint8 (H, W, 3) RGB, a new picture. Fonts and lines grow with the picture.

    Raises:
        InputError: not a picture.
    """
    if frame.dtype != np.uint8 or frame.ndim != 3 or frame.shape[2] != 3:
        raise InputError(f"a picture is uint8 (H, W, 3) RGB, got {frame.dtype} {frame.shape}")
    picture = np.array(frame, order="C")
    taken = [_whole_pixels(annotation.box) for annotation in annotations]
    # The largest face last: what belongs to it lies on top.
    by_size = sorted(range(len(annotations)), key=lambda i: annotations[i].box[3] - annotations[i].box[1])
    pens = [_Pen(picture, annotation) for annotation in annotations]
    for i in by_size:
        pens[i].box()
    for i in by_size:
        taken.append(pens[i].label([place for n, place in enumerate(taken) if n != i]))
    for i in reversed(by_size):
        if annotations[i].fer7:
            panel = pens[i].emotions(taken)
            if panel is not None:
                taken.append(panel)
    return picture


_Rectangle = tuple[int, int, int, int]


class _Pen:
    """Draws one person, in sizes that fit the picture and the face."""

    def __init__(self, picture: NDArray[np.uint8], annotation: Annotation) -> None:
        self.picture = picture
        self.annotation = annotation
        self.height, self.width = picture.shape[:2]
        largest = min(self.height, self.width * 0.75) / 40.0
        self.text_px = float(np.clip((annotation.box[2] - annotation.box[0]) / 8.0, largest * 0.7, largest))
        self.text_px = float(np.clip(self.text_px, 6.5, 34.0))
        self.scale = self.text_px / _FONT_HEIGHT_PX
        self.line = max(1, round(self.text_px / 9.0))
        self.stroke = max(1, round(self.text_px / 11.0))
        self.gap = max(2, round(self.text_px * 0.45))

    def box(self) -> None:
        annotation = self.annotation
        x0, y0, x1, y1 = _whole_pixels(annotation.box)
        colour = colour_of(annotation.id)
        arm = max(3, min(x1 - x0, y1 - y0) // 5)
        thick = self.line + max(1, self.line // 2)
        cv2.rectangle(self.picture, (x0, y0), (x1, y1), colour, self.line, cv2.LINE_AA)
        for x, step_x in ((x0, arm), (x1, -arm)):
            for y, step_y in ((y0, arm), (y1, -arm)):
                cv2.line(self.picture, (x, y), (x + step_x, y), colour, thick, cv2.LINE_AA)
                cv2.line(self.picture, (x, y), (x, y + step_y), colour, thick, cv2.LINE_AA)

    def label(self, taken: list[_Rectangle]) -> _Rectangle:
        """Id, label, percent and age above or below the box, where it hides the least."""
        annotation = self.annotation
        parts = [f"{annotation.id}", annotation.label]
        if annotation.confidence is not None:
            parts.append(f"{round(annotation.confidence * 100)}%")
        lines = ["  ".join(part for part in parts if part)]
        if annotation.age_years is not None:
            low, high = annotation.age_years
            lines.append(f"age {round(low)}-{round(high)}")
        bar = max(2, round(self.text_px * 0.28)) if annotation.confidence is not None else 0
        row = round(self.text_px) + self.gap
        width = max(self.text_width(line) for line in lines) + 2 * self.gap
        height = row * len(lines) + self.gap + (bar + self.gap // 2 if bar else 0)
        left, top = self.label_place(width, height, taken)
        colour = colour_of(annotation.id)
        cv2.rectangle(self.picture, (left, top), (left + width, top + height), colour, cv2.FILLED)
        ink = _ink_on(colour)
        for number, text in enumerate(lines):
            self.text(text, left + self.gap, top + row * (number + 1), ink)
        if bar and annotation.confidence is not None:
            y = top + height - self.gap // 2 - bar
            full = width - 2 * self.gap
            end = left + self.gap + round(full * float(np.clip(annotation.confidence, 0.0, 1.0)))
            self.shade((left + self.gap, y, left + self.gap + full, y + bar), 0.35)
            cv2.rectangle(self.picture, (left + self.gap, y), (end, y + bar), ink, cv2.FILLED)
        return (left, top, left + width, top + height)

    def label_place(self, width: int, height: int, taken: list[_Rectangle]) -> tuple[int, int]:
        x0, y0, x1, y1 = _whole_pixels(self.annotation.box)
        half = self.line // 2
        places = []
        for preference, (x, y) in enumerate(
            (x, y)
            for y in (y0 - height - half, y1 + half + 1, max(y0, 0))
            for x in (x0 - half, x1 + half + 1 - width, (x0 + x1 - width) // 2)
        ):
            left = int(np.clip(x, 0, max(self.width - width, 0)))
            top = int(np.clip(y, 0, max(self.height - height, 0)))
            place = (left, top, left + width, top + height)
            hidden = sum(_shared_area(place, other) for other in (*taken, (x0, y0, x1, y1)))
            places.append((hidden, preference, left, top))
        _, _, left, top = min(places)
        return left, top

    def emotions(self, taken: list[_Rectangle]) -> _Rectangle | None:
        """Seven small bars beside the box; nothing where there is no room."""
        annotation = self.annotation
        names = max(self.text_width(name) for name in FER7)
        bars = round(self.text_px * 4.0)
        row = round(self.text_px * 1.55)
        width, height = names + bars + 3 * self.gap, row * len(FER7) + self.gap
        x0, y0, x1, _ = _whole_pixels(annotation.box)
        top = int(np.clip(y0, 0, max(self.height - height, 0)))
        offset = self.line + self.gap
        for left in (x1 + offset, x0 - offset - width):
            place = (left, top, left + width, top + height)
            inside = left >= 0 and left + width <= self.width and height <= self.height
            if inside and not any(_shared_area(place, other) for other in taken):
                break
        else:
            return None
        self.shade(place, _PANEL_SHADE)
        colour = colour_of(annotation.id)
        strongest = max(annotation.fer7, key=lambda name: annotation.fer7[name])
        for number, name in enumerate(FER7):
            baseline = top + row * (number + 1) - self.gap // 4
            ink = _LIGHT if name == strongest else (185, 185, 190)
            self.text(name, left + self.gap, baseline, ink)
            start = left + names + 2 * self.gap
            low, high = baseline - round(self.text_px * 0.85), baseline
            cv2.rectangle(self.picture, (start, low), (start + bars, high), (70, 70, 76), cv2.FILLED)
            share = float(np.clip(annotation.fer7.get(name, 0.0), 0.0, 1.0))
            if share * bars >= 0.5:
                cv2.rectangle(
                    self.picture, (start, low), (start + round(bars * share), high), colour, cv2.FILLED
                )
        return place

    def text(self, text: str, x: int, y: int, ink: tuple[int, int, int]) -> None:
        cv2.putText(self.picture, text, (x, y), _FONT, self.scale, ink, self.stroke, cv2.LINE_AA)

    def text_width(self, text: str) -> int:
        return int(cv2.getTextSize(text, _FONT, self.scale, self.stroke)[0][0])

    def shade(self, place: _Rectangle, strength: float) -> None:
        x0, y0, x1, y1 = place
        part = self.picture[max(y0, 0) : max(y1, 0), max(x0, 0) : max(x1, 0)]
        part[:] = (part * (1.0 - strength) + np.array(_DARK) * strength).astype(np.uint8)


def _whole_pixels(box: tuple[float, float, float, float]) -> _Rectangle:
    x0, y0, x1, y1 = (round(number) for number in box)
    return (x0, y0, x1, y1)


def _shared_area(first: _Rectangle, second: _Rectangle) -> int:
    width = min(first[2], second[2]) - max(first[0], second[0])
    height = min(first[3], second[3]) - max(first[1], second[1])
    return max(width, 0) * max(height, 0)


def _ink_on(colour: tuple[int, int, int]) -> tuple[int, int, int]:
    red, green, blue = colour
    return _DARK if 0.299 * red + 0.587 * green + 0.114 * blue > 110 else _LIGHT
