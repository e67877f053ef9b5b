import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.loop import LoopSettings
from training.optimizers import HoldThenFall, KernelMuon, make_optimizer


def rates(settings, rows, steps):
    schedule = make_optimizer(settings, rows)._learning_rate
    return [float(schedule(step)) for step in steps]


def test_a_cosine_rises_and_falls():
    settings = LoopSettings(epochs=10, batch=16, warmup_epochs=2, learning_rate=0.1)
    start, rising, peak, falling, end = rates(settings, 160, (0, 10, 20, 60, 99))
    assert start < rising < peak == pytest.approx(0.1)
    assert peak > falling > end > 0


@given(
    rise=st.integers(0, 20), plateau=st.integers(0, 30), fall=st.integers(1, 20), peak=st.floats(1e-4, 1.0)
)
def test_hold_then_fall_keeps_its_shape(rise, plateau, fall, peak):
    steps = rise + plateau + fall
    schedule = HoldThenFall(peak, rise, fall, steps)
    told = np.array(schedule(np.arange(steps + 1)))
    assert ((told >= 0) & (told <= peak * 1.00001)).all()
    assert told[rise : rise + plateau + 1] == pytest.approx(peak, rel=1e-5)
    assert (np.diff(told[: rise + 1]) >= 0).all() and (np.diff(told[rise + plateau :]) < 0).all()
    assert told[-1] == 0


@given(steps=st.integers(30, 60), more=st.integers(1, 60))
def test_a_plateau_does_not_depend_on_its_end(steps, more):
    short, long = HoldThenFall(0.1, 5, 10, steps), HoldThenFall(0.1, 5, 10, steps + more)
    before = np.arange(steps - 10)
    assert (np.array(short(before)) == np.array(long(before))).all()


def test_schedules_are_made_again_from_their_configuration():
    schedule = HoldThenFall(0.1, 5, 10, 40)
    again = HoldThenFall.from_config(schedule.get_config())
    assert (np.array(again(np.arange(41))) == np.array(schedule(np.arange(41)))).all()


@pytest.mark.parametrize(
    ("name", "kind"), [("sgd", keras.optimizers.SGD), ("adamw", keras.optimizers.AdamW), ("muon", KernelMuon)]
)
def test_every_optimizer_is_the_one_asked_for(name, kind):
    settings = LoopSettings(epochs=1, optimizer=name, ema=0.9, clipnorm=1.0, weight_decay=0.3)
    optimizer = make_optimizer(settings, 64)
    assert type(optimizer) is kind
    assert optimizer.use_ema and optimizer.clipnorm == 1.0 and optimizer.weight_decay == 0.3


def test_muon_turns_a_kernel_evenly():
    """The update of a kernel is nearly orthogonal: one step moves all its directions alike."""
    random = np.random.default_rng(0)
    kernel = keras.Variable(np.zeros((3, 3, 8, 6), np.float32))
    optimizer = KernelMuon(1.0, weight_decay=0.0, adam_weight_decay=0.0)
    optimizer.build([kernel])
    gradient = random.normal(size=(72, 6)) * np.array([100, 10, 1, 1, 0.1, 0.1])
    optimizer.apply([keras.ops.convert_to_tensor(gradient.reshape(3, 3, 8, 6).astype(np.float32))], [kernel])
    turned = np.linalg.svd(np.array(kernel).reshape(72, 6), compute_uv=False)
    assert turned.max() / turned.min() < 2 < np.linalg.svd(gradient, compute_uv=False).max() / 50
