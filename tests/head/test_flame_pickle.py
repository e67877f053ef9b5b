import os
import pickle
import re

import numpy as np
import pytest

from emopoi.errors import ModelFileError
from emopoi.head.flame_pickle import read_flame_pickle
from emopoi.head.ibug_points import IBUG_TO_MEDIAPIPE
from tests.head.flame_files import write_landmarks, write_new, write_old
from tests.head.made_heads import flame_arrays


@pytest.fixture(scope="module")
def new_file(tmp_path_factory):
    return write_new(tmp_path_factory.mktemp("flame") / "flame2023_Open.pkl")


def assert_same_arrays(head):
    arrays = flame_arrays()
    for name in ("v_template", "shapedirs", "posedirs", "weights", "J_regressor"):
        np.testing.assert_allclose(getattr(head, name), arrays[name], atol=1e-7, err_msg=name)
    assert (head.f == arrays["f"]).all()
    assert head.parents.tolist() == [-1, 0, 1, 1, 1]
    assert (head.n_identity, head.n_expressions, head.expression_names) == (300, 100, ())
    assert head.unit_m == 1.0


def test_todays_file_is_read_with_a_sparse_regressor(new_file):
    head = read_flame_pickle(new_file)
    assert_same_arrays(head)
    assert head.name == "flame2023_Open" and "CC-BY-4.0" in head.licence
    assert len(head.landmarks) == 0
    assert np.bincount(head.face_parts).tolist() == [7800, 2176]


def test_file_of_python_2_with_chumpy_is_read_without_it(tmp_path):
    head = read_flame_pickle(write_old(tmp_path / "generic_model.pkl"))
    assert_same_arrays(head)
    assert "non-commercial" in head.licence


@pytest.mark.parametrize("kind", [105, 68, 51])
def test_landmark_files_beside_it_are_found(tmp_path, new_file, kind):
    os.link(new_file, tmp_path / "flame.pkl")
    write_landmarks(tmp_path, kind)
    head = read_flame_pickle(tmp_path / "flame.pkl")
    assert len(head.landmarks) == kind
    points = head.landmark_points(head.v_template)
    tip = points[head.landmarks.indices == IBUG_TO_MEDIAPIPE[30]][0]
    assert points[:, 2].max() - tip[2] < 0.002 and abs(tip[0]) < 0.005


def test_given_landmark_file_is_taken(tmp_path, new_file):
    assert len(read_flame_pickle(new_file, write_landmarks(tmp_path, 68)).landmarks) == 68


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"weights": None}, "it has no weights"),
        ({"v_template": np.zeros((6890, 3))}, r"no version of FLAME .* \(5023, 3\) .* got \(6890, 3\)"),
        ({"shapedirs": np.zeros((5023, 3, 10), np.float32)}, "shapedirs of shape"),
        ({"weights": np.eye(24)[np.zeros(5023, int)]}, r"weights .* got \(5023, 24\)"),
        ({"posedirs": np.zeros((5023, 3, 207), np.float32)}, "posedirs of shape"),
        ({"v_template": np.full((5023, 3), np.nan)}, "not finite"),
        ({"f": np.full((9976, 3), 5023)}, "f in 0..5022"),
        ({"J_regressor": "none"}, "J_regressor: no array"),
        ({"kintree_table": np.zeros((2, 24), int)}, r"kintree_table of shape \(2, 5\)"),
    ],
)
def test_other_layouts_are_refused_in_one_line(tmp_path, changed, told):
    path = write_new(tmp_path / "flame.pkl", **{"shapedirs": np.zeros((5023, 3, 400), np.float32), **changed})
    with pytest.raises(ModelFileError, match=told) as caught:
        read_flame_pickle(path)
    assert "\n" not in str(caught.value) and str(path) in str(caught.value)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.99])
def test_cut_file_is_refused(tmp_path, new_file, share):
    content = new_file.read_bytes()
    (tmp_path / "cut.pkl").write_bytes(content[: int(share * len(content))])
    with pytest.raises(ModelFileError, match=re.escape(str(tmp_path / "cut.pkl"))):
        read_flame_pickle(tmp_path / "cut.pkl")


def test_pickle_of_something_else_is_refused(tmp_path):
    (tmp_path / "list.pkl").write_bytes(pickle.dumps([1, 2, 3]))
    with pytest.raises(ModelFileError, match="a dictionary of arrays was expected"):
        read_flame_pickle(tmp_path / "list.pkl")
    (tmp_path / "text.pkl").write_text("hello")
    with pytest.raises(ModelFileError, match=r"no FLAME pickle$"):
        read_flame_pickle(tmp_path / "text.pkl")
    with pytest.raises(ModelFileError, match="no such file"):
        read_flame_pickle(tmp_path / "none.pkl")
