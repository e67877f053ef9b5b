import numpy as np

from emopoi.head.bearing_smoothing import BearingSmoothing
from emopoi.types.face_coefficients import FaceCoefficients


def seen(turn, camera):
    pose = np.zeros((5, 3), np.float32)
    pose[0] = turn
    pose[2] = 0.1
    return FaceCoefficients(np.ones(2), np.full(1, 0.5), pose, np.asarray(camera, np.float32))


def followed(faces, unit=0.1):
    smoothing = BearingSmoothing(unit, 2.0, 20.0)
    return [smoothing.update(face, 40.0) for face in faces]


def test_still_heads_tremble_less_and_the_first_frame_stays():
    random = np.random.default_rng(0)
    turns = random.normal(0, 0.01, (60, 3)) + 0.3
    faces = [seen(turn, (900 + 10 * turn[0], 300 + turn[1], 200)) for turn in turns]
    told = followed(faces)
    np.testing.assert_allclose(told[0].camera, faces[0].camera, rtol=1e-6)
    shake = np.diff([face.pose[0] for face in told], 2, axis=0).std()
    assert shake < 0.6 * np.diff(turns, 2, axis=0).std()
    assert all((face.pose[2] == np.float32(0.1)).all() and face.expression is faces[0].expression for face in
               told[:1])  # fmt: skip


def test_near_and_far_faces_are_smoothed_alike():
    steps = np.linspace(0, 1, 20) ** 2
    near = followed([seen((0, 0, 0), (1000 + 100 * t, 400 * t, 50 * t)) for t in steps])
    far = followed([seen((0, 0, 0), (100 + 10 * t, 40 * t, 5 * t)) for t in steps])
    for one, other in zip(near, far, strict=True):
        np.testing.assert_allclose(one.camera, 10 * other.camera, rtol=1e-4, atol=1e-3)
    # And a head that moves is followed: less than a tenth of the way is missing at the end.
    assert near[-1].camera[1] > 360
