import threading
import time

import pytest

from emopoi.errors import MediaError
from emopoi.vision.read_ahead import read_ahead


def test_order_is_kept():
    assert list(read_ahead(iter(range(100)), 3)) == list(range(100))


def test_an_error_arrives_after_what_came_before_it():
    def items():
        yield 1
        raise MediaError("broken")

    ahead = read_ahead(items(), 3)
    assert next(ahead) == 1
    with pytest.raises(MediaError, match="broken"):
        next(ahead)


def test_it_does_not_run_far_ahead_and_stops_when_closed():
    made = []

    def items():
        for number in range(1000):
            made.append(number)
            yield number

    ahead = read_ahead(items(), 4)
    assert next(ahead) == 0
    time.sleep(0.05)
    assert len(made) <= 7
    ahead.close()
    assert not any(thread.name == "read_ahead" for thread in threading.enumerate())
