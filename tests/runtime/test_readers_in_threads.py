"""One reader a thread: several at once say what one says alone."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from emopoi.runtime.age_gender_reader import FrozenAgeGenderReader
from emopoi.runtime.emotion_reader import FrozenEmotionReader
from emopoi.runtime.expression_memory import LstmMemory
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.runtime.states_reader import FrozenStatesReader
from emopoi.types import Face, Frame, TrackedFace

KEYPOINTS = np.array([[20, 24], [44, 24], [32, 36], [32, 46], [12, 26], [52, 26]], np.float32)
FACE = Face((8.0, 8.0, 56.0, 60.0), 0.9, KEYPOINTS)


def made_frames(seed):
    random = np.random.default_rng(seed)
    pictures = random.integers(0, 256, (5, 8, 8, 3)).astype(np.uint8)
    return [
        Frame(image=np.kron(picture, np.ones((8, 8, 1), np.uint8)), time_ms=40.0 * number, index=number)
        for number, picture in enumerate(pictures)
    ]


def read_clip(seed):
    """A reader of its own, as a thread has it: expressions with a memory, states, age."""
    frames = FrozenModel.load("emotion")
    states = FrozenStatesReader(FrozenModel.load("states"), frames.manifest)
    reader = FrozenEmotionReader(frames, LstmMemory(FrozenModel.load("emotion_time")), states)
    people = FrozenAgeGenderReader(FrozenModel.load("age_gender"))
    told = []
    for frame in made_frames(seed):
        face = TrackedFace(1, FACE, started=frame.index == 0)
        reading, person = reader.read(frame, face), people.estimate(frame, face)
        told.append((reading.fer7, reading.ferplus8, [reading.boredom, reading.frustration], person.age))
    return told


def test_threads_with_a_reader_each_agree_with_one():
    seeds = [1, 2, 3, 1]
    expected = [read_clip(seed) for seed in seeds]
    assert not np.array_equal(expected[0][-1][0], expected[1][-1][0])
    with ThreadPoolExecutor(4) as pool:
        for alone, together in zip(expected, pool.map(read_clip, seeds), strict=True):
            for first, other in zip(alone, together, strict=True):
                for one, same in zip(first, other, strict=True):
                    np.testing.assert_array_equal(one, same)
