"""A profile in one plain sentence per person."""

from __future__ import annotations

from emopoi.types import PersonProfile

WORDS = {
    "angry": "angry",
    "disgust": "disgusted",
    "fear": "afraid",
    "happy": "happy",
    "sad": "sad",
    "surprise": "surprised",
    "neutral": "neutral",
}
"""How each FER-7 label reads in a sentence."""

_PICTURE_ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".heic", ".avif")


def headline(person: PersonProfile) -> str:
    """Say what was shown, as an expression and not as a feeling.

    Returns:
        For example "Expression shown: mostly happy, partly surprised; looks 24 to 45 years old".
    """
    parts = [_expression(person)]
    if person.age is not None:
        parts.append(f"looks {age_words(person)} years old")
    return "; ".join(parts)


def age_words(person: PersonProfile) -> str:
    """The age range in words: `24 to 45`, or an empty text where there is none."""
    if person.age is None:
        return ""
    low, high = f"{person.age.low90:.0f}", f"{person.age.high90:.0f}"
    return low if low == high else f"{low} to {high}"


def is_picture(source: str) -> bool:
    """Whether a source is a photo, by the ending of its name."""
    return source.lower().endswith(_PICTURE_ENDINGS)


def is_still(person: PersonProfile, source: str) -> bool:
    """Whether a person was seen in one photo, alone or of a folder."""
    return "photo" in person.extra or is_picture(source)


def seen_words(person: PersonProfile, source: str) -> str:
    """How long a person was observed: `7.2 s`, `12 min 5 s`, `one picture`, or `ann.jpg`."""
    if is_still(person, source):
        return str(person.extra.get("photo", "one picture"))
    seconds = person.observed_s
    if seconds < 60.0:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def valence_words(valence: float) -> str:
    """Where a valence of -1..1 lies, in words."""
    return _level(
        valence, ("clearly unpleasant", "rather unpleasant", "even", "rather pleasant", "clearly pleasant")
    )


def arousal_words(arousal: float) -> str:
    """Where an arousal of -1..1 lies, in words."""
    return _level(arousal, ("clearly calm", "rather calm", "even", "rather activated", "clearly activated"))


def variability_words(variability: float) -> str:
    """How much the expression changed, 0..1, in words."""
    for limit, words in ((0.15, "steady"), (0.35, "changing somewhat"), (0.6, "changing often")):
        if variability < limit:
            return words
    return "changing all the time"


def _level(value: float, words: tuple[str, str, str, str, str]) -> str:
    for limit, word in zip((-0.4, -0.1, 0.1, 0.4), words, strict=False):
        if value < limit:
            return word
    return words[-1]


def _expression(person: PersonProfile) -> str:
    if person.abstained:
        # Labels of the user's own that mean no state: everybody abstains, however well they were seen.
        if person.extra.get("states_named") is False:
            return "No state is named from labels of your own"
        return "Too little could be seen to name an expression"
    ranked = sorted(person.fer7.items(), key=lambda item: item[1], reverse=True)
    words = [WORDS.get(label, label) for label, _ in ranked]
    first, second = ranked[0][1], ranked[1][1] if len(ranked) > 1 else 0.0
    if first >= 0.9:
        text = f"{words[0]} nearly throughout"
    elif first < 0.4:
        mixed = words[: max(sum(share >= 0.15 for _, share in ranked[:3]), 1)]
        text = (
            f"a mix of {', '.join(mixed[:-1])} and {mixed[-1]}"
            if len(mixed) > 1
            else f"a mix, {mixed[0]} first"
        )
    elif second >= 0.8 * first:
        text = f"{words[0]} and {words[1]} about equally"
    elif second >= 0.1:
        text = f"mostly {words[0]}, partly {words[1]}"
    else:
        text = f"mostly {words[0]}"
    return f"Expression shown: {text}"
