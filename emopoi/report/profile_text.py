"""A profile as text for a terminal."""

from __future__ import annotations

from collections.abc import Mapping

from emopoi.report.headline import (
    age_words,
    arousal_words,
    headline,
    is_picture,
    is_still,
    seen_words,
    valence_words,
    variability_words,
)
from emopoi.types import EmotionProfile, PersonProfile

_BAR_CELLS = 24
_EIGHTHS = " ▏▎▍▌▋▊▉"


def profile_as_text(profile: EmotionProfile) -> str:
    """Write a profile for a person to read.

    Args:
        profile: what `ProfileBuilder.build` gave.

    Returns:
        One block of lines per person, without colours or control characters, ending in a newline.
    """
    name = printable(profile.source)
    if not profile.people:
        missing = "no face was found" if is_picture(name) else "nobody was seen long enough for a profile"
        return f"{name}: {missing}\n"
    blocks = [_block(person, name) for person in profile.people]
    if len(profile.people) > 1:
        blocks.insert(0, f"{name}: {len(profile.people)} people\n")
    return "\n".join(blocks)


def printable(text: str) -> str:
    """Replace what could move a terminal's cursor or change its colours by `?`."""
    return "".join(character if character.isprintable() else "?" for character in text)


def _block(person: PersonProfile, source: str) -> str:
    lines = [
        f"Person {person.id} ({printable(seen_words(person, source))}, confidence {person.confidence:.2f})",
        f"  {headline(person)}",
    ]
    if person.abstained:
        lines.append("  The shares below are weak evidence: seen too briefly, too small or too unclear.")
    lines += _bars(person.fer7)
    lines.append("  states from 5 %:")
    lines += _bars({state: share for state, share in person.emopoi8.items() if share >= 0.05})
    lines.append(f"  valence     {person.valence:+.2f}  {valence_words(person.valence)}")
    lines.append(f"  arousal     {person.arousal:+.2f}  {arousal_words(person.arousal)}")
    if not is_still(person, source):
        lines.append(f"  variability {person.variability:5.2f}  {variability_words(person.variability)}")
    if person.age is not None:
        lines.append(f"  age         about {person.age.median:.0f}, 90 % range {age_words(person)} years")
    if person.female is not None:
        lines.append(f"  presentation read as female: {100 * person.female:.0f} %")
    return "\n".join(lines) + "\n"


def _bars(shares: Mapping[str, float]) -> list[str]:
    ranked = sorted(shares.items(), key=lambda item: item[1], reverse=True)
    return [f"  {label:<11} {_bar(share):<{_BAR_CELLS}} {100 * share:3.0f} %" for label, share in ranked]


def _bar(share: float) -> str:
    full, eighths = divmod(round(min(max(share, 0.0), 1.0) * _BAR_CELLS * 8), 8)
    return "█" * full + (_EIGHTHS[eighths] if eighths else "")
