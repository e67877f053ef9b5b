"""Heads are told apart by what their coefficients mean."""

import dataclasses

from emopoi.head.fingerprint import head_fingerprint
from emopoi.head.head_file import head_from_npz, head_to_npz
from emopoi.runtime.frozen_head import load_head


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
