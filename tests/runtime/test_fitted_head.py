from dataclasses import replace

import pytest

from emopoi.errors import ModelFileError
from emopoi.runtime.fitted_head import check_head, check_task
from emopoi.runtime.frozen_head import load_head
from emopoi.runtime.manifest import find_model
from tests.head.made_heads import small_head
from tests.runtime.taught_models import manifest

SHIPPED = find_model("head").files["npz"].sha256


def network(**data):
    return manifest("any", {"points": 9}, {"pose": 7}, **data)


def test_a_network_goes_with_the_head_that_it_was_made_for():
    head = load_head()
    other = replace(head, v_template=head.v_template * 1.01)
    check_head(network(head=SHIPPED), head)
    check_head(network(head="of the user's own"), other)
    # What says nothing of a head is known by its sizes alone.
    check_head(network(), small_head())
    for told, wrong in ((SHIPPED, other), (SHIPPED, small_head()), ("an older head", head)):
        with pytest.raises(ModelFileError, match="made for another head than"):
            check_head(network(head=told), wrong)


def test_without_a_shipped_head_nothing_can_be_compared(monkeypatch, tmp_path):
    monkeypatch.setenv("EMOPOI_MODELS", str(tmp_path))
    check_head(network(head=SHIPPED), small_head())


def test_tasks_and_sizes_are_held_to():
    check_task(network(), "any", {"points": 9}, {"pose": 7})
    for words, match in (
        (("other", {"points": 9}, {"pose": 7}), "is for any, not for other"),
        (("any", {"points": 8}, {"pose": 7}), "does not fit the head"),
        (("any", {"points": 9}, {"expression": 7}), "does not fit the head"),
    ):
        with pytest.raises(ModelFileError, match=match):
            check_task(network(), *words)
