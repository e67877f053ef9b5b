import keras
import numpy as np
import pytest

from emopoi.models.age_gender import AGES, build_age_gender_network
from emopoi.models.emotion import EmotionConfig, build_emotion_network
from emopoi.models.emotion_time import EmotionTimeConfig, build_emotion_time_networks
from emopoi.models.face_encoder import EncoderConfig
from emopoi.models.multi_head import build_multi_head_network

SMALL = EmotionConfig(encoder=EncoderConfig(stages=((8,), (16, 16), (32, 32))), dropout=0.0)


def test_sizes_stay_within_the_bars():
    assert build_emotion_network().count_params() <= 1_200_000
    assert build_multi_head_network().count_params() <= 1_250_000


def test_shapes():
    output = build_emotion_network(SMALL)(np.zeros((2, 44, 44, 1), np.float32))
    assert {name: tuple(value.shape) for name, value in output.items()} == {
        "fer7": (2, 7),
        "ferplus8": (2, 8),
        "embedding": (2, 32),
    }
    output = build_age_gender_network()(np.zeros((1, 80, 80, 3), np.float32))
    assert tuple(output["age"].shape) == (1, AGES) and tuple(output["female"].shape) == (1, 1)


def test_residual_needs_matching_widths_only():
    config = EmotionConfig(encoder=EncoderConfig(stages=((8, 12), (16, 16, 16)), residual=True))
    assert build_emotion_network(config).count_params() > 0
    with pytest.raises(ValueError, match="stages"):
        EncoderConfig(stages=((),))


def test_learns_eight_easy_faces():
    """Eight patterns, eight labels' worth of two classes: far above chance after a few steps."""
    keras.utils.set_random_seed(0)
    y, x = np.mgrid[0:44, 0:44] / 44
    faces = np.stack([np.sin(x * (4 + 3 * k)) + np.cos(y * (3 + 2 * k)) for k in range(8)])[..., None]
    labels = np.arange(8) % 7
    network = build_emotion_network(SMALL)
    network = keras.Model(network.input, {"fer7": network.output["fer7"]})
    network.compile(
        keras.optimizers.Adam(3e-3),
        loss={"fer7": keras.losses.SparseCategoricalCrossentropy(from_logits=True)},
    )
    before = (network.predict(faces, verbose=0)["fer7"].argmax(1) == labels).mean()
    network.fit(faces, {"fer7": labels}, batch_size=8, epochs=60, verbose=0)
    # In training mode: batch statistics of eight pictures are what it learned with.
    after = (np.asarray(network(faces, training=True)["fer7"]).argmax(1) == labels).mean()
    assert before <= 3 / 8
    assert after >= 7 / 8


def test_clip_and_step_forms_are_one_network():
    keras.utils.set_random_seed(1)
    config = EmotionTimeConfig(embedding=12, units=8, clip=5)
    clip, step = build_emotion_time_networks(config)
    correct = clip.get_layer("correct")
    correct.kernel.assign(np.random.default_rng(0).normal(size=correct.kernel.shape))
    random = np.random.default_rng(2)
    embedding = random.normal(size=(3, 5, 12)).astype(np.float32)
    logits = random.normal(size=(3, 5, 7)).astype(np.float32)
    together = np.asarray(clip({"embedding": embedding, "frame_logits": logits})["fer7"])
    h = c = np.zeros((3, 8), np.float32)
    for frame in range(5):
        given = {"embedding": embedding[:, frame], "frame_logits": logits[:, frame], "h": h, "c": c}
        output = {name: np.asarray(value) for name, value in step(given).items()}
        h, c = output["next_h"], output["next_c"]
        assert np.allclose(output["fer7"], together[:, frame], atol=1e-5)
    assert together.std(axis=0).mean() > 0.01
    assert np.abs(together[:, 4] - logits[:, 4]).max() > 0.1
