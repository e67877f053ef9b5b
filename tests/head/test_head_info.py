import json

import pytest

from emopoi.head.head_info import head_info
from tests.head.made_heads import NAMES, small_head


def test_everything_is_told_in_plain_values():
    info = head_info(small_head())
    assert json.loads(json.dumps(info)) == info
    assert (info["vertices"], info["triangles"], info["landmarks"]) == (1001, 1960, 68)
    assert (info["identity_modes"], info["expressions"], info["expression_names"]) == (6, 6, list(NAMES))
    assert info["parts"] == {"skin": 1760, "eyes": 200}
    assert info["size_cm"][0] == pytest.approx(15.0, abs=0.05) and info["pose_correctives"] is True
    assert list(info["joints"]) == ["global", "neck", "jaw", "left_eye", "right_eye"]
    left, right = info["joints"]["left_eye"], info["joints"]["right_eye"]
    assert left[0] > 0.02 and left[0] == -right[0]
    assert info["licence"] == "made for tests"
