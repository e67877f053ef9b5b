import pytest

from emopoi.errors import InputError
from emopoi.pipeline import RecognitionSettings


@pytest.mark.parametrize("wrong", [{"detector": "magic"}, {"temporal": "gru"}, {"coefficients": "guess"}])
def test_settings_are_checked(wrong):
    with pytest.raises(InputError, match="expected"):
        RecognitionSettings(**wrong)
