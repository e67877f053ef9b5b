"""Draws solved people: where they were seen, and by themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from emopoi.head.head_model import HeadModel, project
from emopoi.reconstruct.person_files import at_rest
from emopoi.reconstruct.solving import SolvedPerson
from emopoi.render.head_renderer import HeadRenderer
from emopoi.render.head_surface import HeadSurface
from emopoi.render.overlay import draw_over, scaled_camera
from emopoi.render.stage import Stage
from emopoi.types.face_coefficients import FaceCoefficients

_FONT = cv2.FONT_HERSHEY_SIMPLEX
_FONT_HEIGHT_PX = 22.0
_PIXELS_A_TRIANGLE = 12
_FAINT = (176, 179, 186)


class DrawnPeople:
    """One renderer, everybody.

    Args:
        head: of everybody who has none of their own.
        renderer: square; its size is that of a head drawn by itself.
        own: heads of people by their ids.
    """

    def __init__(
        self, head: HeadModel, renderer: HeadRenderer, own: Mapping[int, HeadModel] | None = None
    ) -> None:
        self._head = head
        self._own = dict(own or {})
        self._renderer = renderer
        self._most = renderer.width_px * renderer.height_px // _PIXELS_A_TRIANGLE
        self._surfaces: dict[int | None, HeadSurface] = {}

    def _head_of(self, person: int) -> tuple[HeadModel, HeadSurface]:
        head, key = self._own.get(person, self._head), person if person in self._own else None
        if key not in self._surfaces:
            self._surfaces[key] = HeadSurface(head, most_triangles=self._most)
        return head, self._surfaces[key]

    def overlay(
        self,
        picture: NDArray[np.uint8],
        heads: Mapping[int, FaceCoefficients],
        share: float = 1.0,
        *,
        numbered: bool = False,
    ) -> NDArray[np.uint8]:
        """Heads over the picture in which they were seen.

        Args:
            picture: uint8 (H, W, 3) RGB; left as it is.
            heads: by the person's id, with cameras of the source's pictures; the nearest, that is the
                largest, is drawn last.
            share: size of this picture over the source's.
            numbered: write each person's id above the head.

        Returns:
            uint8 (H, W, 3) RGB, a new picture.
        """
        drawn = picture.copy()
        tops = {}
        for person, one in sorted(heads.items(), key=lambda item: float(item[1].camera[0])):
            head, surface = self._head_of(person)
            vertices, camera = head.vertices(one), scaled_camera(one.camera, share)
            draw_over(drawn, self._renderer, surface, vertices, camera)
            seen = project(vertices, camera)
            tops[person] = (float(seen[:, 0].min() + seen[:, 0].max()) / 2, float(seen[:, 1].min()))
        if numbered:
            for person, (x, y) in tops.items():
                write_words(drawn, str(person), above=(x, y))
        return drawn

    def stage(self, person: SolvedPerson) -> Stage:
        """Where this person's head stands when it is drawn by itself."""
        identity = person.coefficients[0].identity
        neutral = self._head_of(person.id)[0].shaped(identity, np.zeros(0, np.float32))
        return Stage.for_head(neutral, self._renderer.width_px, self._renderer.height_px)

    def views(
        self,
        stage: Stage,
        person: int,
        coefficients: FaceCoefficients,
        turns: Sequence[NDArray[np.floating]],
    ) -> list[NDArray[np.uint8]]:
        """A head by itself from several sides.

        Args:
            stage: of the person.
            person: whose head it is, an id.
            coefficients: one moment.
            turns: float (3,) axis-angle each, in place of the head's own turn.

        Returns:
            uint8 (H, W, 3) RGB, one for each turn.
        """
        head, surface = self._head_of(person)
        still = head.vertices(at_rest(coefficients))
        backdrop = stage.backdrop()
        return [
            self._renderer.render(surface, stage.turned(still, turn), stage.camera).over(backdrop)
            for turn in turns
        ]


def write_words(picture: NDArray[np.uint8], words: str, *, above: tuple[float, float] | None = None) -> None:
    """Write a short caption of a size that fits the picture, in place.

    Args:
        picture: uint8 (H, W, 3) RGB.
        words: ASCII.
        above: x and y, pixels, that it stands above, moved into the picture where it would leave it; None
            takes the lower left corner.
    """
    height, width = picture.shape[:2]
    size = float(np.clip(height / 32, 8.0, 32.0))
    thick = max(1, round(size / 10))
    at = (round(size), height - round(size))
    if above is not None:
        long = cv2.getTextSize(words, _FONT, size / _FONT_HEIGHT_PX, thick)[0][0]
        rim = thick + 4
        x = np.clip(above[0] - long / 2, rim, max(width - long - rim, rim))
        y = np.clip(above[1] - size / 2, size + rim, max(height - rim, size + rim))
        at = (round(float(x)), round(float(y)))
    for ink, width in (((20, 20, 22), thick + 2), (_FAINT, thick)):
        cv2.putText(picture, words, at, _FONT, size / _FONT_HEIGHT_PX, ink, width, cv2.LINE_AA)
