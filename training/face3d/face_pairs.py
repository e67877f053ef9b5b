"""Two pictures of one face a row: of a photo the same twice, of a video two frames that follow.

What changes between them may change in the answers, and nothing else: two augmentations of a photo have
one identity and one expression, frames of a clip one identity and as much motion as the points tell.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from training.face3d.regressor_faces import RegressorFaces


@dataclass(frozen=True, eq=False)
class PairedPictures:
    """Pictures by row and place in the pair, taken from a pool when a batch is made.

    Attributes:
        pool: uint8 (M, P, P, 3).
        rows: int (N, 2), into the pool.
    """

    pool: np.ndarray
    rows: np.ndarray

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, chosen) -> np.ndarray:
        """uint8 (K, 2, P, P, 3)."""
        return self.pool[self.rows[chosen]]


@dataclass(frozen=True, eq=False)
class FacePairs:
    """Faces, and which of them follow which.

    Attributes:
        faces: all of them.
        rows: int (N, 2), numbers of first and second.
    """

    faces: RegressorFaces
    rows: np.ndarray

    @classmethod
    def of_photos(cls, faces: RegressorFaces) -> FacePairs:
        """Each photo with itself."""
        return cls(faces, np.repeat(np.arange(len(faces))[:, None], 2, axis=1))

    @classmethod
    def of_clips(cls, clips: list[RegressorFaces]) -> FacePairs:
        """Frames with the next one, and each clip's first with its last."""
        rows, start = [], 0
        for clip in clips:
            numbers = np.arange(start, start + len(clip))
            rows.append(np.stack([numbers, np.roll(numbers, -1)], axis=1))
            start += len(clip)
        return cls(joined([*clips]), np.concatenate(rows))

    def and_also(self, other: FacePairs, times: int = 1) -> FacePairs:
        """Both, the other one several times an epoch."""
        moved = np.tile(other.rows + len(self.faces), (times, 1))
        return FacePairs(joined([self.faces, other.faces]), np.concatenate([self.rows, moved]))

    @property
    def pictures(self) -> PairedPictures:
        """What a network is fed."""
        return PairedPictures(self.faces.pictures, self.rows)

    @property
    def first(self) -> RegressorFaces:
        """The first face of each pair; pictures are left out."""
        chosen = self.rows[:, 0]
        parts = {
            f.name: getattr(self.faces, f.name)[chosen] for f in fields(self.faces) if f.name != "pictures"
        }
        return RegressorFaces(pictures=np.empty((len(chosen), 0, 0, 3), np.uint8), **parts)

    @property
    def motion(self) -> np.ndarray:
        """float32 (N, E), by how much expressions change from first to second, as the solver says."""
        before, after = (self.faces.expression[self.rows[:, place]] for place in range(2))
        return after - before


def joined(parts: list[RegressorFaces]) -> RegressorFaces:
    """Faces of several sources as one."""
    return RegressorFaces(
        **{f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(RegressorFaces)}
    )
