"""What a head needs beside the 468 points of its skin: open eyes and mouth, eyeballs, teeth, joints.

Made by rule from the points, so that it follows every identity and expression: where a part goes is
worked out once for the mean face and once for each shape, and the difference is the part's field.
Units are centimetres, x to the person's left, y up, z out of the face.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from emopoi.head.head_model import PARTS
from emopoi.head.skinning import rotation_matrices

RIGHT_EYE = (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246)
LEFT_EYE = (263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466)
INNER_LIPS = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191)
"""Rings of points in MediaPipe's mesh: lids from the outer corner along the lower lid, lips from the
person's right corner along the lower lip."""

EYE_RADIUS_CM = 1.15
_LID_CM = 0.13  # lids lie on the eyeball with their thickness
_RIM_CM = 1.0  # how deep their inner edges go
# Rings of an eyeball from the pole to the back, degrees; up to the second it is iris.
_EYE_RINGS_DEG = (12.0, 31.0, 44.0, 60.0, 80.0, 100.0)
_EYE_SPOKES = 16
_IRIS_RINGS = 2

# The jaw as measured on ICT-FaceKit's lower teeth: turn about +x through a hinge.
JAW_HINGE_CM = np.array([0.0, -0.55, 1.82])
_JAW_OPEN = np.radians([25.33, 0.0, 0.0])
_JAW_SIDE, _JAW_SIDE_FIXED_CM = np.radians([0.0, 1.89, 0.0]), np.array([2.16, 0.33, -11.48])
_JAW_FORWARD_CM = np.array([0.0, -0.17, 0.89])

# How far eyes turn at a whole expression, degrees.
_LOOK_SIDE_DEG, _LOOK_UP_DEG, _LOOK_DOWN_DEG = 30.0, 22.0, 25.0

_TEETH_COLUMNS = 13


@dataclass(frozen=True, eq=False)
class Parts:
    """Vertices and triangles that are added to the skin.

    Attributes:
        place: from skin points float (468, 3) at rest to the parts' vertices float (P, 3).
        f: int (F, 3), numbers from 468 on are the parts' vertices, lower ones the skin's.
        face_parts: uint8 (F,), numbers into `PARTS`.
        groups: names of groups of vertices, as slices into the parts' vertices.
        uv: float (P, 2), in the strip that MediaPipe's layout leaves free; rims of the lids have none.
        like: int (P,), the skin point whose uv a vertex takes instead, -1 where it has its own.
    """

    place: Callable[[np.ndarray], np.ndarray]
    f: np.ndarray
    face_parts: np.ndarray
    groups: dict[str, slice]
    uv: np.ndarray
    like: np.ndarray


def open_triangles(faces: np.ndarray) -> np.ndarray:
    """Which triangles are left when those that close eyes and mouth are cut out.

    Args:
        faces: int (F, 3) of the canonical mesh.

    Returns:
        bool (F,).
    """
    kept = np.ones(len(faces), bool)
    for ring in (RIGHT_EYE, LEFT_EYE, INNER_LIPS):
        kept &= ~np.isin(faces, ring).all(axis=1)
    return kept


def eye_centre(points: np.ndarray, ring: tuple[int, ...]) -> np.ndarray:
    """Middle of the eyeball on which the lids lie.

    Args:
        points: float (468, 3), cm.
        ring: `RIGHT_EYE` or `LEFT_EYE`.

    Returns:
        float (3,).
    """
    lids = points[list(ring)]
    corners = lids[[0, 8]]
    centre = np.append(corners[:, :2].mean(axis=0), 0.0)
    reach = (EYE_RADIUS_CM + _LID_CM) ** 2
    aside = np.hypot(*(lids[:, :2] - centre[:2]).T) ** 2
    # The lids' middles touch the eyeball; corners stand off to the side and can not.
    near = np.argsort(aside)[:8]
    centre[2] = float(np.mean(lids[near, 2] - np.sqrt(np.maximum(reach - aside[near], 0.0))))
    return centre


def make_parts(template: np.ndarray) -> Parts:
    """Eyeballs, mouth and teeth for a mean face.

    Args:
        template: float (468, 3), cm.
    """
    spans: dict[str, slice] = {}
    faces: list[np.ndarray] = []
    labels: list[np.ndarray] = []
    uvs: list[np.ndarray] = []
    placers: list[Callable[[np.ndarray], np.ndarray]] = []
    start = 0
    ball, ball_f, iris = _eyeball()
    for name, ring, u in (("right_eye", RIGHT_EYE, 0.07), ("left_eye", LEFT_EYE, 0.20)):
        spans[name] = slice(start, start + len(ball))
        faces.append(ball_f + 468 + start)
        labels.append(np.where(iris, PARTS.index("iris"), PARTS.index("eyes")))
        uvs.append(np.array([u, 0.95]) + 0.045 * ball[:, :2] / EYE_RADIUS_CM)
        placers.append(lambda points, ring=ring: ball + eye_centre(points, ring))
        start += len(ball)
    for name, make in (("upper_teeth", _upper_teeth), ("lower_teeth", _lower_teeth)):
        strip, strip_f = make(template)
        spans[name] = slice(start, start + len(strip))
        faces.append(strip_f + 468 + start)
        labels.append(np.full(len(strip_f), PARTS.index("teeth")))
        across = np.linspace(0.3, 0.55, _TEETH_COLUMNS) + (0.27 if name == "lower_teeth" else 0.0)
        uvs.append(np.array([[u, v] for v in (0.97, 0.93) for u in across]))
        offset = strip - _mouth_frame(template)
        placers.append(lambda points, offset=offset: offset + _mouth_frame(points))
        start += len(strip)
    bag_f, rings = _mouth_bag(start)
    spans["mouth"] = slice(start, start + 2 * rings + 1)
    faces.append(bag_f)
    labels.append(np.full(len(bag_f), PARTS.index("mouth")))
    turn = 2 * np.pi * np.arange(rings) / rings
    circle = np.column_stack([np.cos(turn), np.sin(turn)])
    middle = np.array([0.93, 0.95])
    uvs.append(np.concatenate([middle + 0.035 * circle, middle + 0.018 * circle, middle[None]]))
    placers.append(_mouth_vertices)
    start += 2 * rings + 1
    like = np.full(start + len(RIGHT_EYE) + len(LEFT_EYE), -1)
    for name, ring in (("right_rim", RIGHT_EYE), ("left_rim", LEFT_EYE)):
        spans[name] = slice(start, start + len(ring))
        like[spans[name]] = ring
        # Counter-clockwise from in front: the left eye's ring runs the other way round.
        faces.append(_band(np.array(ring), 468 + start + np.arange(len(ring)), name == "left_rim"))
        labels.append(np.full(2 * len(ring), PARTS.index("skin")))
        uvs.append(np.zeros((len(ring), 2)))
        placers.append(lambda points, ring=ring: _rim(points, ring))
        start += len(ring)
    return Parts(
        place=lambda points: np.concatenate([placer(points) for placer in placers]),
        f=np.concatenate(faces).astype(np.int32),
        face_parts=np.concatenate(labels).astype(np.uint8),
        groups=spans,
        uv=np.concatenate(uvs),
        like=like,
    )


def part_fields(
    parts: Parts, template: np.ndarray, identity: np.ndarray, expression: np.ndarray, names: tuple[str, ...]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rest places and fields of the parts.

    Args:
        parts: of `make_parts`.
        template: float (468, 3), cm.
        identity: float (I, 468, 3).
        expression: float (E, 468, 3).
        names: of the expressions.

    Returns:
        float (P, 3), (I, P, 3) and (E, P, 3).
    """
    rest = parts.place(template)
    by_identity = np.stack([parts.place(template + field) - rest for field in identity])
    by_expression = np.zeros((len(names), *rest.shape))
    for index, name in enumerate(names):
        by_expression[index] = _expression_field(parts, rest, template, expression[index], name)
    return rest, by_identity, by_expression


def jaw_weights(template: np.ndarray, jaw_open: np.ndarray) -> np.ndarray:
    """How far each skin point hangs on the jaw.

    Args:
        template: float (468, 3), cm.
        jaw_open: float (468, 3), the field of jawOpen.

    Returns:
        float (468,), 0..1: how far it goes along the way that a point fixed to the jaw would go.
    """
    whole = _jaw_moved(template, "jawOpen") - template
    share = (whole * jaw_open).sum(axis=1) / np.maximum((whole * whole).sum(axis=1), 1e-6)
    return np.clip(share, 0.0, 1.0)


def _jaw_moved(points: np.ndarray, name: str) -> np.ndarray:
    if name == "jawOpen":
        turn, fixed = _JAW_OPEN, JAW_HINGE_CM
    elif name in ("jawLeft", "jawRight"):
        side = 1.0 if name == "jawLeft" else -1.0
        turn, fixed = side * _JAW_SIDE, _JAW_SIDE_FIXED_CM * (side, 1.0, 1.0)
    elif name == "jawForward":
        return points + _JAW_FORWARD_CM
    else:
        return points
    return (points - fixed) @ rotation_matrices(turn).T + fixed


def _expression_field(
    parts: Parts, rest: np.ndarray, template: np.ndarray, skin: np.ndarray, name: str
) -> np.ndarray:
    field = np.zeros_like(rest)
    for eye, ring, side in (("right_eye", RIGHT_EYE, "Right"), ("left_eye", LEFT_EYE, "Left")):
        if name.startswith("eyeLook") and name.endswith(side):
            span = parts.groups[eye]
            centre = eye_centre(template, ring)
            turn = rotation_matrices(np.radians(_look_deg(name[len("eyeLook") : -len(side)], side)))
            field[span] = (rest[span] - centre) @ turn.T + centre - rest[span]
    for rim, ring in (("right_rim", RIGHT_EYE), ("left_rim", LEFT_EYE)):
        field[parts.groups[rim]] = skin[list(ring)]
    lower = parts.groups["lower_teeth"]
    field[lower] = _jaw_moved(rest[lower], name) - rest[lower]
    span = parts.groups["mouth"]
    count = len(INNER_LIPS)
    mouth = rest[span]
    rigid = _jaw_moved(mouth, name) - mouth
    # 0 at the upper lip, 1 at the lower one, half way at the corners.
    below = np.concatenate([below_the_lips(), below_the_lips(), [0.5]])[:, None]
    lips = np.zeros_like(mouth)
    lips[:count] = skin[list(INNER_LIPS)]
    # The first ring goes with the lips, the second with the bones behind them.
    follow = np.concatenate([np.full(count, 0.6), np.zeros(count + 1)])[:, None]
    field[span] = follow * lips + (1 - follow) * below * rigid
    return field


def _look_deg(direction: str, side: str) -> np.ndarray:
    # About +y a positive turn goes to the person's left, about +x it goes down.
    outward = 1.0 if side == "Left" else -1.0
    return {
        "Up": np.array([-_LOOK_UP_DEG, 0.0, 0.0]),
        "Down": np.array([_LOOK_DOWN_DEG, 0.0, 0.0]),
        "In": np.array([0.0, -outward * _LOOK_SIDE_DEG, 0.0]),
        "Out": np.array([0.0, outward * _LOOK_SIDE_DEG, 0.0]),
    }[direction]


def _eyeball() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vertices about 0 with the pole on +z, triangles, and which of them are iris."""
    turn = 2 * np.pi * np.arange(_EYE_SPOKES) / _EYE_SPOKES
    rings = [np.array([[0.0, 0.0, 1.0]])]
    for degrees in np.radians(_EYE_RINGS_DEG):
        side, front = np.sin(degrees), np.cos(degrees)
        rings.append(np.column_stack([side * np.cos(turn), side * np.sin(turn), np.full(_EYE_SPOKES, front)]))
    here, beyond = np.arange(_EYE_SPOKES), (np.arange(_EYE_SPOKES) + 1) % _EYE_SPOKES
    faces = [np.column_stack([np.zeros(_EYE_SPOKES, int), 1 + here, 1 + beyond])]
    for ring in range(len(_EYE_RINGS_DEG) - 1):
        inner, outer = 1 + ring * _EYE_SPOKES, 1 + (ring + 1) * _EYE_SPOKES
        faces.append(np.column_stack([inner + here, outer + here, outer + beyond]))
        faces.append(np.column_stack([inner + here, outer + beyond, inner + beyond]))
    f = np.concatenate(faces)
    iris = np.arange(len(f)) < _EYE_SPOKES * (1 + 2 * (_IRIS_RINGS - 1))
    return EYE_RADIUS_CM * np.concatenate(rings), f, iris


def _rim(points: np.ndarray, ring: tuple[int, ...]) -> np.ndarray:
    """Inner edges of the lids: from there the eyeball is hidden."""
    lids, centre = points[list(ring)], eye_centre(points, ring)
    return lids + (centre - lids) * (0.15, 0.15, 0.0) + [0.0, 0.0, -_RIM_CM]


def _band(outer: np.ndarray, inner: np.ndarray, turned: bool) -> np.ndarray:
    """Triangles between two rings of as many vertices."""
    beyond_outer, beyond_inner = np.roll(outer, -1), np.roll(inner, -1)
    f = np.concatenate(
        [
            np.column_stack([outer, beyond_outer, beyond_inner]),
            np.column_stack([outer, beyond_inner, inner]),
        ]
    )
    return f[:, ::-1] if turned else f


def _mouth_frame(points: np.ndarray) -> np.ndarray:
    """Middle between the mouth's inner corners: teeth keep their place to it."""
    return points[[INNER_LIPS[0], INNER_LIPS[10]]].mean(axis=0)


def _teeth(template: np.ndarray, top_cm: float, bottom_cm: float, back_cm: float) -> tuple:
    lips = template[[13, 14]].mean(axis=0)
    half = 2.5
    x = np.linspace(-half, half, _TEETH_COLUMNS)
    # An arch: half of an ellipse about twice as deep as it is wide.
    z = lips[2] - back_cm - 3.0 * (1 - np.sqrt(np.maximum(1 - (x / (half * 1.12)) ** 2, 0.0)))
    rows = [np.column_stack([x, np.full_like(x, lips[1] + y), z]) for y in (top_cm, bottom_cm)]
    column = np.arange(_TEETH_COLUMNS - 1)
    top, bottom = column, _TEETH_COLUMNS + column
    f = np.concatenate(
        [np.column_stack([top, bottom, bottom + 1]), np.column_stack([top, bottom + 1, top + 1])]
    )
    return np.concatenate(rows), f


def _upper_teeth(template: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return _teeth(template, 0.95, 0.14, 0.95)


def _lower_teeth(template: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return _teeth(template, -0.05, -0.8, 1.15)


def below_the_lips() -> np.ndarray:
    """For each point of the inner lips 1 on the lower lip, 0 on the upper, between at the corners."""
    count = len(INNER_LIPS)
    place = np.arange(count)
    lower = np.where(place <= count // 2, np.sin(np.pi * place / (count // 2)), 0.0)
    upper = np.where(place > count // 2, np.sin(np.pi * (place - count // 2) / (count // 2)), 0.0)
    return np.clip(0.5 + lower - upper, 0.0, 1.0)


def _mouth_vertices(points: np.ndarray) -> np.ndarray:
    """Two rings behind the inner lips and a middle: the mouth's walls and throat."""
    lips = points[list(INNER_LIPS)]
    centre = lips.mean(axis=0)
    above = (1 - 2 * below_the_lips())[:, None] * np.array([0.0, 1.0, 0.0])
    # The first ring hugs the gums, above and below the teeth; the second is far behind.
    first = lips + above * 0.95 - [0.0, 0.0, 0.55]
    second = centre + (lips - centre) * (0.75, 1.0, 0.6) + above * 1.1 + [0.0, 0.0, -3.6]
    return np.concatenate([first, second, (centre - [0.0, 0.0, 4.2])[None]])


def _mouth_bag(start: int) -> tuple[np.ndarray, int]:
    """Triangles from the lips inward, seen from in front; `start` counts the parts before it."""
    count = len(INNER_LIPS)
    lips = np.array(INNER_LIPS)
    first = 468 + start + np.arange(count)
    second = first + count
    throat = np.full(count, 468 + start + 2 * count)
    faces = [_band(lips, first, False), _band(first, second, False)]
    faces.append(np.column_stack([second, np.roll(second, -1), throat]))
    return np.concatenate(faces), count
