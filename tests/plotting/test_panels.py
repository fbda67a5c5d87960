"""Tests of minintk.plotting.panels: what stands on the Axes is the data, and nothing else moves."""

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import minintk as mn
from minintk import plotting
from minintk.plotting.panels import MOST_ARCS, amplitudes
from tests.reference.wrong_input import NETWORK, meets, refuses

pytestmark = pytest.mark.dynamics

ANGLES = np.array([0.3, -1.9, 4.2, 9.0, 2.6])  # on the circle: 0.3, 4.383…, 4.2, 2.717, 2.6
ORDER = [0, 4, 3, 2, 1]
TARGETS = np.array([1.0, -1.0, 0.5, 0.0, 2.0])


def new_axes():
    return Figure(layout="constrained").subplots()


def drawn(axes):
    FigureCanvasAgg(axes.figure).draw()
    return axes


@pytest.fixture(scope="module")
def trace():
    kept = mn.Trace([0, 3, 7], ANGLES, TARGETS, k_max=2, kernel=mn.factorised_ntk)
    params = mn.initialise(6, np.random.default_rng(1))
    mn.gradient_descent(params, mn.objective(ANGLES, TARGETS), 0.3, 7, record=kept)
    return kept


def every_panel(trace):
    return {
        "fit": lambda axes: plotting.plot_fit(axes, trace),
        "modes": lambda axes: plotting.plot_modes(axes, trace, [0, 1, 2], np.ones(3)),
        "loss": lambda axes: plotting.plot_loss(axes, trace),
        "kernel": lambda axes: plotting.plot_kernel(axes, trace),
        "arcs": lambda axes: plotting.plot_arcs(axes, NETWORK),
    }


# --- by hand --------------------------------------------------------------------------------------


def test_the_fit_is_the_output_in_the_order_of_the_circle(trace):
    axes = new_axes()
    plotting.plot_fit(axes, trace, steps=[7, 0])
    target, last, first = axes.lines
    turn = np.mod(ANGLES, 2 * np.pi)[ORDER]
    for line, values in (
        (target, TARGETS),
        (last, trace["output"][2]),
        (first, trace["output"][0]),
    ):
        np.testing.assert_array_equal(line.get_xdata(), turn)
        np.testing.assert_array_equal(line.get_ydata(), values[ORDER])
    assert [line.get_label() for line in axes.lines] == ["target", "step 7", "step 0"]
    assert len({line.get_linestyle() for line in axes.lines[1:]}) == 2


def test_the_fit_of_arrays_is_that_of_the_trace(trace):
    axes, alone = new_axes(), new_axes()
    plotting.plot_fit(axes, trace)
    plotting.plot_fit(alone, trace["output"][2], ANGLES)
    np.testing.assert_array_equal(axes.lines[1].get_xydata(), alone.lines[0].get_xydata())
    assert alone.lines[0].get_label() == "network"
    assert len(alone.lines) == 1, "no targets were given"


def test_modes_are_points_on_the_lines_of_the_formula(trace):
    axes = new_axes()
    times, rates = 0.3 * trace["step"], np.array([0.5, 0.25, 0.0])
    plotting.plot_modes(axes, trace, times, rates, frequencies=[2, 1])
    spectra = trace["residual_spectrum"]
    for place, k in enumerate((2, 1)):
        predicted, measured = axes.lines[2 * place : 2 * place + 2]
        sizes = np.sqrt(spectra[:, 2 * k - 1] ** 2 + spectra[:, 2 * k] ** 2)
        np.testing.assert_allclose(measured.get_ydata(), sizes, rtol=1e-14)
        start = sizes[0] * np.exp(-rates[k] * times)
        np.testing.assert_allclose(predicted.get_ydata(), start, rtol=1e-14)
        np.testing.assert_array_equal(measured.get_xdata(), times)
        assert measured.get_label() == f"k = {k}"
        assert measured.get_color() == predicted.get_color()
    assert axes.get_yscale() == "log"


def test_modes_start_at_the_first_time_and_small_ones_are_left_out():
    axes = new_axes()
    spectra = np.array([[2.0, 0.0, 1e-4, 0.0, 3.0], [1.0, 0.0, 1e-4, 0.0, 1.0]])
    plotting.plot_modes(axes, spectra, [4.0, 5.0], [1.0, 1.0, 0.5])
    assert [line.get_label() for line in axes.lines[1::2]] == ["k = 0", "k = 2"]
    np.testing.assert_allclose(axes.lines[2].get_ydata(), [3.0, 3.0 * np.exp(-0.5)])


def test_losses_and_their_steps(trace):
    axes = new_axes()
    plotting.plot_loss(axes, trace, label="evolving")
    plotting.plot_loss(axes, [0.5, 0.0], [0, 9], label="frozen")
    np.testing.assert_array_equal(axes.lines[0].get_xdata(), [0, 3, 7])
    np.testing.assert_array_equal(axes.lines[0].get_ydata(), trace["loss"])
    np.testing.assert_array_equal(axes.lines[1].get_xydata(), [[0, 0.5], [9, 0]])
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["evolving", "frozen"]
    assert axes.lines[0].get_linestyle() != axes.lines[1].get_linestyle()
    assert axes.lines[0].get_color() != axes.lines[1].get_color()


@pytest.mark.parametrize(("step", "row"), [(None, 2), (3, 1)])
def test_the_kernel_of_a_trace_is_its_block(trace, step, row):
    axes = new_axes()
    plotting.plot_kernel(axes, trace, step=step)
    (mesh,) = axes.collections
    np.testing.assert_array_equal(np.reshape(mesh.get_array(), (5, 5)), trace["kernel_block"][row])
    for labels in (axes.get_xticklabels(), axes.get_yticklabels()):
        assert [text.get_text() for text in labels] == ["0", "1c", "1s", "2c", "2s"]
    assert axes.yaxis_inverted()


def test_a_kernel_with_angles_is_in_the_order_of_the_circle():
    axes, kernel = new_axes(), mn.factorised_ntk(NETWORK, ANGLES)
    plotting.plot_kernel(axes, kernel, ANGLES)
    (mesh,) = axes.collections
    shown = np.reshape(mesh.get_array(), (5, 5))
    np.testing.assert_array_equal(shown, kernel[np.ix_(ORDER, ORDER)])


def test_an_arc_is_where_its_neuron_is_active():
    params = mn.Params(w=[[0.0, 2.0], [-1.0, 0.0], [1.0, 0.0]], b=[-1.0, 0.5, -3.0], a=[1, -1, 1])
    axes = new_axes()
    plotting.plot_arcs(axes, params)
    circle, positive, negative = axes.lines
    np.testing.assert_allclose(np.hypot(*circle.get_xydata().T), 1.0)
    # In the order of their directions: neuron 2 (0), 0 (π/2), 1 (π). Neuron 2 is active nowhere.
    for line, ring, neuron in ((positive, 2, 0), (negative, 3, 1)):
        points = line.get_xydata()
        points = points[np.isfinite(points).all(axis=1)]
        np.testing.assert_allclose(np.hypot(*points.T), 1 + ring / 3)
        angles = np.arctan2(points[:, 1], points[:, 0])
        z = np.stack([np.cos(angles), np.sin(angles)], axis=1) @ params.w[neuron] + params.b[neuron]
        np.testing.assert_allclose(z[[0, -1]], 0, atol=1e-12)
        assert (z[1:-1] > 0).all()


def test_of_many_neurons_some_are_drawn():
    axes = new_axes()
    params = mn.initialise(1000, np.random.default_rng(0))
    plotting.plot_arcs(axes, params)
    gaps = sum(np.isnan(line.get_xdata()).sum() for line in axes.lines[1:])
    assert gaps == MOST_ARCS


def test_sizes_of_frequencies():
    np.testing.assert_array_equal(amplitudes([[-2.0, 3.0, -4.0]]), [[2.0, 5.0]])


# --- theorem --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["fit", "modes", "loss", "kernel", "arcs"])
def test_nothing_global_changes_and_the_figure_can_be_drawn(trace, name):
    before, axes = dict(mpl.rcParams), new_axes()
    every_panel(trace)[name](axes)
    assert len(drawn(axes).get_children()) > 10
    assert dict(mpl.rcParams) == before
    assert axes.lines or axes.collections


def test_modes_of_a_frozen_infinite_kernel_are_on_their_lines():
    angles = mn.uniform_angles(16)
    targets = np.cos(angles) + np.sin(3 * angles)
    times = np.array([0.0, 2.0, 5.0])
    outputs = mn.frozen_flow(mn.infinite_ntk(angles), 0 * targets, targets, times)
    spectra = [mn.fourier_coefficients(angles, f - targets, 3) for f in outputs]
    axes = new_axes()
    plotting.plot_modes(axes, spectra, times, mn.aliased_eigenvalues(16))
    assert len(axes.lines) == 4
    for predicted, measured in zip(axes.lines[::2], axes.lines[1::2], strict=True):
        np.testing.assert_allclose(measured.get_ydata(), predicted.get_ydata(), rtol=1e-12)


# --- argument checks ------------------------------------------------------------------------------

EMPTY = mn.Trace([0], ANGLES, TARGETS)


@refuses(
    (TypeError, "axes must be matplotlib Axes", lambda: plotting.plot_loss(None, [1.0])),
    (
        "outputs must have shape (any length from 1, 2), got shape (1, 3)",
        lambda: plotting.plot_fit(new_axes(), [1.0, 2.0, 3.0], [0.0, 1.0]),
    ),
    (TypeError, "angles must be an array", lambda: plotting.plot_fit(new_axes(), [1.0])),
    ("steps must have one", lambda: plotting.plot_fit(new_axes(), [1.0], [0.0], steps=[1, 2])),
    ("got one without steps", lambda: plotting.plot_fit(new_axes(), EMPTY)),
    (
        "angles and targets must be left out with a Trace",
        lambda: plotting.plot_fit(new_axes(), EMPTY, ANGLES),
    ),
    (
        "eigenvalues must be at least 2 numbers, got shape (1,)",
        lambda: plotting.plot_modes(new_axes(), np.ones((2, 3)), [0, 1], [1.0]),
    ),
    (
        "spectra must have an odd number of columns, got shape (2, 2)",
        lambda: plotting.plot_modes(new_axes(), np.ones((2, 2)), [0, 1], [1.0]),
    ),
    (
        "times must have shape (2,), got shape (1,)",
        lambda: plotting.plot_modes(new_axes(), np.ones((2, 3)), [0], np.ones(2)),
    ),
    (
        "frequencies must be at most k_max = 1, got [2]",
        lambda: plotting.plot_modes(
            new_axes(), np.ones((2, 3)), [0, 1], np.ones(2), frequencies=[2]
        ),
    ),
    ("steps must have shape", lambda: plotting.plot_loss(new_axes(), [1.0, 0.5], [0])),
    ("kernel must be a square", lambda: plotting.plot_kernel(new_axes(), np.ones((2, 3)))),
    ("an odd number of rows", lambda: plotting.plot_kernel(new_axes(), np.ones((4, 4)))),
    ("step goes with a Trace", lambda: plotting.plot_kernel(new_axes(), np.ones((3, 3)), step=1)),
    (TypeError, "params must be a Params", lambda: plotting.plot_arcs(new_axes(), [1.0])),
)
def test_wrong_arguments(error, message, call):
    meets(error, message, call)


def test_a_step_that_was_not_kept(trace):
    with pytest.raises(ValueError, match=r"step must be one of those kept, \[0, 3, 7\], got 5"):
        plotting.plot_fit(new_axes(), trace, steps=[5])
