import collections
import pickle
import sys
import types

import numpy as np
import pytest

from emopoi.errors import ModelFileError
from emopoi.head.flame_landmarks import BESIDE, find_flame_landmarks, read_flame_landmarks
from emopoi.head.ibug_points import IBUG_TO_MEDIAPIPE, JAW_LINE
from tests.head.flame_files import write_landmarks
from tests.head.made_heads import flame_landmarks


def test_table_has_each_point_once_and_is_a_mirror_of_itself(data_dir):
    assert len(set(IBUG_TO_MEDIAPIPE.tolist())) == 68 and JAW_LINE == 17
    with np.load(data_dir / "mediapipe_canonical" / "canonical_face.npz") as canonical:
        points = canonical["vertices_468"][IBUG_TO_MEDIAPIPE]
    pairs = [(i, 16 - i) for i in range(9)] + [(17 + i, 26 - i) for i in range(5)]
    pairs += [(27 + i, 27 + i) for i in range(4)] + [(31 + i, 35 - i) for i in range(3)]
    pairs += [(36, 45), (37, 44), (38, 43), (39, 42), (40, 47), (41, 46)]
    pairs += [(48 + i, 54 - i) for i in range(4)] + [(59, 55), (58, 56), (57, 57)]
    pairs += [(60, 64), (61, 63), (62, 62), (67, 65), (66, 66)]
    assert {number for pair in pairs for number in pair} == set(range(68))
    for right, left in pairs:
        np.testing.assert_allclose(points[right] * [-1, 1, 1], points[left], atol=1e-3)
        assert points[right][0] <= 1e-3
    jaw, nose, eye, lips = points[:17], points[27:31], points[36:42], points[48:60]
    assert (np.diff(jaw[:9, 1]) < 0).all() and (np.diff(nose[:, 1]) < 0).all() and nose[:, 2].argmax() == 3
    assert (eye[[1, 2], 1] > eye[[5, 4], 1]).all() and (lips[1:6, 1] > lips[11:6:-1, 1]).all()


@pytest.mark.parametrize("kind", [105, 68, 51])
def test_each_file_is_read_by_its_content(tmp_path, kind):
    path = write_landmarks(tmp_path, kind).rename(tmp_path / "any.name")
    faces, barycentrics, numbers = flame_landmarks(kind)
    landmarks = read_flame_landmarks(path)
    assert (landmarks.faces == faces).all()
    np.testing.assert_allclose(landmarks.barycentrics, barycentrics, atol=1e-6)
    assert (landmarks.indices == (IBUG_TO_MEDIAPIPE[68 - kind :] if numbers is None else numbers)).all()
    assert not landmarks.offsets.any()


def test_best_file_comes_first(tmp_path):
    assert find_flame_landmarks(tmp_path) is None
    for kind, name in zip((51, 68, 105), reversed(BESIDE), strict=True):
        write_landmarks(tmp_path, kind)
        assert find_flame_landmarks(tmp_path) == tmp_path / name


def test_irises_are_left_out(tmp_path):
    faces, barycentrics, numbers = flame_landmarks(105)
    numbers = np.concatenate([numbers[:-2], [468, 473]])
    path = tmp_path / "with_irises.npz"
    np.savez(path, lmk_face_idx=faces, lmk_b_coords=barycentrics, landmark_indices=numbers)
    assert len(read_flame_landmarks(path)) == 103


def test_tensors_that_are_not_needed_do_no_harm(tmp_path, monkeypatch):
    """The official file holds its moving jaw line as tensors of torch."""
    utilities, storages = types.ModuleType("torch._utils"), types.ModuleType("torch.storage")

    def _rebuild_tensor_v2(*arguments):
        raise AssertionError("a tensor was made")

    def _load_from_bytes(content):
        raise AssertionError("a tensor was read")

    class Tensor:
        def __reduce__(self):
            return _rebuild_tensor_v2, (Storage(), 0, (79, 17), (17, 1), False, collections.OrderedDict())

    class Storage:
        def __reduce__(self):
            return _load_from_bytes, (b"content",)

    for function, module in ((_rebuild_tensor_v2, utilities), (_load_from_bytes, storages)):
        function.__module__, function.__qualname__ = module.__name__, function.__name__
        setattr(module, function.__name__, function)
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(sys.modules, "torch", types.ModuleType("torch"))
    faces, barycentrics, _ = flame_landmarks(68)
    stored = {
        "full_lmk_faces_idx": faces[None],
        "full_lmk_bary_coords": barycentrics[None],
        "dynamic_lmk_faces_idx": Tensor(),
    }
    np.save(tmp_path / "landmark_embedding.npy", stored, allow_pickle=True)
    assert len(read_flame_landmarks(tmp_path / "landmark_embedding.npy")) == 68


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "no whole pickle"),
        (b"PK\x03\x04 cut", "no whole npz"),
        (b"\x93NUMPY\x01\x00", "no whole npy"),
        (pickle.dumps([1]), "a dictionary of landmarks was expected"),
        (pickle.dumps({"other": 1}), "no landmarks of FLAME"),
        (pickle.dumps({"lmk_face_idx": np.zeros(5, int), "lmk_b_coords": np.zeros((5, 3))}), "68 or 51"),
        (
            pickle.dumps({"lmk_face_idx": np.zeros(51, int), "lmk_b_coords": np.ones((51, 3))}),
            "sum to 1",
        ),
        (b"cos\nsystem\n(S'true'\ntR.", "which no head needs"),
    ],
)
def test_damaged_files_are_refused(tmp_path, content, told):
    path = tmp_path / "landmarks"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match=told) as caught:
        read_flame_landmarks(path)
    assert str(path) in str(caught.value)


def test_array_of_numbers_is_no_landmark_file(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros(3))
    with pytest.raises(ModelFileError, match="got an array of float64"):
        read_flame_landmarks(tmp_path / "a.npy")
    with pytest.raises(ModelFileError, match="no such file"):
        read_flame_landmarks(tmp_path / "none")
