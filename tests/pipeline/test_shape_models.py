import pytest

from emopoi.errors import ModelFileError
from emopoi.head.face_track_solver import StillSolver
from emopoi.head.head_file import write_head_npz
from emopoi.head.track_solver import TrackSolver
from emopoi.pipeline import RecognitionSettings, build_pipeline, load_models
from emopoi.runtime.coefficient_track_reader import CoefficientTrackReader
from emopoi.vision.blazeface_files import read_blazeface_files
from emopoi.vision.face_landmarks import FaceLandmarks
from emopoi.vision.refined_landmarks import RefinedLandmarks
from tests.head.made_heads import small_head


def test_coefficients_cost_nothing_unless_they_are_asked():
    assert load_models(RecognitionSettings()).shapes is None
    solver = load_models(RecognitionSettings(coefficients="solver"))
    assert isinstance(solver.shapes.mesher, RefinedLandmarks) and solver.shapes.network is None
    # Lids are looked at in every frame already.
    assert solver.eyes is None and solver.shapes.sees_lids and not solver.notes
    network = load_models(RecognitionSettings(coefficients="network"))
    assert isinstance(network.shapes.mesher, FaceLandmarks) and not network.shapes.sees_lids
    assert network.eyes is not None and network.eyes[1] is None and not network.notes


@pytest.mark.parametrize(
    ("method", "photo", "expected"),
    [
        ("solver", False, TrackSolver),
        ("solver", True, StillSolver),
        ("network", False, CoefficientTrackReader),
        ("network", True, CoefficientTrackReader),
    ],
)
def test_every_track_gets_a_solver_of_its_own(method, photo, expected):
    models = load_models(RecognitionSettings(coefficients=method, states=False), photo=photo)
    stage = build_pipeline(models)._shapes
    first, second = stage._new_track(), stage._new_track()
    assert type(first) is expected and first is not second


def test_without_the_landmark_network_one_note_and_the_job_runs_on(tmp_path):
    wheel = read_blazeface_files()
    (tmp_path / "face_detection_short_range.tflite").write_bytes(wheel.short_range)
    (tmp_path / "face_detection_full_range.tflite").write_bytes(wheel.full_range)
    settings = RecognitionSettings(bundle=str(tmp_path), coefficients="solver", states=False)
    models = load_models(settings)
    (note,) = models.notes
    assert models.shapes is None and "coefficients" in note and "face_landmark.tflite" in note
    (tmp_path / "face_landmark.tflite").write_bytes(wheel.landmarks)
    (note,) = load_models(settings).notes
    assert "close their eyes" in note and "iris_landmark.tflite" in note


def test_a_head_of_one_s_own_works_with_the_solver_and_not_with_networks_of_another(tmp_path):
    path = tmp_path / "small.npz"
    write_head_npz(small_head(), path)
    models = load_models(RecognitionSettings(coefficients="solver", head=str(path), states=False))
    assert models.shapes.head.n_identity == 6 and models.shapes.emotion is None
    (note,) = models.notes
    assert "expressions are not named from coefficients" in note and "does not fit the head" in note
    with pytest.raises(ModelFileError, match="does not fit the head"):
        load_models(RecognitionSettings(coefficients="network", head=str(path)))
    with pytest.raises(ModelFileError, match="no such file"):
        load_models(RecognitionSettings(coefficients="solver", head=str(tmp_path / "none.npz")))
