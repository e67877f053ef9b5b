"""Readings over time become a profile: shares by elapsed time, age range, valence and arousal."""

from emopoi.profile.builder import ProfileBuilder
from emopoi.profile.circumplex import valence_arousal
from emopoi.profile.settings import ProfileSettings
from emopoi.profile.timeline import PersonTimeline, Timelines

__all__ = ["PersonTimeline", "ProfileBuilder", "ProfileSettings", "Timelines", "valence_arousal"]
