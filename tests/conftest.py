"""What tests share: where the real data lie, and quiet third-party logs."""

import importlib.util
import os
from pathlib import Path

import pytest
from hypothesis import settings

# A busy machine is no failure, and a change is judged on the same examples each time.
settings.register_profile("steady", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("steady")

pytest_plugins = ("tests.house.skip_cap",)

# Before numpy is loaded: on a busy machine OpenBLAS's threads wait for each other at full speed, and small
# matrices take thirty times as long.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("MPLBACKEND", "Agg")


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Folder of the real data (environment variable EMOPOI_DATA), or skip."""
    folder = os.environ.get("EMOPOI_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("EMOPOI_DATA is not set: no real data here")
    return Path(folder)


@pytest.fixture(scope="session")
def opengl() -> None:
    """OpenGL without a screen, or skip: what it needs of the system is optional, the packages are not."""
    from emopoi.errors import MissingPartError
    from emopoi.render.head_renderer import HeadRenderer

    assert importlib.util.find_spec("pyrender") and importlib.util.find_spec("trimesh")
    try:
        HeadRenderer(8, 8).close()
    except MissingPartError as error:
        pytest.skip(f"no OpenGL here: {error}")
