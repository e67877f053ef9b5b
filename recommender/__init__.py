"""Places worth going to from an emotion profile: catalogue, ranking, feedback, reasons.

Knows no pixels: the only thing that crosses from recognition is `emopoi.types.EmotionProfile`.
"""

from recommender.catalogue import Catalogue, CatalogueFile, read_catalogue
from recommender.emotion_prior import MODES, Mode
from recommender.feedback import Feedback, FeedbackFile
from recommender.place import GROUPS, Place
from recommender.suggesting import Recommendation, recommend, suggest
from recommender.suggestion import Suggestion

__all__ = [
    "GROUPS",
    "MODES",
    "Catalogue",
    "CatalogueFile",
    "Feedback",
    "FeedbackFile",
    "Mode",
    "Place",
    "Recommendation",
    "Suggestion",
    "read_catalogue",
    "recommend",
    "suggest",
]
