"""The 68 points of iBUG (Multi-PIE, FLAME's `landmark_embedding.npy`) by their numbers in MediaPipe's mesh.

Sagonas et al. 2013, "300 Faces in-the-Wild Challenge" draws the 68 points; Lugaresi et al. 2019,
"MediaPipe" the mesh. Neither names the other's points: the table gives for each the vertex of the mesh
that lies where the drawing has it. The jaw line is the silhouette in one and skin in the other, so its
first and last points fit loosely.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

IBUG_TO_MEDIAPIPE: NDArray[np.int32] = np.array(
    [
        # jaw line, from the person's right ear over the chin (8) to the left
        *(127, 234, 93, 132, 58, 136, 150, 176, 152, 400, 379, 365, 288, 361, 323, 454, 356),
        # right brow from the outside, left brow from the inside
        *(70, 63, 105, 66, 107, 336, 296, 334, 293, 300),
        # bridge of the nose downwards, then under the nose from the right
        *(168, 197, 5, 4, 98, 97, 2, 326, 327),
        # right eye from its outer corner over the upper lid, left eye from its inner corner
        *(33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380),
        # outer lips from the right corner over the upper lip
        *(61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181),
        # inner lips from the right corner over the upper lip
        *(78, 81, 13, 311, 308, 402, 14, 178),
    ],
    np.int32,
)
"""int32 (68,), number in MediaPipe's mesh of each iBUG point. The last 51 are FLAME's static points."""
IBUG_TO_MEDIAPIPE.setflags(write=False)

JAW_LINE = 17
"""How many of the 68, from the first, lie on the silhouette."""
