"""Beliefs about kinds of places from what was said: a type shrinks to its group, a group to all.

Partial pooling (Gelman and Hill 2007, chapter 12) in closed form. The belief about a group counts each
type's n opinions as `strength n / (strength + n)` of them: however often one type was praised, it is one
kind of its group.
"""

from __future__ import annotations

from collections.abc import Mapping

from recommender.feedback.belief import Belief
from recommender.feedback.prior import Prior

_EDGE = 0.02
"""A prior mean keeps this far from 0 and 1: a kind of place is never given up for good."""


def pooled(
    said: Mapping[str, tuple[float, float]], groups: Mapping[str, str], prior: Prior
) -> tuple[dict[str, Belief], dict[str, Belief]]:
    """Beliefs about every type and every group.

    Args:
        said: (successes, failures) by type, both >= 0; types nothing was said about may be left out.
        groups: group of every type, those in `said` included.
        prior: what is known of all.

    Returns:
        Beliefs by type and beliefs by group.
    """
    of_group = _of_groups(said, groups, prior)
    of_type = {}
    for name, group in groups.items():
        success, failure = said.get(name, (0.0, 0.0))
        centre = of_group[group].mean + prior.shift_of_type(name, group)
        of_type[name] = _belief(centre, prior.type_strength, success, failure, success + failure)
    return of_type, of_group


def _of_groups(
    said: Mapping[str, tuple[float, float]], groups: Mapping[str, str], prior: Prior
) -> dict[str, Belief]:
    counts = {group: (0.0, 0.0, 0.0) for group in groups.values()}
    for name, (success, failure) in said.items():
        total = success + failure
        share = prior.type_strength / (prior.type_strength + total)
        before = counts[groups[name]]
        counts[groups[name]] = (
            before[0] + share * success,
            before[1] + share * failure,
            before[2] + total,
        )
    return {
        group: _belief(prior.centre_of_group(group), prior.group_strength, *count)
        for group, count in counts.items()
    }


def _belief(centre: float, strength: float, success: float, failure: float, said: float) -> Belief:
    centre = min(max(centre, _EDGE), 1.0 - _EDGE)
    return Belief(strength * centre + success, strength * (1.0 - centre) + failure, said)


def prior_of_all(said: Mapping[str, tuple[float, float]], groups: Mapping[str, str]) -> Prior:
    """What all people said together, as the start for each of them; `said` and `groups` as in `pooled`."""
    neutral = Prior()
    success, failure = (sum(counts[index] for counts in said.values()) for index in (0, 1))
    start = Prior(mean=_belief(neutral.mean, neutral.group_strength, success, failure, 0.0).mean)
    of_type, of_group = pooled(said, groups, start)
    return Prior(
        mean=start.mean,
        of_group={name: belief.mean for name, belief in of_group.items() if belief.said},
        of_type={name: belief.mean for name, belief in of_type.items() if belief.said},
    )
