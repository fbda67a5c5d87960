"""Tests of learning under a fixed kernel: modes, the flow and descent."""

import decimal
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minintk as mn
from tests.reference import frozen as reference
from tests.reference import matrices
from tests.reference import strategies as some
from tests.reference.closeness import HOLD, assert_close
from tests.reference.wrong_input import (
    ANGLES,
    EYE,
    NETWORK,
    NO_NUMBER,
    NO_SQUARE,
    NOT_SYMMETRIC,
    counts,
    every,
    meets,
    objective,
    refuses,
)

# --- by hand --------------------------------------------------------------------------------------

# Where nothing else is said: mpmath at 60 digits, from the formula in the comment, rounded to 30.


@pytest.mark.dynamics
def test_lazy_growth_of_frequencies_1_to_3():
    # y = Σ_{k=1..3} cos(kt + 0.3k), so y_k² sums to ½ for each k: Σ_k (1 − exp(−λ_k τ))²/(2 λ_k).
    coefficients = mn.target_coefficients([1, 2, 3])
    rates = mn.fourier_eigenvalues(3)[mn.basis_frequencies(3)]
    growth = mn.lazy_growth(coefficients, rates, [200.0, 1000.0, 1e6])
    expected = [43.3255508112331547, 52.1800183307797485, 52.1811646130326996]
    np.testing.assert_allclose(growth, expected, rtol=1e-13)
    assert f"{growth[-1]:.1f}" == "52.2"


@pytest.mark.dynamics
def test_time_and_steps_to_learn_frequency_3():
    # ln 20/λ_3 = 9π² ln 20 and −ln 20/ln(1 − λ_3/2).
    rate = mn.fourier_eigenvalues(3)[3]
    assert mn.time_to_learn(rate) == pytest.approx(266.1002318839850992645681, rel=1e-14)
    assert mn.steps_to_learn(rate, 0.5) == pytest.approx(530.701188425271478083475, rel=1e-13)
    assert mn.largest_stable_learning_rate(0.5) == 4.0


# --- reference ------------------------------------------------------------------------------------


def starts(kernel, seed):
    """f(0) and targets on the training points, a kernel to test points, and f(0) there."""
    rng = np.random.default_rng(seed)
    n = len(kernel)
    return (
        *rng.standard_normal((2, n)),
        rng.standard_normal((n + 1, n)),
        rng.standard_normal(n + 1),
    )


@pytest.mark.dynamics
@given(pair=some.kernels(), seed=some.seeds)
def test_frozen_flow(pair, seed):
    kernel = pair[0]
    f0, y, test_kernel, test_f0 = starts(kernel, seed)
    times = [0.0, 1.3, 0.2]
    all_by_loops = [reference.flow(kernel, f0, y, time, test_kernel, test_f0) for time in times]
    assert_close(mn.frozen_flow(kernel, f0, y, times), [train for train, _ in all_by_loops], 1e-12)
    ours = mn.frozen_flow(
        kernel, f0, y, times, test_kernel=test_kernel, test_initial_output=test_f0
    )
    assert_close(ours, [test for _, test in all_by_loops], 1e-12)


@pytest.mark.dynamics
@pytest.mark.parametrize("share", [0.03, 0.4, 0.8, 1.0], ids="eta = {} of the largest".format)
@given(pair=some.kernels(), seed=some.seeds)
def test_frozen_descent(share, pair, seed):
    kernel = pair[0]
    f0, y, test_kernel, test_f0 = starts(kernel, seed)
    eta = share * 2 / float(np.linalg.eigvalsh(kernel / len(kernel))[-1]) * (1 - 1e-12)
    steps = [7, 0, 1, 30]
    all_by_loops = [reference.descent(kernel, f0, y, eta, s, test_kernel, test_f0) for s in steps]
    ours = mn.frozen_descent(kernel, f0, y, eta, steps)
    assert_close(ours, [train for train, _ in all_by_loops], 1e-12)
    ours = mn.frozen_descent(
        kernel, f0, y, eta, steps, test_kernel=test_kernel, test_initial_output=test_f0
    )
    assert_close(ours, [test for _, test in all_by_loops], 1e-12)


@pytest.mark.dynamics
def test_mode_factors():
    eigenvalues, times, steps, eta = [0.0, 0.3, 1.1], [0.0, 0.7, 4.0, 2.0], [0, 3, 1, 8], 1.7
    by_series = [[matrices.exponential([[-rate * t]])[0][0] for rate in eigenvalues] for t in times]
    assert_close(mn.mode_decay(eigenvalues, times), by_series, HOLD)
    assert_close(mn.mode_decay(eigenvalues, 0.7), by_series[1:2], HOLD, "one time")
    by_steps = []
    for count in steps:
        row = [1.0, 1.0, 1.0]
        for _ in range(count):
            row = [value - eta * rate * value for value, rate in zip(row, eigenvalues, strict=True)]
        by_steps.append(row)
    assert_close(mn.mode_descent(eigenvalues, eta, steps), by_steps, HOLD)


@pytest.mark.dynamics
def test_many_small_steps_keep_the_digits_of_the_rate():
    rates, counts = [1e-17, 1e-12, 0.4999, 0.5, 1.5], [0, 7, 10**12, 10**17]
    with decimal.localcontext(decimal.Context(prec=60)):
        exact = [
            [float((1 - decimal.Decimal(rate)) ** count) for rate in rates] for count in counts
        ]
    np.testing.assert_allclose(mn.mode_descent(rates, 1.0, counts), exact, rtol=2e-15)


@pytest.mark.dynamics
@pytest.mark.parametrize("options", [{}, {"remaining": 0.3}])
def test_time_and_steps_to_learn(options):
    eigenvalues, eta, left = np.array([1.4, 0.3, 1e-9]), 1.1, options.get("remaining", 0.05)
    times = mn.time_to_learn(eigenvalues, **options)
    for rate, time in zip(eigenvalues, times, strict=True):
        assert matrices.exponential([[-rate * time]])[0][0] == pytest.approx(left, rel=1e-12)
    steps = mn.steps_to_learn(eigenvalues, eta, **options)
    for rate, count in zip(eigenvalues[:2], steps[:2], strict=True):
        low = high = 1.0  # what is left after the whole steps below and above
        for _ in range(math.floor(count)):
            low *= abs(1 - eta * rate)
        high = low * abs(1 - eta * rate)
        assert high < left <= low
        fraction = count - math.floor(count)
        assert low ** (1 - fraction) * high**fraction == pytest.approx(left, rel=1e-12)
    assert steps[2] == pytest.approx(times[2] / eta, rel=1e-8)  # a small ηλ keeps its digits


@pytest.mark.dynamics
def test_lazy_growth():
    coefficients, eigenvalues, times = [1.2, -0.7, 0.4], [0.5, 0.08, 0.0], [0.0, 3.0, 11.0]
    expected = [reference.lazy_growth(coefficients, eigenvalues, time) for time in times]
    assert_close(mn.lazy_growth(coefficients, eigenvalues, times), expected, 1e-12)


# --- theorem --------------------------------------------------------------------------------------


@pytest.mark.dynamics
def test_largest_stable_learning_rate():
    for rate in (0.3, 1.0, 4.0):
        eta = mn.largest_stable_learning_rate(rate)
        assert 1 - eta * rate == pytest.approx(-1.0, rel=1e-15)


def two_parts(kernel, seed):
    return np.random.default_rng(seed).standard_normal((2, len(kernel)))


@pytest.mark.dynamics
@given(pair=some.kernels(), seed=some.seeds)
def test_predictions_start_from_the_network_and_keep_the_order_of_times(pair, seed):
    kernel = pair[0]
    f0, y = two_parts(kernel, seed)
    test = {"test_kernel": kernel[:1], "test_initial_output": [0.7]}
    for predict, times in (
        (lambda t, **k: mn.frozen_flow(kernel, f0, y, t, **k), [0.4, 0.0, 2.0]),
        (lambda s, **k: mn.frozen_descent(kernel, f0, y, 1e-2, s, **k), [5, 0, 2]),
    ):
        rows = predict(times)
        np.testing.assert_array_equal(rows[1], f0)
        assert predict(times, **test)[1] == [0.7]
        for row, time in zip(rows, times, strict=True):
            assert_close(predict([time])[0], row, 1e-14)
            assert_close(predict(time)[0], row, 1e-14, "one number")


@pytest.mark.dynamics
@given(pair=some.kernels(), seed=some.seeds, times=st.tuples(*[st.floats(0, 5)] * 2))
def test_the_flow_is_a_semigroup(pair, seed, times):
    kernel = pair[0]
    f0, y = two_parts(kernel, seed)
    first, second = times
    half_way = mn.frozen_flow(kernel, f0, y, [first])[0]
    at_once = mn.frozen_flow(kernel, f0, y, [first + second])
    assert_close(mn.frozen_flow(kernel, half_way, y, [second]), at_once, 1e-12)


@pytest.mark.dynamics
@given(pair=some.kernels(), seed=some.seeds)
def test_descent_goes_on_where_it_stopped(pair, seed):
    kernel = pair[0]
    f0, y = two_parts(kernel, seed)
    eta = 1.9 / float(np.linalg.eigvalsh(kernel / len(kernel))[-1])
    half_way = mn.frozen_descent(kernel, f0, y, eta, [4])[0]
    at_once = mn.frozen_descent(kernel, f0, y, eta, [11])
    assert_close(mn.frozen_descent(kernel, half_way, y, eta, [7]), at_once, 1e-12)


@pytest.mark.dynamics
@pytest.mark.parametrize("share", [0.02, 0.6, 1.0])
def test_descent_under_the_limit_is_many_single_steps(share):
    rng = np.random.default_rng(8)
    angles = some.distinct_angles(17, rng)
    kernel, (f, y) = mn.infinite_ntk(angles), rng.standard_normal((2, 17))
    eta = share * 2 / float(np.linalg.eigvalsh(kernel / 17)[-1]) * (1 - 1e-13)
    prediction = mn.frozen_descent(kernel, f, y, eta, [200])[0]
    for _ in range(200):
        f = f - eta * kernel @ (f - y) / 17
    assert_close(prediction, f, 1e-12)


@pytest.mark.dynamics
@given(pair=some.kernels(), seed=some.seeds)
def test_test_points_on_the_training_points_give_the_training_outputs(pair, seed):
    kernel = pair[0]
    f0, y = two_parts(kernel, seed)
    same = {"test_kernel": kernel, "test_initial_output": f0}
    train = mn.frozen_flow(kernel, f0, y, [0.0, 0.3, 4.0])
    assert_close(mn.frozen_flow(kernel, f0, y, [0.0, 0.3, 4.0], **same), train, 1e-12)
    train = mn.frozen_descent(kernel, f0, y, 1e-2, [0, 3, 40])
    assert_close(mn.frozen_descent(kernel, f0, y, 1e-2, [0, 3, 40], **same), train, 1e-12)


@pytest.mark.dynamics
def test_modes_without_an_eigenvalue_keep_their_residual_and_the_others_end_at_the_target():
    angles = mn.uniform_angles(12)
    kernel = mn.infinite_ntk(angles, law=mn.Law(bias=False))
    rng = np.random.default_rng(5)
    f0, y = rng.standard_normal((2, 12))
    before = mn.fourier_coefficients(angles, f0 - y, 5)
    kept = (mn.basis_frequencies(5) % 2 == 1) & (mn.basis_frequencies(5) > 1)
    for output in (
        mn.frozen_flow(kernel, f0, y, [1e6])[0],
        mn.frozen_descent(kernel, f0, y, 1.0, [10**6])[0],
    ):
        after = mn.fourier_coefficients(angles, output - y, 5)
        np.testing.assert_allclose(after, np.where(kept, before, 0.0), rtol=0, atol=1e-8)


@pytest.mark.dynamics
def test_residual_modes_decay_at_their_aliased_rates():
    angles, times, eta = mn.uniform_angles(11), np.array([0.5, 3.0]), 1.3
    rates = mn.aliased_eigenvalues(11)[mn.basis_frequencies(5)]
    f0, y = np.random.default_rng(2).standard_normal((2, 11))
    before = mn.fourier_coefficients(angles, f0 - y, 5)
    flow = mn.frozen_flow(mn.infinite_ntk(angles), f0, y, times) - y
    descent = mn.frozen_descent(mn.infinite_ntk(angles), f0, y, eta, [2, 9]) - y
    for row in range(2):
        after = mn.fourier_coefficients(angles, flow[row], 5)
        assert_close(after, mn.mode_decay(rates, times)[row] * before, 1e-12, "flow")
        after = mn.fourier_coefficients(angles, descent[row], 5)
        assert_close(after, mn.mode_descent(rates, eta, [2, 9])[row] * before, 1e-12, "descent")


@pytest.mark.dynamics
@given(rate=st.floats(1e-3, 10), remaining=st.floats(0.001, 0.999), share=st.floats(0.01, 0.9))
def test_at_the_time_to_learn_the_fraction_remains(rate, remaining, share):
    time = mn.time_to_learn(rate, remaining)
    assert mn.mode_decay([rate], [time])[0, 0] == pytest.approx(remaining, rel=1e-12)
    steps = mn.steps_to_learn(rate, share / rate, remaining)
    assert (1 - share) ** float(steps) == pytest.approx(remaining, rel=1e-10)
    above = mn.steps_to_learn(rate, (2 - share) / rate, remaining)  # it flips its sign each step
    assert float(above) == pytest.approx(float(steps), rel=1e-10)


@pytest.mark.dynamics
def test_modes_that_are_never_learned_and_learned_at_once():
    assert mn.time_to_learn([0.0, 1.0]).tolist() == [math.inf, -math.log(0.05)]
    assert mn.steps_to_learn([0.0, 0.5], 2.0).tolist() == [math.inf, 0.0]
    assert mn.time_to_learn(0.5).shape == mn.steps_to_learn(0.5, 1.0).shape == ()
    assert (
        mn.time_to_learn([[0.5, 1.0]]).shape == mn.steps_to_learn([[0.5, 1.0]], 1.0).shape == (1, 2)
    )


@pytest.mark.dynamics
def test_a_mode_at_the_largest_stable_learning_rate_is_never_learned():
    assert mn.steps_to_learn(0.5, 4.0) == math.inf


@pytest.mark.dynamics
@pytest.mark.parametrize("eta", [1e-2, 1e-3])
def test_descent_runs_ahead_of_the_flow_by_half_eta_lambda_squared_tau(eta):
    rates, steps = np.array([0.5, 1.0, 2.0]), np.array([100, 400])
    ratio = mn.mode_descent(rates, eta, steps) / mn.mode_decay(rates, eta * steps)
    ahead = -np.log(ratio) / (eta * steps[:, None] * eta * rates**2)
    np.testing.assert_allclose(ahead, 0.5, rtol=eta * 2)


@pytest.mark.dynamics
def test_lazy_growth_is_the_growth_law_along_the_frozen_flow():
    angles, end = mn.uniform_angles(16), 30.0
    kernel, rates = mn.infinite_ntk(angles), mn.aliased_eigenvalues(16)[mn.basis_frequencies(3)]
    coefficients = mn.target_coefficients([1, 2, 3])
    targets = mn.fourier_sum(angles, coefficients)
    nodes, weights = np.polynomial.legendre.leggauss(60)
    outputs = mn.frozen_flow(kernel, 0 * targets, targets, end / 2 * (1 + nodes))
    growth = end / 2 * weights @ [mn.growth_rate(f, targets) for f in outputs]
    assert mn.lazy_growth(coefficients, rates, [end])[0] == pytest.approx(growth, rel=1e-10)
    final = mn.lazy_growth(coefficients, rates, 1e9)[0]
    assert final == pytest.approx(targets @ np.linalg.solve(kernel, targets), rel=1e-9)
    assert mn.lazy_growth([3.0], [0.0], [1.0, 1e6]).tolist() == [0.0, 0.0]


# --- argument checks ------------------------------------------------------------------------------

ABOVE_0 = [
    ("learning_rate", lambda v: mn.mode_descent([1.0, 0.5], v, [1])),
    ("learning_rate", lambda v: mn.steps_to_learn([1.0, 0.5], v)),
    ("learning_rate", lambda v: mn.frozen_descent(EYE, ANGLES, ANGLES, v, [1])),
    ("largest_eigenvalue", mn.largest_stable_learning_rate),
    ("remaining", lambda v: mn.time_to_learn([1.0], v)),
    ("remaining", lambda v: mn.steps_to_learn([1.0], 0.5, v)),
]


@pytest.mark.dynamics
@refuses(
    *counts(ABOVE_0, "a finite number above 0", [0.0, *NO_NUMBER]),
    ("remaining must be a fraction below 1, got 1.0", lambda: mn.time_to_learn([1.0], 1.0)),
    ("remaining must be a fraction below 1, got 1.5", lambda: mn.steps_to_learn([1.0], 0.5, 1.5)),
)
def test_what_is_no_number_in_the_range(error, message, call):
    meets(error, message, call)


TAKE_A_SQUARE = {
    "frozen_flow": lambda k: mn.frozen_flow(k, ANGLES, ANGLES, [1.0]),
    "frozen_descent": lambda k: mn.frozen_descent(k, ANGLES, ANGLES, 0.1, [1]),
}


@pytest.mark.spectrum
@refuses(
    *every(TAKE_A_SQUARE, NO_SQUARE),
    *every(TAKE_A_SQUARE, NOT_SYMMETRIC),
)
def test_what_is_no_kernel_matrix(error, message, call):
    meets(error, message, call)


NOT_NEGATIVE = "must lie in [0, 1e+150] and be finite, got "


def frozen(**changes):
    arguments = {"kernel": EYE, "initial_output": ANGLES, "targets": [1.0, 2.0, 3.0]}
    return mn.frozen_flow(**{**arguments, "times": [0.5], **changes})


def frozen_steps(**changes):
    arguments = {"kernel": EYE, "initial_output": ANGLES, "targets": [1.0, 2.0, 3.0]}
    return mn.frozen_descent(**{**arguments, "learning_rate": 0.5, "steps": [2], **changes})


@pytest.mark.dynamics
@refuses(
    (f"eigenvalues {NOT_NEGATIVE}-1.0 at index (1,)", lambda: mn.mode_decay([1.0, -1.0], [1.0])),
    ("eigenvalues must be finite, got nan", lambda: mn.mode_decay([math.nan], [1.0])),
    (f"times {NOT_NEGATIVE}-0.5", lambda: mn.mode_decay([1.0], [1.0, -0.5])),
    (f"eigenvalues {NOT_NEGATIVE}-1.0", lambda: mn.mode_descent([-1.0], 0.1, [1])),
    ("steps must be whole numbers, got [1.5]", lambda: mn.mode_descent([1.0], 0.1, [1.5])),
    (f"steps {NOT_NEGATIVE}-1.0", lambda: mn.mode_descent([1.0], 0.1, [-1])),
    (f"eigenvalue {NOT_NEGATIVE}-2.0", lambda: mn.time_to_learn(-2.0)),
    ("eigenvalue must be finite, got inf", lambda: mn.time_to_learn(math.inf)),
    (f"eigenvalue {NOT_NEGATIVE}-2.0", lambda: mn.steps_to_learn(-2.0, 0.1)),
    (
        "coefficients must have shape (2,), got shape (3,)",
        lambda: mn.lazy_growth(ANGLES, [1, 2], 1),
    ),
    ("coefficients must be finite, got nan", lambda: mn.lazy_growth([math.nan], [1.0], 1.0)),
    (f"eigenvalues {NOT_NEGATIVE}-1.0", lambda: mn.lazy_growth([1.0], [-1.0], 1.0)),
    (f"times {NOT_NEGATIVE}-1.0", lambda: mn.lazy_growth([1.0], [1.0], -1.0)),
    (
        "times must have shape (any length from 1,), got shape (1, 2)",
        lambda: mn.mode_decay([1.0], [[1.0, 2.0]]),
    ),
    (f"times {NOT_NEGATIVE}-1.0 at index (1,)", lambda: frozen(times=[1.0, -1.0])),
    ("times must be finite, got inf at index (0,)", lambda: frozen(times=[math.inf])),
    ("initial_output must have shape (3,), got shape (2,)", lambda: frozen(initial_output=[1, 2])),
    ("targets must have shape (3,), got shape (1,)", lambda: frozen(targets=[1.0])),
    ("targets must be finite, got nan at index (2,)", lambda: frozen(targets=[1, 2, math.nan])),
    (
        "kernel must be positive semidefinite, got an eigenvalue of K/n of -0.333",
        lambda: frozen(kernel=np.diag([1.0, 1.0, -1.0])),
    ),
    (
        "kernel must be positive semidefinite, got an eigenvalue of K/n of -0.333",
        lambda: frozen(kernel=-EYE),
    ),
    (
        "kernel must be positive semidefinite, got an eigenvalue of K/n of -1e-07",
        lambda: frozen(kernel=3 * np.diag([1.0, 1.0, -1e-7])),
    ),
    (
        "kernel must be positive semidefinite, got an eigenvalue of K/n of -1.2e-10",
        lambda: frozen(kernel=3 * np.diag([1.0, 1.0, -1.2e-10])),
    ),
    (
        "kernel must be positive semidefinite, got an eigenvalue of K/n of -1e-12",
        lambda: frozen(kernel=3e-9 * np.diag([1.0, 1.0, -1e-3])),
    ),
    (
        "test_kernel and test_initial_output go together, got only one of them",
        lambda: frozen(test_kernel=EYE),
    ),
    (
        "test_kernel and test_initial_output go together, got only one of them",
        lambda: frozen_steps(test_initial_output=ANGLES),
    ),
    (
        "test_kernel must have shape (any length from 1, 3), got shape (3, 2)",
        lambda: frozen(test_kernel=np.ones((3, 2)), test_initial_output=ANGLES),
    ),
    (
        "test_initial_output must have shape (2,), got shape (3,)",
        lambda: frozen(test_kernel=np.ones((2, 3)), test_initial_output=ANGLES),
    ),
    ("steps must be whole numbers, got [0.5]", lambda: frozen_steps(steps=[0.5])),
    (f"steps {NOT_NEGATIVE}-1.0", lambda: frozen_steps(steps=-1)),
)
def test_wrong_arguments(error, message, call):
    meets(error, message, call)


@pytest.mark.dynamics
def test_a_mode_of_rounding_below_0_is_not_rejected():
    assert frozen(kernel=3 * np.diag([1.0, 1.0, -0.8e-10]))[0, 2] == ANGLES[2]
    assert frozen(kernel=0 * EYE).tolist() == [ANGLES]


UNSTABLE = "learning_rate must not be above 2/λ_max = "


@pytest.mark.dynamics
@refuses(
    (f"{UNSTABLE}2 (lower it), got 2.001", lambda: mn.mode_descent([1.0, 0.5], 2.001, [1])),
    (f"{UNSTABLE}4 (lower it), got 5", lambda: mn.steps_to_learn([0.1, 0.5], 5.0)),
    (
        f"{UNSTABLE}2 (lower it), got 2.1",
        lambda: frozen_steps(kernel=np.diag([1.5, 3.0, 0.3]), learning_rate=2.1),
    ),
    (f"{UNSTABLE}0.5 (fix), got 1", lambda: mn.frozen.require_stable(1.0, 4.0, "fix")),
)
def test_learning_rates_above_the_largest_stable_one(error, message, call):
    meets(mn.StabilityError, message, call)
    assert issubclass(mn.StabilityError, error)


@pytest.mark.dynamics
def test_the_largest_stable_learning_rate_itself_is_allowed():
    assert mn.mode_descent([1.0], 2.0, [3]).tolist() == [[-1.0]]
    assert mn.frozen.require_stable(2.0, 1.0) is None
    assert mn.frozen.require_stable(1e9, 0.0) is None
    _, losses = mn.gradient_descent(NETWORK, objective(), 0.25, 1, largest_eigenvalue=8.0)
    assert losses.shape == (2,)


@pytest.mark.project
@refuses(
    (ValueError, "learning_rate must", lambda: mn.frozen.require_stable(math.nan, 1.0)),
    (ValueError, "largest_eigenvalue must", lambda: mn.frozen.require_stable(0.1, math.nan)),
)
def test_awkward_values(error, message, call):
    meets(error, message, call)
