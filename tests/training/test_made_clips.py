import numpy as np

from training.made_clips import BAD, GOOD, Versions, draw_clips, worsen


def versions(pictures=40):
    count = GOOD + BAD
    number = np.arange(count)[:, None, None]
    embedding = np.broadcast_to(number, (count, pictures, 3)).astype(np.float16)
    logits = np.zeros((count, pictures, 7), np.float32)
    return Versions(embedding, logits, np.arange(pictures) % 7)


def test_clips_are_one_still_and_then_another():
    random = np.random.default_rng(0)
    embedding, logits, labels, changes, bad = draw_clips(versions(), 300, 16, random)
    assert embedding.shape == (300, 16, 3) and logits.shape == (300, 16, 7)
    for row in range(300):
        assert len(set(labels[row, : changes[row]])) == 1
        assert len(set(labels[row, changes[row] :])) <= 1
    assert 0.4 < (changes < 16).mean() < 0.8
    assert np.array_equal(bad, embedding[..., 0] >= GOOD)
    assert 0.1 < bad.mean() < 0.5


def test_worsened_pictures_differ_and_the_originals_stay():
    y, x = np.mgrid[0:48, 0:48]
    pictures = np.repeat(((x * y) % 256).astype(np.uint8)[None, ..., None], 40, 0)
    kept = pictures.copy()
    worse = worsen(pictures, np.random.default_rng(0))
    assert np.array_equal(pictures, kept) and worse.dtype == np.uint8
    assert (np.abs(worse.astype(int) - pictures).mean((1, 2, 3)) > 1).all()
