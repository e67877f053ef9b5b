"""Made-up clips of embeddings: stills held for a while, worsened now and then, then another.

FER2013 has no videos. A clip here is one still seen through ever new augmentations (crop
jitter, light, occlusion: the layer of the frame network's training), then a second still with
another label. Some frames are worsened: darkened, blurred or half covered, one by one or in
bursts, as happens in video. Embeddings of a handful of versions of each picture are computed
once; a clip is put together from them.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import keras
import numpy as np

from emopoi.models.augmentation import FaceAugmentation

GOOD, BAD = 4, 3


@dataclass(frozen=True)
class Versions:
    """Embeddings and logits of several versions of each picture.

    Attributes:
        embedding: float16 (V, N, D); the first GOOD versions are clean, the rest worsened.
        logits: float32 (V, N, 7), FER-7.
        labels: int64 (N,).
    """

    embedding: np.ndarray
    logits: np.ndarray
    labels: np.ndarray


def make_versions(
    network: keras.Model, pictures: np.ndarray, labels: np.ndarray, mean: float, std: float, seed: int
):
    """Run every picture through the frame network in GOOD + BAD versions.

    Args:
        network: from `build_emotion_network`.
        pictures: uint8 (N, 48, 48, 1).
        labels: int64 (N,).
        mean: subtracted from grey levels.
        std: divided by.
        seed: for repeatable versions.
    """
    keras.utils.set_random_seed(seed)
    random = np.random.default_rng(seed)
    size = network.input_shape[1]
    jitter = FaceAugmentation(
        size, scale=0.06, rotate_deg=4, shift=0.03, brightness=12, contrast=0.1, erase=0.0, seed=seed
    )
    embeddings, logits = [], []
    for version in range(GOOD + BAD):
        source = pictures if version < GOOD else worsen(pictures, random)
        faces = [np.asarray(jitter(source[i : i + 512], training=True)) for i in range(0, len(source), 512)]
        output = network.predict((np.concatenate(faces) - mean) / std, batch_size=512, verbose=0)
        embeddings.append(output["embedding"].astype(np.float16))
        logits.append(output["fer7"].astype(np.float32))
    return Versions(np.stack(embeddings), np.stack(logits), labels)


def worsen(pictures: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Blur, darken, compress or cover each picture: uint8 (N, H, W, 1), a new array."""
    result = pictures.copy()
    side = pictures.shape[1]
    for picture, kind in zip(result, random.integers(0, 4, len(result)), strict=True):
        if kind == 0:
            picture[..., 0] = cv2.GaussianBlur(picture[..., 0], (0, 0), random.uniform(1.5, 3.0))
        elif kind == 1:
            noise = random.normal(0, 8, picture.shape)
            picture[:] = np.clip(picture * random.uniform(0.12, 0.35) + noise, 0, 255).astype(np.uint8)
        elif kind == 2:
            quality = int(random.integers(3, 12))
            coded = cv2.imencode(".jpg", picture[..., 0], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
            picture[..., 0] = cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE)
        else:
            start = int(random.integers(0, side // 2))
            picture[start : start + side // 2] = random.integers(0, 255)
    return result


def draw_clips(
    versions: Versions, count: int, frames: int, random: np.random.Generator, bad_share: float = 0.3
):
    """Put clips together.

    Returns:
        embedding float32 (count, frames, D), frame_logits float32 (count, frames, 7),
        labels int64 (count, frames), changes int64 (count,): the frame at which the second
        still begins, `frames` where there is none, and bad bool (count, frames): whether the
        frame is worsened.
    """
    pictures = versions.labels.size
    first, second = random.integers(0, pictures, (2, count))
    changes = np.where(random.random(count) < 0.6, random.integers(2, frames - 1, count), frames)
    after = np.arange(frames)[None] >= changes[:, None]
    picture = np.where(after, second[:, None], first[:, None])
    # Bursts: a bad frame is likely followed by another.
    bad = np.zeros((count, frames), bool)
    bad[:, 0] = random.random(count) < bad_share
    for frame in range(1, frames):
        chance = np.where(bad[:, frame - 1], 0.6, bad_share * 0.4 / (1 - bad_share))
        bad[:, frame] = random.random(count) < chance
    version = np.where(bad, GOOD + random.integers(0, BAD, bad.shape), random.integers(0, GOOD, bad.shape))
    return (
        versions.embedding[version, picture].astype(np.float32),
        versions.logits[version, picture],
        versions.labels[picture],
        changes,
        bad,
    )
