import numpy as np

from emopoi.evaluation.metrics import expected_calibration_error
from emopoi.runtime.probabilities import softmax
from training.calibrate import (
    age_coverage,
    fit_age_temperature,
    fit_age_temperature_in_halves,
    fit_temperature,
)


def people(count, error_years, told_years, seed=1):
    """Ages whose estimates err by `error_years` and claim `told_years` (standard deviations)."""
    random = np.random.default_rng(seed)
    centres = random.uniform(20, 70, count)
    ages = np.clip(np.rint(centres + random.normal(0, error_years, count)), 0, 100)
    return -((np.arange(101) - centres[:, None]) ** 2) / (2 * told_years**2), ages


def test_finds_the_temperature_that_was_put_in():
    random = np.random.default_rng(0)
    logits = random.normal(0, 2, (4000, 7))
    labels = np.array([random.choice(7, p=row / row.sum()) for row in softmax(logits).astype(float)])
    found = fit_temperature(2.0 * logits, labels)
    assert abs(found - 2.0) < 0.2
    before = expected_calibration_error(softmax(2.0 * logits), labels)
    after = expected_calibration_error(softmax(2.0 * logits, found), labels)
    assert after < before / 3


def test_age_ranges_hold_nine_in_ten():
    # Half as wide as the errors are: the temperature (a variance) must come out near four, the end of
    # the grid; a little too wide: below one.
    assert 3.0 >= fit_age_temperature(*people(1500, 6, 3)) > 2.5
    logits, ages = people(1500, 6, 7)
    found = fit_age_temperature(logits, ages)
    assert 0.6 < found < 0.85
    assert abs(age_coverage(logits, ages, found) - 0.9) < 0.01


def test_a_warmer_distribution_never_covers_less():
    logits, ages = people(300, 6, 5)
    coverage = [age_coverage(logits, ages, temperature) for temperature in np.geomspace(0.4, 3, 12)]
    assert coverage == sorted(coverage) and coverage[0] < coverage[-1]


def test_each_half_is_scored_with_what_the_other_fitted():
    logits, ages = people(2000, 6, 7)
    temperature, held = fit_age_temperature_in_halves(logits, ages)
    assert abs(temperature - fit_age_temperature(logits, ages)) < 0.05
    assert all(0.86 < share < 0.94 for share in held)

    # Rows that fitted do not score: halves that err differently must show it.
    logits[1::2] = people(1000, 6, 3, seed=2)[0]
    ages[1::2] = people(1000, 6, 3, seed=2)[1]
    _, (on_odd, on_even) = fit_age_temperature_in_halves(logits, ages)
    assert on_odd < 0.7 and on_even > 0.97
