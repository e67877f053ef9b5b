"""One profile from a face and a voice."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError
from emopoi.profile.circumplex import valence_arousal
from emopoi.profile.rounding import DECIMALS, rounded_shares
from emopoi.types import EMOPOI8, FER7, FER7_TO_EMOPOI8, EmotionProfile, PersonProfile

FACE_WEIGHT, VOICE_WEIGHT = 1.0, 1.0
"""Exponents of the two, beside their confidence: alike, since no data at hand has both to choose by."""
_LEAST = 1e-3


def fused_shares(
    face: NDArray[np.floating], voice: NDArray[np.floating], face_confidence: float, voice_confidence: float
) -> NDArray[np.float64]:
    """Join two distributions by a weighted product (logarithmic pool, Genest & Zidek 1986).

    The surer of the two decides: its confidence is its exponent.

    Args:
        face: float (..., 7) in the order of `FER7`.
        voice: float (..., 7).
        face_confidence: 0..1.
        voice_confidence: 0..1.

    Returns:
        float64 (..., 7), rows sum to 1.

    Raises:
        InputError: a confidence is out of range.
    """
    for name, value in (("face", face_confidence), ("voice", voice_confidence)):
        if not 0.0 <= value <= 1.0:
            raise InputError(f"confidence of the {name}: 0 to 1 was expected, got {value}")
    logs = FACE_WEIGHT * face_confidence * np.log(np.maximum(face, _LEAST))
    logs = logs + VOICE_WEIGHT * voice_confidence * np.log(np.maximum(voice, _LEAST))
    shares = np.exp(logs - logs.max(axis=-1, keepdims=True))
    return np.asarray(shares / shares.sum(axis=-1, keepdims=True))


def fused_profile(face: EmotionProfile, voice: EmotionProfile) -> EmotionProfile:
    """Join the profile of a video's faces with that of its voice.

    Who was seen longest is taken for the speaker; the others stay as they were seen. The speaker's shares of
    the eight states move as the seven expressions do. Where nobody was seen, or nothing heard, the other
    profile stands, and `modalities` says so.

    Args:
        face: from the pictures.
        voice: from the sound, one person or nobody.
    """
    heard, seen = voice.person(), face.person()
    if heard is None:
        return face
    if seen is None:
        return dataclasses.replace(voice, source=face.source)
    speaker = _fused_person(seen, heard)
    people = tuple(speaker if person.id == seen.id else person for person in face.people)
    return dataclasses.replace(face, people=people, modalities=(*face.modalities, *voice.modalities))


def _fused_person(seen: PersonProfile, heard: PersonProfile) -> PersonProfile:
    was, said = (np.array([one.fer7.get(label, 0.0) for label in FER7]) for one in (seen, heard))
    shares = fused_shares(was, said, seen.confidence, heard.confidence)
    # What evidence made of each expression beyond the fixed map stays with that expression.
    states = np.array([seen.emopoi8.get(state, 0.0) for state in EMOPOI8])
    states = np.maximum(states + (shares - was) @ FER7_TO_EMOPOI8, 0.0)
    valence, arousal = (float(value) for value in valence_arousal(shares))
    confidence = max(seen.confidence, heard.confidence)
    return dataclasses.replace(
        seen,
        fer7=rounded_shares(FER7, shares),
        emopoi8=rounded_shares(EMOPOI8, states),
        valence=round(valence, DECIMALS) + 0.0,
        arousal=round(arousal, DECIMALS) + 0.0,
        confidence=confidence,
        abstained=seen.abstained and heard.abstained,
        extra={
            **seen.extra,
            **{name: value for name, value in heard.extra.items() if name == "voice8"},
            "face": {"fer7": dict(seen.fer7), "confidence": seen.confidence},
            "voice": {"fer7": dict(heard.fer7), "confidence": heard.confidence},
        },
    )
