import numpy as np

from emopoi.evaluation.metrics import expected_calibration_error
from emopoi.runtime.probabilities import softmax
from training.calibrate import fit_age_temperature, fit_temperature


def test_finds_the_temperature_that_was_put_in():
    random = np.random.default_rng(0)
    logits = random.normal(0, 2, (4000, 7))
    labels = np.array([random.choice(7, p=row / row.sum()) for row in softmax(logits).astype(float)])
    found = fit_temperature(2.0 * logits, labels)
    assert abs(found - 2.0) < 0.2
    before = expected_calibration_error(softmax(2.0 * logits), labels)
    after = expected_calibration_error(softmax(2.0 * logits, found), labels)
    assert after < before / 3


def test_age_intervals_hold_nine_in_ten():
    random = np.random.default_rng(1)
    centres = random.uniform(20, 70, 1500)
    ages = np.rint(centres + random.normal(0, 6, 1500))
    logits = -((np.arange(101) - centres[:, None]) ** 2) / (2 * 3.0**2)
    found = fit_age_temperature(logits, ages)
    # Half as wide as the errors are: the temperature (a variance) must come out near four.
    assert 3.0 >= found > 2.5
