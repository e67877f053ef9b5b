import pytest

from emopoi.errors import InputError
from emopoi.serve.settings import ServeSettings, is_loopback


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.8.8.8"])
def test_this_machine_alone_needs_no_token(host):
    assert is_loopback(host)
    assert ServeSettings(host=host).token is None


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "example.org"])
def test_beyond_this_machine_a_token_is_needed(host):
    with pytest.raises(InputError, match="needs a token"):
        ServeSettings(host=host)
    assert ServeSettings(host=host, token="x" * 16).host == host


@pytest.mark.parametrize(
    "wrong",
    [
        {"port": -1},
        {"token": "short"},
        {"max_upload_mb": 0},
        {"workers": 0},
        {"keep_h": float("nan")},
        {"tiles": "x"},
    ],
)
def test_values_out_of_range_are_refused(wrong):
    with pytest.raises(InputError):
        ServeSettings(**wrong)
