import pytest

from emopoi.pipeline import RecognitionSettings, build_pipeline, load_models
from emopoi.runtime.expression_memory import ExponentialMemory, LstmMemory, NoMemory


@pytest.mark.parametrize(
    ("temporal", "photo", "expected"),
    [
        ("lstm", False, LstmMemory),
        ("ema", False, ExponentialMemory),
        ("none", False, NoMemory),
        ("lstm", True, NoMemory),
        ("ema", True, NoMemory),
    ],
)
def test_photos_remember_nothing_and_videos_what_was_asked(temporal, photo, expected):
    settings = RecognitionSettings(detector="haar", temporal=temporal, age_gender=False)
    models = load_models(settings, photo=photo)
    assert models.temporal == ("none" if photo else temporal)
    assert (models.time is not None) == (expected is LstmMemory)
    assert type(build_pipeline(models)._emotion._memory) is expected
