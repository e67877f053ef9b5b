"""What a model of one's own said, as text for a terminal."""

from __future__ import annotations

from collections.abc import Mapping

from emopoi.report.profile_text import printable
from emopoi.types import EmotionProfile


def own_labels_as_text(profile: EmotionProfile) -> str:
    """One line a person: its labels, largest share first.

    Args:
        profile: built with labels of one's own.

    Returns:
        Lines that end in a newline; an empty text where the profile has no such labels.
    """
    model = profile.extra.get("own_model")
    if not isinstance(model, Mapping) or not profile.people:
        return ""
    lines = [f"By your model {printable(str(model.get('name')))}:"]
    for person in profile.people:
        shares = person.extra.get("own_labels")
        if isinstance(shares, Mapping):
            ranked = sorted(shares.items(), key=lambda item: item[1], reverse=True)
            words = ", ".join(f"{printable(str(label))} {100 * share:.0f} %" for label, share in ranked)
            lines.append(f"  person {person.id}: {words}")
    return "\n".join(lines) + "\n"
