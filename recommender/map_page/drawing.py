"""The map itself: an SVG drawn from positions alone, without streets, tiles or fonts from elsewhere."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.map_page.free_room import Box, FreeRoom, beside
from recommender.map_page.group_marks import mark_of, mark_svg, number_svg
from recommender.map_page.plane import length_words, on_plane, round_length
from recommender.map_page.shown_text import columns, fit_columns, html, shown
from recommender.suggestion import Suggestion

WIDTH, HEIGHT = 600.0, 560.0
_MARGIN = 44.0
_LEAST_EXTENT_M = 200.0
"""A map of one place at hand still shows some ground."""

PIN = 11.0
_DOT = 3.0
NUMBERED = 60
"""So many pins get a number, a place of their own and, where there is room, a name; the rest are dots."""

_LETTER_PX, _LINE_PX = 6.7, 15.0
_NAME_COLUMNS = (36.0, 20.0)
"""How much of a name is tried, the most first."""
_NORTH_HAS_A_SIDE = 89.99
"""Degrees of latitude; nearer to a pole no side of the map is north."""


@dataclass(frozen=True)
class _View:
    """Metres east and north -> pixels."""

    px_per_m: float
    left_m: float
    top_m: float

    def x(self, east_m: float) -> float:
        return (east_m - self.left_m) * self.px_per_m

    def y(self, north_m: float) -> float:
        return (self.top_m - north_m) * self.px_per_m


@dataclass(frozen=True)
class _Pin:
    number: int
    x: float
    y: float
    true_x: float
    true_y: float


def map_svg(places: Sequence[Suggestion], at: tuple[float, float]) -> str:
    """Draw the places around where the person is.

    Args:
        places: numbered from 1 in this order; those without a finite position get no pin.
        at: (latitude, longitude), degrees.

    Returns:
        One `<svg>` element, named for screen readers; its colours come from the page's style.
    """
    spots = on_plane(at, [entry.place.lat for entry in places], [entry.place.lon for entry in places])
    view = _view(spots)
    start_x, start_y = view.x(0.0), view.y(0.0)
    room = FreeRoom(WIDTH, HEIGHT)
    bar = _scale_bar(view, room)
    north = _north(room) if abs(at[0]) < _NORTH_HAS_A_SIDE else ""
    room.take(Box.around(start_x, start_y, 9.0, 9.0))
    pins = _pins(spots, view, room)
    rings = _rings(spots, view, room)
    start_name = _text_box(room, start_x, start_y, 13.0, "start")
    names = {pin.number: _name(places[pin.number - 1], pin, room) for pin in pins if pin.number <= NUMBERED}
    # The best place is drawn last, on top.
    drawn = [_pin_svg(pin, places[pin.number - 1], names.get(pin.number, "")) for pin in reversed(pins)]
    return (
        f'<svg class="map" viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}" role="img" '
        'aria-labelledby="map-title" aria-describedby="map-description">'
        f'<title id="map-title">Map of the suggested places</title>'
        f'<desc id="map-description">{_description(places, spots)}</desc>'
        f'<rect class="ground" width="{WIDTH:.0f}" height="{HEIGHT:.0f}"/>'
        f"{rings}{bar}{north}"
        f'<g class="start"><circle cx="{start_x:.1f}" cy="{start_y:.1f}" r="8"/>'
        f'<circle class="core" cx="{start_x:.1f}" cy="{start_y:.1f}" r="3.5"/>{start_name}</g>'
        + f'<g aria-hidden="true">{"".join(drawn)}</g></svg>'
    )


def _view(spots: NDArray[np.float64]) -> _View:
    known = spots[np.isfinite(spots).all(axis=1)]
    corners = np.concatenate([np.zeros((1, 2)), known])
    low, high = corners.min(axis=0), corners.max(axis=0)
    extent = np.maximum(high - low, _LEAST_EXTENT_M)
    room = np.array([WIDTH - 2 * _MARGIN, HEIGHT - 2 * _MARGIN])
    px_per_m = float((room / extent).min())
    middle = (low + high) / 2
    return _View(
        px_per_m,
        left_m=float(middle[0]) - WIDTH / 2 / px_per_m,
        top_m=float(middle[1]) + HEIGHT / 2 / px_per_m,
    )


def _pins(spots: NDArray[np.float64], view: _View, room: FreeRoom) -> list[_Pin]:
    """Pins at their positions; one that would cover another moves aside and points to where it belongs."""
    pins = []
    for number, (east_m, north_m) in enumerate(spots, start=1):
        if not (math.isfinite(east_m) and math.isfinite(north_m)):
            continue
        x, y = view.x(east_m), view.y(north_m)
        if number > NUMBERED:
            pins.append(_Pin(number, x, y, x, y))
            continue
        box = room.take_first(_around(x, y)) or Box.around(x, y, PIN, PIN)
        pins.append(_Pin(number, (box.left + box.right) / 2, (box.top + box.bottom) / 2, x, y))
    return pins


def _around(x: float, y: float) -> Iterator[Box]:
    half = PIN + 1.0
    yield Box.around(x, y, half, half)
    for away in (22.0, 32.0, 44.0, 58.0, 76.0, 98.0, 124.0):
        for step in range(16):
            angle = math.pi / 8 * step - math.pi / 4
            yield Box.around(x + away * math.cos(angle), y + away * math.sin(angle), half, half)


def _rings(spots: NDArray[np.float64], view: _View, room: FreeRoom) -> str:
    distances = np.hypot(*spots[np.isfinite(spots).all(axis=1)].T)
    farthest_m = max(float(distances.max(initial=0.0)), _LEAST_EXTENT_M / 2)
    step_m = round_length(farthest_m / 1.99)
    x, y = view.x(0.0), view.y(0.0)
    parts = []
    for index in range(1, math.ceil(farthest_m / step_m) + 1):
        radius = index * step_m * view.px_per_m
        parts.append(f'<circle class="ring" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"/>')
        words = length_words(index * step_m)
        half = columns(words) * _LETTER_PX / 2 + 3.0
        turned = (math.radians(degrees) for degrees in (-90, -60, -120, -30, -150, 0, 180, 45, 135, 90))
        box = room.take_first(
            Box.around(x + radius * math.cos(angle), y + radius * math.sin(angle), half, _LINE_PX / 2)
            for angle in turned
        )
        if box is not None:
            parts.append(_text("ring-label", (box.left + box.right) / 2, box.bottom - 4.0, words, "middle"))
    return "".join(parts)


def _scale_bar(view: _View, room: FreeRoom) -> str:
    length_m = round_length(150.0 / view.px_per_m)
    length = length_m * view.px_per_m
    left, line = 14.0, HEIGHT - 14.0
    words = length_words(length_m)
    right = left + max(length, columns(words) * _LETTER_PX)
    room.take(Box(left - 6.0, line - _LINE_PX - 8.0, right + 6.0, HEIGHT))
    return f'<path class="scale" d="M{left:.1f} {line - 6:.1f}v6h{length:.1f}v-6"/>' + _text(
        "scale-label", left + 4.0, line - 5.0, words, "start"
    )


def _north(room: FreeRoom) -> str:
    x = WIDTH - 22.0
    room.take(Box(x - 14.0, 4.0, WIDTH, 48.0))
    return f'<path class="north" d="M{x:.0f} 10l6 18l-6 -4l-6 4z"/>' + _text(
        "north-label", x, 42.0, "N", "middle"
    )


def _name(entry: Suggestion, pin: _Pin, room: FreeRoom) -> str:
    return _text_box(room, pin.x, pin.y, PIN + 4.0, entry.place.name)


def _text_box(room: FreeRoom, x: float, y: float, gap: float, text: str) -> str:
    line = shown(text, 80)
    for most in _NAME_COLUMNS if line else ():
        words = fit_columns(line, most)
        box = room.take_first(beside(x, y, gap, columns(words) * _LETTER_PX, _LINE_PX))
        if box is None:
            continue
        if box.left >= x:
            return _text("name", box.left, box.bottom - 4.0, words, "start")
        if box.right <= x:
            return _text("name", box.right, box.bottom - 4.0, words, "end")
        return _text("name", (box.left + box.right) / 2, box.bottom - 4.0, words, "middle")
    return ""


def _text(kind: str, x: float, y: float, words: str, anchor: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{html(words, 200)}</text>'


def _pin_svg(pin: _Pin, entry: Suggestion, name: str) -> str:
    """A link to the entry in the list, for whoever points at it; it is no stop for the keyboard."""
    mark = mark_of(entry.place.group)
    about = f"{pin.number}. {entry.place.name}"
    parts = [f"<title>{html(about, 160)}</title>"]
    if pin.number > NUMBERED:
        parts.append(mark_svg(mark, pin.x, pin.y, PIN / 2))
    else:
        if (pin.x, pin.y) != (pin.true_x, pin.true_y):
            parts.append(
                f'<path class="leader" d="M{pin.true_x:.1f} {pin.true_y:.1f}L{pin.x:.1f} {pin.y:.1f}"/>'
                f'<circle class="spot" cx="{pin.true_x:.1f}" cy="{pin.true_y:.1f}" r="{_DOT}"/>'
            )
        parts.append(mark_svg(mark, pin.x, pin.y, PIN))
        parts.append(number_svg(mark, pin.x, pin.y, pin.number))
        parts.append(name)
    inside = "".join(parts)
    return f'<a class="pin" href="#place-{pin.number}" tabindex="-1" data-place="{pin.number}">{inside}</a>'


def _description(places: Sequence[Suggestion], spots: NDArray[np.float64]) -> str:
    known = np.isfinite(spots).all(axis=1)
    distances = np.hypot(*spots[known].T)
    places_words = "1 place" if len(places) == 1 else f"{len(places)} places"
    if not known.any():
        return f"{places_words}, none with a known position."
    missing = "" if known.all() else f" {int((~known).sum())} of them have no known position."
    return (
        f"{places_words}, {length_words(float(distances.min()))} to {length_words(float(distances.max()))} "
        f"from the start.{missing} The numbers are those of the list, which says all that the map shows."
    )
