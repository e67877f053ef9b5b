"""What folds add to a drawn face, by who is seen: both networks of detail together."""

from __future__ import annotations

import numpy as np

from emopoi.head.detail_places import DetailPlaces
from emopoi.preprocess import crop_face, face_to_input
from emopoi.progress import progress
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.types import Face
from training.audit.face_sets import UTK
from training.audit.figures import Measure, ScoredRows
from training.audit.scored_rows import AuditData

_TOGETHER = 32
MOST_FACES = 512
"""Each is drawn twice, which is slow."""


def score_detail(data: AuditData) -> list[ScoredRows]:
    """Colours of drawn skin against the picture, with detail and without.

    Args:
        data: where rows come from; at most `MOST_FACES` are taken, evenly.
    """
    from emopoi.export.input_levels import MEAN, STD
    from training.face3d.albedo import AlbedoBasis
    from training.face3d.face_drawing import FaceDrawing
    from training.face3d.looks import colours_apart
    from training.face3d.regressor_faces import keypoints_of

    faces = data.faces(UTK)
    regressor, codes, maps = (
        FrozenModel.load(name) for name in ("face_regressor", "face_detail", "face_detail_map")
    )
    basis = AlbedoBasis.load(regressor.manifest.folder / regressor.manifest.data["albedo"]["path"])
    spec = regressor.manifest.input
    assert spec is not None
    draw = FaceDrawing(faces.head, basis, crop_px=spec.size, size_px=spec.size)
    places = DetailPlaces.of_head(draw.head, maps.manifest.outputs["displacement"].shape[1])
    seen = np.flatnonzero(faces.seen)
    rows = seen[np.unique(np.linspace(0, len(seen) - 1, min(MOST_FACES, len(seen))).astype(int))]
    gain = np.full(len(faces), np.nan)
    starts = range(0, len(rows), _TOGETHER)
    for start in progress(starts, len(starts), f"drawing faces of {UTK}"):
        some = rows[start : start + _TOGETHER]
        crops = [
            crop_face(
                faces.pictures[row], Face((0.0, 0.0, 1.0, 1.0), 1.0, keypoints_of(faces.points[0][row])),
                spec.layout, spec.size,
            )
            for row in some
        ]  # fmt: skip
        inputs = [face_to_input(crop, spec) for crop in crops]
        outputs = [regressor.run_face(face) for face in inputs]
        told = {name: np.stack([one[name] for one in outputs]) for name in outputs[0]}
        told["expression"] = np.clip(told["expression"], 0, 1)
        shown = np.stack(inputs) * STD + MEAN
        moved = np.stack(
            [
                places.apply(
                    maps.run(code=codes.run_face(face)["code"][None], expression=one[None])["displacement"][
                        0, ..., 0
                    ]
                )
                for face, one in zip(inputs, told["expression"], strict=True)
            ]
        )
        errors = []
        for by in (None, moved):
            drawn = draw(told, by)
            errors.append(np.asarray(colours_apart(shown / 255, drawn["image"], drawn["part"]))[:, 0])
        gain[some] = 100.0 * (1.0 - errors[1] / errors[0])
    measures = {"colours nearer with detail": Measure(gain, "%", "high", 2)}
    return [ScoredRows(f"{UTK} (at most {MOST_FACES} faces)", "pictures", measures, faces.attributes)]
