import numpy as np

from emopoi.models.age_loss import AgeDistributionLoss, expected_age_error


def logits_around(age, sigma=2.5):
    return -((np.arange(101) - age) ** 2)[None].astype(np.float32) / (2 * sigma**2)


def test_is_least_at_the_true_age():
    loss = AgeDistributionLoss()
    values = [float(loss(np.array([[40.0]]), logits_around(age))) for age in (20, 35, 40, 45, 70)]
    assert min(values) == values[2] < 1e-3
    assert values[0] > values[1] > values[2] < values[3] < values[4]


def test_error_in_years():
    error = expected_age_error(
        np.array([[40.0], [30.0]]), np.concatenate([logits_around(43), logits_around(30)])
    )
    assert np.allclose(error, [3.0, 0.0], atol=1e-3)
