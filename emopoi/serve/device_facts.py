"""What the page that runs on the device must know beside its models: labels, maps, weights, settings.

The page repeats none of these numbers; it is told them, so that it can not drift from the code here. What
it has to have of its own, the numbers inside of its steps, is held to the code here by a test.
"""

from __future__ import annotations

from dataclasses import asdict
from types import ModuleType
from typing import Any

from emopoi.profile import ProfileSettings, eyes, states
from emopoi.profile.circumplex import COORDINATES
from emopoi.report.palette import EMOPOI8_COLOURS, FER7_COLOURS
from emopoi.runtime.estimate_schedule import EstimateSettings
from emopoi.types import EMOPOI8, FER7
from emopoi.types.labels import FER7_TO_EMOPOI8
from emopoi.vision.blazeface_detector import VIDEO_LIMITS
from emopoi.vision.face_follower import FollowerSettings
from emopoi.vision.head_pose import LAYOUT
from emopoi.vision.lid_reader import LidSettings
from emopoi.vision.tracker import TrackerSettings

SCHEMA = 1


def device_facts() -> dict[str, Any]:
    """The JSON object of /device/facts.json; docs/app.md has its fields."""
    return {
        "schema": SCHEMA,
        "fer7": list(FER7),
        "emopoi8": list(EMOPOI8),
        "fer7_to_emopoi8": FER7_TO_EMOPOI8.tolist(),
        "coordinates": {label: list(place) for label, place in COORDINATES.items()},
        "evidence": [asdict(evidence) for evidence in states.EVIDENCE],
        "states": _numbers(states),
        "eyes": _numbers(eyes),
        "profile": asdict(ProfileSettings()),
        "follower": asdict(FollowerSettings()),
        "tracker": asdict(TrackerSettings()),
        "second_look": asdict(VIDEO_LIMITS),
        "estimates": asdict(EstimateSettings()),
        "lids": asdict(LidSettings()),
        "head_layout": LAYOUT.tolist(),
        "colours": {"fer7": dict(FER7_COLOURS), "emopoi8": dict(EMOPOI8_COLOURS)},
    }


def _numbers(module: ModuleType) -> dict[str, float]:
    """A module's public constants that are numbers, by name."""
    return {
        name: value
        for name, value in vars(module).items()
        if name.isupper() and not name.startswith("_") and isinstance(value, int | float)
    }
