import io
import re

import numpy as np

from emopoi.runtime.interpreter import TFLiteModel
from emopoi.serve.device_facts import device_facts
from emopoi.serve.device_models import FROZEN, device_models
from emopoi.types import EMOPOI8, FER7


def test_every_model_comes_with_a_known_answer_that_it_gives():
    models = device_models()

    assert set(models) == {"detector_short", "detector_full", "face_mesh", "eye_lids", *FROZEN}
    for model in models.values():
        golden = np.load(io.BytesIO(model.golden))
        runner = TFLiteModel(model.content)
        inputs = {tensor["tensor"]: golden[name] for name, tensor in model.facts["inputs"].items()}
        answers = runner.run(**inputs)
        for name, tensor in model.facts["outputs"].items():
            wanted = golden[f"{model.facts['variant']}.{name}"]
            # An answer that hardly varies would prove nothing.
            assert wanted.size == 1 or wanted.std() > 1e-3, f"{model.name}.{name}"
            np.testing.assert_allclose(answers[tensor["tensor"]], wanted, atol=1e-4 * np.abs(wanted).max())


def test_addresses_change_with_the_content_alone():
    first, second = device_models(), device_models()

    for name, model in first.items():
        assert re.fullmatch(rf"/device/models/{name}/[0-9a-f]{{16}}\.tflite", model.facts["url"])
        assert re.fullmatch(rf"/device/models/{name}/[0-9a-f]{{16}}\.npz", model.facts["golden"])
        assert (model.facts["url"], model.facts["golden"]) == (
            second[name].facts["url"],
            second[name].facts["golden"],
        )


def test_facts_are_those_of_the_code():
    facts = device_facts()

    assert facts["fer7"] == list(FER7) and facts["emopoi8"] == list(EMOPOI8)
    assert set(facts["colours"]["fer7"]) == set(FER7)
    assert facts["states"]["USUAL_S"] > 0 and facts["eyes"]["CLOSED_SHARE"] > 0
    assert all(row["weight"] for row in facts["evidence"])
