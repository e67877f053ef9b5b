import pytest

from emopoi.errors import MissingPartError
from emopoi.render.head_renderer import HeadRenderer


@pytest.fixture(scope="module")
def renderer():
    """One for all tests of a file, 160x120 pixels, or skip where there is no OpenGL."""
    try:
        opened = HeadRenderer(160, 120)
    except MissingPartError as error:
        pytest.skip(str(error))
    with opened:
        yield opened
