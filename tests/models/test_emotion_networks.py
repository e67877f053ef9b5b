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
    output = build_age_gender_network()(np.zeros((1, 88, 88, 3), np.float32))
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


@pytest.fixture(scope="module")
def forms():
    keras.utils.set_random_seed(1)
    config = EmotionTimeConfig(embedding=12, units=8, clip=5)
    clip, step = build_emotion_time_networks(config)
    gate = clip.get_layer("gate")
    gate.kernel.assign(np.random.default_rng(0).normal(0, 4, gate.kernel.shape))
    return clip, step


def sequence(seed=2):
    random = np.random.default_rng(seed)
    return {
        "embedding": random.normal(size=(3, 5, 12)).astype(np.float32),
        "frame_logits": random.normal(size=(3, 5, 7)).astype(np.float32),
    }


def test_clip_and_step_forms_are_one_network(forms):
    clip, step = forms
    given = sequence()
    together = np.asarray(clip(given)["fer7"])
    state = {"h": np.zeros((3, 8)), "c": np.zeros((3, 8)), "evidence": np.zeros((3, 7))}
    for frame in range(5):
        output = step({name: value[:, frame] for name, value in given.items()} | state)
        state = {name: np.asarray(output[f"next_{name}"]) for name in state}
        assert np.allclose(output["fer7"], together[:, frame], atol=1e-5)
    assert together.std(axis=0).mean() > 0.01
    assert np.abs(together[:, 4] - given["frame_logits"][:, 4]).max() > 0.1


def test_the_answer_stays_between_what_the_frames_said(forms):
    """The gate only mixes: nothing that no frame said comes out."""
    given = sequence(3)
    found = np.asarray(forms[0](given)["fer7"])
    said = np.concatenate([np.zeros((3, 1, 7)), given["frame_logits"]], axis=1)
    lowest, highest = np.minimum.accumulate(said, axis=1), np.maximum.accumulate(said, axis=1)
    assert (found >= lowest[:, 1:] - 1e-5).all() and (found <= highest[:, 1:] + 1e-5).all()


def test_long_clips_train_with_the_same_weights(forms):
    config = EmotionTimeConfig(embedding=12, units=8, clip=5)
    rolled = build_emotion_time_networks(config, unroll=False)[0]
    rolled.set_weights(forms[0].get_weights())
    given = sequence(4)
    assert np.allclose(rolled(given)["fer7"], forms[0](given)["fer7"], atol=1e-5)


def test_the_cell_state_stays_within_bounds_int8_can_hold(forms):
    """However long a track lasts; without clipping the entries of this cell would reach 100."""
    step = forms[1]
    given = {name: 9 * np.ones((1, value.shape[-1])) for name, value in sequence().items()}
    state = {"h": np.zeros((1, 8)), "c": np.zeros((1, 8)), "evidence": np.zeros((1, 7))}
    for _ in range(100):
        output = step(given | state)
        state = {name: np.asarray(output[f"next_{name}"]) for name in state}
    assert 0.5 < np.abs(state["c"]).max() <= 4


def test_learns_to_pass_over_frames_that_say_that_they_are_bad():
    """The first number of the embedding tells damaged frames, whose logits lie: the gate learns it."""
    keras.utils.set_random_seed(3)
    random = np.random.default_rng(3)
    labels = np.repeat(random.integers(0, 7, (96, 1)), 5, axis=1)
    bad = random.random((96, 5)) < 0.4
    bad[:, 0] = False
    logits = 4 * np.eye(7, dtype=np.float32)[np.where(bad, random.integers(0, 7, labels.shape), labels)]
    embedding = np.zeros((96, 5, 12), np.float32)
    embedding[..., 0] = 3 * bad
    clip = build_emotion_time_networks(EmotionTimeConfig(embedding=12, units=8, clip=5, dropout=0))[0]
    given = {"embedding": embedding, "frame_logits": logits}
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    clip.compile(keras.optimizers.Adam(0.03), loss={"fer7": loss})
    plain = (logits.argmax(-1) == labels)[bad].mean()
    clip.fit(given, {"fer7": labels}, batch_size=32, epochs=15, verbose=0)
    found = (clip.predict(given, verbose=0)["fer7"].argmax(-1) == labels)[bad].mean()
    assert plain < 0.3
    assert found > 0.9


def test_a_slower_pace_mixes_less_of_the_newest_frame(forms):
    given = sequence(5)
    weights = forms[0].get_weights()
    first = {}
    for pace in (1.0, 0.5):
        config = EmotionTimeConfig(embedding=12, units=8, clip=5, pace=pace)
        clip = build_emotion_time_networks(config)[0]
        clip.set_weights(weights)
        first[pace] = np.asarray(clip(given)["fer7"])[:, 0]
    assert np.allclose(first[1.0], 2 * first[0.5], atol=1e-5) and np.abs(first[1.0]).max() > 0.1
    with pytest.raises(ValueError, match="pace"):
        EmotionTimeConfig(pace=0)
