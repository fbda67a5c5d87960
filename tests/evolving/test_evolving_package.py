"""The wing of the kernel that moves, as a package."""

import pytest

import minintk.evolving

pytestmark = pytest.mark.evolving


def test_the_wing_says_in_which_order_to_read_it():
    for module in ("mean_field", "leading_order", "fluctuation", "velocity"):
        assert f"`{module}`" in minintk.evolving.__doc__
