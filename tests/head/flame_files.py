"""FLAME's files as its makers write them, with made geometry."""

import contextlib
import copyreg
import pickle
import struct
import sys
import types
from typing import ClassVar

import numpy as np
import scipy.sparse

from tests.head.made_heads import flame_arrays, flame_landmarks


class _PythonTwo(pickle._Pickler):
    """Writes bytes as Python 2 wrote its strings."""

    dispatch: ClassVar = dict(pickle._Pickler.dispatch)

    def _bytes(self, content):
        self.write(b"T" + struct.pack("<i", len(content)) + content)
        self.memoize(content)

    dispatch[bytes] = _bytes


@contextlib.contextmanager
def chumpy():
    """A module chumpy.ch with the class Ch while a file is written."""

    class Ch:
        def __init__(self, x):
            self.x = x
            self._dirty_vars = set()
            self._status = "clean"

        def __reduce__(self):
            # As Python 2 pickled objects by default.
            return copyreg._reconstructor, (Ch, object, None), self.__dict__

    module, package = types.ModuleType("chumpy.ch"), types.ModuleType("chumpy")
    Ch.__module__, Ch.__qualname__ = "chumpy.ch", "Ch"
    module.Ch = package.ch = Ch
    sys.modules.update({"chumpy": package, "chumpy.ch": module})
    try:
        yield Ch
    finally:
        del sys.modules["chumpy"], sys.modules["chumpy.ch"]


def write_new(path, **changed):
    """As 2023 Open: NumPy arrays, a sparse regressor, Python 3."""
    arrays = {**flame_arrays(), "J_regressor": scipy.sparse.csc_matrix(flame_arrays()["J_regressor"])}
    arrays.update(changed)
    path.write_bytes(pickle.dumps({name: value for name, value in arrays.items() if value is not None}, 4))
    return path


def write_old(path):
    """As 2017: chumpy arrays, SciPy's old module names, Python 2 strings, posedirs the other way round."""
    arrays = dict(flame_arrays())
    arrays["posedirs"] = np.ascontiguousarray(arrays["posedirs"].reshape(-1, 36).T)
    with chumpy() as Ch, path.open("wb") as file:
        for name in ("v_template", "shapedirs", "posedirs", "weights"):
            arrays[name] = Ch(arrays[name].astype(np.float32))
        arrays["J_regressor"] = scipy.sparse.csc_matrix(arrays["J_regressor"])
        arrays["bs_style"], arrays["bs_type"] = "lbs", "lrotmin"
        arrays["J"] = Ch(np.zeros((5, 3)))
        _PythonTwo(file, protocol=2).dump(arrays)
    content = path.read_bytes()
    assert b"scipy.sparse._csc\n" in content and b"copy_reg\n" in content
    path.write_bytes(content.replace(b"scipy.sparse._csc\n", b"scipy.sparse.csc\n"))
    return path


def write_landmarks(folder, kind):
    """One of the three landmark files by its official name."""
    if kind == 105:
        faces, barycentrics, numbers = flame_landmarks(105)
        path = folder / "mediapipe_landmark_embedding.npz"
        np.savez(path, lmk_face_idx=faces, lmk_b_coords=barycentrics, landmark_indices=numbers)
    elif kind == 68:
        faces, barycentrics, _ = flame_landmarks(68)
        path = folder / "landmark_embedding.npy"
        stored = {
            "static_lmk_faces_idx": faces[17:],
            "static_lmk_bary_coords": barycentrics[17:],
            "full_lmk_faces_idx": faces[None],
            "full_lmk_bary_coords": barycentrics[None],
        }
        np.save(path, stored, allow_pickle=True)
    else:
        faces, barycentrics, _ = flame_landmarks(51)
        path = folder / "flame_static_embedding.pkl"
        path.write_bytes(pickle.dumps({"lmk_face_idx": faces, "lmk_b_coords": barycentrics}, 2))
    return path
