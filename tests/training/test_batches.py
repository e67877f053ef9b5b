import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from training.batches import Batches


def numbered(rows):
    return (np.arange(rows), {"double": 2 * np.arange(rows)})


@given(rows=st.integers(1, 60), batch=st.integers(1, 12), seed=st.integers(0, 9), epoch=st.integers(0, 3))
def test_every_epoch_shows_every_row_once(rows, batch, seed, epoch):
    batches = Batches(numbered(rows), batch, seed, epoch=epoch)
    given = [batches[index] for index in range(len(batches))]
    seen = np.concatenate([inputs for inputs, _ in given])
    assert sorted(seen) == list(range(rows))
    assert all((2 * inputs == targets["double"]).all() for inputs, targets in given)


@given(rows=st.integers(1, 60), batch=st.integers(1, 12), devices=st.integers(1, 4))
def test_devices_get_equal_shares(rows, batch, devices):
    batches = Batches(numbered(rows), batch * devices, 1, multiple=devices)
    sizes = [len(batches[index][0]) for index in range(len(batches))]
    assert all(size > 0 and size % devices == 0 for size in sizes)
    assert rows - devices < sum(sizes) <= rows
    assert sizes[:-1] == [batch * devices] * (len(sizes) - 1)


def test_rows_that_fill_no_batch_can_be_left_out():
    assert len(Batches(numbered(10), 4, 1)) == 3
    whole = Batches(numbered(10), 4, 1, whole=True)
    assert [len(whole[index][0]) for index in range(len(whole))] == [4, 4]


def test_the_order_is_that_of_seed_and_epoch():
    first, other_seed = Batches(numbered(50), 50, 1), Batches(numbered(50), 50, 2)
    later = Batches(numbered(50), 50, 1, epoch=1)
    before = first[0][0].tolist()
    assert before == first[0][0].tolist() != other_seed[0][0].tolist()
    first.on_epoch_end()
    assert first[0][0].tolist() == later[0][0].tolist() != before


@given(alpha=st.floats(0.05, 2), seed=st.integers(0, 9))
def test_mixed_rows_lie_between_their_two(alpha, seed):
    random = np.random.default_rng(seed)
    pictures = random.integers(0, 256, (8, 3, 3, 1), dtype=np.uint8)
    data = (pictures, random.random((8, 2), np.float32))
    plain, mixed = Batches(data, 8, seed)[0], Batches(data, 8, seed, mixup=alpha)[0]
    assert mixed[0].dtype == np.uint8 and mixed[1].dtype == np.float32
    for before, after in zip(plain, mixed, strict=True):
        low, high = np.minimum(before, before[::-1]), np.maximum(before, before[::-1])
        assert (low - 1e-6 <= after).all() and (after <= high + 1e-6).all()
    again = Batches(data, 8, seed, mixup=alpha)[0]
    assert (again[0] == mixed[0]).all()
