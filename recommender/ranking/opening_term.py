"""What opening hours take from a score: nothing where a place is open, much where it is closed."""

from __future__ import annotations

from datetime import datetime, timedelta

from recommender.opening import OpenState
from recommender.taxonomy import TYPES

CLOSED = -3.0
"""Log odds: a closed place comes back only where hardly anything is open."""

CLOSES_SOON = -0.7
_A_VISIT = timedelta(minutes=30)


def opening_term(state: OpenState, type_name: str, arrival: datetime) -> float:
    """Log odds <= 0. Unknown is never closed: it costs what a fair guess expects.

    Args:
        state: on arrival.
        type_name: key of `TYPES`.
        arrival: local time.
    """
    if state.state == "open":
        return CLOSES_SOON if closes_soon(state, arrival) else 0.0
    if state.state == "closed":
        return CLOSED
    if TYPES[type_name].open_air:
        return 0.0 if is_day(arrival) else CLOSED / 3
    return CLOSED / 10 if is_day(arrival) else CLOSED / 2


def closes_soon(state: OpenState, arrival: datetime) -> bool:
    """Open on arrival, but for less than half an hour."""
    return state.state == "open" and state.until is not None and state.until - arrival < _A_VISIT


def is_day(moment: datetime) -> bool:
    """From 7 to 22 o'clock, when a walk in a park can be suggested without a second thought."""
    return 7 <= moment.hour < 22
