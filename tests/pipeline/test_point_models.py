import pytest

from emopoi.errors import InputError, MissingPartError
from emopoi.landmark_stage import LandmarkStage
from emopoi.pipeline import RecognitionSettings, build_pipeline, load_models
from emopoi.runtime.expression_memory import ExponentialMemory
from emopoi.types import Face, TrackedFace
from emopoi.vision.refined_landmarks import RefinedLandmarks
from tests.pipeline.made_faces import BOX, POINTS, frames


def test_expressions_from_landmarks_read_no_pixels_after_them():
    settings = RecognitionSettings(read_from="landmarks", age_gender=False, emotion_model="none at all")
    models = load_models(settings)
    assert (
        models.emotion.manifest.name == "landmark_emotion"
        and models.states is None
        and models.time is None
        and models.temporal == "ema"
    )
    assert isinstance(models.points.mesher, RefinedLandmarks)
    stage = build_pipeline(models)._emotion
    assert isinstance(stage, LandmarkStage) and isinstance(stage._memory, ExponentialMemory)
    # A face that is not there: nothing is said with confidence.
    reading = stage.read(frames(1)[0], TrackedFace(1, Face(BOX, 0.9, POINTS), started=True))
    assert reading.confidence == 0.0


def test_landmarks_need_their_network_and_no_model_of_ones_own(tmp_path):
    with pytest.raises(MissingPartError, match="Haar"):
        load_models(RecognitionSettings(read_from="landmarks", detector="haar", age_gender=False))
    for settings in ({"read_from": "voxels"}, {"read_from": "landmarks", "own_model": "x"}):
        with pytest.raises(InputError):
            RecognitionSettings(**settings)
