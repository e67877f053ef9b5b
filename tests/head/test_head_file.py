import dataclasses

import numpy as np
import pytest

from emopoi.errors import ModelFileError, OutputError
from emopoi.head.head_file import head_from_npz, head_to_npz, read_head_npz, write_head_npz
from tests.head.made_heads import flame_arrays, small_head

ARRAYS = (
    "v_template",
    "f",
    "shapedirs",
    "posedirs",
    "J_regressor",
    "weights",
    "parents",
    "uv",
    "uv_f",
    "face_parts",
)


def test_a_head_comes_back_whole(tmp_path):
    head = dataclasses.replace(
        small_head(),
        uv=np.random.default_rng(0).random((50, 2)).astype(np.float32),
        uv_f=np.random.default_rng(0).integers(0, 50, (1960, 3)).astype(np.int32),
        unit_m=0.5,
    )
    write_head_npz(head, tmp_path / "head.npz")
    back = read_head_npz(tmp_path / "head.npz")
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(back, name), getattr(head, name), err_msg=name)
        assert getattr(back, name).dtype == getattr(head, name).dtype
    for name in ("faces", "barycentrics", "indices", "offsets"):
        np.testing.assert_array_equal(getattr(back.landmarks, name), getattr(head.landmarks, name))
    assert (back.name, back.licence, back.unit_m, back.expression_names, back.n_identity) == (
        (head.name, head.licence, head.unit_m, head.expression_names, head.n_identity)
    )
    assert list(tmp_path.iterdir()) == [tmp_path / "head.npz"]


def test_half_precision_is_smaller_and_near():
    head = small_head()
    half = head_to_npz(head, half=True)
    assert len(half) < 0.7 * len(head_to_npz(head))
    back = head_from_npz(half, "", "")
    np.testing.assert_array_equal(back.v_template, head.v_template)
    assert 0 < np.abs(back.shapedirs - head.shapedirs).max() < 2e-5


def test_flames_arrays_in_an_npz_are_a_head(tmp_path):
    np.savez(tmp_path / "flame.npz", **flame_arrays())
    head = read_head_npz(tmp_path / "flame.npz")
    assert (head.name, head.n_identity, head.n_expressions, head.expression_names) == ("flame", 300, 100, ())
    assert len(head.landmarks) == 0 and head.unit_m == 1.0


def test_cut_and_foreign_files_are_told(tmp_path):
    content = head_to_npz(small_head())
    path = tmp_path / "head.npz"
    for share in (0.0, 0.1, 0.9, 0.999):
        path.write_bytes(content[: int(share * len(content))])
        with pytest.raises(ModelFileError, match=r"head\.npz"):
            read_head_npz(path)
    np.savez(path, v_template=np.zeros((3, 3)), f=np.zeros((1, 3), int))
    with pytest.raises(ModelFileError, match="it has no J_regressor, kintree_table, posedirs"):
        read_head_npz(path)
    path.unlink()
    with pytest.raises(ModelFileError, match="no such file"):
        read_head_npz(path)


def test_changed_bytes_give_a_head_or_our_error():
    content = bytearray(head_to_npz(small_head()))
    generator = np.random.default_rng(1)
    refused = 0
    for _ in range(60):
        spoilt = content.copy()
        spoilt[generator.integers(len(spoilt))] ^= 1 << generator.integers(8)
        try:
            head_from_npz(bytes(spoilt), "", "spoilt")
        except ModelFileError:
            refused += 1
    assert refused > 10


def test_objects_are_not_unpickled(tmp_path):
    arrays = {**flame_arrays(), "name": np.array({"a": 1}, object)}
    np.savez(tmp_path / "head.npz", **arrays)
    with pytest.raises(ModelFileError, match=r"head\.npz"):
        read_head_npz(tmp_path / "head.npz")


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(OutputError, match="can not be written"):
        write_head_npz(small_head(), tmp_path / "none" / "head.npz")
    (tmp_path / "head.npz").mkdir()
    with pytest.raises(OutputError, match="a folder has this name"):
        write_head_npz(small_head(), tmp_path / "head.npz")
    assert [path.name for path in tmp_path.iterdir()] == ["head.npz"]
