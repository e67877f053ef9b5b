"""How far a drawn face is from the picture that it was read from: in colours, expression and lips.

Deng et al. 2019, "Accurate 3D face reconstruction with weakly-supervised learning" (colours, and features
instead of pixels); Danecek et al. 2022, "EMOCA: Emotion driven monocular face capture and animation", whose
emotion-perceptual loss DREAM takes over; Filntisis et al. 2022 (SPECTRE) for the lips.
"""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from emopoi.export.input_levels import MEAN, STD
from emopoi.head.head_model import PARTS
from emopoi.models.face_window import grey, layout_window
from emopoi.models.mouth import MouthConfig, mouth_windows
from emopoi.preprocess import CropLayout
from training.face3d.mouth_crops import CORNERS, INNER, OUTER

_UNSEEN = [PARTS.index(name) for name in ("eyes", "iris")]
_LEAST = 20.0  # pixels of skin: a face that hardly shows has no colours to compare


class Looks(keras.layers.Layer):
    """Compares pictures with what was drawn; its networks are not trained.

    Args:
        layout: of the crops.
        emotion: gives `embedding` and `fer7` for a normalised grey face; None leaves it out.
        emotion_layout: where it wants eyes and mouth.
        mouth: gives `features` for a normalised grey window of a mouth; any Keras network with one output
            or an output of that name; None leaves it out.
        landmarks: int (L,), numbers of the points in MediaPipe's mesh.
    """

    def __init__(
        self,
        layout: CropLayout,
        *,
        emotion: keras.Model | None,
        emotion_layout: CropLayout,
        mouth: keras.Model | None,
        landmarks: np.ndarray,
        **kwargs,
    ):
        super().__init__(dtype="float32", **kwargs)
        for network in (emotion, mouth):
            if network is not None:
                network.trainable = False
        self.emotion, self.mouth = emotion, mouth
        self._layouts = (layout, emotion_layout)
        place = {int(number): index for index, number in enumerate(landmarks)}
        middle = [place[number] for number in (*CORNERS, *INNER, *OUTER) if number in place]
        self._mouth_points = np.array(middle or range(len(landmarks)), np.int32)

    def call(self, picture, image, part, seen=None, eye_distance_px=None):
        """Compare.

        Args:
            picture: float32 (N, C, C, 3) 0..255, crops of `layout`.
            image: float32 (N, S, S, 3), sRGB 0..1, what was drawn into the same square.
            part: int32 (N, S, S), what is seen at each pixel, numbers into `PARTS`, -1 for nothing.
            seen: float32 (N, L, 2), where the head's points lie, pixels of the crop; for lips alone.
            eye_distance_px: float32 (N,), pixels of the crop; for lips alone.

        Returns:
            `photometric`, `emotion` and `lips`, float32 (N, 1) each, those of missing networks 0; and
            `composite` float32 (N, S, S, 3), the picture with the drawn face in it, eyes left as they are.
        """
        side = image.shape[1]
        shown = ops.image.resize(picture, (side, side), antialias=True) / 255.0
        photometric = colours_apart(shown, image, part)
        drawn = ops.cast(part >= 0, "float32")[..., None]
        for unseen in _UNSEEN:
            drawn = drawn * ops.cast(ops.not_equal(part, unseen), "float32")[..., None]
        composite = drawn * image + (1.0 - drawn) * shown
        told = {"photometric": photometric, "composite": composite}
        told["emotion"] = self._emotion_apart(shown, composite) if self.emotion else 0.0 * photometric
        if self.mouth is None:
            return told | {"lips": 0.0 * photometric}
        ratio = side / picture.shape[1]
        middle = ops.mean(ops.take(seen, self._mouth_points, axis=1), axis=1)
        middle = ops.stop_gradient((middle + 0.5) * ratio - 0.5)
        distance = ops.stop_gradient(eye_distance_px) * ratio
        return told | {"lips": self._lips_apart(shown, composite, middle, distance)}

    def _emotion_apart(self, shown, composite):
        """One less the cosine of the inner answers, and how far the named expressions are apart."""
        size = self.emotion.input.shape[1]
        asked, given = (
            self.emotion(_normalised(layout_window(view, *self._layouts, size)), training=False)
            for view in (shown, composite)
        )
        wanted = ops.stop_gradient(asked["embedding"])
        cosine = ops.sum(ops.normalize(wanted, axis=-1) * ops.normalize(given["embedding"], axis=-1), axis=-1)
        probabilities = ops.stop_gradient(ops.softmax(asked["fer7"]))
        unlike = ops.sum(
            probabilities * (ops.log(probabilities + 1e-6) - ops.log_softmax(given["fer7"])), axis=-1
        )
        return (1.0 - cosine + unlike)[:, None]

    def _lips_apart(self, shown, composite, middle, distance):
        height, width = self.mouth.input.shape[1:3]
        config = MouthConfig(width=width, height=height)
        answers = []
        for view in (shown, composite):
            window = mouth_windows(view, middle[:, 0], middle[:, 1], distance, config)
            told = self.mouth(_normalised(window), training=False)
            answers.append(told["features"] if isinstance(told, dict) else told)
        apart = ops.abs(ops.stop_gradient(answers[0]) - answers[1])
        return ops.mean(ops.reshape(apart, (ops.shape(apart)[0], -1)), axis=1, keepdims=True)


def colours_apart(shown, image, part):
    """Mean difference of colours where skin was drawn.

    Args:
        shown: float32 (N, S, S, 3), 0..1, the picture.
        image: float32 (N, S, S, 3), 0..1, what was drawn.
        part: int32 (N, S, S), numbers into `PARTS`, -1 for nothing.

    Returns:
        float32 (N, 1), 0..1.
    """
    skin = ops.cast(ops.equal(part, PARTS.index("skin")), "float32")[..., None]
    away = ops.mean(ops.abs(image - shown), axis=-1, keepdims=True)
    return ops.sum(away * skin, axis=(1, 2)) / (ops.sum(skin, axis=(1, 2)) + _LEAST)


def _normalised(picture):
    """float32 (N, H, W, 3), 0..1, as grey input of a network."""
    return (255.0 * grey(picture) - MEAN) / STD
