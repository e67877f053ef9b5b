"""Built once: Keras networks take seconds."""

import keras
import numpy as np
import pytest

from emopoi.models.voice.content_encoder import STRIDE, ContentEncoderConfig, build_content_encoder
from emopoi.models.voice.emotion_encoder import (
    TOKENS,
    EmotionEncoderConfig,
    build_emotion_encoder,
    build_voice_emotion,
)
from emopoi.models.voice.gradient_reversal import GradientReversal
from emopoi.models.voice.mel_decoder import PAST_STEPS, build_mel_decoder
from emopoi.models.voice.synthesizer import SynthesizerConfig, build_synthesizer
from emopoi.models.voice.voice_augmentation import VoiceAugmentation
from emopoi.models.voice.voice_face import CHUNK_FRAMES, CHUNK_STEPS, build_voice_face, content_frames
from emopoi.models.voice.voice_mask import VoiceMask
from emopoi.preprocess.voice_level import FLOOR

CONTENT = ContentEncoderConfig(width=16, dilations=(1, 2), code=8)
FACE = SynthesizerConfig(content=8, width=16, dilations=(1, 2))


def shaken(network: keras.Model, seed: int = 0) -> keras.Model:
    """Weights that differ from nothing, heads too, which begin at zero."""
    random = np.random.default_rng(seed)
    weights = [
        np.abs(value) + 0.5 if "variance" in weight.path else value + random.normal(0, 0.2, value.shape)
        for weight, value in zip(network.weights, network.get_weights(), strict=True)
    ]
    network.set_weights(weights)
    return network


@pytest.fixture(scope="module")
def emotion():
    return shaken(build_emotion_encoder(EmotionEncoderConfig(widths=(8, 8, 8)), 64))


def test_what_is_not_there_does_not_count(emotion):
    random = np.random.default_rng(1)
    mel = random.normal(-1, 0.7, (2, 64, 64)).astype(np.float32)
    there = np.zeros((2, 64), np.float32)
    there[:, :40] = 1
    mel[:, 40:] = FLOOR
    told = emotion({"mel": mel, "there": there})
    whole = emotion({"mel": mel, "there": np.ones((2, 64), np.float32)})
    assert told["code"].shape == (2, 64) and told["voice8"].shape == (2, 8)
    assert float(np.abs(told["voice8"] - whole["voice8"]).max()) > 1e-3
    # Other padding past the reach of the convolutions changes nothing.
    other = mel.copy()
    other[:, 62:] = 0.5
    np.testing.assert_allclose(emotion({"mel": other, "there": there})["voice8"], told["voice8"], atol=0.2)


def test_a_code_tells_what_the_labels_tell_and_no_more():
    network = shaken(build_voice_emotion([EmotionEncoderConfig(widths=(8, 8, 8))] * 2, 64))
    tokens = network.get_layer(TOKENS)
    mel = np.random.default_rng(1).normal(-1, 0.7, (2, 64, 64)).astype(np.float32)
    told = network({"mel": mel, "there": np.ones((2, 64), np.float32)})
    np.testing.assert_allclose(told["code"], tokens(told["voice8"]), atol=1e-5)
    named = np.asarray(tokens.tokens)
    assert np.abs(named).max(axis=1).all()
    # A sure answer is its label's token, equal ones are half of each.
    sure, between = np.full((1, 8), -9, np.float32), np.full((1, 8), -9, np.float32)
    sure[0, 3], between[0, [3, 5]] = 9, 9
    np.testing.assert_allclose(tokens(sure)[0], named[3], atol=1e-5)
    np.testing.assert_allclose(tokens(between)[0], (named[3] + named[5]) / 2, atol=1e-5)


@pytest.fixture(scope="module")
def stream():
    return shaken(build_voice_face(CONTENT, FACE))


def test_the_stream_tells_what_the_whole_tells(stream):
    """100 ms at a time, the state handed on, as over a whole sound at once."""
    calls = 6
    past = stream.input["past"].shape[1]
    random = np.random.default_rng(2)
    mel = random.normal(-1, 0.7, (1, past + calls * CHUNK_FRAMES, 64)).astype(np.float32)
    code = random.normal(size=(1, 64)).astype(np.float32)
    intensity = np.array([[0.7]], np.float32)
    state, told = mel[:, :past], []
    for call in range(calls):
        piece = mel[:, past + call * CHUNK_FRAMES : past + (call + 1) * CHUNK_FRAMES]
        answer = stream({"mel": piece, "past": state, "code": code, "intensity": intensity}, training=False)
        told.append(np.asarray(answer["arkit"]))
        state = np.asarray(answer["next_past"])
    steps = calls * CHUNK_STEPS
    content = build_content_encoder(content_frames(steps, CONTENT, FACE), CONTENT)
    content.set_weights(stream.get_layer("voice_content").get_weights())
    face = build_synthesizer(steps + FACE.past_steps, FACE)
    face.set_weights(stream.get_layer("voice_synthesizer").get_weights())
    frames = mel[:, mel.shape[1] - content_frames(steps, CONTENT, FACE) :]
    said = np.asarray(content(frames, training=False))
    whole = face({"content": said, "code": code, "intensity": intensity}, training=False)["arkit"]
    expected = np.clip(np.asarray(whole), 0, 1)
    assert expected.std() > 0.01
    np.testing.assert_allclose(np.concatenate(told, axis=1), expected, atol=1e-4)
    np.testing.assert_array_equal(state, mel[:, -past:])


def test_intensity_0_is_the_same_face_for_every_emotion(stream):
    random = np.random.default_rng(3)
    past = stream.input["past"].shape[1]
    sound = {
        "mel": random.normal(-1, 0.7, (1, CHUNK_FRAMES, 64)).astype(np.float32),
        "past": random.normal(-1, 0.7, (1, past, 64)).astype(np.float32),
    }
    codes = random.normal(size=(2, 1, 64)).astype(np.float32)

    def told(code, intensity):
        given = {**sound, "code": code, "intensity": np.array([[intensity]], np.float32)}
        return np.asarray(stream(given, training=False)["arkit"])

    np.testing.assert_array_equal(told(codes[0], 0.0), told(codes[1], 0.0))
    assert np.abs(told(codes[0], 1.0) - told(codes[1], 1.0)).max() > 1e-3


def test_content_looks_back_only():
    encoder = shaken(build_content_encoder(CONTENT.frames_for(6), CONTENT))
    mel = np.random.default_rng(4).normal(-1, 0.7, (1, CONTENT.frames_for(6), 64)).astype(np.float32)
    later = mel.copy()
    later[:, -STRIDE:] += 1.0
    was, now = (np.asarray(encoder(frames, training=False)) for frames in (mel, later))
    np.testing.assert_allclose(was[:, :-1], now[:, :-1], atol=1e-5)
    assert np.abs(was[:, -1] - now[:, -1]).max() > 1e-3


def test_the_decoder_tells_two_frames_a_step():
    decoder = build_mel_decoder(PAST_STEPS + 5, 8, width=16)
    told = decoder(
        {
            "content": np.zeros((1, PAST_STEPS + 5, 8), np.float32),
            "code": np.zeros((1, 64), np.float32),
            "speaker": np.zeros((1, 64), np.float32),
        }
    )
    assert told.shape == (1, 10, 64)


def test_a_reversed_gradient():
    import tensorflow as tf

    variable = tf.Variable([2.0])
    with tf.GradientTape() as tape:
        told = GradientReversal(0.5)(variable)
        loss = tf.reduce_sum(3.0 * told)
    np.testing.assert_allclose(told, [2.0])
    np.testing.assert_allclose(tape.gradient(loss, variable), [-1.5])


@pytest.fixture(scope="module")
def clips():
    mel = np.full((3, 80, 64), FLOOR, np.float32)
    counts = np.array([80, 50, 30])
    for row, count in enumerate(counts):
        mel[row, :count] = np.random.default_rng(row).normal(-1, 0.5, (count, 64))
    return mel.astype(np.float16), counts.astype(np.int32)


def test_augmentation_does_nothing_outside_of_training(clips):
    mel, counts = clips
    told, there = VoiceAugmentation(60, seed=1)(mel, counts)
    np.testing.assert_allclose(np.asarray(told)[0], mel[0, :60].astype(np.float32), atol=1e-6)
    assert np.asarray(there).sum(axis=1).tolist() == [60, 50, 30]
    longer, there = VoiceAugmentation(100, seed=1)(mel, counts)
    assert (np.asarray(longer)[:, 80:] == np.float32(FLOOR)).all()


def test_augmentation_changes_voices_and_keeps_their_range(clips):
    mel, counts = clips
    layer = VoiceAugmentation(60, noise=1.0, room=1.0, seed=1)
    told, there = (np.asarray(one) for one in layer(mel, counts, training=True))
    again = np.asarray(layer(mel, counts, training=True)[0])
    assert np.isfinite(told).all() and told.min() >= FLOOR - 1e-5 and told.max() < 3
    assert np.abs(told - again).mean() > 0.05
    assert (told[there == 0] == np.float32(FLOOR)).all()
    assert (there[2].sum() >= 20) and (there[2].sum() <= 40)


def test_noise_fills_what_is_silent(clips):
    mel, _ = clips
    quiet = np.full_like(mel[:, :60], FLOOR)
    told = np.asarray(VoiceMask(seed=1)(quiet, training=True))
    assert told.mean() > FLOOR + 0.05
    # Another throat and pitch: a band's sound is found in other bands, at the same time.
    beep = np.full((8, 60, 64), FLOOR, np.float32)
    beep[:, 30, 32] = 0.0
    moved = VoiceMask(tilt_db=0, level_db=0, noise_db=90, mask_bands=0, seed=1)(beep, training=True)
    moved = np.asarray(moved) - FLOOR
    assert (moved.sum(axis=2).argmax(axis=1) == 30).all()
    places = moved[:, 30].argmax(axis=1)
    assert len(set(places)) > 1 and np.abs(places - 32).max() <= 4
    np.testing.assert_array_equal(np.asarray(VoiceMask(seed=1)(quiet)), quiet.astype(np.float32))
