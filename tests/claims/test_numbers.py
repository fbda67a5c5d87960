"""Numbers in the sentences of a claim."""

import math

import pytest

from minintk.claims.numbers import between, counted, number

pytestmark = pytest.mark.claims


# --- by hand --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "digits", "sign", "words"),
    [
        (1234.0, 2, "", "1200"),
        (-562.3, 2, "", "−560"),
        (99.6, 2, "+", "+100"),
        (0.000123, 3, "", "0.000123"),
        (9.3e-5, 2, "+", "+9.3e−05"),
        (2.5e7, 2, "", "2.5e+07"),
        (-0.0, 2, "+", "0"),
        (1.0, 3, "", "1"),
        (-math.inf, 3, "", "−inf"),
        (math.nan, 3, "", "nan"),
    ],
)
def test_a_number(value, digits, sign, words):
    assert number(value, digits, sign) == words


def test_what_reads_the_same_is_said_once():
    assert between("+0.1", "+0.1", " %") == "+0.1 %"
    assert between("0", "+0.1", " %") == "0 to +0.1 %"


def test_one_has_no_plural():
    assert [counted(count, "cell") for count in (0, 1, 2)] == ["0 cells", "1 cell", "2 cells"]
