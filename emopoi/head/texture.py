"""The colours of a face on its head, from one picture."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError
from emopoi.head.head_model import PARTS, HeadModel
from emopoi.head.part_colours import PART_COLOURS
from emopoi.head.texture_layout import textured_faces
from emopoi.head.triangle_map import TriangleMap
from emopoi.head.vertex_normals import vertex_normals

# Cosine between normal and view: below the first no colour is taken, above the second it counts fully.
_GRAZING, _FACING = 0.25, 0.6
_BEHIND = 0.02  # of the face's width: a point this far behind what the picture shows is hidden
_DEPTH_PX = 384  # longer side of the picture of depths
_MIRROR_MISS = 0.03  # of the width: a vertex without a counterpart this near has no mirror
_NEAREST_LANDMARKS = 4
_LARGEST_PX = 32_766  # side of what cv2.remap takes
_EXACT_TREE = 4  # FLANN's KDTREE_SINGLE: no approximation, no chance
_SHOWN = ("eyes", "iris")  # parts beside the skin that come from the picture; lips hide most of the others
_ENOUGH_SHOWN = 0.02  # of a part's texels


@dataclass(frozen=True, slots=True, eq=False)
class _Surface:
    """What of the head is nearest in the picture: at pixel (x, y) of nearness lies (left + x / scale, ..)."""

    nearness: NDArray[np.float32]
    left: float
    top: float
    scale: float


class TextureMap:
    """Paints the texture of a head; what depends on the head alone is worked out once.

    A texel's colour comes from where its point of the surface is seen in the picture. Where that is turned
    away, hidden or outside of the picture, it comes from the mirrored point of the face, and where neither
    is seen, smoothly from the texels around.

    Args:
        head: with uv.
        size_px: of the texture, both ways.

    Raises:
        InputError: the head has no uv, or size_px is not in 16..8192.
    """

    def __init__(self, head: HeadModel, size_px: int = 1024) -> None:
        if not len(head.uv):
            raise InputError(f"head {head.name}: uv was expected for a texture, it has none")
        if not 16 <= size_px <= 8192:
            raise InputError(f"size_px: 16 to 8192 was expected, got {size_px}")
        self._head = head
        self.size_px = size_px
        # The middle of the first texel is (0, 0), its v near 1.
        places = size_px * np.stack([head.uv[:, 0], 1.0 - head.uv[:, 1]], axis=1) - 0.5
        drawn = np.flatnonzero(textured_faces(head))
        texels = TriangleMap(places, head.uv_f[drawn], size_px, size_px)
        self._covered = texels.triangles >= 0
        triangles = drawn[texels.triangles] if len(drawn) else np.zeros_like(texels.triangles)
        self._parts = np.where(self._covered, head.face_parts[triangles], 255)
        rows, columns = np.nonzero(self._covered)
        # Corners of the triangle under each texel, and what each counts; nothing where there is none.
        self._corners = head.f[triangles].astype(np.intp).transpose(2, 0, 1).copy()
        self._shares = np.zeros((3, size_px, size_px), np.float32)
        self._shares[:, rows, columns] = texels.barycentrics(rows, columns).T
        self._mirror, self._has_mirror = _mirrored(head)
        self._landmarks = np.flatnonzero(~head.landmarks.offsets.any(axis=1))
        self._near, self._near_shares = _nearest_landmarks(head, self._landmarks)

    def paint(
        self,
        picture: NDArray[np.uint8],
        projected: NDArray[np.floating],
        points: NDArray[np.floating] | None = None,
    ) -> NDArray[np.uint8]:
        """Texture of the head as the picture shows it.

        Args:
            picture: uint8 (H, W, 3) RGB.
            projected: float (V, 3), the posed vertices in the picture, see `project`.
            points: float (468, 2 or 3), where MediaPipe's points are in the picture; moves the places that
                colours are taken from by what the fitted head misses them.

        Returns:
            uint8 (size_px, size_px, 3) RGB, first row at v = 1.

        Raises:
            InputError: another type or shape, or places that are not finite.
        """
        if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3 or not picture.size:
            raise InputError(f"a picture is uint8 (H, W, 3) RGB, got {picture.dtype} {picture.shape}")
        count = len(self._head.v_template)
        if projected.shape != (count, 3) or not np.isfinite(projected).all():
            raise InputError(f"projected: finite {(count, 3)} was expected, got {projected.shape}")
        places = projected.astype(np.float32)
        if points is not None:
            places = self._moved(places, points)
        upright = places * np.array([1, -1, 1], np.float32)
        facing = vertex_normals(upright, self._head.f)[:, 2].astype(np.float32)
        near, left, top = _face_of(picture, places)
        surface = self._depths(places)
        colours = np.zeros((self.size_px, self.size_px, 3), np.float32)
        weights = np.zeros((self.size_px, self.size_px), np.float32)
        for mirrored in (False, True):
            order = self._mirror if mirrored else slice(None)
            weight = _smooth_step((self._spread(facing[order]) - _GRAZING) / (_FACING - _GRAZING))
            weight *= self._is_nearest(places[order], surface)
            if mirrored:
                weight *= self._spread(self._has_mirror) > 0.999
            x, y = self._spread(places[order, 0]), self._spread(places[order, 1])
            weight *= (x > 0) & (y > 0) & (x < picture.shape[1] - 1) & (y < picture.shape[0] - 1)
            weight = self._feathered(weight) * (1.0 - weights)
            found = cv2.remap(near, x - left, y - top, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            colours += found * weight[..., None]
            weights += weight
        return self._finished(colours, weights)

    def _spread(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Values of vertices (V,) at all texels."""
        values = np.ascontiguousarray(values)
        result = self._shares[0] * np.take(values, self._corners[0])
        for corner in (1, 2):
            result += self._shares[corner] * np.take(values, self._corners[corner])
        return result

    def _is_nearest(self, places: NDArray[np.float32], surface: _Surface) -> NDArray[np.bool_]:
        """Texels whose place is not behind another part of the head."""
        x = (self._spread(places[:, 0]) - surface.left) * surface.scale
        y = (self._spread(places[:, 1]) - surface.top) * surface.scale
        nearest = cv2.remap(surface.nearness, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return self._spread(places[:, 2]) > nearest - _BEHIND * max(float(np.ptp(places[:, 0])), 1.0)

    def _depths(self, places: NDArray[np.float32]) -> _Surface:
        left, top = places[:, :2].min(axis=0)
        extent = np.ptp(places[:, :2], axis=0)
        scale = float(_DEPTH_PX / max(float(extent.max()), 1e-6))
        width, height = (int(side) for side in np.ceil(extent * scale) + 1)
        seen = TriangleMap((places[:, :2] - (left, top)) * scale, self._head.f, width, height, places[:, 2])
        rows, columns = np.nonzero(seen.triangles >= 0)
        corners = places[:, 2][self._head.f[seen.triangles[rows, columns]]]
        nearness = np.full(seen.triangles.shape, places[:, 2].min(), np.float32)
        nearness[rows, columns] = (seen.barycentrics(rows, columns) * corners).sum(axis=1)
        return _Surface(nearness, float(left), float(top), scale)

    def _moved(self, places: NDArray[np.float32], points: NDArray[np.floating]) -> NDArray[np.float32]:
        """Places in the picture, corrected by where MediaPipe's points are."""
        if points.ndim != 2 or len(points) != 468 or points.shape[1] < 2 or not np.isfinite(points).all():
            raise InputError(f"points: finite (468, 2 or 3) was expected, got {points.shape}")
        if not len(self._landmarks):
            return places
        embedding = self._head.landmarks
        missed = points[embedding.indices, :2] - embedding.apply(places, self._head.f)[:, :2]
        moved = places.copy()
        moved[:, :2] += np.einsum("vk,vkc->vc", self._near_shares, missed[self._landmarks][self._near])
        return moved

    def _feathered(self, weight: NDArray[np.float32]) -> NDArray[np.float32]:
        """Weights drawn in from where they end within the layout, with a soft edge."""
        reach = max(1, self.size_px // 128)
        inner = np.where(self._covered, weight, np.float32(1.0))
        inner = cv2.erode(inner, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
        return cv2.GaussianBlur(inner, (0, 0), 0.75 * reach) * (weight > 0) * self._covered

    def _finished(self, colours: NDArray[np.float32], weights: NDArray[np.float32]) -> NDArray[np.uint8]:
        texture = _filled(colours, weights, PART_COLOURS["skin"])
        for number, part in enumerate(PARTS[1:], 1):
            mask = self._parts == number
            if not mask.any():
                continue
            # A margin around each island, so that filtering mixes nothing else in.
            margin = cv2.dilate(mask.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
            margin &= mask | ~self._covered
            if part in _SHOWN and (weights[mask] > 0.5).mean() > _ENOUGH_SHOWN:
                filled = _filled(colours * mask[..., None], weights * mask, PART_COLOURS[part])
                texture[margin] = filled[margin]
            else:
                texture[margin] = PART_COLOURS[part]
        return np.clip(np.rint(texture), 0, 255).astype(np.uint8)


def _face_of(
    picture: NDArray[np.uint8], places: NDArray[np.float32]
) -> tuple[NDArray[np.uint8], np.float32, np.float32]:
    """The part of a picture with the head in it, and where its first pixel is: OpenCV maps no large ones."""
    sides = np.array(picture.shape[1::-1])
    low = np.clip(np.floor(places[:, :2].min(axis=0)) - 1, 0, sides - 1).astype(int)
    high = np.clip(np.ceil(places[:, :2].max(axis=0)) + 2, low + 1, np.minimum(sides, low + _LARGEST_PX))
    left, top, right, bottom = (int(number) for number in (*low, *high))
    return picture[top:bottom, left:right], np.float32(left), np.float32(top)


def _filled(
    colours: NDArray[np.float32], weights: NDArray[np.float32], default: tuple[int, int, int]
) -> NDArray[np.float32]:
    """Weighted colours where weights are 1, smoothly continued where they are less.

    Push-pull filling: Gortler et al. 1996, "The lumigraph", section 3.4.
    """
    levels = [(colours, np.minimum(weights, 1.0))]
    while min(levels[-1][1].shape) > 1:
        below, weight = levels[-1]
        size = ((weight.shape[1] + 1) // 2, (weight.shape[0] + 1) // 2)
        total = cv2.pyrDown(weight, dstsize=size)
        # A few texels of a cell say enough of its colour.
        fuller = np.minimum(4.0 * total, 1.0)
        part = np.divide(fuller, total, out=np.zeros_like(total), where=total > 1e-6)
        levels.append((cv2.pyrDown(below, dstsize=size) * part[..., None], fuller))
    result = np.empty((1, 1, 3), np.float32)
    result[:] = default
    for colour, weight in reversed(levels):
        if result.shape[:2] != weight.shape:
            result = cv2.resize(result, weight.shape[::-1], interpolation=cv2.INTER_LINEAR)
        result = colour + (1.0 - weight)[..., None] * result
    return result


def _smooth_step(ramp: NDArray[np.float32]) -> NDArray[np.float32]:
    ramp = np.clip(ramp, 0.0, 1.0)
    return ramp * ramp * (3.0 - 2.0 * ramp)


def _mirrored(head: HeadModel) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """For each vertex the one on the other side, and 1 where there is one near enough."""
    places = head.v_template
    low, high = places[:, 0].min(), places[:, 0].max()
    width = max(float(high - low), 1e-6)
    # Normals tell upper from lower lip, which may lie on each other.
    normals = vertex_normals(places, head.f).astype(np.float32) * np.float32(0.1 * width)
    flip = np.array([-1, 1, 1], np.float32)
    mirror_places = places * flip
    mirror_places[:, 0] += low + high
    tree = cv2.flann_Index(np.hstack([places, normals]).astype(np.float32), {"algorithm": _EXACT_TREE})
    wanted = np.hstack([mirror_places, normals * flip]).astype(np.float32)
    order = tree.knnSearch(wanted, 1, params={"checks": -1})[0][:, 0].astype(np.int64)
    miss = np.linalg.norm(mirror_places - places[order], axis=1)
    return order, (miss < _MIRROR_MISS * width).astype(np.float32)


def _nearest_landmarks(
    head: HeadModel, chosen: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """For each vertex the landmarks next to it, (V, K) into `chosen`, and what each counts."""
    if not len(chosen):
        return np.zeros((len(head.v_template), 0), np.int64), np.zeros((len(head.v_template), 0), np.float32)
    marks = head.landmark_points(head.v_template)[chosen]
    count = min(_NEAREST_LANDMARKS, len(chosen))
    near = np.empty((len(head.v_template), count), np.int64)
    shares = np.empty((len(head.v_template), count), np.float32)
    smallest = 1e-8 * float(np.ptp(head.v_template, axis=0).max()) ** 2
    for start in range(0, len(near), 4096):
        rows = slice(start, start + 4096)
        # Not by |a|^2 - 2ab + |b|^2: a vertex on a landmark has to be exactly there.
        between = [head.v_template[rows, None, axis] - marks[None, :, axis] for axis in range(3)]
        squared = between[0] ** 2 + between[1] ** 2 + between[2] ** 2
        near[rows] = np.argpartition(squared, count - 1, axis=1)[:, :count]
        share = 1.0 / (np.take_along_axis(squared, near[rows], axis=1) + smallest)
        shares[rows] = share / share.sum(axis=1, keepdims=True)
    return near, shares
