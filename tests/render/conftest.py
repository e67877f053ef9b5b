import pytest

from emopoi.render.head_renderer import HeadRenderer


@pytest.fixture(scope="module")
def renderer(opengl):
    """One for all tests of a file, 160x120 pixels."""
    with HeadRenderer(160, 120) as opened:
        yield opened
