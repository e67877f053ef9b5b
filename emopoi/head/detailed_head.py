"""One person's head with the folds that were read off pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from emopoi.head.detail_places import DetailPlaces
from emopoi.head.finer_head import finer_head
from emopoi.head.head_model import HeadModel
from emopoi.head.vertex_normals import vertex_normals

LEVELS = 1
"""Subdivisions of the head that detail is learned on."""


def detailed_head(
    head: HeadModel, unit: float, displacement: Callable[[NDArray[np.float32]], NDArray[np.float32]]
) -> HeadModel:
    """A head in which folds are a part of its shape and of its expressions.

    What the map shows without any expression goes into the mean face, what one whole expression adds to it
    into that expression's mode; so the result is a head like any other, and is posed, drawn and written as
    one. For expressions together that is the sum of what each adds; the map itself may say a little else.

    Args:
        head: with named expressions, or components.
        unit: length that displacements are told in, units of the head: its outer-eye distance.
        displacement: from an expression float32 (E,) to a map float32 (M, M) of distances along the normals.

    Raises:
        InputError: the head has no layout of textures.
    """
    finer = finer_head(head, LEVELS)
    normals = vertex_normals(finer.v_template, finer.f)
    rest = np.zeros(head.n_expressions, np.float32)
    at_rest = displacement(rest)
    places = DetailPlaces.of_head(finer, len(at_rest))
    shapedirs = finer.shapedirs.copy()
    for number in range(head.n_expressions):
        shown = rest.copy()
        shown[number] = 1.0
        more = places.apply(displacement(shown) - at_rest) * unit
        shapedirs[:, :, head.n_identity + number] += more[:, None] * normals
    folded = finer.v_template + places.apply(at_rest)[:, None] * unit * normals
    return replace(finer, v_template=folded.astype(np.float32), shapedirs=shapedirs.astype(np.float32))
