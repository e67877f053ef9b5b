import threading
import time

import pytest

from emopoi.vision.write_behind import WriteBehind


def test_everything_is_written_in_order_and_in_another_thread():
    written, threads = [], set()

    def write(item):
        threads.add(threading.get_ident())
        written.append(item)

    writer = WriteBehind(write, limit=2)
    for item in range(50):
        writer.put(item)
    writer.close()
    writer.close()
    assert written == list(range(50)) and threads.isdisjoint({threading.get_ident()})


def test_an_error_is_raised_once_and_nobody_waits_for_ever():
    def write(item):
        raise OSError(f"full at {item}")

    writer = WriteBehind(write, limit=1)
    writer.put(1)
    with pytest.raises(OSError, match="full at 1"):
        for item in range(2, 100):
            time.sleep(0.01)
            writer.put(item)
    for item in range(20):
        writer.put(item)
    writer.close()


def test_an_error_of_the_last_item_comes_with_close():
    def write(item):
        raise OSError("full")

    writer = WriteBehind(write)
    writer.put(1)
    with pytest.raises(OSError, match="full"):
        writer.close()


def test_the_queue_stays_short():
    gate = threading.Event()
    writer = WriteBehind(lambda item: gate.wait(), limit=3)
    done = threading.Event()

    def fill():
        for item in range(10):
            writer.put(item)
        done.set()

    threading.Thread(target=fill, daemon=True).start()
    assert not done.wait(0.3)
    gate.set()
    assert done.wait(5)
    writer.close()
