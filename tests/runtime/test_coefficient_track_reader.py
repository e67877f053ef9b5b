import numpy as np
import pytest

from emopoi.errors import InputError
from emopoi.head.landmark_solver import SolvedFace
from emopoi.runtime.coefficient_track_reader import CoefficientTrackReader, TrackReaderSettings
from emopoi.types.face_coefficients import FaceCoefficients


class Reading:
    """Points carry what is read: identity in the first row, expression in the second."""

    def __call__(self, points, identity):
        told = points[0] if identity is None else identity
        face = FaceCoefficients(
            np.asarray(told, np.float32),
            points[1].astype(np.float32),
            camera=np.array([900 + points[2, 0], 300, 200], np.float32),
        )
        return SolvedFace(face, 0.01)


def followed(rows, times=None, settings=None):
    track = CoefficientTrackReader(Reading(), 0.1, settings)
    times = 40.0 * np.arange(len(rows)) if times is None else times
    for row in rows:
        track.observe(row)
    return track, [track.solve(row, time_ms).coefficients for row, time_ms in zip(rows, times, strict=True)]


def noisy(count=80, expression=0.4, noise=0.05, seed=0):
    rows = np.random.default_rng(seed).normal(0, noise, (count, 3, 3))
    rows[:, 1] += expression
    return rows


def test_one_identity_the_mean_of_what_was_seen():
    rows = noisy()
    track, told = followed(rows)
    np.testing.assert_allclose(track.identity, rows[:, 0].mean(axis=0), atol=1e-6)
    assert all((one.identity == told[0].identity).all() for one in told)
    few, _ = followed(rows, settings=TrackReaderSettings(identity_frames=10))
    np.testing.assert_allclose(few.identity, rows[:10, 0].mean(axis=0), atol=1e-6)


def test_a_still_face_trembles_at_most_half_as_much():
    rows = noisy()
    _, told = followed(rows)
    shake = [np.abs(np.diff(one, 2, axis=0)).mean() for one in ([f.expression for f in told], rows[:, 1])]
    assert 0 < shake[0] <= 0.5 * shake[1]
    place = [np.abs(np.diff(one, 2, axis=0)).mean() for one in ([f.camera[0] for f in told], rows[:, 2, 0])]
    assert 0 < place[0] <= 0.5 * place[1]


def test_a_blink_is_not_smoothed_away():
    rows = noisy(noise=0.0)
    rows[40:44, 1] = 1.0
    _, told = followed(rows)
    assert max(one.expression[0] for one in told) > 0.85
    assert told[50].expression[0] == pytest.approx(0.4, abs=0.05)


def test_after_a_long_absence_it_starts_anew():
    rows = noisy(10, noise=0.0)
    rows[5:, 1] = 0.9
    times = np.array([0, 40, 80, 120, 160, 2000, 2040, 2080, 2120, 2160.0])
    _, told = followed(rows, times)
    np.testing.assert_allclose(told[5].expression, 0.9, atol=1e-6)


def test_a_stream_needs_no_second_pass():
    track = CoefficientTrackReader(Reading(), 0.1)
    assert track.identity is None
    rows = noisy(5)
    for index, row in enumerate(rows):
        track.observe(row)
        told = track.solve(row, 40.0 * index)
        np.testing.assert_allclose(told.coefficients.identity, rows[: index + 1, 0].mean(axis=0), atol=1e-6)


@pytest.mark.parametrize("wrong", [{"identity_frames": 0}, {"pose_still_hz": 0.0}, {"longest_gap_ms": -1.0}])
def test_settings_are_checked(wrong):
    with pytest.raises(InputError, match="expected"):
        TrackReaderSettings(**wrong)
