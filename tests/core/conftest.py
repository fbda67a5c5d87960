"""A network so wide that few angles are too many."""

import numpy as np
import pytest

import minintk as mn


@pytest.fixture(scope="module")
def wide():
    return mn.Params(np.ones((10**6, 2)), np.ones(10**6), np.ones(10**6))
