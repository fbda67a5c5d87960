"""The law of a network's start: its options, and the contradictions between them."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given

import minintk as mn
from tests.reference import strategies as some
from tests.reference.wrong_input import meets, refuses

pytestmark = pytest.mark.forward


# --- by hand --------------------------------------------------------------------------------------


def test_the_law_of_the_study():
    law = mn.Law()
    assert (law.weight_std, law.bias_std, law.bias, law.output_law) == (1.0, 0.0, True, "signs")
    assert law.trained == ("w", "b", "a")
    assert law == mn.DEFAULT_LAW


def test_without_a_bias_there_is_no_bias_to_train():
    assert mn.Law(bias=False).trained == ("w", "a")
    assert mn.Law(bias=False, trained=["a"]).trained == ("a",)


def test_a_bias_that_is_drawn_and_not_trained_is_not_the_same_as_none():
    law = mn.Law(bias_std=0.5, trained=("w", "a"))
    params = mn.initialise(6, np.random.default_rng(0), law)
    assert params.b.all()
    assert params.trained == mn.Law(bias=False).trained


# --- theorem --------------------------------------------------------------------------------------


@given(trained=some.trained_subsets)
def test_trained_parts_come_in_one_order_and_from_any_list(trained):
    for given_as in (trained, trained[::-1], list(trained), iter(trained)):
        assert mn.Law(trained=given_as).trained == trained


@given(law=some.laws())
def test_a_law_is_a_value(law):
    first, second = mn.Law(**law), mn.Law(**law)
    assert first == second
    assert hash(first) == hash(second)
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign"):
        first.weight_std = 2.0


@given(law=some.laws())
def test_a_network_and_its_limit_train_the_parts_of_their_law(law):
    law = mn.Law(**law)
    assert mn.initialise(3, np.random.default_rng(0), law).trained == law.trained
    assert tuple(mn.ntk_parts_of_angle(1.0, law)) == law.trained


# --- argument checks ------------------------------------------------------------------------------

NAMES = "trained must be a tuple of different names out of 'w', 'b', 'a', got "


@refuses(
    ("weight_std must be a finite number above 0, got 0", lambda: mn.Law(weight_std=0)),
    ("weight_std must be a finite number above 0, got -1", lambda: mn.Law(weight_std=-1)),
    ("and at most 1e+70 in size, got 1e+155", lambda: mn.Law(weight_std=1e155)),
    ("bias_std must be a finite number of at least 0, got -0.1", lambda: mn.Law(bias_std=-0.1)),
    ("bias_std must be a finite number of at least 0, got nan", lambda: mn.Law(bias_std=np.nan)),
    ("bias_std must be 0 where bias is False, got 0.5", lambda: mn.Law(bias=False, bias_std=0.5)),
    ("bias must be True or False, got 'no'", lambda: mn.Law(bias="no")),
    (
        "output_law must be one of 'signs', 'normal', got 'uniform'",
        lambda: mn.Law(output_law="uniform"),
    ),
    (f"{NAMES}()", lambda: mn.Law(trained=())),
    (f"{NAMES}'w'", lambda: mn.Law(trained="w")),
    (f"{NAMES}('w', 'w')", lambda: mn.Law(trained=("w", "w"))),
    (f"{NAMES}('c',)", lambda: mn.Law(trained=("c",))),
    (f"{NAMES}3", lambda: mn.Law(trained=3)),
    (f"{NAMES}[['w']]", lambda: mn.Law(trained=[["w"]])),
    (
        "trained must be without 'b' where bias is False, got ('w', 'b')",
        lambda: mn.Law(bias=False, trained=("w", "b")),
    ),
    (
        TypeError,
        "law must be a Law, as from minintk.Law(bias=False), got {'bias': False}",
        lambda: mn.infinite_ntk([0.0], law={"bias": False}),
    ),
    (
        TypeError,
        "law must be a Law, as from minintk.Law(bias=False), got None",
        lambda: mn.initialise(4, np.random.default_rng(0), None),
    ),
)
def test_wrong_arguments(error, message, call):
    meets(error, message, call)
