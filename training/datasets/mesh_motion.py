"""Meshes that speak as few coefficients: principal directions of how they differ from their template."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emopoi.errors import InputError
from emopoi.report.output_folder import write_bytes_atomically
from training.datasets.collection import Row
from training.datasets.voices import RATE_HZ, as_wav

SHAPES = 50
"""Coefficients that a mesh becomes."""
FILE = "directions.npz"
_FRAMES = 2000


@dataclass(frozen=True, eq=False)
class Directions:
    """What coefficients stand for: motion = scale * coefficients @ basis.

    Attributes:
        basis: float32 (50, 3 V), rows of unit length; rows of zeros where the motion has fewer.
        scale: the spread of the first one, so that coefficients are about 1.
    """

    basis: np.ndarray
    scale: float

    def coefficients(self, motion: np.ndarray) -> np.ndarray:
        """Of float (F, 3 V): float32 (F, 50)."""
        if motion.shape[1] != self.basis.shape[1]:
            raise InputError(f"meshes of {self.basis.shape[1] // 3} points, got {motion.shape[1] // 3}")
        return ((motion @ self.basis.T) / self.scale).astype("<f4")


def kept_directions(out: Path, frames: Callable[[int], np.ndarray]) -> Directions:
    """The directions of a collection, worked out once and kept beside its rows.

    Args:
        out: folder of the result.
        frames: gives about so many motions of training speakers, float32 (F, 3 V).

    Raises:
        InputError: what is kept is damaged, or there is no motion.
    """
    kept = out / FILE
    if kept.is_file():
        try:
            with np.load(kept) as stored:
                return Directions(stored["basis"], float(stored["scale"]))
        except (OSError, ValueError, KeyError) as error:
            raise InputError(f"{kept}: directions of motion were expected ({error}); remove it") from error
    moves = frames(_FRAMES)
    if len(moves) < 2:
        raise InputError("meshes of training speakers were expected, there are not two frames")
    found = principal(moves)
    content = io.BytesIO()
    np.savez(content, basis=found.basis, scale=found.scale)
    write_bytes_atomically(kept, content.getvalue())
    return found


def principal(moves: np.ndarray) -> Directions:
    """Principal directions of motions, float32 (F, 3 V)."""
    # In the smaller space of frames: meshes have thousands of points.
    gram = moves @ moves.T
    values, vectors = np.linalg.eigh(gram)
    kept = np.argsort(-values)[: min(SHAPES, len(values))]
    kept = kept[values[kept] > 1e-6 * values.max()]  # what is left is rounding
    basis = vectors[:, kept].T @ moves
    basis /= np.maximum(np.linalg.norm(basis, axis=1, keepdims=True), 1e-12)
    filled = np.zeros((SHAPES, moves.shape[1]), np.float32)
    filled[: len(basis)] = basis
    return Directions(filled, float((moves @ filled[0]).std()) or 1.0)


def speaking_row(clip: str, samples: np.ndarray, coefficients: np.ndarray, **facts: str | float) -> Row:
    """A row of `columns.SPEAKING`.

    Args:
        clip: its name.
        samples: float32 (N,) at 16 kHz.
        coefficients: float32 (F, 50).
        facts: fps, kind, speaker, split and source, and label_name where known; English.
    """
    return {"label_name": "", "lang": "en"} | {
        "clip": clip,
        "audio": as_wav(samples),
        "seconds": len(samples) / RATE_HZ,
        "coeffs": coefficients.astype("<f4").tobytes(),
        "n_frames": len(coefficients),
        "n_coeffs": coefficients.shape[1],
        **facts,
    }
