"""Many networks trained side by side, against each trained alone."""

import math
from functools import partial
from itertools import combinations

import numpy as np
import pytest

import minintk as mn
from minintk import fast
from minintk.fast import _side_by_side, together
from tests.reference import training as loops
from tests.reference.closeness import assert_close

pytestmark = pytest.mark.dynamics

METHODS = ("plain", "arcs")
# On samples in both forms, and on the whole circle.
SETTINGS = ("plain", "arcs", "circle")
SUBSETS = [subset for size in (1, 2, 3) for subset in combinations("wba", size)]
LAW = mn.Law(bias_std=0.4, output_law="normal")


def problem(setting, rng, n=23):
    """What `train_together` trains on, and the objective of one network alone."""
    if setting == "circle":
        coefficients = rng.standard_normal(7)
        return (None, coefficients), fast.population_objective(coefficients), {}
    angles, targets = mn.sample_angles(n, rng), rng.standard_normal(n)
    return (angles, targets), mn.objective(angles, targets), {"method": setting}


def several(count, width, rng, law=LAW, **options):
    return [mn.initialise(width, rng, law, **options) for _ in range(count)]


def same_bits(networks, others):
    return all(
        np.array_equal(getattr(one, part), getattr(other, part))
        for one, other in zip(networks, others, strict=True)
        for part in "wba"
    )


# --- by hand --------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_one_step_of_two_networks_of_one_neuron(method):
    """f = ±1, r = ±1, S = r (1, 0, 1): w̃ loses ½ a S = ½ (1, 0, 1), and a loses ½ w̃·S = ½ r."""
    networks = [mn.Params([[1.0, 0.0]], [0.0], [a]) for a in (1.0, -1.0)]
    trained, losses, diverged_at = fast.train_together(
        networks, [0.0], [0.0], 0.5, 1, method=method
    )
    assert losses.tolist() == [[0.5, 0.0], [0.5, 0.0]]
    assert diverged_at.tolist() == [-1, -1]
    for network, a in zip(trained, (0.5, -0.5), strict=True):
        assert (network.w.tolist(), network.b.tolist(), network.a.tolist()) == (
            [[0.5, 0.0]],
            [-0.5],
            [a],
        )


def test_one_step_on_the_circle():
    """f = 3, y = 1, S = (0, 0, 2): b becomes 3 − ½·2 and a becomes 1 − ½·3·2, so f = −4."""
    network = mn.Params([[0.0, 0.0]], [3.0], [1.0])
    (after,), losses, _ = fast.train_together([network], None, [1.0], 0.5, 1, allow_catapult=True)
    assert losses.tolist() == [[2.0, 12.5]]
    assert np.abs(after.w).max() < 1e-15
    assert (after.b.tolist(), after.a.tolist()) == ([2.0], [-2.0])


@pytest.mark.claims
@pytest.mark.parametrize("setting", SETTINGS)
def test_networks_without_a_loss_are_no_divergence(setting):
    still = mn.Params([[1.0, 0.0]], [0.0], [0.0])
    on = (None, [0.0]) if setting == "circle" else ([0.0, 2.0], [0.0, 0.0])
    options = {} if setting == "circle" else {"method": setting}
    losses = fast.train_together([still], *on, 0.5, 2, **options).losses
    assert losses.tolist() == [[0.0, 0.0, 0.0]]


def test_the_form_is_chosen_by_size():
    rng = np.random.default_rng(0)
    for width, n, form in ((16, 64, "plain"), (1024, 64, "arcs"), (2048, 16, "plain")):
        networks = several(8, width, rng)
        on = (mn.uniform_angles(n), np.ones(n), 0.1, 2)
        chosen = fast.train_together(networks, *on).losses
        assert np.array_equal(chosen, fast.train_together(networks, *on, method=form).losses)
    assert together._faster(1024, 8, 1024) == "arcs"


# --- reference ------------------------------------------------------------------------------------


@pytest.mark.parametrize("trained", SUBSETS, ids="".join)
@pytest.mark.parametrize("antisymmetric", [False, True])
@pytest.mark.parametrize("setting", SETTINGS)
def test_networks_side_by_side_train_as_each_alone(setting, antisymmetric, trained):
    rng = np.random.default_rng(len(trained))
    on, objective, options = problem(setting, rng)
    law = mn.Law(bias_std=0.4, output_law="normal", trained=trained)
    networks = several(4, 14, rng, law, antisymmetric=antisymmetric)
    found = fast.train_together(networks, *on, 0.3, 25, **options)
    assert found.losses.shape == (4, 26)
    for network, after, losses in zip(networks, found.networks, found.losses, strict=True):
        alone, expected = mn.gradient_descent(network, objective, 0.3, 25)
        assert_close(losses, expected, 1e-12)
        for part in "wba":
            assert_close(getattr(after, part), getattr(alone, part), 1e-12, part)
        assert after.trained == trained


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("width", "n"), [(1, 3), (6, 1), (17, 9), (5, 40)])
def test_samples_against_plain_loops(width, n, method):
    rng = np.random.default_rng(width)
    on, _, _ = problem(method, rng, n)
    networks = several(3, width, rng)
    found = fast.train_together(networks, *on, 0.2, 12, method=method)
    for network, after, losses in zip(networks, found.networks, found.losses, strict=True):
        expected, expected_losses = loops.descend(network, *on, 0.2, 12)
        assert_close(losses, expected_losses, 1e-12)
        for part in "wba":
            assert_close(getattr(after, part), getattr(expected, part), 1e-12, part)


@pytest.mark.parametrize("method", METHODS)
def test_many_networks_go_through_in_blocks(method, monkeypatch):
    rng = np.random.default_rng(3)
    on, _, _ = problem(method, rng)
    networks = several(5, 8, rng)
    whole = fast.train_together(networks, *on, 0.3, 20, method=method)
    monkeypatch.setattr(_side_by_side, "_ACTIVITIES_AT_ONCE", 2 * 8 * 23)
    monkeypatch.setattr(_side_by_side, "_NEURONS_AT_ONCE", 2 * 23)
    blocks = fast.train_together(networks, *on, 0.3, 20, method=method)
    assert np.array_equal(whole.losses, blocks.losses)
    assert same_bits(whole.networks, blocks.networks)


def test_the_circle_goes_through_in_blocks(monkeypatch):
    rng = np.random.default_rng(3)
    networks, target = several(5, 8, rng), rng.standard_normal(5)
    whole = fast.train_together(networks, None, target, 0.3, 20)
    monkeypatch.setattr(_side_by_side, "_NEURONS_AT_ONCE", 16)
    assert_close(fast.train_together(networks, None, target, 0.3, 20).losses, whole.losses, 1e-12)


@pytest.mark.parametrize("setting", SETTINGS)
def test_awkward_neurons(setting):
    """Dead, always active, nothing at all, too small for squares."""
    rng = np.random.default_rng(5)
    on, objective, options = problem(setting, rng)
    w = [[0.6, -0.8], [-0.3, 0.4], [0.0, 0.0], [0.0, 0.0], [1e-200, -2e-200], [0.7, 0.1]]
    network = mn.Params(w, [-1.5, 2.0, 0.0, 1.2, 0.0, 0.3], [1.0, -0.5, 0.8, 1.1, -0.9, 0.7])
    other = mn.Params(network.w[::-1], network.b[::-1], network.a)
    found = fast.train_together([network, other], *on, 0.2, 15, **options)
    for start, losses in zip((network, other), found.losses, strict=True):
        assert_close(losses, mn.gradient_descent(start, objective, 0.2, 15)[1], 1e-12)


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_trace_of_every_network(setting):
    rng = np.random.default_rng(8)
    on, objective, options = problem(setting, rng)
    networks, at_steps = several(3, 6, rng), (0, 4, 7)
    angles, targets = mn.uniform_angles(12), rng.standard_normal(12)
    traces, alone = ([mn.Trace(at_steps, angles, targets) for _ in range(3)] for _ in range(2))
    called = []

    def record(step, now):
        called.append(step)
        for trace, network in zip(traces, now, strict=True):
            trace(step, network)

    fast.train_together(networks, *on, 0.3, 9, record=record, at_steps=at_steps, **options)
    assert called == [0, 4, 7]
    for network, trace, expected in zip(networks, traces, alone, strict=True):
        mn.gradient_descent(network, objective, 0.3, 9, record=expected)
        assert trace["step"].tolist() == [0, 4, 7]
        for column in ("loss", "residual_spectrum", "norms"):
            assert_close(trace[column], expected[column], 1e-11, column)


def test_a_record_sees_every_step_unless_told():
    called = []
    network = mn.initialise(4, np.random.default_rng(0))
    fast.train_together(
        [network], [0.0], [1.0], 0.1, 3, record=lambda step, now: called.append((step, *now))
    )
    assert [step for step, _ in called] == [0, 1, 2, 3]
    assert same_bits([called[0][1]], [network])
    assert called[0][1].w.flags.writeable is False


# --- theorem --------------------------------------------------------------------------------------


@pytest.mark.parametrize("setting", SETTINGS)
def test_no_step_leaves_the_networks_as_they_are(setting):
    rng = np.random.default_rng(2)
    on, _, options = problem(setting, rng)
    networks = several(2, 4, rng)
    found = fast.train_together(networks, *on, 0.5, 0, **options)
    assert found.losses.shape == (2, 1)
    assert same_bits(networks, found.networks)


@pytest.mark.parametrize("method", METHODS)
def test_company_changes_no_bit(method):
    rng = np.random.default_rng(4)
    on, _, _ = problem(method, rng)
    networks = several(5, 9, rng)
    found = fast.train_together(networks, *on, 0.3, 20, method=method)
    for index, network in enumerate(networks):
        alone = fast.train_together([network], *on, 0.3, 20, method=method)
        assert np.array_equal(alone.losses[0], found.losses[index])
        assert same_bits(alone.networks, [found.networks[index]])


@pytest.mark.parametrize("setting", SETTINGS)
def test_one_that_diverges_disturbs_no_other(setting):
    rng = np.random.default_rng(6)
    on, objective, options = problem(setting, rng)
    quiet = several(3, 8, rng)
    wild = mn.initialise(8, rng, mn.Law(weight_std=300.0))
    run = partial(fast.train_together, learning_rate=0.4, steps=60, allow_catapult=True, **options)
    expected = run([quiet[0], quiet[2], quiet[1]], *on)
    found = run([quiet[0], wild, quiet[1]], *on, allow_divergence=True)
    for index, other in ((0, 0), (2, 2)):
        assert np.array_equal(found.losses[index], expected.losses[other])
        assert same_bits([found.networks[index]], [expected.networks[other]])
    with pytest.raises(mn.DivergenceError, match="diverged"):
        mn.gradient_descent(wild, objective, 0.4, 60, allow_catapult=True)
    at = found.diverged_at[1]
    assert found.diverged_at.tolist() == [-1, at, -1]
    assert at > 0
    # Until then it is the network that trains alone; from then on there is no loss, and no nan.
    alone, losses = mn.gradient_descent(wild, objective, 0.4, int(at) - 1, allow_catapult=True)
    assert_close(found.losses[1, :at], losses, 1e-9)
    assert np.isposinf(found.losses[1, at:]).all()
    assert_close(mn.flatten(found.networks[1]), mn.flatten(alone), 1e-9)
    with pytest.raises(mn.DivergenceError, match=rf"networks 1 at step {at} diverged, of 3 with"):
        run([quiet[0], wild, quiet[1]], *on)


@pytest.mark.parametrize("setting", SETTINGS)
def test_all_that_diverge_are_named_and_end_the_training(setting):
    rng = np.random.default_rng(7)
    on, _, options = problem(setting, rng)
    wild = several(7, 4, rng, mn.Law(weight_std=1e4))
    called = []
    run = partial(fast.train_together, wild, *on, 0.5, 10**6, allow_catapult=True, **options)
    with pytest.raises(mn.DivergenceError, match=r"networks 0 at step \d, .*, 2 more diverged"):
        run(record=lambda step, _: called.append(step))
    assert len(called) < 20
    found = run(allow_divergence=True)
    assert (found.diverged_at > 0).all()
    assert np.isposinf(found.losses[:, -1]).all()
    assert all(np.isfinite(mn.flatten(network)).all() for network in found.networks)


@pytest.mark.parametrize("trained", [("w", "b", "a"), ("a",)], ids="".join)
@pytest.mark.parametrize("setting", SETTINGS)
def test_each_diverges_at_the_step_where_it_does_alone(setting, trained):
    rng = np.random.default_rng(12)
    on, objective, options = problem(setting, rng)
    law = mn.Law(bias_std=0.4, trained=trained)
    start = mn.initialise(8, rng, law)
    still = mn.Params(np.zeros((8, 2)), np.full(8, -1.0), start.a, trained)
    wild = several(3, 8, rng, mn.Law(weight_std=300.0, trained=trained))
    # One that starts with a loss far below that of f = 0.
    if setting != "circle":
        on = on[0], mn.forward(start, on[0]) + 1e-6 * on[1]
        objective = mn.objective(*on)
    networks = [still, *wild, start]
    train = partial(mn.gradient_descent, learning_rate=9.0, allow_catapult=True)
    found = fast.train_together(
        networks, *on, 9.0, 400, allow_catapult=True, allow_divergence=True, **options
    )
    assert found.diverged_at[0] == -1
    assert (found.diverged_at[1:4] > 0).all()
    assert setting == "circle" or found.diverged_at[4] > 0
    for network, at in zip(networks, found.diverged_at.tolist(), strict=True):
        if at > 0:
            train(network, objective, steps=at - 1)
            with pytest.raises(mn.DivergenceError, match="diverged"):
                train(network, objective, steps=at)


def test_a_parameter_that_grows_without_a_loss_is_a_divergence():
    """One step of 1e70 takes a neuron beyond what a parameter may be, and out of the samples."""
    huge = mn.Params([[1e-30, 0.0]], [0.0], [1e10])
    still = mn.Params([[1.0, 0.0]], [-2.0], [1.0])  # active nowhere
    found = fast.train_together(
        [still, huge], [0.0], [-1.0], 1e70, 2, allow_catapult=True, allow_divergence=True
    )
    assert found.diverged_at.tolist() == [-1, 1]
    assert same_bits(found.networks, [still, huge])
    assert found.losses.tolist() == [[0.5, 0.5, 0.5], [0.5, math.inf, math.inf]]


@pytest.mark.parametrize("setting", SETTINGS)
def test_the_largest_numbers_of_all_give_no_warning_and_no_nan(setting):
    rng = np.random.default_rng(13)
    (angles, targets), _, options = problem(setting, rng)
    networks = several(3, 6, rng)
    networks = [mn.Params(*(1e69 * getattr(p, part) for part in "wba")) for p in networks]
    run = partial(fast.train_together, networks, angles, 1e69 * targets, **options)
    found = run(1e70, 5, allow_catapult=True, allow_divergence=True)
    assert found.diverged_at.tolist() == [1, 1, 1]
    assert np.isfinite(found.losses[:, 0]).all()
    assert same_bits(found.networks, networks)
    with pytest.raises(mn.StabilityError, match="learning_rate must not be above"):
        run(1e70, 5)


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_network_without_a_gradient_takes_any_learning_rate(setting):
    rng = np.random.default_rng(14)
    on, _, options = problem(setting, rng)
    dead = mn.Params(np.ones((4, 2)), np.full(4, -9.0), np.ones(4))
    found = fast.train_together([dead, dead], *on, 1e6, 3, **options)
    assert same_bits(found.networks, [dead, dead])
    assert (found.losses == found.losses[0, 0]).all()


def test_a_huge_neuron_that_is_active_nowhere_takes_no_digits():
    rng = np.random.default_rng(15)
    on, objective, _ = problem("arcs", rng, 5)  # so few that its place is that of others too
    network = mn.initialise(40, rng, LAW)
    w, b = network.w.copy(), network.b.copy()
    w[2], b[2] = [1e20, 2e20], -3e20
    network = mn.Params(w, b, network.a)
    losses = fast.train_together([network], *on, 0.3, 20, method="arcs").losses
    assert_close(losses[0], mn.gradient_descent(network, objective, 0.3, 20)[1], 1e-12)


def test_a_converged_network_on_the_circle_may_go_on():
    """Its loss is rounding, 0 or below at first and above later, and no measure of a divergence."""
    rng = np.random.default_rng(1)
    seen = 0
    for network in several(10, 5, rng):
        # Neurons that are active everywhere: f = A cos t + B sin t + C, and nearly the target.
        params = mn.Params(network.w, np.full(5, 9.0), network.a)
        weights = np.column_stack([params.b, params.w / math.sqrt(2)])
        target = params.a @ weights / math.sqrt(5) * (1 + 1e-9)
        losses = fast.train_together([params], None, target, 0.01, 300, allow_catapult=True).losses
        assert np.abs(losses).max() < 1e-12
        seen += losses[0, 0] <= 0 < losses.max()
    assert seen > 0  # else this shows nothing


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("trained", [("w", "b", "a"), ("a",), ("w", "b")], ids="".join)
def test_the_largest_stable_learning_rate(setting, trained):
    rng = np.random.default_rng(9)
    on, _, options = problem(setting, rng)
    networks = several(3, 12, rng, mn.Law(bias_std=0.4, trained=trained))
    angles = mn.uniform_angles(300) if setting == "circle" else on[0]
    kernels = [mn.empirical_ntk(network, angles) for network in networks]
    largest = [np.linalg.eigvalsh(kernel)[-1] / len(angles) for kernel in kernels]
    stable = 2 / max(largest)
    run = partial(fast.train_together, networks, *on, steps=0, **options)
    run(learning_rate=0.99 * stable)
    with pytest.raises(mn.StabilityError, match=f"network {int(np.argmax(largest))}; allow_cat"):
        run(learning_rate=1.05 * stable)
    run(learning_rate=1.05 * stable, allow_catapult=True)


# --- rate -----------------------------------------------------------------------------------------


def test_the_circle_is_the_limit_of_fine_grids():
    rng = np.random.default_rng(11)
    networks, target = several(4, 10, rng), rng.standard_normal(5)
    limit = fast.train_together(networks, None, target, 0.3, 20).losses[:, -1]
    errors = []
    for n in (100, 1000, 10_000):
        angles = mn.uniform_angles(n)
        found = fast.train_together(networks, angles, mn.fourier_sum(angles, target), 0.3, 20)
        errors.append(np.sqrt(np.mean((found.losses[:, -1] / limit - 1) ** 2)))
    assert errors[2] < errors[1] / 5 < errors[0] / 25
    assert errors[2] < 1e-4


# --- argument checks ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "rule", "change"),
    [
        (ValueError, "networks must be at least one, got none", {"networks": []}),
        (TypeError, "networks must be a list of Params, got None", {"networks": None}),
        (TypeError, "each of networks must be a Params", {"networks": [None]}),
        (ValueError, "angles must be finite, got nan", {"angles": [math.nan]}),
        (ValueError, "targets must have shape", {"targets": [1.0, 2.0]}),
        (ValueError, "targets must be at most 1e.70 in size", {"targets": [1e71]}),
        (ValueError, "targets must be odd", {"angles": None, "targets": [1.0, 2.0]}),
        (ValueError, "learning_rate must be", {"learning_rate": 0.0}),
        (ValueError, "steps must be an integer of at least 0", {"steps": -1}),
        (MemoryError, "the losses would take", {"steps": 10**12}),
        (ValueError, "method must be one of 'plain', 'arcs', got 'fast'", {"method": "fast"}),
        (ValueError, "method must be 'arcs' on the whole", {"angles": None, "method": "plain"}),
        (TypeError, "record must be a function", {"record": 3}),
        (ValueError, "at_steps must come with a record", {"at_steps": [1]}),
        (TypeError, "at_steps must be a list", {"at_steps": 1, "record": print}),
        (ValueError, "each of at_steps must be an integer", {"at_steps": [-1], "record": print}),
        (ValueError, "each of at_steps must be at most", {"at_steps": [2], "record": print}),
        (ValueError, "allow_catapult must be True or False", {"allow_catapult": "no"}),
        (ValueError, "allow_divergence must be True or False", {"allow_divergence": 1}),
    ],
)
def test_wrong_arguments(error, rule, change):
    good = {
        "networks": several(2, 4, np.random.default_rng(0)),
        "angles": [0.0],
        "targets": [1.0],
        "learning_rate": 0.1,
        "steps": 1,
    }
    fast.train_together(**good)
    with pytest.raises(error, match=rule):
        fast.train_together(**good | change)


def test_networks_that_differ():
    rng = np.random.default_rng(0)
    for other, rule in (
        (mn.initialise(2, rng), r"networks must have one width, got \[2, 4\]"),
        (mn.initialise(4, rng, mn.Law(trained=("w", "a"))), "networks must train the same parts"),
    ):
        with pytest.raises(ValueError, match=rule):
            fast.train_together([mn.initialise(4, rng), other], [0.0], [1.0], 0.1, 1)
