"""The names of the fast subpackage, and that they take the arguments of the reference versions."""

import inspect

import pytest

import minintk as mn
from minintk import fast

# --- theorem --------------------------------------------------------------------------------------


@pytest.mark.project
def test_all_names_are_there_and_share_the_arguments_of_the_plain_versions():
    shared = [name for name in fast.__all__ if hasattr(mn, name)]
    assert set(shared) >= {
        *("forward", "loss_and_gradient", "objective", "empirical_ntk", "empirical_ntk_parts"),
        *("infinite_ntk", "frozen_flow"),
    }
    for name in shared:
        plain = inspect.signature(getattr(mn, name)).parameters
        ours = inspect.signature(getattr(fast, name)).parameters
        assert list(ours)[: len(plain)] == list(plain), name
