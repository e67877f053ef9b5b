import dataclasses

import numpy as np
import pytest

from emopoi.errors import InputError
from emopoi.head.arkit_names import ARKIT_NAMES
from emopoi.voice.head_expressions import HeadExpressions
from tests.head.made_heads import NAMES, small_head


def test_coefficients_go_to_the_shapes_of_their_names():
    head = small_head()
    arkit = np.linspace(0, 1, len(ARKIT_NAMES)).astype(np.float32)
    shapes = HeadExpressions(head)
    told = shapes.of(arkit)
    for name in NAMES:
        assert told.expression[head.expression_names.index(name)] == arkit[ARKIT_NAMES.index(name)]
    assert set(shapes.lacking) == set(ARKIT_NAMES) - set(NAMES)


def test_a_head_without_names_or_jaw_is_refused():
    head = small_head()
    with pytest.raises(InputError, match="no names"):
        HeadExpressions(dataclasses.replace(head, expression_names=()))
    renamed = ("own", *head.expression_names[1:])
    with pytest.raises(InputError, match="jawOpen"):
        HeadExpressions(dataclasses.replace(head, expression_names=renamed))
