"""The pictures of a photo's people: over the photo, from the front and turned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from emopoi.reconstruct.drawn_people import DrawnPeople, write_words
from emopoi.reconstruct.solving import SolvedPerson
from emopoi.render.stage import yaw
from emopoi.vision.sinks import PhotoSink

_LONGEST_PX = 2048
_TURNS_DEG = (35.0, -35.0)  # the person's left turned into view comes first, as in the picture
_MOST_IN_ROW = 4
_WIDEST_PX = 4096


def photo_pictures(
    folder: Path, photo: NDArray[np.uint8], people: Sequence[SolvedPerson], drawn: DrawnPeople
) -> list[Callable[[], list[Path]]]:
    """What has to be done for the pictures, each by itself.

    Args:
        folder: for results.
        photo: uint8 (H, W, 3) RGB.
        people: at least one.
        drawn: of their head.

    Returns:
        Functions that write and give the paths written; they raise `OutputError`.
    """
    sink = PhotoSink(folder)
    heads = {person.id: person.coefficients[0] for person in people}

    def overlay() -> list[Path]:
        share = min(1.0, _LONGEST_PX / max(photo.shape[:2]))
        picture = photo
        if share < 1.0:
            picture = cv2.resize(photo, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
        drawn_over = drawn.overlay(picture, heads, share, numbered=len(heads) > 1)
        return [sink.write(drawn_over, "overlay.jpg")]

    def alone(name: str, turns: Sequence[NDArray[np.floating]]) -> list[Path]:
        tiles = []
        for person in people:
            tile = np.hstack(drawn.views(drawn.stage(person), person.id, person.coefficients[0], turns))
            if len(people) > 1:
                write_words(tile, f"person {person.id}")
            tiles.append(tile)
        return [sink.write(_in_rows(tiles), name)]

    return [
        overlay,
        lambda: alone("frontal.jpg", [yaw(0.0)]),
        lambda: alone("turned.jpg", [yaw(turn) for turn in _TURNS_DEG]),
    ]


def _in_rows(tiles: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Pictures of one size side by side, in rows of equal length."""
    in_row = min(len(tiles), _MOST_IN_ROW)
    height, width = tiles[0].shape[:2]
    share = min(1.0, _WIDEST_PX / (width * in_row))
    if share < 1.0:
        size = (round(width * share), round(height * share))
        tiles = [cv2.resize(tile, size, interpolation=cv2.INTER_AREA) for tile in tiles]  # type: ignore[misc]
    while len(tiles) % in_row:
        tiles.append(np.full_like(tiles[0], tiles[0][-1, -1]))
    rows = [np.hstack(tiles[start : start + in_row]) for start in range(0, len(tiles), in_row)]
    return np.vstack(rows)
