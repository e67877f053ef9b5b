"""Coefficient files and meshes of a face that speaks, a part for every ten minutes: memory stays flat."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emopoi.head.coefficient_files import (
    write_coefficients_csv,
    write_coefficients_json,
    write_coefficients_npz,
)
from emopoi.head.gltf_file import write_glb
from emopoi.head.head_model import HeadModel
from emopoi.head.subdivision import Subdivision
from emopoi.head.whole_files import write_whole
from emopoi.voice.head_expressions import HeadExpressions
from emopoi.voice.speaking_face import TimedFaces

PART_S = 600.0
"""Seconds of a part."""
_MOST_TRIANGLES = 12_000  # of files; every level makes four of each


class FaceFiles:
    """Collects faces and writes them: coefficients.npz, .csv and .json, facegood.npz and head.glb.

    Those of the second ten minutes are called coefficients-2.npz and so on.

    Args:
        folder: exists.
        head: that speaks.
        facegood_names: of FACEGOOD's coefficients.
        fps: faces a second.

    Attributes:
        files: names of what was written so far.
    """

    def __init__(self, folder: Path, head: HeadModel, facegood_names: tuple[str, ...], fps: float) -> None:
        self._folder, self._head, self._names, self._fps = folder, head, facegood_names, fps
        self._shapes = HeadExpressions(head)
        finer = 4 * len(head.f) <= _MOST_TRIANGLES
        uv_f = head.uv_f if len(head.uv) else None
        self._finer = Subdivision(head.f, len(head.v_template), 1, uv_f) if finer else None
        self._faces: list[TimedFaces] = []
        self._count = self._part = 0
        self.files: list[str] = []

    def add(self, faces: TimedFaces) -> None:
        """Take some faces; a part that is full is written.

        Raises:
            OutputError: a file can not be written.
        """
        self._faces.append(faces)
        self._count += len(faces.times_s)
        if self._count >= PART_S * self._fps:
            self.write()

    def write(self) -> None:
        """Write what was collected since the last part; nothing where there is nothing.

        Raises:
            OutputError: a file can not be written.
        """
        if not self._count:
            return
        self._part += 1
        ending = "" if self._part == 1 else f"-{self._part}"
        times_s = np.concatenate([one.times_s for one in self._faces])
        arkit = np.concatenate([one.arkit for one in self._faces])
        facegood = np.concatenate([one.facegood for one in self._faces])
        self._faces, self._count = [], 0
        coefficients = [self._shapes.of(row) for row in arkit]
        times_ms = (1000.0 * times_s).tolist()
        head = self._head
        writers: dict[str, Callable[[Path], object]] = {
            f"coefficients{ending}.npz": lambda path: write_coefficients_npz(
                path, head, times_ms, coefficients
            ),
            f"coefficients{ending}.csv": lambda path: write_coefficients_csv(
                path, head, times_ms, coefficients
            ),
            f"coefficients{ending}.json": lambda path: write_coefficients_json(
                path, head, times_ms, coefficients, fps=self._fps
            ),
            f"facegood{ending}.npz": lambda path: _write_facegood(path, times_s, facegood, self._names),
            f"head{ending}.glb": lambda path: write_glb(
                path,
                head,
                coefficients[0].identity,
                np.stack([one.expression for one in coefficients]),
                None,
                # An animation begins at 0, whichever part it is.
                times_s - times_s[0] if len(times_s) > 1 else None,
                subdivision=self._finer,
            ),
        }
        for name, write in writers.items():
            write(self._folder / name)
            self.files.append(name)


def _write_facegood(
    path: Path, times_s: NDArray[np.float64], coefficients: NDArray[np.float32], names: tuple[str, ...]
) -> None:
    content = io.BytesIO()
    np.savez_compressed(content, times_s=times_s, coefficients=coefficients, names=np.array(names))
    write_whole({path: content.getvalue()})
