"""Heads are told apart by what their coefficients mean."""

import dataclasses

from emopoi.head.fingerprint import head_fingerprint
from emopoi.head.head_file import head_from_npz, head_to_npz, write_head_npz
from emopoi.head.head_model import HeadModel
from emopoi.runtime.frozen_head import load_head
from tests.head.flame_files import write_landmarks, write_new


def test_a_copy_is_the_same_head_and_a_moved_vertex_is_not():
    head = load_head()
    assert head_fingerprint(head_from_npz(head_to_npz(head), "other name", "memory")) == head_fingerprint(
        head
    )
    moved = head.v_template.copy()
    moved[7, 1] += 1e-3
    names = (*head.expression_names[1:], head.expression_names[0])
    for other in ({"v_template": moved}, {"expression_names": names}):
        assert head_fingerprint(dataclasses.replace(head, **other)) != head_fingerprint(head)


def test_flames_pickle_and_the_file_it_is_converted_to_are_one_head(tmp_path):
    write_landmarks(tmp_path, 105)
    flame = HeadModel.load(write_new(tmp_path / "flame2023_Open.pkl"))
    write_head_npz(flame, tmp_path / "flame.npz")
    assert head_fingerprint(HeadModel.load(tmp_path / "flame.npz")) == head_fingerprint(flame)
