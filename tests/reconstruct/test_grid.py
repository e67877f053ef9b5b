import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emopoi.errors import InputError
from emopoi.reconstruct.grid import Grid


@given(width=st.integers(16, 8000), height=st.integers(16, 8000))
def test_every_video_gets_a_grid_that_can_be_encoded(width, height):
    grid = Grid.of(width, height)
    assert min(grid.panel_px) >= 120
    rows, columns = (grid.cell_px[1] + grid.panel_px[1], 2 * grid.cell_px[0])
    columns = 3 * grid.cell_px[0] if grid.upright else columns
    assert rows <= 720 and columns <= 1500 and rows % 2 == columns % 2 == 0


@pytest.mark.parametrize("size", [(640, 480), (480, 640), (1920, 1080), (300, 300), (4000, 300)])
def test_the_parts_lie_where_they_should(size):
    grid = Grid.of(*size)
    colours = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)]
    red, green, blue = (np.full((60, 60, 3), colour, np.uint8) for colour in colours[:3])
    panel = np.full((grid.panel_px[1], grid.panel_px[0], 3), colours[3], np.uint8)
    whole = grid.composed(red, green, blue, panel)
    width, height = grid.cell_px
    centres = [(height // 2, width // 2), (height // 2, width + width // 2)]
    centres += (
        [(height // 2, 2 * width + width // 2), (height + 20, width)]
        if grid.upright
        else [(height + height // 2, width // 2), (height + height // 2, width + width // 2)]
    )
    for place, colour in zip(centres, colours, strict=True):
        assert tuple(whole[place]) == colour
    # The head's ground goes on to the border of its cell.
    corner = whole[1, 2 * width + 1] if grid.upright else whole[height + 1, 1]
    assert tuple(corner) == colours[2]


def test_no_size_is_refused():
    with pytest.raises(InputError, match="0x5"):
        Grid.of(0, 5)
