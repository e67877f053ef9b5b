"""Carry the named expressions of one head to another.

After Sumner and Popović 2004, "Deformation Transfer for Triangle Meshes", with the correspondence of a
thin-plate warp between the landmarks that both heads have. Where they transfer the gradient of each
triangle and solve for the vertices, here each vertex takes the motion of its counterpart through the
warp's derivative: a shape that is a sum stays one, and no sparse solver is needed.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError
from emopoi.head.closest_points import closest_points
from emopoi.head.head_model import PARTS, HeadModel
from emopoi.head.mesh_smoothing import smoothed
from emopoi.head.thin_plate import ThinPlate

FEWEST_LANDMARKS = 12
"""Landmarks that both heads must have."""

# Lengths in units of the spread of the shared landmarks, which is about 5 cm on a person.
_STIFFNESS = 0.3  # of the warp whose derivative turns and scales motions: no bump at each landmark
_STEP = 0.15  # of that derivative
_NEAR = 0.1  # a counterpart this near is believed as it is
_FADE = 0.2  # beyond that, motion fades over this length
_SMOOTHING_STEPS = 10
# Which parts of the source a part of the target may follow, best first.
_COUNTERPARTS = {
    "skin": (("skin",),),
    "eyes": (("eyes", "iris"),),
    "iris": (("eyes", "iris"),),
    "teeth": (("teeth",), ("mouth",), ("skin",)),
    "mouth": (("mouth",), ("teeth",), ("skin",)),
}


def retarget_expressions(source: HeadModel, target: HeadModel, *, keep: bool = False) -> HeadModel:
    """Give a head the named expressions of another.

    Args:
        source: with named expressions and landmarks.
        target: with landmarks, at least `FEWEST_LANDMARKS` of them shared with the source.
        keep: keep the target's own expressions, after those of the source, but for names that the source
            has; unnamed ones become own_000 and so on. Without it they go.

    Returns:
        The target with other expressions.

    Raises:
        InputError: the source's expressions have no names, or the heads share too few landmarks.
    """
    if not source.expression_names:
        raise InputError(f"head {source.name}: its expressions have no names, so there is nothing to carry")
    carried = carry_field(source, target, source.expression_dirs)
    names = list(source.expression_names)
    columns = [carried.astype(np.float32)]
    if keep:
        own = target.expression_names or tuple(f"own_{at:03d}" for at in range(target.n_expressions))
        for at, name in enumerate(own):
            if name not in names:
                names.append(name)
                columns.append(target.expression_dirs[..., at : at + 1])
    licence = target.licence
    if source.licence != target.licence:
        licence = f"{target.licence}\n\nExpressions from {source.name}: {source.licence}".strip()
    return dataclasses.replace(
        target,
        shapedirs=np.concatenate([target.identity_dirs, *columns], axis=2),
        expression_names=tuple(names),
        licence=licence,
    )


def carry_field(source: HeadModel, target: HeadModel, field: NDArray[np.floating]) -> NDArray[np.float64]:
    """Carry motions of one head's vertices to another head.

    Args:
        source: with landmarks.
        target: with landmarks.
        field: float (V source, 3, K), motions in units of the source.

    Returns:
        float64 (V target, 3, K), units of the target.

    Raises:
        InputError: the heads share too few landmarks.
    """
    there, here = _shared_landmarks(source, target)
    size = float(np.sqrt(((there - there.mean(axis=0)) ** 2).sum(axis=1).mean()))
    faces, barycentrics, away = _counterparts(source, target, there, here)
    corners = source.f[faces]
    barycentrics = barycentrics.astype(np.float64)
    motion = np.einsum("vc,vcdk->vdk", barycentrics, np.asarray(field, np.float64)[corners])
    places = np.einsum("vc,vcd->vd", barycentrics, source.v_template.astype(np.float64)[corners])
    bend = ThinPlate(there, here, _STIFFNESS * size)
    step = _STEP * size
    slopes = [(bend(places + offset) - bend(places - offset)) / (2 * step) for offset in step * np.eye(3)]
    carried = np.einsum("jvi,vjk->vik", np.stack(slopes), motion)
    far = np.maximum(away / size - _NEAR, 0.0)
    carried *= np.exp(-((far / _FADE) ** 2))[:, None, None]
    # What has no near counterpart follows what has.
    even = smoothed(carried.reshape(len(carried), -1), target.f, _SMOOTHING_STEPS).reshape(carried.shape)
    return np.where((far > 0)[:, None, None], even, carried)


def _shared_landmarks(
    source: HeadModel, target: HeadModel
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    shared, there, here = np.intersect1d(
        source.landmarks.indices, target.landmarks.indices, return_indices=True
    )
    if len(shared) < FEWEST_LANDMARKS:
        raise InputError(
            f"at least {FEWEST_LANDMARKS} landmarks that both heads have were expected, {source.name} with "
            f"{len(source.landmarks)} and {target.name} with {len(target.landmarks)} share {len(shared)}"
        )
    return (
        source.landmark_points(source.v_template)[there].astype(np.float64),
        target.landmark_points(target.v_template)[here].astype(np.float64),
    )


def _counterparts(
    source: HeadModel, target: HeadModel, there: NDArray[np.float64], here: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.float64]]:
    """Triangle and place on the source for each vertex of the target, and how far off it is.

    The distance is in units of the source, infinite where the source has nothing to follow.
    """
    # Landmarks that fall together on a coarse head would ask for the impossible: hence the tiny stiffness.
    back = ThinPlate(here, there, 1e-6 * float(np.ptp(here)))
    places = back(target.v_template)
    moved = places[target.f]
    outward = np.cross(moved[:, 1] - moved[:, 0], moved[:, 2] - moved[:, 0])
    # A vertex of two parts is of the first, and looks where that part does.
    part_of = np.full(len(places), len(PARTS))
    np.minimum.at(part_of, target.f.ravel(), np.repeat(target.face_parts, 3))
    normals = np.zeros_like(places)
    for corner in range(3):
        own = part_of[target.f[:, corner]] == target.face_parts
        np.add.at(normals, target.f[own, corner], outward[own])
    faces = np.zeros(len(places), np.int64)
    barycentrics = np.tile(np.array([1, 0, 0], np.float32), (len(places), 1))
    away = np.full(len(places), np.inf)
    for number in range(len(PARTS)):
        mine = np.flatnonzero(part_of == number)
        chosen = _triangles_of(source, PARTS[number])
        if not (len(chosen) and len(mine)):
            continue
        found, weights = closest_points(places[mine], source.v_template, source.f[chosen], normals[mine])
        faces[mine], barycentrics[mine] = chosen[found], weights
        spots = np.einsum("vc,vcd->vd", weights, source.v_template[source.f[chosen[found]]])
        away[mine] = np.linalg.norm(spots - places[mine], axis=1)
    return faces, barycentrics, away


def _triangles_of(head: HeadModel, part: str) -> NDArray[np.int64]:
    for parts in _COUNTERPARTS[part]:
        chosen = np.flatnonzero(np.isin(head.face_parts, [PARTS.index(name) for name in parts]))
        if len(chosen):
            return chosen
    return np.zeros(0, np.int64)
