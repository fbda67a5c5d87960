"""Integrals, sums, derivatives and Gaussian means: closed forms, plain sums, no values."""

import ast
import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from minintk.course.answers.calculus import Expression
from minintk.course.answers.quadrature import Budget, ConvergenceError

pytestmark = pytest.mark.course

T = np.array([0.3, 1.1, 2.9])
K = np.array([3.0, 5.0, 41.0])


def value(text, budget=100_000_000, **letters):
    values = {name: np.asarray(x, dtype=float) for name, x in letters.items()} or {"t": T}
    tree = ast.parse(text, mode="eval").body
    return Expression.of(tree, frozenset(values))(values, Budget(budget))


# --- by hand --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("integral(u**3, u, 0, 2)", 4.0),
        ("integral(u, u, 2, 0)", -2.0),
        ("integral(u, u, 1, 1)", 0.0),
        ("integral(cos(u)**2, u, 0, pi)", math.pi / 2),
        ("integral(abs(u - t), u, 0, pi)", T**2 / 2 + (math.pi - T) ** 2 / 2),
        ("integral((cos(u) > 0) * (cos(u - t) > 0), u, -pi, pi)", math.pi - T),
        ("integral(floor(10*u)/10, u, 0, 1)", 0.45),
        ("integral(max(u, 1 - u, t/9), u, 0, 1)", 0.75),
        ("integral(1 if u < t/3 else 2, u, 0, 1)", 2 - T / 3),
        ("integral(1/sqrt(1 - u**2), u, -1, 1)", math.pi),
        ("integral(log(u), u, 0, 1)", -1.0),
        ("integral(exp(-t*u), u, 0, inf)", 1 / T),
        ("integral(exp(-u**2/2), u, -inf, inf)", math.sqrt(2 * math.pi)),
        ("integral(u**(-1.5), u, 1, inf)", 2.0),
        ("integral(1/u**2, u, -inf, -1)", 1.0),
        ("integral(integral(abs(u - v), u, 0, 1), v, 0, 1)", 1 / 3),
        ("integral(integral(1, u, 0, v), v, 0, t)", T**2 / 2),
    ],
)
def test_integrals(text, expected):
    assert value(text) == pytest.approx(np.broadcast_to(expected, 3), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sum(j, j, 1, 100)", 5050.0),
        ("sum(1, j, 1, 0)", 0.0),
        ("sum(1/(j+1)**2, j, 0, inf)", math.pi**2 / 6),
        ("sum(1/j**2, j, -inf, -1)", math.pi**2 / 6),
        ("sum((-1)**j/(j+1), j, 0, inf)", math.log(2)),
        ("sum(0.5**j, j, 0, inf)", 2.0),
        ("sum(j**(-1.5), j, 1, inf)", 2.6123753486854883),
        ("sum(cos(j*t)/j**2, j, 1, inf)", math.pi**2 / 6 - math.pi * T / 2 + T**2 / 4),
        ("sum(sin(j*t)/j, j, 1, inf)", (math.pi - T) / 2),
        ("sum((sin(j*pi/2)**2 > 0.5)/j**2, j, 1, inf)", math.pi**2 / 8),
        ("sum(1/(3 + 17*j)**2, j, -inf, inf)", (math.pi / 17 / math.sin(3 * math.pi / 17)) ** 2),
    ],
)
def test_sums(text, expected):
    assert value(text) == pytest.approx(np.broadcast_to(expected, 3), rel=1e-11)


def test_a_derivative_where_the_function_itself_is_next_to_0():
    near = np.pi - np.array([1e-7, 1e-4, 1e-2])
    found = value("diff((sin(t) + (pi - t)*cos(t))/pi, t)", t=near)
    assert found == pytest.approx(-np.sin(near) * (np.pi - near) / np.pi, rel=1e-9, abs=1e-13)


def test_a_sum_with_a_limit_of_each_point():
    assert value("sum(j**2, j, 1, k)", k=[1, 2, 5]).tolist() == [1, 5, 55]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("diff(sin(3*t), t)", 3 * np.cos(3 * T)),
        ("diff(t**t, t)", T**T * (np.log(T) + 1)),
        ("diff(abs(t - 1), t)", np.sign(T - 1)),
        ("diff(integral(sin(u), u, 0, t**2), t)", 2 * T * np.sin(T**2)),
        ("integral(diff(sin(u*t), t), u, 0, 1)", (T * np.sin(T) + np.cos(T) - 1) / T**2),
    ],
)
def test_derivatives(text, expected):
    assert value(text) == pytest.approx(expected, rel=1e-10, abs=1e-10)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mean(1)", 1.0),
        ("mean(z*zprime)", np.cos(T)),
        ("mean((z > 0)*(zprime > 0))", (math.pi - T) / (2 * math.pi)),
        ("mean(relu(z)*relu(zprime))", (np.sin(T) + (math.pi - T) * np.cos(T)) / (2 * math.pi)),
        ("mean(w1**2 * w2**4)", 3.0),
        ("mean(relu(w1))", 1 / math.sqrt(2 * math.pi)),
        ("mean(exp(w1/2))", math.exp(1 / 8)),
        ("mean(w1 > 1)", 0.15865525393145707),
    ],
)
def test_means(text, expected):
    assert value(text) == pytest.approx(np.broadcast_to(expected, 3), rel=1e-11, abs=1e-13)


@pytest.mark.parametrize("power", range(8))
def test_means_of_powers_of_the_length(power):
    """Even powers by Gauss's rule, odd ones by panels."""
    expected = 2 ** (power / 2) * math.gamma(power / 2 + 1)  # ∫ ρ^(p+1) exp(−ρ²/2) dρ
    assert value(f"mean(hypot(w1, w2)**{power})") == pytest.approx(expected, rel=1e-11)


# --- reference ------------------------------------------------------------------------------------


def test_fast_cosines_against_a_plain_sum():
    u = math.pi * (np.arange(400_000) + 0.5) / 400_000
    for k, found in zip(K, value("integral(abs(cos(k*u))*exp(-u), u, 0, pi)", k=K), strict=True):
        plain = (np.abs(np.cos(k * u)) * np.exp(-u)).mean() * math.pi
        assert found == pytest.approx(plain, rel=1e-8)


def test_an_infinite_sum_against_its_plain_beginning():
    j = np.arange(1, 2_000_001)
    plain = (1 / (j**2 + 1)).sum() + 1 / 2_000_000.5
    assert value("sum(1/(j**2 + 1), j, 1, inf)")[0] == pytest.approx(plain, rel=1e-12)


def test_equal_points_are_computed_once():
    many = np.repeat(T, 100)
    assert value("mean((z > 0)*(zprime > 0))", t=many, budget=2_000_000) == pytest.approx(
        (math.pi - many) / (2 * math.pi)
    )


# --- theorem --------------------------------------------------------------------------------------


@given(st.floats(-3, 3), st.floats(-3, 3), st.floats(-3, 3), st.floats(-3, 3))
@example(0.0, 0.0, 0.0, 0.0)
@example(-3.0, 3.0, -3.0, 1.0)
def test_integrals_add_up_and_are_found_between_kinks(a, b, c, kink):
    text = "integral(abs(u - p) + (u > p), u, {}, {})"
    first, second, whole = (
        value(text.format(low, high), p=[kink])[0] for low, high in ((a, b), (b, c), (a, c))
    )
    assert first + second == pytest.approx(whole, abs=1e-11)
    antiderivative = [(x - kink) * abs(x - kink) / 2 + max(x - kink, 0) for x in (a, c)]
    assert whole == pytest.approx(antiderivative[1] - antiderivative[0], abs=1e-11)


@given(st.floats(0.3, 6.0), st.floats(1.6, 4.0))
def test_sums_of_cosines_with_any_power(angle, power):
    """Σ_j cos(jt)/j^p over even and odd j, by the doubled angle: C(t) = E(t) + O(t)."""
    text = "sum(cos({}*t)/({})**{}, j, 1, inf)"
    if abs(angle - 2 * math.pi) < 0.3 or abs(angle - math.pi) < 0.3:
        angle += 0.7
    whole, even, odd = (
        value(text.format(j, j, power), t=[angle])[0] for j in ("j", "(2*j)", "(2*j-1)")
    )
    assert even + odd == pytest.approx(whole, abs=1e-9)


@given(st.floats(-1.5, 1.5))
def test_the_derivative_of_an_integral_is_what_stands_in_it(x):
    found = value("diff(integral(exp(sin(u)), u, 0, t), t)", t=[x])
    assert found == pytest.approx(math.exp(math.sin(x)), rel=1e-9)


# --- argument checks ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("integral(1/u, u, 0, 1)", "the integral over u: it does not converge"),
        ("integral(1/u, u, -1, 1)", "the integral over u: it does not converge"),
        ("integral(1/(u - 0.3), u, 0, 1)", "the integral over u: it does not converge"),
        ("integral(1/u, u, 1, inf)", "the integral over u: it does not converge"),
        ("integral(cos(u), u, 0, inf)", "the integral over u: it does not converge"),
        ("integral(sqrt(u), u, -1, 1)", "the integral over u: it has a part where it is not fin"),
        ("integral(log(-1-u), u, 0, 1)", "the integral over u: it has a part where it is not"),
        ("integral(u, u, 0, log(-1))", "the integral over u: a limit is not a number"),
        ("integral(floor(1e9*u), u, 0, 1)", "the integral over u: it does not converge, or is"),
        ("sum(1/j, j, 1, inf)", "the sum over j: it does not converge"),
        ("sum(1/sqrt(j), j, 1, inf)", "the sum over j: it does not converge"),
        ("sum(1/sqrt(j) + 1e6*(j < 2), j, 1, inf)", "the sum over j: it does not converge"),
        ("sum((-1)**j, j, 0, inf)", "the sum over j: it does not converge"),
        ("sum(cos(j*t), j, 1, inf)", "the sum over j: it does not converge"),
        ("sum(j, j, 1, inf)", "the sum over j: it does not converge"),
        ("sum(2**j, j, 1, inf)", "the sum over j: (it does not converge|a term is not finite)"),
        ("sum(1/j**2, j, 0, inf)", "the sum over j: a term is not finite"),
        ("sum(1/(j*log(j)**2), j, 2, inf)", "the sum over j: it does not converge, or too slowly"),
        ("sum(j, j, 1, t)", "the sum over j: a limit is no whole number"),
        ("sum(j, j, 1, 1e6)", "the sum over j: it has more than 100000 terms"),
        ("sum(j, j, inf, 1)", "the sum over j: it must run upwards"),
        ("mean(exp(w1**2))", "the mean: it does not converge"),
        (
            "integral(integral(integral(abs(u-v-t), u, 0, 1), v, 0, 1), t, 0, 1)",
            "more values than are allowed",
        ),
    ],
)
def test_what_has_no_value_is_rejected(text, reason):
    with pytest.raises(ConvergenceError, match=reason):
        value(text, budget=10_000_000)
