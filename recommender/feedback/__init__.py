"""What people say about places: kept in a database, read as opinions with honest uncertainty.

Ranking takes `Opinions`, plain numbers. `FeedbackStore` needs SQLAlchemy and is loaded when it is
asked for, so that a device which keeps nothing needs nothing.
"""

from typing import TYPE_CHECKING, Any

from recommender.feedback.belief import Belief
from recommender.feedback.default_store import default_store
from recommender.feedback.event import KINDS, Event
from recommender.feedback.evidence import Evidence, PlaceOpinion, PlaceState
from recommender.feedback.opinions import Opinions, daily_seed, opinions_from
from recommender.feedback.prior import Prior

if TYPE_CHECKING:
    from recommender.feedback.store import FeedbackStore

__all__ = [
    "KINDS",
    "Belief",
    "Event",
    "Evidence",
    "FeedbackStore",
    "Opinions",
    "PlaceOpinion",
    "PlaceState",
    "Prior",
    "daily_seed",
    "default_store",
    "opinions_from",
]


def __getattr__(name: str) -> Any:
    if name == "FeedbackStore":
        from recommender.feedback.store import FeedbackStore

        return FeedbackStore
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
