"""Whether two heads are the same one, as far as coefficients go."""

from __future__ import annotations

import hashlib

import numpy as np

from emopoi.head.head_model import HeadModel


def head_fingerprint(head: HeadModel) -> str:
    """SHA-256 of what coefficients mean on a head: shape, modes, names and joints, not its textures' layout.

    The same head read from another kind of file has the same fingerprint.
    """
    digest = hashlib.sha256()
    for name in ("v_template", "f", "shapedirs", "J_regressor", "weights"):
        array = np.ascontiguousarray(getattr(head, name))
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode() + array.tobytes())
    digest.update(repr((head.n_identity, tuple(head.expression_names))).encode())
    return digest.hexdigest()
