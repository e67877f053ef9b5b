import time

import pytest

from emopoi.demo_clip import write_short_clips


@pytest.fixture(scope="session")
def clips(tmp_path_factory):
    """Folder of 24 short clips of a face, no two alike, old enough for the clock of the file system."""
    folder = tmp_path_factory.mktemp("clips")
    write_short_clips(folder, 24)
    time.sleep(2.1)
    return folder
