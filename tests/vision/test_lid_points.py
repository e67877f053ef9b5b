import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emopoi.errors import InputError
from emopoi.types import Face
from emopoi.vision.blazeface_detector import BlazeFaceDetector
from emopoi.vision.eye_landmarks import LEFT, RIGHT, EyeLandmarks
from emopoi.vision.face_landmarks import POINTS, FaceLandmarks, FaceMesh
from emopoi.vision.lid_points import _LOWER, CORNERS, EYE_POINTS, refine_lids
from emopoi.vision.media import open_media
from emopoi.vision.refined_landmarks import RefinedLandmarks

IMAGE = np.zeros((400, 400, 3), np.uint8)


def mesh(seed=0, turn=0.0):
    """Points strewn over a face, with eyes 50 pixels wide and 120 apart, turned about their middle."""
    points = np.random.default_rng(seed).uniform(-40, 40, (POINTS, 3))
    for eye, middle in ((RIGHT, -60.0), (LEFT, 60.0)):
        outwards = -1.0 if eye == RIGHT else 1.0
        ring = np.linspace(0, 2 * np.pi, 16, endpoint=False)
        points[EYE_POINTS[eye, :16]] = np.stack([middle + 20 * np.cos(ring), 8 * np.sin(ring), 0 * ring], 1)
        points[CORNERS[eye]] = [[middle + 25 * outwards, 0, 0], [middle - 25 * outwards, 0, 0]]
    across = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    return points @ across.T + (200, 200, 0)


class SeenLids:
    """Sees the ring where the mesh has it, plus the constant difference, plus `lower` eye distances."""

    def __init__(self, points, lower=0.0, aside=0.0):
        self.mesh, self.lower, self.aside, self.asked = points, lower, aside, []

    def points(self, image, centre, along, distance_px, eye):
        self.asked.append((eye, distance_px))
        down = np.array([-along[1], along[0]])
        found = np.zeros((71, 2))
        ring = self.mesh[EYE_POINTS[eye, :16], :2]
        found[:16] = ring + np.outer(_LOWER + self.lower, down) * distance_px
        found[:16] += self.aside * np.asarray(along) * distance_px
        return found


def test_the_points_are_different_ones_and_mirror_each_other():
    assert len(np.unique(EYE_POINTS)) == 96
    # The corners that everybody uses.
    assert CORNERS.tolist() == [[33, 133], [263, 362]]


@given(st.floats(-3, 3), st.floats(-0.3, 0.3))
def test_lids_that_are_seen_where_they_are_stay(turn, aside):
    points = mesh(1, turn)
    told = refine_lids(points, IMAGE, SeenLids(points, aside=aside))
    np.testing.assert_allclose(told.points, points, atol=1e-3)
    assert told.eyes_open[0] is not None and told.eyes_open[1] is not None


@given(st.floats(-3, 3), st.floats(-0.1, 0.1))
def test_lids_follow_and_what_is_around_follows_less(turn, lower):
    points = mesh(2, turn)
    told = refine_lids(points, IMAGE, SeenLids(points, lower)).points
    moved = told - points
    down = np.array([-np.sin(turn), np.cos(turn)])
    ring, around, far = (EYE_POINTS[:, part] for part in np.split(np.arange(48), 3))
    for numbers, share in ((ring, 1.0), (around, 0.9), (far, 0.15)):
        expected = np.broadcast_to(share * lower * 120 * down, (2, 16, 2))
        np.testing.assert_allclose(moved[numbers][..., :2], expected, atol=2e-3)
    np.testing.assert_allclose(moved[:, 2], 0, atol=1e-5)
    rest = np.setdiff1d(np.arange(POINTS), EYE_POINTS)
    np.testing.assert_allclose(told[rest], points[rest], atol=1e-4)


def test_an_eye_that_is_turned_away_or_outside_is_left_alone():
    points = mesh(3)
    # The left eye's corners lie one behind the other.
    points[CORNERS[LEFT]] = [[262, 200, 40], [258, 200, -40]]
    eyes = SeenLids(points, 0.05)
    told = refine_lids(points, IMAGE, eyes)
    assert [eye for eye, _ in eyes.asked] == [RIGHT] and told.eyes_open[LEFT] is None
    np.testing.assert_allclose(told.points[EYE_POINTS[LEFT]], points[EYE_POINTS[LEFT]], atol=1e-4)
    outside = refine_lids(mesh(3), IMAGE[:, :200], SeenLids(mesh(3), 0.05))
    assert outside.eyes_open[RIGHT] is not None and outside.eyes_open[LEFT] is None


@pytest.mark.parametrize("wrong", [np.full((POINTS, 3), np.nan), np.zeros((71, 3))])
def test_bad_points_are_refused(wrong):
    with pytest.raises(InputError, match="468"):
        refine_lids(wrong, IMAGE, SeenLids(mesh()))


def test_points_all_in_one_place_are_left_there():
    same = np.full((POINTS, 3), 7.0)
    told = refine_lids(same, IMAGE, SeenLids(same))
    assert (told.points == same).all() and told.eyes_open == (None, None)


class FixedMesher:
    def __init__(self, found):
        self.found = found

    def mesh(self, image, face):
        return self.found


@pytest.mark.parametrize("found", [None, FaceMesh(np.zeros((POINTS, 3), np.float32), 0.1),
                                   FaceMesh(np.full((POINTS, 3), np.nan, np.float32), 0.9)])  # fmt: skip
def test_no_face_no_lids(found):
    face = Face((0, 0, 90, 90), 1.0, np.ones((6, 2)))
    assert RefinedLandmarks(FixedMesher(found), SeenLids(mesh())).mesh(IMAGE, face) is found


def test_the_first_points_of_the_network_are_the_mesh_s_on_a_real_face(blazeface_files, data_dir):
    """Apart from the constant difference along the eye, each point of the ring is nearest to its own."""
    picture = cv2.cvtColor(cv2.imread(str(data_dir / "photos" / "dark_woman.jpg")), cv2.COLOR_BGR2RGB)
    (face,) = BlazeFaceDetector().detect(picture)
    points = FaceLandmarks(blazeface_files.landmarks).mesh(picture, face).points
    eyes = EyeLandmarks(blazeface_files.eyes)
    centres = points[CORNERS, :2].mean(axis=1)
    across = centres[LEFT] - centres[RIGHT]
    distance = float(np.hypot(*across))
    right = 0
    for eye in (RIGHT, LEFT):
        found = eyes.points(picture, centres[eye], across / distance, distance, eye)[:48]
        own = points[EYE_POINTS[eye], :2]
        # Least squares of a shift and a stretch along each axis.
        for axis in (0, 1):
            slope, start = np.polyfit(found[:, axis], own[:, axis], 1)
            found[:, axis] = slope * found[:, axis] + start
        apart = np.linalg.norm(found[:, None] - own[None], axis=-1)
        right += int((apart.argmin(axis=1) == np.arange(48)).sum())
    assert right >= 86  # of 96; a shift by one along the rings gives less than 20


@pytest.mark.parametrize(
    ("clip", "open_frame", "shut_frame"),
    [("lp_d18.mp4", 60, 95), ("pyfeat_face_noface.mov", 22, 27)],
)
def test_lids_close_on_real_clips(blazeface_files, data_dir, clip, open_frame, shut_frame):
    plain = FaceLandmarks(blazeface_files.landmarks)
    refined = RefinedLandmarks(plain, EyeLandmarks(blazeface_files.eyes))
    detector, gaps, moved = BlazeFaceDetector(), {}, {}
    with open_media(data_dir / "videos" / clip, threads=1) as media:
        for frame in media:
            if frame.index in (open_frame, shut_frame):
                face = max(detector.detect(frame.image), key=lambda face: face.width_px)
                before, after = (way.mesh(frame.image, face) for way in (plain, refined))
                gaps[frame.index] = [gap(one.points) for one in (before, after)]
                apart = np.linalg.norm(after.points - before.points, axis=1)[EYE_POINTS[:, :16]]
                moved[frame.index] = apart.mean() / np.linalg.norm(before.points[33] - before.points[263])
                assert after.eyes_open[0] is not None
            if frame.index >= shut_frame:
                break
    assert moved[open_frame] < 0.02
    assert gaps[shut_frame][1] < 0.75 * gaps[shut_frame][0]
    assert gaps[shut_frame][1] < 0.5 * gaps[open_frame][1]


def gap(points):
    """Lids' distance over the eye's width, mean of both eyes: middle of the upper and the lower lid."""
    widths = np.linalg.norm(points[CORNERS[:, 0]] - points[CORNERS[:, 1]], axis=1)
    return float((np.linalg.norm(points[[159, 386]] - points[[145, 374]], axis=1) / widths).mean())
