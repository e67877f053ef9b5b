"""Places worth going to from an emotion profile: catalogue, ranking, feedback, reasons.

Knows no pixels: the only thing that crosses from recognition is `emopoi.types.EmotionProfile`.
"""

from recommender.catalogue import Catalogue, open_catalogue
from recommender.emotion_prior import MODES, Mode
from recommender.place import Place
from recommender.suggesting import Recommendation, recommend, suggest
from recommender.suggestion import Suggestion
from recommender.taxonomy import GROUPS, TYPES

__all__ = [
    "GROUPS",
    "MODES",
    "TYPES",
    "Catalogue",
    "Mode",
    "Place",
    "Recommendation",
    "Suggestion",
    "open_catalogue",
    "recommend",
    "suggest",
]
