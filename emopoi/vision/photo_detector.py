"""Faces in a photo: every size from a portrait to a crowd, each looked at twice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emopoi.types import Face
from emopoi.vision.blazeface_files import BlazeFaceFiles, read_blazeface_files
from emopoi.vision.blazeface_network import BlazeFaceNetwork, Candidates, Region, whole_picture
from emopoi.vision.boxes import containment, weighted_suppression
from emopoi.vision.face_detector import check_picture, largest_first
from emopoi.vision.face_presence import FacePresence
from emopoi.vision.second_look import SecondLook, SecondLookLimits
from emopoi.vision.tiles import tiles

_ENTRY_SCORE = 0.4  # low: the second look decides
_WIDE_SCALE = 1.6  # the picture with a black margin: faces that fill it or are cut by its border
_FINEST_SHARE = 0.45  # of the shorter side: from such a tile on no finer ones are laid
_MOST_TILES = 600  # bounds the time of a very long strip, which then goes without some tiles
_SMALLEST_TILE_PX = 192  # smaller tiles would only be blown up
_ONE_FACE = 0.6  # share of the smaller box inside the larger one from which both are one face


class PhotoDetector:
    """Finds faces in single pictures with a pyramid of tiles and a second look at each find.

    Takes 50 to 200 ms for a picture of 4:3 on one thread, whatever its size, plus 8 ms a find:
    for photos, not for every frame of a video. Panoramas take about 4 ms a tile, 150 tiles for
    one of 4:1 and never more than 600.

    Args:
        files: contents of the models, or None to read them.
        bundle: folder with the models; only used where `files` is None.
        limits: what counts as a face.
        minimum_face_px: smaller faces are left out.
        threads: threads inside one run.

    Attributes:
        files: contents of the models, for another detector of the same: read once is enough.
        origin: where they were found, for people to read.

    Raises:
        InputError: the bundle is not there or not complete.
        MissingPartError: no models, or no TFLite runtime.
        ModelFileError: a model is damaged.
    """

    def __init__(
        self,
        files: BlazeFaceFiles | None = None,
        *,
        bundle: str | Path | None = None,
        limits: SecondLookLimits | None = None,
        minimum_face_px: float = 16.0,
        threads: int = 1,
    ) -> None:
        self.files = files = files or read_blazeface_files(bundle)
        self.origin = files.origin
        self._short = BlazeFaceNetwork(files.short_range, threads)
        self._full = BlazeFaceNetwork(files.full_range, threads)
        presence = FacePresence(files.landmarks, threads) if files.landmarks is not None else None
        self._second_look = SecondLook(self._short, presence, limits)
        self._minimum_face_px = minimum_face_px

    def detect(self, image: NDArray[np.uint8]) -> list[Face]:
        """Find every face of a picture.

        Args:
            image: uint8 (H, W, 3) RGB.

        Returns:
            Faces, largest first.

        Raises:
            InputError: not a picture.
        """
        check_picture(image)
        found = Candidates.joined(self._passes(image))
        boxes, points, _ = weighted_suppression(found.boxes, found.points, found.scores)
        confirmed: list[Face] = []
        for box, keypoints in zip(boxes, points, strict=True):
            if max(box[2:] - box[:2]) < self._minimum_face_px:
                continue
            if confirmed and _inside(box, confirmed) > _ONE_FACE:
                continue
            face = self._second_look.confirm(image, box, keypoints)
            if face is not None and (not confirmed or _inside(np.asarray(face.box), confirmed) <= _ONE_FACE):
                confirmed.append(face)
        return largest_first(confirmed)

    def _passes(self, image: NDArray[np.uint8]) -> list[Candidates]:
        height, width = image.shape[:2]
        whole = whole_picture(image)
        side = whole[2]
        wide = ((width - side * _WIDE_SCALE) / 2, (height - side * _WIDE_SCALE) / 2, side * _WIDE_SCALE)
        parts = [
            self._short.candidates(image, whole, minimum_score=_ENTRY_SCORE),
            self._short.candidates(image, wide, minimum_score=_ENTRY_SCORE),
            self._full.candidates(image, whole, minimum_score=_ENTRY_SCORE),
        ]
        for square in _pyramid(width, height):
            found = self._full.candidates(image, square, minimum_score=_ENTRY_SCORE)
            parts.append(found.select(_not_cut(found.boxes, square, width, height)))
        return parts


def _pyramid(width: int, height: int) -> list[Region]:
    """Tiles of half the longer side, a quarter and so on, to about a quarter of the shorter one.

    How small a face can be found goes by the finest tile, so it must not grow with the length
    of a panorama.
    """
    levels: list[list[Region]] = []
    tile = float(max(width, height))
    while tile > _FINEST_SHARE * min(width, height) and tile >= 2 * _SMALLEST_TILE_PX:
        tile /= 2
        levels.append(tiles(width, height, tile))
    # The finest tiles first: the coarser ones only find larger faces once more.
    squares: list[Region] = []
    for level in reversed(levels):
        if len(squares) + len(level) > _MOST_TILES:
            break
        squares += level
    return squares


def _not_cut(boxes: NDArray[np.float64], square: Region, width: int, height: int) -> NDArray[np.bool_]:
    """Finds that do not lean over an edge of the tile behind which the picture goes on."""
    left, top, side = square
    low = np.where([left > 0, top > 0], [left, top], -np.inf)
    high = np.where([left + side < width, top + side < height], [left + side, top + side], np.inf)
    return np.asarray((boxes[:, :2] >= low).all(axis=1) & (boxes[:, 2:] <= high).all(axis=1))


def _inside(box: NDArray[np.float64], faces: list[Face]) -> float:
    return float(containment(box[None], np.array([face.box for face in faces])).max())
