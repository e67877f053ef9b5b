"""The columns of the files that training reads: one schema a kind of data."""

from __future__ import annotations

import pyarrow as arrow

from emopoi.evaluation.emotion import VOTES

EXPRESSION = arrow.schema(
    [
        ("image", arrow.binary()),
        ("label", arrow.int64()),
        ("label_name", arrow.string()),
        ("source_id", arrow.string()),
        ("pixel_sha1", arrow.string()),
        *((vote, arrow.int64()) for vote in VOTES),
    ]
)
"""Faces for `training.fer2013`: 48x48 grey; all votes 0 where nobody voted."""

EXPRESSION_SPLITS = ("train", "public_test", "private_test")
"""What is learned from, what chooses, what measures once."""

AGE_GENDER = arrow.schema(
    [
        ("image", arrow.binary()),
        ("age", arrow.float64()),
        ("gender", arrow.string()),
        ("age_min", arrow.float64()),
        ("age_max", arrow.float64()),
        ("source", arrow.string()),
        ("id", arrow.string()),
    ]
)
"""Faces for `training.age_gender_faces`: RGB in UTKFace's crop; years, null where not known."""

STATES = arrow.schema(
    [
        ("image", arrow.binary()),
        ("source_id", arrow.string()),
        ("clip", arrow.string()),
        ("subject", arrow.string()),
        *((state, arrow.int64()) for state in ("boredom", "engagement", "confusion", "frustration")),
    ]
)
"""Faces for `training.daisee`: levels 0..3."""

VOICE = arrow.schema(
    [
        *(
            (name, arrow.binary() if name == "audio" else arrow.string())
            for name in ("clip", "audio", "label_name", "intensity", "speaker", "gender", "sentence", "text")
        ),
        *((name, arrow.string()) for name in ("take", "lang", "source")),
        ("seconds", arrow.float64()),
    ]
)
"""Clips for `training.voice.voice_clips`: 16-bit WAV, 16 kHz mono."""

SPEAKING = arrow.schema(
    [
        ("clip", arrow.string()),
        ("audio", arrow.binary()),
        ("seconds", arrow.float64()),
        ("coeffs", arrow.binary()),
        ("n_frames", arrow.int64()),
        ("n_coeffs", arrow.int64()),
        ("fps", arrow.float64()),
        *((name, arrow.string()) for name in ("kind", "speaker", "label_name", "split", "lang", "source")),
    ]
)
"""Faces that speak for `training.voice.face_rows`: little-endian float32 coefficients."""
