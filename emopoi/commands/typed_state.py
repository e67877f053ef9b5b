"""A profile typed by hand: `--state Sad:0.6,Neutral:0.4`."""

from __future__ import annotations

import math

from emopoi.errors import InputError
from emopoi.types import EMOPOI8, EmotionProfile, PersonProfile

_MOST = 1.001  # typed shares are rounded


def read_state(text: str) -> EmotionProfile:
    """Shares of the eight states as a profile of one person; what is left to 1 is Neutral.

    Args:
        text: NAME:SHARE with commas between, shares 0..1; a name alone has share 1.

    Returns:
        A profile with confidence 1. Valence and arousal stay 0: nobody measured them.

    Raises:
        InputError: an unknown state, a state twice, or shares that are no distribution.
    """
    names = {name.casefold(): name for name in EMOPOI8}
    shares: dict[str, float] = {}
    for part in text.split(","):
        name, _, number = part.partition(":")
        state = names.get(name.strip().casefold())
        if state is None or state in shares:
            problem = "named twice" if state else f"not one of {', '.join(EMOPOI8)}"
            raise InputError(f"--state: {name.strip()!r} is {problem}")
        try:
            share = float(number) if number.strip() else 1.0
        except ValueError:
            share = math.nan
        if not 0.0 <= share <= 1.0:
            raise InputError(f"--state: {state}: a share from 0 to 1 was expected, got {number.strip()!r}")
        shares[state] = share
    total = sum(shares.values())
    if total > _MOST:
        raise InputError(f"--state: shares that sum to at most 1 were expected, got {total:g}")
    states = {name: shares.get(name, 0.0) for name in EMOPOI8}
    states["Neutral"] += max(0.0, 1.0 - total)
    person = PersonProfile(
        id=1,
        observed_s=0.0,
        fer7={},
        emopoi8=states,
        valence=0.0,
        arousal=0.0,
        variability=0.0,
        confidence=1.0,
        abstained=False,
    )
    return EmotionProfile("typed", (person,))
