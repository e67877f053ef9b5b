"""The files of one person: meshes and coefficients. The one place that knows their writers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emopoi.head.coefficient_files import (
    write_coefficients_csv,
    write_coefficients_json,
    write_coefficients_npz,
)
from emopoi.head.gltf_file import write_glb
from emopoi.head.head_model import HeadModel, project
from emopoi.head.obj_file import write_obj
from emopoi.head.skinning import rotation_matrices
from emopoi.head.subdivision import Subdivision
from emopoi.head.texture import TextureMap
from emopoi.reconstruct.solving import SolvedPerson
from emopoi.types.face_coefficients import FaceCoefficients

_MOST_TRIANGLES = 12_000  # of files; every level makes four of each


class PersonFiles:
    """Writes people of one head.

    Args:
        head: of everybody.
        picture_px: width and height of the source's pictures.
        fps: frames a second that were read, None where unknown.
    """

    def __init__(self, head: HeadModel, picture_px: tuple[int, int], fps: float | None) -> None:
        self._head = head
        self._picture_px, self._fps = picture_px, fps
        self._texture_map = TextureMap(head) if len(head.uv) else None
        finer = 4 * len(head.f) <= _MOST_TRIANGLES
        uv_f = head.uv_f if len(head.uv) else None
        self._finer = Subdivision(head.f, len(head.v_template), 1, uv_f) if finer else None

    def writers(self, folder: Path, person: SolvedPerson) -> list[Callable[[], list[Path]]]:
        """What has to be done for one person, each file by itself, so that one that fails costs no other.

        Args:
            folder: exists.
            person: to write.

        Returns:
            Functions that write and give the paths written; they raise `OutputError`.
        """
        texture: list[NDArray[np.uint8] | None] = []

        def painted() -> NDArray[np.uint8] | None:
            if not texture:
                texture.append(self._texture(person))
            return texture[0]

        return [
            lambda: self._obj(folder / "head.obj", person, painted()),
            lambda: self._glb(folder / "head.glb", person, painted()),
            lambda: self._coefficients(folder, person, "npz"),
            lambda: self._coefficients(folder, person, "csv"),
            lambda: self._coefficients(folder, person, "json"),
        ]

    def _obj(self, path: Path, person: SolvedPerson, texture: NDArray[np.uint8] | None) -> list[Path]:
        shown = person.coefficients[person.view.number if person.view else 0]
        vertices = self._head.vertices(at_rest(shown))
        return list(write_obj(path, self._head, vertices, texture, subdivision=self._finer))

    def _glb(self, path: Path, person: SolvedPerson, texture: NDArray[np.uint8] | None) -> list[Path]:
        expressions = np.stack([one.expression for one in person.coefficients])
        turned = np.stack([one.pose[0] for one in person.coefficients])
        times_s = person.times_ms / 1000.0
        write_glb(
            path,
            self._head,
            person.coefficients[0].identity,
            expressions,
            rotation_matrices(turned),
            times_s if len(times_s) > 1 else None,
            texture,
            subdivision=self._finer,
        )
        return [path]

    def _coefficients(self, folder: Path, person: SolvedPerson, kind: str) -> list[Path]:
        path = folder / f"coefficients.{kind}"
        times_ms = person.times_ms.tolist()
        if kind == "json":
            write_coefficients_json(
                path, self._head, times_ms, person.coefficients, fps=self._fps, picture_px=self._picture_px
            )
        else:
            write = write_coefficients_npz if kind == "npz" else write_coefficients_csv
            write(path, self._head, times_ms, person.coefficients)
        return [path]

    def _texture(self, person: SolvedPerson) -> NDArray[np.uint8] | None:
        if self._texture_map is None or person.view is None:
            return None
        shown = person.coefficients[person.view.number]
        projected = project(self._head.vertices(shown), person.view.camera(shown.camera))
        return self._texture_map.paint(person.view.image, projected, person.view.points)


def at_rest(coefficients: FaceCoefficients) -> FaceCoefficients:
    """The same face with the head's own turn taken away: pose[0] is 0."""
    pose = coefficients.pose.copy()
    pose[0] = 0.0
    return replace(coefficients, pose=pose)
