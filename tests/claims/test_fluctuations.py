"""What is made of errors that fall as c/√n: slopes, constants, findings at their borders."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from minintk.claims import fluctuations
from minintk.claims.statistics import Interval

pytestmark = pytest.mark.claims


def found_with(**changes):
    """What is judged: both intervals well inside."""
    good = {"slopes": {"raw": Interval(-0.5, -0.52, -0.48, 8)},
            "ratios": {"raw": Interval(1.0, 0.95, 1.05, 8)}}  # fmt: skip
    return SimpleNamespace(**good | {k: {"raw": Interval(*v, 8)} for k, v in changes.items()})


# --- by hand --------------------------------------------------------------------------------------


def test_slopes_and_constants_of_errors_that_are_known():
    sizes = (16, 64, 256, 1024)
    errors = {"a": np.array([[3.0], [2.0], [2.0], [2.0]]) / np.sqrt(sizes)[:, None] * [1.0, 1.2]}
    limit = {"a": np.array(2.0), "a_relative": np.array(1.0)}
    found = SimpleNamespace(**fluctuations.slopes_and_constants(sizes, errors, limit, "a"))
    x = np.log(sizes) - np.log(sizes).mean()
    assert found.slopes["a"].mean == pytest.approx(x @ np.log(errors["a"][:, 0]) / (x @ x))
    assert found.constants["a"].mean == pytest.approx(2.2), "the upper half of the sizes alone"
    assert found.ratios["a"].mean == pytest.approx(1.1)
    assert found.for_a_tenth == {"a": 100}
    assert "m = 256 … 1024" in fluctuations.criterion("m", sizes)
    assert "100 (a)" in fluctuations.said("m", found)


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({}, [True, True]),
        ({"slopes": (-0.5, -0.599, -0.401)}, [True, True]),
        ({"slopes": (-0.5, -0.601, -0.41)}, [None, True]),
        ({"slopes": (-0.5, -0.59, -0.399)}, [None, True]),
        ({"slopes": (-0.7, -0.8, -0.601)}, [False, True]),
        ({"slopes": (math.nan, -math.inf, math.inf)}, [None, True]),
        ({"ratios": (1.0, 0.901, 1.099)}, [True, True]),
        ({"ratios": (1.0, 0.899, 1.09)}, [True, None]),
        ({"ratios": (1.0, 0.91, 1.101)}, [True, None]),
        ({"ratios": (1.2, 1.11, 1.3)}, [True, False]),
        ({"ratios": (math.nan, -math.inf, math.inf)}, [True, None]),
    ],
)
def test_findings_at_their_borders(changes, shown):
    findings = list(fluctuations.findings(found_with(**changes)))
    assert [finding.part for finding in findings] == ["slope, raw", "constant, raw"]
    assert [finding.shown for finding in findings] == shown
