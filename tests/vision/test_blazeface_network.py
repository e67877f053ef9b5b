import numpy as np
import pytest
from skimage.data import astronaut

from emopoi.errors import ModelFileError
from emopoi.vision.blazeface_network import BlazeFaceNetwork, anchor_centres, whole_picture


def test_anchors_are_cell_centres_in_the_order_of_the_outputs():
    anchors = anchor_centres(128, ((8, 2), (16, 6)))
    assert anchors.shape == (896, 2)
    np.testing.assert_allclose(anchors[:3], [[4 / 128, 4 / 128], [4 / 128, 4 / 128], [12 / 128, 4 / 128]])
    np.testing.assert_allclose(anchors[512], [8 / 128, 8 / 128])
    np.testing.assert_allclose(anchors[-1], [120 / 128, 120 / 128])
    assert anchor_centres(192, ((4, 1),)).shape == (2304, 2)


def test_the_whole_picture_is_the_centred_square():
    assert whole_picture(np.zeros((480, 640, 3), np.uint8)) == (0, -80, 640)


def test_the_landmark_model_is_no_detector(blazeface_files):
    with pytest.raises(ModelFileError, match="not a BlazeFace model"):
        BlazeFaceNetwork(blazeface_files.landmarks)


@pytest.fixture(scope="module")
def portrait():
    return np.ascontiguousarray(astronaut()[:256, 100:356])


@pytest.mark.parametrize("model", ["short_range", "full_range"])
def test_place_turn_and_mirror_come_back_to_the_same_points(blazeface_files, portrait, model):
    network = BlazeFaceNetwork(getattr(blazeface_files, model))

    def best(region, **options):
        found = network.candidates(portrait, region, minimum_score=0.3, **options)
        return found.select(found.scores == found.scores.max())

    straight = best((0, 0, 256))
    size = straight.boxes[0, 2] - straight.boxes[0, 0]
    eyes = straight.points[0, :2]
    assert eyes[0, 0] < eyes[1, 0] and 30 < size < 150
    for region, options in [
        ((-60, -40, 330), {}),
        ((20, 0, 230), {"mirrored": True}),
        ((0, 0, 256), {"angle_rad": 0.3}),
        ((0, 0, 256), {"angle_rad": -0.3, "mirrored": True}),
    ]:
        other = best(region, **options)
        np.testing.assert_allclose(other.points[0, :4], straight.points[0, :4], atol=0.12 * size)
        np.testing.assert_allclose(other.boxes.mean(), straight.boxes.mean(), atol=0.12 * size)
