"""A face, and frames without anything in them."""

import numpy as np

from emopoi.types import Frame

POINTS = np.array([[30, 40], [70, 40], [50, 60], [50, 78], [12, 44], [88, 44]], np.float32)
BOX = (0.0, 0.0, 100.0, 100.0)


def frames(count):
    return [Frame(np.zeros((9, 9, 3), np.uint8), 40.0 * i, i) for i in range(count)]
