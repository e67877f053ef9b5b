from emopoi.pipeline import RecognitionSettings, load_models
from emopoi.vision.blazeface_files import read_blazeface_files


def test_what_is_not_read_is_said_in_one_note(tmp_path):
    models = load_models(RecognitionSettings(detector="haar"))
    assert models.eyes is None and [note for note in models.notes if "exhaustion is not read" in note]
    wheel = read_blazeface_files()
    (tmp_path / "face_detection_short_range.tflite").write_bytes(wheel.short_range)
    (tmp_path / "face_detection_full_range.tflite").write_bytes(wheel.full_range)
    models = load_models(RecognitionSettings(bundle=str(tmp_path)))
    assert models.eyes is None
    assert [note for note in models.notes if "exhaustion" in note and "iris_landmark.tflite" in note]
    # A photo gives no exhaustion, and that needs no note.
    photo = load_models(RecognitionSettings(bundle=str(tmp_path)), photo=True)
    assert photo.eyes is None and not [note for note in photo.notes if "exhaustion" in note]


def test_heads_that_do_not_fit_are_left_out_with_a_note():
    models = load_models(RecognitionSettings(states_model="age_gender"))
    assert models.states is None
    assert [note for note in models.notes if "boredom and frustration are not read" in note]
    everything = load_models(RecognitionSettings())
    assert everything.states is not None and everything.eyes is not None and not everything.notes
    nothing = load_models(RecognitionSettings(states=False))
    assert nothing.states is None and nothing.eyes is None and not nothing.notes
