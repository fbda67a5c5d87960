"""Wrong input is refused at the door, with the rule and the value; never a wrong number."""

import dataclasses
import math
import re
import tracemalloc

import numpy as np
import pytest

import minintk as mn
from minintk import _require
from tests.reference import strategies as some

NETWORK = some.random_params(3, np.random.default_rng(0))
ANGLES = [0.3, 1.9, -2.0]
EYE = np.eye(3)


SIGNS = mn.initialise(8, np.random.default_rng(0))


def rng():
    return np.random.default_rng(0)


def objective():
    return mn.objective(ANGLES, [1.0, -1.0, 0.5])


def steep():
    """A gradient with which a huge learning rate leaves the floating-point numbers."""
    return mn.Params(np.full((3, 2), 10.0), np.full(3, 10.0), np.full(3, 10.0))


def network(**changes):
    return mn.Params(**{"w": NETWORK.w, "b": NETWORK.b, "a": NETWORK.a, **changes})


def refuses(*cases):
    """Parametrise a test over (message, call), or (exception, message, call)."""
    full = [case if len(case) == 3 else (ValueError, *case) for case in cases]
    assert len(full) > 1
    ids = [message[:60] for _, message, _ in full]
    return pytest.mark.parametrize(("error", "message", "call"), full, ids=ids)


def every(functions, values):
    """Cases of every function with every (exception, message, value)."""
    return [
        (error, message, lambda f=function, v=value: f(v))
        for function in functions.values()
        for error, message, value in values
    ]


def meets(error, message, call):
    with pytest.raises(error, match=re.escape(message)):
        call()


# --- arrays and angles --------------------------------------------------------------------------

TAKE_ANGLES = {
    "circle_points": mn.circle_points,
    "augmented_points": mn.augmented_points,
    "fourier_basis": lambda t: mn.fourier_basis(t, 2),
    "fourier_sum": lambda t: mn.fourier_sum(t, [1.0, 2.0, 3.0]),
    "fourier_coefficients": lambda t: mn.fourier_coefficients(t, [1.0, 2.0], 1),
    "forward": lambda t: mn.forward(NETWORK, t),
    "forward_with_cache": lambda t: mn.forward_with_cache(NETWORK, t),
    "loss_and_gradient": lambda t: mn.loss_and_gradient(NETWORK, t, [1.0, 2.0]),
    "objective": lambda t: mn.objective(t, [1.0, 2.0]),
    "output_jacobian": lambda t: mn.output_jacobian(NETWORK, t),
    "central_difference_jacobian": lambda t: mn.central_difference_jacobian(NETWORK, t),
    "empirical_ntk": lambda t: mn.empirical_ntk(NETWORK, t),
    "empirical_ntk, other": lambda t: mn.empirical_ntk(NETWORK, ANGLES, t),
    "empirical_ntk_parts": lambda t: mn.empirical_ntk_parts(NETWORK, t),
    "factorised_ntk": lambda t: mn.factorised_ntk(NETWORK, t),
    "factorised_ntk, other": lambda t: mn.factorised_ntk(NETWORK, ANGLES, t),
    "factorised_ntk_parts": lambda t: mn.factorised_ntk_parts(NETWORK, t),
    "monte_carlo_ntk": lambda t: mn.monte_carlo_ntk(t, 5, rng()),
    "monte_carlo_ntk, other": lambda t: mn.monte_carlo_ntk(ANGLES, 5, rng(), t),
    "infinite_ntk": mn.infinite_ntk,
    "infinite_ntk, other": lambda t: mn.infinite_ntk(ANGLES, t),
    "infinite_ntk_parts": mn.infinite_ntk_parts,
    "kernel_operator": lambda t: mn.kernel_operator(np.cos, np.sin, t),
    "orthonormal_basis": lambda t: mn.orthonormal_basis(t, 0),
    "Trace": lambda t: mn.Trace([0], t, [1.0, 2.0]),
}
NOT_ANGLES = [
    (ValueError, "angles must be finite, got nan at index (1,)", [0.0, math.nan]),
    (ValueError, "angles must be finite, got inf at index (0,)", [math.inf, 0.0]),
    (ValueError, "angles must be finite, got -inf at index (0,)", [-math.inf]),
    (ValueError, "angles must have shape (any length from 1,), got shape (1, 2)", [[0.0, 1.0]]),
    (ValueError, "angles must have shape (any length from 1,), got shape ()", 0.3),
    (ValueError, "angles must have shape (any length from 1,), got shape (0,)", []),
    (TypeError, "angles must be an array of real numbers, got ['a']", ["a"]),
    (TypeError, "angles must be an array of real numbers, got [True]", [True]),
    (TypeError, "angles must be an array of real numbers, got [1j]", [1j]),
    (TypeError, "angles must be an array of real numbers, got None", None),
]
# None means "the same angles" for the second set.
FIRST = {name: call for name, call in TAKE_ANGLES.items() if "other" not in name}
OTHER = {name: call for name, call in TAKE_ANGLES.items() if "other" in name}


@pytest.mark.circle
@refuses(*every(FIRST, NOT_ANGLES), *every(OTHER, NOT_ANGLES[:-1]))
def test_what_is_no_list_of_angles(error, message, call):
    meets(error, message, call)


TAKE_AN_ANGLE_BETWEEN = {
    "kappa0": mn.kappa0,
    "kappa1": mn.kappa1,
    "ntk_of_angle": mn.ntk_of_angle,
    "ntk_parts_of_angle": mn.ntk_parts_of_angle,
}
RANGE = "angle must lie in [0, 3.14159] and be finite, got "
NO_ANGLE_BETWEEN = [
    (ValueError, RANGE + "-1e-09 at index (1,)", [0.0, -1e-9]),
    (ValueError, RANGE + "3.1416", 3.1416),
    (ValueError, "angle must be finite, got nan", math.nan),
    (ValueError, "angle must be finite, got inf at index (0, 1)", [[1.0, math.inf]]),
    (TypeError, "angle must be an array of real numbers, got 'pi'", "pi"),
    (TypeError, "angle must be an array of real numbers, got True", True),
]


@pytest.mark.arccosine
@refuses(*every(TAKE_AN_ANGLE_BETWEEN, NO_ANGLE_BETWEEN))
def test_what_is_no_angle_between_points(error, message, call):
    meets(error, message, call)


@pytest.mark.circle
@refuses(
    (
        "points must have shape (any length from 1, 2), got shape (1, 3)",
        lambda: mn.angle_between([[1.0, 0.0, 0.0]], [[1.0, 0.0]]),
    ),
    (
        "other_points must have shape (any length from 1, 2), got shape (2,)",
        lambda: mn.angle_between([[1.0, 0.0]], [1.0, 0.0]),
    ),
    (
        "points must be finite, got nan at index (0, 1)",
        lambda: mn.angle_between([[1.0, math.nan]], [[1.0, 0.0]]),
    ),
    (
        "points must have lengths from 1e-150 to 1e150, got 0.0",
        lambda: mn.angle_between([[1.0, 0.0], [0.0, 0.0]], [[1.0, 0.0]]),
    ),
    (
        "points must have lengths from 1e-150 to 1e150, got 0.0",
        lambda: mn.angle_between([[1.0, 0.0]], [[1.0, 0.0], [0.0, 0.0]]),
    ),
    (
        "points must have lengths from 1e-150 to 1e150, got 9e-151",
        lambda: mn.angle_between([[1.0, 0.0], [9e-151, 0.0]], [[1.0, 0.0]]),
    ),
    (
        "points must have lengths from 1e-150 to 1e150, got 1.1e+150",
        lambda: mn.angle_between([[1.0, 0.0]], [[1.5e-150, 0.0], [1.1e150, 0.0]]),
    ),
    (
        "coefficients must be odd in number (0, 1c, 1s, …), got 2",
        lambda: mn.fourier_sum(ANGLES, [1.0, 2.0]),
    ),
    (
        "values must be odd in number (0, 1c, 1s, …), got 2",
        lambda: mn.mean_by_frequency([1.0, 2.0]),
    ),
    (
        "coefficients must be finite, got nan at index (0,)",
        lambda: mn.fourier_sum(ANGLES, [math.nan]),
    ),
    (
        "values must have shape (3,), got shape (4,)",
        lambda: mn.fourier_coefficients(ANGLES, [1.0, 2.0, 3.0, 4.0], 1),
    ),
    (
        "values must be finite, got inf at index (2,)",
        lambda: mn.fourier_coefficients(ANGLES, [1.0, 2.0, math.inf], 1),
    ),
    (
        "frequencies must be at least one, all different, got [1, 1]",
        lambda: mn.target_coefficients([1, 1]),
    ),
    (
        "frequencies must be at least one, all different, got []",
        lambda: mn.target_coefficients([]),
    ),
    (
        "each of frequencies must be an integer of at least 0, got -1",
        lambda: mn.target_coefficients([2, -1]),
    ),
    (
        "amplitude must be a finite number, got nan",
        lambda: mn.target_coefficients([1], amplitude=math.nan),
    ),
    (
        "shift must be a finite number, got inf",
        lambda: mn.target_coefficients([1], shift=math.inf),
    ),
)
def test_circle(error, message, call):
    meets(error, message, call)


# --- whole numbers, numbers, generators ---------------------------------------------------------

COUNTS = [
    ("width", lambda v: mn.initialise(v, rng())),
    ("n", mn.uniform_angles),
    ("n", lambda v: mn.sample_angles(v, rng())),
    ("n", mn.aliased_eigenvalues),
    ("chunk", lambda v: mn.monte_carlo_ntk(ANGLES, 5, rng(), chunk=v)),
    ("nodes", lambda v: mn.kernel_operator(np.cos, np.sin, ANGLES, nodes=v)),
]
COUNTS_FROM_0 = [
    ("k_max", mn.basis_frequencies),
    ("k_max", lambda v: mn.fourier_basis(ANGLES, v)),
    ("k_max", lambda v: mn.orthonormal_basis(ANGLES, v)),
    ("k_max", lambda v: mn.fourier_coefficients(ANGLES, ANGLES, v)),
    ("k_max", mn.fourier_eigenvalues),
    ("k_max", mn.fourier_eigenvalue_parts),
    ("k_max", lambda v: mn.quadrature_eigenvalues(np.cos, v)),
    ("k_max", lambda v: mn.low_frequency_block(EYE, ANGLES, v)),
    ("k_max", lambda v: mn.subspace_overlap(EYE, ANGLES, v)),
    ("k_max", lambda v: mn.Trace([0], ANGLES, ANGLES, k_max=v)),
    ("each of at_steps", lambda v: mn.Trace([0, v], ANGLES, ANGLES)),
    ("steps", lambda v: mn.gradient_descent(NETWORK, objective(), 0.1, v)),
]
NO_COUNT = [-3, 2.0, 2.5, math.nan, True, np.True_, "3", None]


def counts(functions, rule, values):
    return [
        (f"{name} must be {rule}, got {value!r}", lambda f=function, v=value: f(v))
        for name, function in functions
        for value in values
    ]


@pytest.mark.circle
@refuses(
    *counts(COUNTS, "a positive integer", [0, *NO_COUNT]),
    *counts(COUNTS_FROM_0, "an integer of at least 0", NO_COUNT),
    *counts(
        [("neurons", lambda v: mn.monte_carlo_ntk(ANGLES, v, rng()))],
        "an integer of at least 2",
        [1, 0, *NO_COUNT],
    ),
    *counts(
        [("nodes", lambda v: mn.quadrature_eigenvalues(np.cos, 3, nodes=v))],
        "a positive integer",
        [0, -3, 2.5, True, "3"],
    ),
)
def test_what_is_no_count(error, message, call):
    meets(error, message, call)


ABOVE_0 = [
    ("step", lambda v: mn.central_differences(sum, [1.0, 2.0], v)),
    ("step", lambda v: mn.central_difference_jacobian(NETWORK, ANGLES, v)),
    ("learning_rate", lambda v: mn.mode_descent([1.0, 0.5], v, [1])),
    ("learning_rate", lambda v: mn.steps_to_learn([1.0, 0.5], v)),
    ("learning_rate", lambda v: mn.frozen_descent(EYE, ANGLES, ANGLES, v, [1])),
    ("learning_rate", lambda v: mn.gradient_descent(NETWORK, objective(), v, 1)),
    ("largest_eigenvalue", mn.largest_stable_learning_rate),
    ("remaining", lambda v: mn.time_to_learn([1.0], v)),
    ("remaining", lambda v: mn.steps_to_learn([1.0], 0.5, v)),
    ("weight_std", lambda v: mn.initialise(3, rng(), weight_std=v)),
    ("weight_std", lambda v: mn.ntk_of_angle(1.0, weight_std=v)),
    ("weight_std", lambda v: mn.ntk_parts_of_angle(1.0, weight_std=v)),
    ("weight_std", lambda v: mn.infinite_ntk(ANGLES, weight_std=v)),
    ("weight_std", lambda v: mn.infinite_ntk_parts(ANGLES, weight_std=v)),
    ("weight_std", lambda v: mn.fourier_eigenvalues(3, weight_std=v)),
    ("weight_std", lambda v: mn.fourier_eigenvalue_parts(3, weight_std=v)),
    ("weight_std", lambda v: mn.aliased_eigenvalues(3, weight_std=v)),
    ("weight_std", lambda v: mn.monte_carlo_ntk(ANGLES, 5, rng(), weight_std=v)),
]
FROM_0 = [
    ("bias_std", lambda v: mn.initialise(3, rng(), bias_std=v)),
    ("bias_std", lambda v: mn.ntk_of_angle(1.0, bias_std=v)),
    ("bias_std", lambda v: mn.infinite_ntk(ANGLES, bias_std=v)),
    ("bias_std", lambda v: mn.fourier_eigenvalues(3, bias_std=v)),
    ("bias_std", lambda v: mn.aliased_eigenvalues(3, bias_std=v)),
    ("bias_std", lambda v: mn.monte_carlo_ntk(ANGLES, 5, rng(), bias_std=v)),
    ("tolerance", lambda v: mn.is_circulant(EYE, v)),
]
NO_NUMBER = [-0.5, math.nan, math.inf, "1", None, True, [0.1], 1j]


@pytest.mark.dynamics
@refuses(
    *counts(ABOVE_0, "a finite number above 0", [0.0, *NO_NUMBER]),
    *counts(FROM_0, "a finite number of at least 0", NO_NUMBER),
    ("remaining must be a fraction below 1, got 1.0", lambda: mn.time_to_learn([1.0], 1.0)),
    ("remaining must be a fraction below 1, got 1.5", lambda: mn.steps_to_learn([1.0], 0.5, 1.5)),
)
def test_what_is_no_number_in_the_range(error, message, call):
    meets(error, message, call)


@pytest.mark.forward
@pytest.mark.parametrize("seed", [0, None, np.random, np.random.RandomState(0)], ids=repr)
@pytest.mark.parametrize(
    "call",
    [
        lambda r: mn.initialise(3, r),
        lambda r: mn.sample_angles(3, r),
        lambda r: mn.monte_carlo_ntk(ANGLES, 5, r),
    ],
    ids=["initialise", "sample_angles", "monte_carlo_ntk"],
)
def test_a_generator_is_wanted_and_no_seed(call, seed):
    rule = "rng must be a numpy.random.Generator (numpy.random.default_rng(seed)), got "
    with pytest.raises(TypeError, match=re.escape(rule)):
        call(seed)


# --- options of the law -------------------------------------------------------------------------

TAKE_A_LAW = {
    "initialise": lambda **law: mn.initialise(4, rng(), **law),
    "monte_carlo_ntk": lambda **law: mn.monte_carlo_ntk(ANGLES, 5, rng(), **law),
    "ntk_of_angle": lambda **law: mn.ntk_of_angle(1.0, **law),
    "ntk_parts_of_angle": lambda **law: mn.ntk_parts_of_angle(1.0, **law),
    "infinite_ntk": lambda **law: mn.infinite_ntk(ANGLES, **law),
    "infinite_ntk_parts": lambda **law: mn.infinite_ntk_parts(ANGLES, **law),
    "fourier_eigenvalues": lambda **law: mn.fourier_eigenvalues(3, **law),
    "fourier_eigenvalue_parts": lambda **law: mn.fourier_eigenvalue_parts(3, **law),
    "aliased_eigenvalues": lambda **law: mn.aliased_eigenvalues(3, **law),
}
NAMES = "trained must be a tuple of different names out of 'w', 'b', 'a', got "
CONTRADICTIONS = [
    (
        "trained must be without 'b' where bias is False, got ('w', 'b')",
        {"bias": False, "trained": ("w", "b")},
    ),
    ("bias_std must be 0 where bias is False, got 0.5", {"bias": False, "bias_std": 0.5}),
    ("bias must be True or False, got 1", {"bias": 1}),
    ("bias must be True or False, got None", {"bias": None}),
    (NAMES + "('w', 'c')", {"trained": ("w", "c")}),
    (NAMES + "('w', 'w')", {"trained": ("w", "w")}),
    (NAMES + "()", {"trained": ()}),
    (NAMES + "'wba'", {"trained": "wba"}),
]


@pytest.mark.arccosine
@pytest.mark.parametrize("name", TAKE_A_LAW)
@pytest.mark.parametrize(("message", "law"), CONTRADICTIONS)
def test_options_that_contradict_each_other(name, message, law):
    with pytest.raises(ValueError, match=re.escape(message)):
        TAKE_A_LAW[name](**law)


@pytest.mark.eigenvalues
@pytest.mark.parametrize(
    "name", ["fourier_eigenvalues", "fourier_eigenvalue_parts", "aliased_eigenvalues"]
)
def test_no_closed_form_with_random_biases(name):
    rule = "bias_std must be 0 for the closed form (quadrature_eigenvalues takes any kernel), got"
    with pytest.raises(ValueError, match=re.escape(rule + " 0.5")):
        TAKE_A_LAW[name](bias_std=0.5)


@pytest.mark.forward
@refuses(
    (
        "output_law must be one of 'signs', 'normal', got 'uniform'",
        lambda: mn.initialise(3, rng(), output_law="uniform"),
    ),
    (
        "output_law must be one of 'signs', 'normal', got None",
        lambda: mn.monte_carlo_ntk(ANGLES, 5, rng(), output_law=None),
    ),
    (
        "width must be even for antisymmetric pairs, got 5",
        lambda: mn.initialise(5, rng(), antisymmetric=True),
    ),
)
def test_initialisation(error, message, call):
    meets(error, message, call)


# --- networks -----------------------------------------------------------------------------------


@pytest.mark.forward
@refuses(
    ("w must have shape (3, 2), got shape (2, 3)", lambda: network(w=NETWORK.w.T)),
    ("w must have shape (3, 2), got shape (2, 2)", lambda: network(w=NETWORK.w[:2])),
    ("b must have shape (3,), got shape (4,)", lambda: network(b=[1.0, 2.0, 3.0, 4.0])),
    ("b must have shape (3,), got shape (3, 1)", lambda: network(b=NETWORK.b[:, None])),
    ("w must have shape (1, 2), got shape (3, 2)", lambda: network(a=[1.0])),
    ("a must have shape (any length from 1,), got shape (0,)", lambda: network(a=[])),
    (
        "w must be finite, got nan at index (2, 1)",
        lambda: network(w=[[1, 2], [3, 4], [5, math.nan]]),
    ),
    ("b must be finite, got inf at index (0,)", lambda: network(b=[math.inf, 0.0, 0.0])),
    ("a must be finite, got -inf at index (2,)", lambda: network(a=[0.0, 0.0, -math.inf])),
    (TypeError, "a must be an array of real numbers, got ['x']", lambda: network(a=["x"])),
    (NAMES + "('a', 'z')", lambda: network(trained=("a", "z"))),
    (
        "vector must have shape (12,), got shape (11,)",
        lambda: mn.unflatten(np.ones(11), NETWORK),
    ),
    (
        "vector must have shape (9,), got shape (12,)",
        lambda: mn.unflatten(np.ones(12), network(trained=("w", "a"))),
    ),
    (
        "vector must be finite, got nan at index (11,)",
        lambda: mn.unflatten([*np.ones(11), math.nan], NETWORK),
    ),
    (
        "targets must have shape (3,), got shape (2,)",
        lambda: mn.loss_and_gradient(NETWORK, ANGLES, [1.0, 2.0]),
    ),
    (
        "targets must be finite, got nan at index (1,)",
        lambda: mn.loss_and_gradient(NETWORK, ANGLES, [1.0, math.nan, 2.0]),
    ),
    ("targets must have shape (3,), got shape (3, 1)", lambda: mn.objective(ANGLES, [[1.0]] * 3)),
    ("targets must be finite, got inf at index (0,)", lambda: mn.objective([0.0], [math.inf])),
    (
        "targets must have shape (2,), got shape (1,)",
        lambda: mn.half_mean_square([1.0, 2.0], [1.0]),
    ),
    (
        "output must be finite, got nan at index (0,)",
        lambda: mn.half_mean_square([math.nan], [1.0]),
    ),
    (
        "output must have shape (any length from 1,), got shape ()",
        lambda: mn.half_mean_square(1.0, 1.0),
    ),
    (
        "output_gradient must have shape (3,), got shape (2,)",
        lambda: mn.backward(NETWORK, mn.forward_with_cache(NETWORK, ANGLES)[1], [1.0, 2.0]),
    ),
    (
        "output_gradient must be finite, got nan at index (2,)",
        lambda: mn.backward(NETWORK, mn.forward_with_cache(NETWORK, ANGLES)[1], [1, 2, math.nan]),
    ),
)
def test_networks(error, message, call):
    meets(error, message, call)


@pytest.mark.forward
def test_params_never_change():
    w, b, a = np.ones((3, 2)), np.ones(3), np.ones(3)
    params = mn.Params(w, b, a)
    for array in (w, b, a):
        array[:] = 7.0
    assert params.w.max() == params.b.max() == params.a.max() == 1.0, "the input was aliased"
    for part in (params.w, params.b, params.a):
        with pytest.raises(ValueError, match="read-only"):
            part[0] = 2.0
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'w'"):
        params.w = w
    assert params != mn.Params(params.w, params.b, params.a), "compared by identity"
    assert len({params, params}) == 1
    flat = mn.flatten(params)
    flat[:] = 9.0
    assert params.w.max() == 1.0, "flatten gave a view"
    vector = np.arange(12.0)
    moved = mn.unflatten(vector, params)
    vector[:] = -1.0
    assert moved.w[0, 1] == 1.0, "unflatten kept the vector"
    new = mn.initialise(4, rng(), antisymmetric=True)
    assert not new.w.flags.writeable
    angles, targets = np.array(ANGLES), np.ones(3)
    objective = mn.objective(angles, targets)
    before = objective(NETWORK)[0]
    angles[:], targets[:] = 0.0, 5.0
    assert objective(NETWORK)[0] == before, "the objective kept the caller's arrays"


@pytest.mark.jacobian
@refuses(
    (
        "vector must have shape (any length from 1,), got shape (1, 2)",
        lambda: mn.central_differences(np.sum, [[1.0, 2.0]]),
    ),
    ("vector must be finite, got nan", lambda: mn.central_differences(np.sum, [math.nan])),
    (
        "step must be below the distance to the nearest kink, min |w·x + b| = 0.25, got 0.25",
        lambda: mn.central_difference_jacobian(
            mn.Params([[2.0, 0.0], [1.0, 0.0]], [-1.75, 1.0], [1.0, 1.0]), [0.0], 0.25
        ),
    ),
    (
        "step must be below the distance to the nearest kink, min |w·x + b| = 0, got 0.0001",
        lambda: mn.central_difference_jacobian(mn.Params([[0.0, 1.0]], [0.0], [1.0]), [0.0]),
    ),
)
def test_jacobian(error, message, call):
    meets(error, message, call)


# --- spectra ------------------------------------------------------------------------------------

TAKE_A_SQUARE = {
    "circulant_deviation": mn.circulant_deviation,
    "is_circulant": mn.is_circulant,
    "circulant_eigenvalues": mn.circulant_eigenvalues,
    "low_frequency_block": lambda k: mn.low_frequency_block(k, ANGLES, 1),
    "kernel_alignment": lambda k: mn.kernel_alignment(k, EYE),
    "centred_kernel_alignment": lambda k: mn.centred_kernel_alignment(k, EYE),
    "target_alignment": lambda k: mn.target_alignment(k, ANGLES),
    "target_alignment, centred": lambda k: mn.target_alignment(k, ANGLES, centred=True),
    "subspace_overlap": lambda k: mn.subspace_overlap(k, ANGLES, 1),
    "kernel_distance": lambda k: mn.kernel_distance(k, EYE),
    "effective_rank": mn.effective_rank,
    "frozen_flow": lambda k: mn.frozen_flow(k, ANGLES, ANGLES, [1.0]),
    "frozen_descent": lambda k: mn.frozen_descent(k, ANGLES, ANGLES, 0.1, [1]),
}
NO_SQUARE = [
    (ValueError, "kernel must be a square matrix, got shape (3, 2)", [[1.0, 2.0]] * 3),
    (
        ValueError,
        "kernel must have shape (any length from 1, any length from 1), got shape (3,)",
        [1.0, 2.0, 3.0],
    ),
    (ValueError, "kernel must be finite, got nan at index (0, 0)", math.nan * EYE),
    (TypeError, "kernel must be an array of real numbers, got ", 1j * EYE),
]
TAKE_A_SYMMETRIC = [
    "circulant_eigenvalues",
    "subspace_overlap",
    "frozen_flow",
    "frozen_descent",
]


@pytest.mark.spectrum
@refuses(
    *every(TAKE_A_SQUARE, NO_SQUARE),
    *every(
        {name: TAKE_A_SQUARE[name] for name in TAKE_A_SYMMETRIC},
        [
            (
                ValueError,
                "kernel must be symmetric, got |K - K.T| up to 1.0e+00",
                EYE + np.eye(3, k=1),
            )
        ],
    ),
)
def test_what_is_no_kernel_matrix(error, message, call):
    meets(error, message, call)


@pytest.mark.spectrum
def test_the_tolerance_of_symmetry_is_relative_to_the_largest_entry():
    kernel = 40.0 * EYE  # with zeros in it
    assert mn.subspace_overlap(kernel + 0.8e-10 * 40 * np.eye(3, k=1), ANGLES, 1) == (
        pytest.approx(1.0, rel=1e-12)
    )
    with pytest.raises(
        ValueError, match=r"kernel must be symmetric, got \|K - K\.T\| up to 4\.8e-09"
    ):
        mn.subspace_overlap(kernel + 1.2e-10 * 40 * np.eye(3, k=1), ANGLES, 1)


@pytest.mark.spectrum
@refuses(
    (
        "nodes must be enough for the integral to settle, got 3: "
        "half as many more still change an eigenvalue by ",
        lambda: mn.quadrature_eigenvalues(mn.ntk_of_angle, 2, nodes=3),
    ),
    (
        "nodes must be enough for the integral to settle, got 1: ",
        lambda: mn.quadrature_eigenvalues(mn.ntk_of_angle, 2, nodes=1),
    ),
    (
        "nodes must be enough for the integral to settle, got 74: ",
        lambda: mn.quadrature_eigenvalues(lambda u: np.abs(u - 1.0), 5),
    ),
    (
        "the kernel's values must have shape (200,), got shape ()",
        lambda: mn.kernel_operator(lambda u: 1.0, np.sin, ANGLES),
    ),
    (
        "the kernel's values must be finite, got nan",
        lambda: mn.quadrature_eigenvalues(lambda u: u * math.nan, 3),
    ),
    (
        "kernel must be circulant, got one at a distance of 8.2e-01",
        lambda: mn.circulant_eigenvalues(np.diag([1.0, 0, 0])),
    ),
    (
        "angles must have shape (3,), got shape (2,)",
        lambda: mn.low_frequency_block(EYE, ANGLES[:2], 1),
    ),
    (
        "angles must have shape (3,), got shape (4,)",
        lambda: mn.subspace_overlap(EYE, [*ANGLES, 0.0], 1),
    ),
    (
        "angles must be at least 2 k_max + 1 = 5 in number, got 3",
        lambda: mn.low_frequency_block(EYE, ANGLES, 2, whitened=True),
    ),
    (
        "angles must be at least 2 k_max + 1 = 9 in number, got 3",
        lambda: mn.subspace_overlap(EYE, ANGLES),
    ),
    (
        "angles must be at least 2 k_max + 1 = 5 in number, got 4",
        lambda: mn.orthonormal_basis([0.0, 1.0, 2.0, 3.0], 2),
    ),
    (
        "block must be a square matrix, got shape (3, 2)",
        lambda: mn.spectral_error([[1.0, 2.0]] * 3, [1.0, 2.0]),
    ),
    (
        "block must be a square matrix, got shape (1, 2)",
        lambda: mn.off_diagonal_share([[1.0, 2.0]]),
    ),
    (
        "eigenvalues must have shape (2,), got shape (3,)",
        lambda: mn.spectral_error(EYE, [1.0, 2.0, 3.0]),
    ),
    (
        "eigenvalues must be finite, got nan at index (1,)",
        lambda: mn.spectral_error(EYE, [1.0, math.nan]),
    ),
    (
        "other must have shape (3, 3), got shape (2, 2)",
        lambda: mn.kernel_alignment(EYE, np.eye(2)),
    ),
    (
        "targets must have shape (3,), got shape (2,)",
        lambda: mn.target_alignment(EYE, [1.0, 2.0]),
    ),
    ("kernel must differ from 0, got only zeros", lambda: mn.kernel_alignment(0 * EYE, EYE)),
    ("other must differ from 0, got only zeros", lambda: mn.kernel_distance(EYE, 0 * EYE)),
    ("kernel must differ from 0, got only zeros", lambda: mn.target_alignment(0 * EYE, ANGLES)),
    ("targets must differ from 0, got only zeros", lambda: mn.target_alignment(EYE, [0, 0, 0])),
    ("kernel must differ from 0, got only zeros", lambda: mn.effective_rank(0 * EYE)),
    ("block must differ from 0, got only zeros", lambda: mn.off_diagonal_share(0 * EYE)),
    (
        "kernel must differ from 0 after centring, got a constant to rounding",
        lambda: mn.centred_kernel_alignment(np.full((3, 3), 0.1), EYE),
    ),
    (
        "kernel must differ from 0 after centring, got a constant to rounding",
        lambda: mn.centred_kernel_alignment(np.full((3, 3), 1e5 / 3), EYE),
    ),
    (
        "kernel must differ from 0 after centring, got a constant to rounding",
        lambda: mn.centred_kernel_alignment(0 * EYE, EYE),
    ),
    (
        "other must differ from 0 after centring, got a constant to rounding",
        lambda: mn.centred_kernel_alignment(EYE, np.full((3, 3), 0.1)),
    ),
    (
        "kernel must differ from 0 after centring, got a constant to rounding",
        lambda: mn.target_alignment(np.full((3, 3), 0.1), ANGLES, centred=True),
    ),
)
def test_spectra(error, message, call):
    meets(error, message, call)


# --- dynamics -----------------------------------------------------------------------------------

NOT_NEGATIVE = "must lie in [0, 1.79769e+308] and be finite, got "


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
    (
        "targets must have shape (3,), got shape (2,)",
        lambda: mn.Trace([0], ANGLES, [1.0, 2.0]),
    ),
    (
        "column must be one of 'step', 'loss', 'residual_spectrum', 'norms', 'kernel_block', "
        "got 'speed'",
        lambda: mn.Trace([0], ANGLES, ANGLES)["speed"],
    ),
    (
        "kernel must be given to Trace for kernel blocks, got None",
        lambda: mn.Trace([0], ANGLES, ANGLES)["kernel_block"],
    ),
    ("targets must have shape (2,), got shape (3,)", lambda: mn.growth_rate([1, 2], [1, 2, 3])),
    ("output must be finite, got nan at index (0,)", lambda: mn.growth_rate([math.nan], [1])),
)
def test_dynamics(error, message, call):
    meets(error, message, call)


@pytest.mark.dynamics
def test_a_mode_of_rounding_below_0_is_not_refused():
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
    (f"{UNSTABLE}0.5 (mend), got 1", lambda: mn.require_stable(1.0, 4.0, "mend")),
    (
        f"{UNSTABLE}4 (allow_catapult=True trains all the same), got 4.1",
        lambda: mn.gradient_descent(NETWORK, objective(), 4.1, 2, largest_eigenvalue=0.5),
    ),
)
def test_learning_rates_above_the_largest_stable_one(error, message, call):
    meets(mn.StabilityError, message, call)
    assert issubclass(mn.StabilityError, error)


@pytest.mark.dynamics
def test_the_largest_stable_learning_rate_itself_is_allowed():
    assert mn.mode_descent([1.0], 2.0, [3]).tolist() == [[-1.0]]
    assert mn.require_stable(2.0, 1.0) is None
    assert mn.require_stable(1e9, 0.0) is None
    _, losses = mn.gradient_descent(NETWORK, objective(), 0.25, 1, largest_eigenvalue=8.0)
    assert losses.shape == (2,)


@pytest.mark.dynamics
@pytest.mark.parametrize("learning_rate", [60.0, 1e4, 1e100])
def test_divergence_is_named_and_never_nan(learning_rate):
    params = mn.initialise(64, rng(), output_law="normal")
    options = {"largest_eigenvalue": 1.0, "allow_catapult": True}
    rule = f"diverged: loss .* at the start, .* at step .*, with learning_rate {learning_rate:g}"
    with pytest.raises(mn.DivergenceError, match=rule.replace("+", r"\+")):
        mn.gradient_descent(params, objective(), learning_rate, 50, **options)


@pytest.mark.dynamics
def test_the_loss_may_rise_to_1e8_times_the_first_and_not_above():
    def climb(factor):
        losses = iter([2.0, 2.0 * factor, 1.0])
        return mn.gradient_descent(NETWORK, lambda params: (next(losses), params), 0.1, 2)[1]

    assert climb(1e8)[1] == 2e8
    with pytest.raises(mn.DivergenceError, match=r"loss 2 at the start, 2e.08 at step 1, with"):
        climb(1e8 + 0.5)
    with pytest.raises(mn.DivergenceError, match="loss 2 at the start, nan at step 1, with"):
        climb(math.nan)


@pytest.mark.project
def test_a_message_is_short_and_ends_with_the_value():
    with pytest.raises(ValueError, match=r"angle must be finite, got nan$"):
        mn.kappa0(math.nan)
    value = "x" * 58  # 60 characters with its quotes
    with pytest.raises(ValueError, match=f"got '{value}'$"):
        mn.initialise(value, rng())
    with pytest.raises(ValueError, match=f"got '{value[:56]}[.][.][.]$"):
        mn.initialise(value + "x", rng())


# --- memory -------------------------------------------------------------------------------------

MANY = np.linspace(0, 6, 20_000)
THOUSAND = np.linspace(0, 6, 1_000)
FEWER = "take fewer angles at a time"


@pytest.fixture(scope="module")
def wide():
    return mn.Params(np.ones((10**6, 2)), np.ones(10**6), np.ones(10**6))


@pytest.mark.ntk
@pytest.mark.parametrize(
    ("message", "call"),
    [
        (
            "the Jacobian would take 29.8 GiB, more than 1 GiB: "
            "factorised_ntk gives the kernel without it, or take fewer angles at a time",
            lambda wide: mn.output_jacobian(wide, THOUSAND),
        ),
        (
            "the Jacobian would take 29.8 GiB, more than 1 GiB: factorised_ntk",
            lambda wide: mn.empirical_ntk(wide, THOUSAND),
        ),
        (
            "the Jacobian would take 29.8 GiB, more than 1 GiB: factorised_ntk",
            lambda wide: mn.empirical_ntk_parts(wide, THOUSAND),
        ),
        (
            f"each factor of the kernel would take 7.5 GiB, more than 1 GiB: {FEWER}",
            lambda wide: mn.factorised_ntk(wide, THOUSAND),
        ),
        (
            "the matrix of pre-activations would take 7.5 GiB, more than 1 GiB: "
            f"{FEWER}, each output depends on its own angle only",
            lambda wide: mn.forward(wide, THOUSAND),
        ),
        (
            "the matrix of pre-activations would take 7.5 GiB",
            lambda wide: mn.loss_and_gradient(wide, THOUSAND, THOUSAND),
        ),
        (
            f"the kernel would take 3.0 GiB, more than 1 GiB: {FEWER}: rows of the kernel",
            lambda wide: mn.empirical_ntk(NETWORK, MANY),
        ),
        (
            "the kernel would take 3.0 GiB, more than 1 GiB",
            lambda wide: mn.factorised_ntk(NETWORK, MANY),
        ),
        (
            "the kernel would take 3.0 GiB, more than 1 GiB",
            lambda wide: mn.monte_carlo_ntk(MANY, 3, rng()),
        ),
        (
            "the matrix of angles would take 3.0 GiB, more than 1 GiB: take fewer points",
            lambda wide: mn.infinite_ntk(MANY),
        ),
        (
            "the Fourier basis would take 3.0 GiB, more than 1 GiB: take fewer angles",
            lambda wide: mn.fourier_basis(MANY, len(MANY) // 2),
        ),
        (
            "the function's values would take 3.0 GiB, more than 1 GiB: take fewer angles",
            lambda wide: mn.kernel_operator(np.cos, np.sin, MANY, nodes=len(MANY)),
        ),
    ],
)
def test_more_than_a_gibibyte_is_refused_before_it_is_allocated(wide, message, call):
    tracemalloc.start()
    try:
        with pytest.raises(MemoryError, match=re.escape(message)):
            call(wide)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 20 * MANY.nbytes, "more than a few numbers an angle"


@pytest.mark.ntk
def test_a_gibibyte_itself_is_allowed():
    assert _require.require_memory("an array", 2**27, "") is None
    rule = "an array would take 1.0 GiB, more than 1 GiB: take less"
    with pytest.raises(MemoryError, match=re.escape(rule)):
        _require.require_memory("an array", 2**27 + 1, "take less")


# --- what a fresh pair of eyes found ------------------------------------------------------------


@pytest.mark.project
@pytest.mark.parametrize(
    ("error", "message", "call"),
    [
        (ValueError, "block must", lambda: mn.spectral_error(np.eye(4), [1.0, 0.5])),
        (ValueError, "block must", lambda: mn.spectral_error(np.eye(2), [1.0])),
        (ValueError, "points must", lambda: mn.angle_between([[1e-200, 0.0]], [[0.0, 1e-200]])),
        (ValueError, "points must", lambda: mn.angle_between([[1e200, 0.0]], [[0.0, 1e200]])),
        (ValueError, "learning_rate must", lambda: mn.require_stable(math.nan, 1.0)),
        (ValueError, "largest_eigenvalue must", lambda: mn.require_stable(0.1, math.nan)),
        (
            ValueError,
            "largest_eigenvalue must",
            lambda: mn.gradient_descent(NETWORK, objective(), 0.1, 1, largest_eigenvalue=-1.0),
        ),
        (
            mn.DivergenceError,
            "diverged",
            lambda: mn.gradient_descent(NETWORK, lambda params: (1.0, steep()), 1e308, 5),
        ),
        (
            ValueError,
            "targets must",
            lambda: mn.target_alignment(np.eye(6), [0.1] * 6, centred=True),
        ),
        (ValueError, "angles must", lambda: mn.orthonormal_basis([0.3, 0.3, 0.3], 1)),
        (ValueError, "angles must", lambda: mn.subspace_overlap(EYE, [0.3, 0.3, 2.0], 1)),
        (
            ValueError,
            "angles must",
            lambda: mn.low_frequency_block(EYE, [0.3, 0.3, 2.0], 1, whitened=True),
        ),
        (
            ValueError,
            "the function's values must",
            lambda: mn.kernel_operator(np.cos, lambda t: t * math.nan, ANGLES),
        ),
        (ValueError, "must be finite", lambda: mn.relu([math.nan])),
        (ValueError, "must be finite", lambda: mn.relu_derivative([math.nan])),
        (
            ValueError,
            "antisymmetric must",
            lambda: mn.initialise(4, rng(), antisymmetric="no"),
        ),
    ],
)
def test_awkward_values_meet_a_rule_of_the_house(error, message, call):
    meets(error, message, call)


@pytest.mark.project
@pytest.mark.parametrize(
    ("error", "message", "call"),
    [
        (
            mn.DivergenceError,
            "diverged",
            lambda: mn.gradient_descent(SIGNS, objective(), 1e150, 5),
        ),
        (
            mn.DivergenceError,
            "diverged",
            lambda: mn.gradient_descent(SIGNS, objective(), 1e200, 5),
        ),
        (
            ValueError,
            "allow_catapult must",
            lambda: mn.gradient_descent(NETWORK, objective(), 0.1, 1, allow_catapult="no"),
        ),
        (
            ValueError,
            "whitened must",
            lambda: mn.low_frequency_block(EYE, ANGLES, 1, whitened="no"),
        ),
        (ValueError, "centred must", lambda: mn.target_alignment(EYE, ANGLES, centred="no")),
    ],
)
def test_more_awkward_values_meet_a_rule_of_the_house(error, message, call):
    meets(error, message, call)


@pytest.mark.forward
@pytest.mark.parametrize("function", [mn.relu, mn.relu_derivative])
def test_relu_takes_every_finite_number(function):
    assert function([1e308, 1e308]).min() > 0


@pytest.mark.spectrum
def test_modes_that_the_angles_do_not_tell_apart():
    rule = "angles must tell all 3 modes apart, got too few different ones"
    for close in (0.0, 1e-13):
        with pytest.raises(ValueError, match=rule):
            mn.orthonormal_basis([0.3, 2.0, 0.3 + close], 1)
    basis = mn.orthonormal_basis([0.3, 2.0, 0.3 + 1e-9], 1)
    np.testing.assert_allclose(basis.T @ basis, EYE, rtol=0, atol=1e-14)


@pytest.mark.spectrum
@pytest.mark.parametrize("scale", [1e-5, 1.0, 1e5])
def test_centred_targets_at_any_scale(scale):
    with pytest.raises(ValueError, match="targets must differ from 0 after centring"):
        mn.target_alignment(EYE, [scale / 3] * 3, centred=True)
    with pytest.raises(ValueError, match="targets must differ from 0 after centring"):
        mn.target_alignment(EYE, [0.0, 0.0, 0.0], centred=True)
    almost = scale * np.array([1.0, 1.0 + 1e-13, 1.0])
    through_the_mean = scale * np.array([1.0, 2.0, 3.0])
    for targets in (almost, through_the_mean):
        assert mn.target_alignment(EYE, targets, centred=True) == pytest.approx(0.5**0.5, rel=1e-3)


@pytest.mark.dynamics
def test_a_mode_at_the_largest_stable_learning_rate_is_never_learned():
    assert mn.steps_to_learn(0.5, 4.0) == math.inf
