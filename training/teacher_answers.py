"""What trained networks say about training pictures: soft labels, computed once.

Hinton et al. 2015 (distillation) and Furlanello et al. 2018 ("Born-again neural networks": a teacher
of the student's own size helps too). Answers are averaged over sizes of the picture's middle and
their mirror images, which makes one network nearly as good as a small ensemble of itself.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np

from emopoi.errors import ModelFileError
from emopoi.export.input_levels import MEAN, STD
from emopoi.models.age_gender import AgeGenderConfig, build_age_gender_network
from emopoi.models.emotion import EmotionConfig, build_emotion_network
from emopoi.models.face_encoder import EncoderConfig
from emopoi.runtime.probabilities import softmax
from training.run_folder import load_weights

SIZES = (40, 44, 48)
"""Sides of the middle that a teacher sees, pixels."""


def age_gender_answers(
    weights: Path, pictures: np.ndarray, config: AgeGenderConfig, sizes: Sequence[int]
) -> tuple[np.ndarray, np.ndarray]:
    """What a trained age and gender network says, averaged over views.

    Args:
        weights: `.weights.h5` of the network.
        pictures: uint8 (N, H, H, 3), H at least the largest size.
        config: of the network; its size is replaced.
        sizes: of the middle that is looked at, pixels.

    Returns:
        Age shares float32 (N, 101), and probability of female float32 (N,).

    Raises:
        ModelFileError: the file is no such network.
    """
    ages, female, seen = 0.0, 0.0, 0
    for size in sizes:
        teacher = build_age_gender_network(replace(config, size=size))
        load_weights(teacher, weights)
        for view in _views(pictures, size):
            seen += 1
            print(f"teacher's answers: view {seen} of {2 * len(sizes)}", file=sys.stderr, flush=True)
            told = teacher.predict(view, batch_size=256, verbose=0)
            ages = ages + softmax(told["age"].astype(np.float64))
            female = female + 1 / (1 + np.exp(-told["female"].astype(np.float64)[:, 0]))
    return (ages / seen).astype(np.float32), (female / seen).astype(np.float32)


def teacher_answers(
    weights: Path, pictures: np.ndarray, encoders: Sequence[EncoderConfig], sizes: Sequence[int] = SIZES
) -> np.ndarray:
    """FER-7 shares of a trained expression network, averaged over views.

    Args:
        weights: `.weights.h5` of the network.
        pictures: uint8 (N, H, H, 1), H at least the largest size.
        encoders: widths that the network may have, the likeliest first.
        sizes: of the middle that is looked at, pixels.

    Returns:
        float32 (N, 7), rows sum to 1.

    Raises:
        ModelFileError: the file is no such network.
    """
    total = np.zeros((len(pictures), 7), np.float64)
    for size in sizes:
        teacher = _trained(weights, size, encoders)
        for index, view in enumerate(_views(pictures, size)):
            print(f"teacher's answers: {size} px, view {index + 1} of 2", file=sys.stderr, flush=True)
            total += softmax(teacher.predict(view, batch_size=512, verbose=0))
    return (total / total.sum(axis=1, keepdims=True)).astype(np.float32)


def _views(pictures: np.ndarray, size: int):
    start = (pictures.shape[1] - size) // 2
    cut = slice(start, start + size)
    middle = (pictures[:, cut, cut].astype(np.float32) - MEAN) / STD
    yield middle
    yield middle[:, :, ::-1]


def _trained(weights: Path, size: int, encoders: Sequence[EncoderConfig]) -> keras.Model:
    for index, encoder in enumerate(encoders):
        network = build_emotion_network(EmotionConfig(size=size, encoder=encoder))
        try:
            load_weights(network, weights)
        except ModelFileError:
            if index == len(encoders) - 1:
                raise
            continue
        return keras.Model(network.input, network.output["fer7"])
    raise ValueError("no encoder was given")
