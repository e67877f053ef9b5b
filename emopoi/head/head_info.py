"""What is in a head, in plain values."""

from __future__ import annotations

from typing import Any

import numpy as np

from emopoi.head.head_model import PARTS, HeadModel
from emopoi.types.face_coefficients import JOINTS


def head_info(head: HeadModel) -> dict[str, Any]:
    """Describe a head for JSON.

    Args:
        head: to describe.

    Returns:
        name, vertices, triangles, identity_modes, expressions, expression_names, joints (name to place in
        units of the head), landmarks, unit_m, size_cm (width, height, depth), parts (name to triangles), uv,
        pose_correctives (whether posedirs does anything) and licence.
    """
    joints = head.J_regressor @ head.v_template
    size_cm = np.ptp(head.v_template, axis=0) * head.unit_m * 100
    parts = np.bincount(head.face_parts, minlength=len(PARTS))
    return {
        "name": head.name,
        "vertices": len(head.v_template),
        "triangles": len(head.f),
        "identity_modes": head.n_identity,
        "expressions": head.n_expressions,
        "expression_names": list(head.expression_names),
        "joints": {
            name: [round(float(value), 4) + 0.0 for value in place]  # no -0.0
            for name, place in zip(JOINTS, joints, strict=True)
        },
        "landmarks": len(head.landmarks),
        "unit_m": head.unit_m,
        "size_cm": [round(float(length), 2) for length in size_cm],
        "parts": {name: int(count) for name, count in zip(PARTS, parts, strict=True) if count},
        "uv": len(head.uv),
        "pose_correctives": bool(head.posedirs.any()),
        "licence": head.licence,
    }
