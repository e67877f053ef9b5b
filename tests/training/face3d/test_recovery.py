"""The shipped head's coefficients come back from noisy points; much noise hides them."""

from dataclasses import replace

import numpy as np

from emopoi.runtime.frozen_head import load_head
from training.face3d.recovery import MadeFaces, recovery

FEW = MadeFaces(count=60)


def test_named_expressions_are_recovered():
    found = recovery(load_head(), FEW)
    assert np.median(list(found.values())) >= 0.85
    for name in (
        "eyeBlinkLeft",
        "eyeBlinkRight",
        "jawOpen",
        "mouthSmileLeft",
        "mouthSmileRight",
        "mouthPucker",
    ):
        assert found[name] >= 0.9, name


def test_noise_costs():
    head = load_head()
    loud = recovery(head, replace(FEW, count=30, noise=0.08))
    assert (
        np.median(list(loud.values()))
        < np.median(list(recovery(head, replace(FEW, count=30)).values())) - 0.1
    )


def test_errors_that_neighbours_share_cost_more_than_those_that_they_do_not():
    head = load_head()
    made = replace(FEW, count=60, noise=0.03)
    alone, shared = (
        np.median(list(recovery(head, replace(made, shared=share)).values())) for share in (0.0, 0.9)
    )
    assert shared < alone
