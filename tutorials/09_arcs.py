# %% [markdown]
# # 9. Arcs: 10⁶ neurons on a laptop, and no sample at all
#
# You will be able to
#
# - say where a neuron is active on the circle, in closed form;
# - compute the output of $m$ neurons at $n$ samples in $O(n + m\log n)$ instead of $O(nm)$, after
#   one sort, with a difference array and a cumulative sum;
# - turn the same arrays around and get every partial derivative of the loss;
# - train a network of $10^6$ neurons and hold it against the infinite-width prediction;
# - take the sample away: the loss and the kernel on the whole circle, by closed-form integrals.
#
# *Time*: 1½ hours. *Assumed*: NumPy's `cumsum`, `searchsorted`, `add.at`; integrals of sines.
# *Before*: [1](01_a_relu_network_by_hand.ipynb) (the gradient by hand),
# [4](04_the_circle.ipynb) (the eigenvalues $\lambda_k$),
# [5](05_spectral_bias.ipynb) (what they predict).

# %%
import math

import matplotlib.pyplot as plt
import numpy as np

import minintk as mn
from minintk import fast, plotting
from minintk.course.answers.formula import answer_value

BLUE, RED, GREEN, PINK = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
plt.rcParams.update({"font.size": 9.5, "axes.grid": True, "grid.color": "0.9", "figure.dpi": 90})

# %% [markdown]
# ## The matrix that does not fit
#
# The network is
# $$ f(x) = \frac{1}{\sqrt m} \sum_{r=1}^m a_r \, \mathrm{relu}(w_r \cdot x + b_r). $$
# The code that reads like this line builds the matrix $Z$ of all pre-activations
# $z_{ir} = w_r \cdot x_i + b_r$, of $n$ rows and $m$ columns. It is the definition, and for
# small sizes it is the best code there is.
#
# *Prediction.* For $n = 4096$ samples and $m = 10^6$ neurons that matrix has
# $4.1 \cdot 10^9$ entries of 8 bytes: 33 GB, more than a laptop has, for one step.

# %%
n, m = 4096, 10**6
gigabytes = n * m * 8 / 1e9
print(
    f"Z for n = {n}, m = {m}: {gigabytes:.0f} GB; "
    f"points and parameters: {(3 * n + 4 * m) * 8e-9:.2f} GB"
)
assert round(gigabytes) == 33

# %% [markdown]
# ## A neuron is an arc
#
# Write $w = \rho(\cos\varphi, \sin\varphi)$ and $x = (\cos t, \sin t)$. Then
# $w \cdot x = \rho(\cos\varphi\cos t + \sin\varphi\sin t) = \rho\cos(t - \varphi)$. The neuron is
# active where $z = \rho\cos(t - \varphi) + b > 0$.
#
# **Do it here**, before you read on. For $|b| < \rho$ these $t$ are an interval around $\varphi$.
# What is half its width? The cell compares with a fine grid.
#
# <details><summary>Hint 1</summary>
#
# At the ends of the interval $z = 0$. Solve for $\cos(t - \varphi)$.
#
# </details>
#
# <details><summary>Hint 2</summary>
#
# Mind the sign of $b$: a positive bias makes the interval wider than half of the circle.
#
# </details>

# %%
own_half_width = None  # of ρ and b, such as: lambda rho, b: b / rho
if own_half_width is None:
    print("Put your formula in the place of None, and run this cell.")
else:
    fine = mn.uniform_angles(100_000)
    cases = [(1.0, 0.5), (2.0, -0.7), (0.3, 0.0)]
    found = [np.pi * np.mean(rho * np.cos(fine) + b > 0) for rho, b in cases]
    yours = [answer_value(own_half_width, (), rho, b) for rho, b in cases]
    print(f"yours {np.round(yours, 3)}, counted {np.round(found, 3)}:", end=" ")
    print("right" if np.allclose(yours, found, atol=1e-4) else "not yet")

# %% [markdown]
# In formulas,
# $$ \rho \cos(t - \varphi) + b > 0
#    \quad\Longleftrightarrow\quad \cos(t - \varphi) > -\frac{b}{\rho}
#    \quad\Longleftrightarrow\quad |t - \varphi| < h,
#    \qquad h = \arccos\left(-\frac{b}{\rho}\right), $$
# with $|t - \varphi|$ the distance on the circle, in $[0, \pi]$. The last step holds because the
# cosine falls on $[0, \pi]$. If $|b| \ge \rho$ there is no such $h$: the neuron is then active
# everywhere ($b > 0$, the code sets $h = \pi$) or nowhere ($b < 0$, $h = 0$).
#
# So **each neuron is active on one arc**, of half-width $h$ around $\varphi$. On the arc its output
# is a combination of three functions only,
# $$ a \, \mathrm{relu}(z) = (a w_1) \cos t + (a w_2) \sin t + (a b) \cdot 1, $$
# and outside it is 0. Therefore the whole network is, between two neighbouring arc ends,
# $A \cos t + B \sin t + C$.
#
# *Prediction.* With $m$ neurons there are $2m$ arc ends, so at most $2m$ different triples
# $(A, B, C)$ on the whole circle, whatever the number of samples. Here: $m = 5$, 10 ends.

# %%
rng = np.random.default_rng(0)
small = mn.initialise(5, rng, mn.Law(bias_std=0.5))


def arcs(params):
    """Centre and half-width of every neuron's arc, (m,) each."""
    rho = np.hypot(params.w[:, 0], params.w[:, 1])
    centre = np.arctan2(params.w[:, 1], params.w[:, 0])
    # The clip makes h = π where b > ρ (active everywhere), 0 where b < −ρ (nowhere).
    return centre, np.arccos(np.clip(-params.b / rho, -1, 1))


centre, half_width = arcs(small)
t = mn.uniform_angles(20_000)
active = mn.augmented_points(t) @ np.column_stack([small.w, small.b]).T > 0
distance = np.abs((t[:, None] - centre + np.pi) % (2 * np.pi) - np.pi)
assert np.array_equal(active, distance < half_width)
changes = np.sum(np.any(active != np.roll(active, 1, axis=0), axis=1))
print("arc ends on the circle:", changes)
assert changes == 10

# %%
figure = plt.figure(figsize=(8.6, 4.4), layout="constrained")
panels = figure.subplot_mosaic([["ring", "above"], ["ring", "below"]], width_ratios=[1, 1.4])
above, below = panels["above"], panels["below"]
plotting.plot_arcs(panels["ring"], small)
panels["ring"].set_title("Five arcs of the circle …")
for r in range(5):
    on = np.where(active[:, r], r + 1.0, np.nan)
    above.plot(t, on, color=BLUE, linewidth=4, solid_capstyle="butt")
above.set(ylabel="neuron r", yticks=range(1, 6), title="… cut open at 0")
below.plot(t, mn.forward(small, t), color=RED)
ends = np.flatnonzero(np.any(active != np.roll(active, 1, axis=0), axis=1))
for axis in (above, below):
    for end in t[ends]:
        axis.axvline(end, color="0.6", linewidth=0.7, linestyle=":")
below.set(
    xlabel="angle t (radians)",
    ylabel="output f",
    title="Between two dotted ends: A cos t + B sin t + C",
)

# %% [markdown]
# ## Forward: a difference array and a cumulative sum
#
# Sort the samples once: $0 \le t_0 \le \dots \le t_{n-1} < 2\pi$. The samples on an arc are then a
# *run* of neighbours, `first` … `stop − 1`, and a binary search finds both numbers in $O(\log n)$.
#
# How to add a constant $c$ to a run of an array of length $n$, for $m$ runs, without touching the
# runs? Write down only where the sum *changes*, and let one cumulative sum do the rest.
#
# **Do it here**, before you read on, for six samples and two runs. The first run is from 0 to 2 and
# adds 2. The second is from 1 to 4 and adds 1. So the sums are `[2, 3, 3, 1, 1, 0]`. Which six
# changes have these cumulative sums?
#
# <details><summary>Hint 1</summary>
#
# Before the array stands 0. By how much does each entry of the sums differ from the one before?
#
# </details>
#
# <details><summary>Hint 2</summary>
#
# Each run makes two changes: one where it begins, one just after its end.
#
# </details>

# %%
own_changes = None  # six numbers, such as: [0, 0, 0, 0, 0, 0]
if own_changes is None:
    print("Put your list in the place of None, and run this cell.")
else:
    sums = np.cumsum(own_changes).tolist()
    print(f"their cumulative sums are {sums}:", end=" ")
    print("right" if sums == [2, 3, 3, 1, 1, 0] else "not yet")

# %% [markdown]
# The **changes** of a run are $+c$ at `first` and $-c$ at `stop`. After all $m$ neurons the
# cumulative sum of the changes is the sum of all constants at each sample:
# $$ \sum_{j \le i} \left( c\,[j = \text{first}] - c\,[j = \text{stop}] \right)
#    = c \, [\text{first} \le i < \text{stop}]. $$
# Two writes for a neuron, one pass over the samples: $O(n + m)$. No neuron ever meets a sample.
#
# An arc that crosses the cut at angle 0 is two runs: from `first` to the end, and from 0 to
# `stop − 1`. That is the same two changes, plus $c$ at sample 0.
#
# The constants are three a neuron, $a w_1$, $a w_2$, $a b$; in code:

# %%


def spans(params, sorted_angles):
    """First and stop of every neuron's run, and whether it crosses the cut, (m,) each."""
    centre, half_width = arcs(params)
    start, end = (centre - half_width) % (2 * np.pi), (centre + half_width) % (2 * np.pi)
    first, stop = np.searchsorted(sorted_angles, start), np.searchsorted(sorted_angles, end)
    everywhere, nowhere = half_width == np.pi, half_width == 0
    first[everywhere | nowhere] = stop[everywhere | nowhere] = 0
    return first, stop, ((end < start) & ~nowhere) | everywhere


def forward_by_arcs(params, angles):
    """The output of the network at sorted angles in [0, 2π), in O(m log n + n)."""
    first, stop, crosses = spans(params, angles)
    weights = np.column_stack([params.w, params.b])  # w̃, (m, 3)
    changes = np.zeros((len(angles) + 1, 3))  # one place more, for a stop at n
    np.add.at(changes, first, params.a[:, None] * weights)
    np.add.at(changes, stop, -params.a[:, None] * weights)
    changes[0] += (params.a * crosses) @ weights
    coefficients = np.cumsum(changes, axis=0)[:-1]  # A, B, C at each sample
    return np.sum(coefficients * mn.augmented_points(angles), axis=1) / math.sqrt(params.width)


# %% [markdown]
# *Prediction.* The same sums in another order: equal to the plain code up to rounding, about
# $10^{-16}\sqrt m$ of the largest output, below $10^{-13}$ here. A sum that forgot the arcs across
# the cut would be wrong by a number of order 1.

# %%
params = mn.initialise(1500, rng, mn.Law(bias_std=0.5))  # some with |b| > ρ
angles = np.sort(mn.sample_angles(400, rng))
plain = mn.forward(params, angles)
size = np.abs(plain).max()
ours, by_fast = forward_by_arcs(params, angles), fast.forward(params, angles)
print(f"own code against plain {np.abs(ours - plain).max() / size:.0e}, ")
print(f"fast.forward against plain {np.abs(by_fast - plain).max() / size:.0e}")
assert np.abs(ours - plain).max() < 1e-13 * size
assert np.abs(by_fast - plain).max() < 1e-13 * size

# %% [markdown]
# ## Backward: the same arrays, turned around
#
# With $r_i = f(x_i) - y_i$ and $\tilde x = (\cos t, \sin t, 1)$, tutorial 1 gave
# $$ \frac{\partial L}{\partial \tilde w_r} = \frac{a_r}{\sqrt m} S_r, \qquad
#    \frac{\partial L}{\partial a_r} = \frac{1}{\sqrt m} \, \tilde w_r \cdot S_r, \qquad
#    S_r = \frac1n \sum_{i \text{ on the arc of } r} r_i \, \tilde x_i . $$
# (For $a_r$: $\mathrm{relu}(z) = \tilde w \cdot \tilde x$ on the arc and 0 outside.)
# All a neuron needs is the sum of a fixed list over its run. Let
# $R_i = \frac1n \sum_{j < i} r_j \tilde x_j$ be the running sum, $R_0 = 0$; then
# $$ S_r = R_{\text{stop}} - R_{\text{first}} \quad (+ R_n \text{ if the arc crosses the cut}). $$
# One pass over the samples, two look-ups a neuron. That is the transpose of the forward pass. There
# neurons wrote two changes and a sum spread them. Here a sum is formed and neurons read two values.

# %%


def gradient_by_arcs(params, angles, targets):
    """∂L/∂w̃ (m, 3) and ∂L/∂a (m,) at sorted angles, in O(m log n + n)."""
    first, stop, crosses = spans(params, angles)
    residual = forward_by_arcs(params, angles) - targets
    terms = residual[:, None] * mn.augmented_points(angles) / len(angles)
    running = np.vstack([np.zeros(3), np.cumsum(terms, axis=0)])
    on_arc = running[stop] - running[first] + crosses[:, None] * running[-1]  # S_r
    on_arc /= math.sqrt(params.width)
    weights = np.column_stack([params.w, params.b])
    return params.a[:, None] * on_arc, np.sum(weights * on_arc, axis=1)


targets = np.cos(2 * angles) + 0.3 * np.sin(5 * angles)
_, plain_gradient = mn.loss_and_gradient(params, angles, targets)
_, fast_gradient = fast.loss_and_gradient(params, angles, targets)
layer, second = gradient_by_arcs(params, angles, targets)
for name, wanted, got in [
    ("w", plain_gradient.w, layer[:, :2]),
    ("b", plain_gradient.b, layer[:, 2]),
    ("a", plain_gradient.a, second),
]:
    scale = np.abs(wanted).max()
    own, of_fast = (np.abs(v - wanted).max() / scale for v in (got, getattr(fast_gradient, name)))
    print(f"∂L/∂{name}: own code {own:.0e}, fast {of_fast:.0e}")
    assert own < 1e-13
    assert of_fast < 1e-13

# %% [markdown]
# ## The cost, counted
#
# **Predict before you run.** One training step at $n = 4096$, $m = 10^6$: how many times fewer
# entries are written and read by arcs than with the matrices? Write a number.

# %%
my_factor = None

# %% [markdown]
# A plain training step fills and reads the matrices $Z$, $\mathrm{relu}(Z)$ and $1(Z > 0)$: $3nm$
# entries. By arcs each neuron writes 3 coefficients at 2 places, and reads 3 sums at 2 places. Its
# search takes $2 \log_2 n$ comparisons. Over the samples there are 3 running sums in each
# direction:
# $$ C_\text{plain} = 3nm, \qquad C_\text{arcs} = 12m + 6n + 2m\log_2 n . $$
# *Prediction.* At $n = 4096$, $m = 10^6$ the ratio is $3nm/(12m + 24m) \approx n/12 = 341$. At
# $n = 4$, $m = 4$ it is below 1: for a handful of samples the plain code is the better one.

# %%


def plain_cost(n, m):
    return 3.0 * n * m


def arcs_cost(n, m):
    return 12.0 * m + 6.0 * n + 2.0 * m * np.log2(n)


print(f"n = 4096, m = 10⁶: {plain_cost(4096, 1e6) / arcs_cost(4096, 1e6):.0f} times fewer entries")
print(f"n = m = 4: {plain_cost(4, 4) / arcs_cost(4, 4):.2f}")
if my_factor is not None:
    print(f"you said {my_factor} times fewer")
assert abs(plain_cost(4096, 1e6) / arcs_cost(4096, 1e6) - 341) < 1
assert plain_cost(4, 4) < arcs_cost(4, 4)

# %% [markdown]
# These are counts, no times: your machine decides on those, and `minintk bench` measures them, with
# plain and arcs side by side. (In practice arcs begin to win later: an entry of a matrix product is
# cheaper than an entry that is searched for. See the [page on speed](speed.md).)
#
# ## Training 10⁶ neurons
#
# `fast.objective` is this code with two things more: the samples are sorted once for all steps, and
# a table of buckets replaces the binary search. `mn.gradient_descent` takes it like any other.
#
# *Prediction*, made before training. At infinite width under descent, mode $k$ of the residual is
# multiplied by $1 - \eta\lambda_k$ at each step (tutorial 5). A width of $10^6$ should follow this
# up to $m^{-1/2} = 10^{-3}$ of the largest mode, times a number of order 1. We take the target
# $\sqrt2\,(\cos t + \cos 2t + \cos 3t)$, all three coefficients 1, $\eta = 2 < 2/\lambda_0 = 3.6$,
# and 15 steps.

# %%
wide = mn.initialise(10**6, rng, antisymmetric=True)  # f = 0 at the start
grid = mn.uniform_angles(1024)
coefficients = np.array([0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0])
measured = []


def record(step, params):
    residual = fast.forward(params, grid) - mn.fourier_sum(grid, coefficients)
    measured.append(mn.fourier_coefficients(grid, residual, k_max=3)[[1, 3, 5]])


objective = fast.objective(grid, mn.fourier_sum(grid, coefficients))
eta, steps = 2.0, 15
mn.gradient_descent(wide, objective, eta, steps, record=record)
measured = -np.array(measured)  # residual f − y starts at −1
predicted = mn.mode_descent(mn.aliased_eigenvalues(1024)[1:4], eta, np.arange(steps + 1))
worst = np.abs(measured - predicted).max()
print(f"largest deviation {worst:.1e}, in units of m^-1/2: {worst * 1e3:.1f}")
assert worst < 5e-3
# A factor ½ in the rates would be seen at once:
halved = mn.mode_descent(mn.aliased_eigenvalues(1024)[1:4] / 2, eta, np.arange(steps + 1))
assert np.abs(measured - halved).max() > 0.1

# %%
figure, axis = plt.subplots(figsize=(6.4, 3.8))
styles = [(BLUE, "o", "-"), (RED, "s", "--"), (GREEN, "^", ":")]
for k, (colour, marker, line) in enumerate(styles, start=1):
    axis.plot(predicted[:, k - 1], color=colour, linestyle=line, label=f"k = {k}: (1 − ηλ)^s")
    axis.plot(measured[:, k - 1], color=colour, marker=marker, linestyle="none", markersize=5)
axis.set(
    xlabel="step s",
    ylabel="what is left of mode k",
    title="10⁶ neurons (points) on the infinite-width prediction (lines)",
    ylim=(0, 1.05),
)
axis.legend()
figure.tight_layout()

# %% [markdown]
# ## No sample at all
#
# Everything that was a sum over samples can be an integral over the circle. Let $e_0 = 0 < e_1 <
# \dots < e_P = 2\pi$ be the sorted arc ends. On piece $p$ the output is $A_p \cos t + B_p \sin t +
# C_p$. The cumulative sum of the changes gives the triples as before, with the arc ends in the
# place of the samples. The loss on the whole circle is then
# $$ L = \frac12 \int_0^{2\pi} (f - y)^2 \frac{dt}{2\pi}
#      = \frac12 \left(
#        \langle f^2 \rangle - 2 \langle f y \rangle + \langle y^2 \rangle \right). $$
# *First term.* Expand the square; each product has an antiderivative:
# $$ \int \cos^2 = \frac t2 + \frac{\sin 2t}4, \quad \int \sin^2 = \frac t2 - \frac{\sin 2t}4, \quad
#    \int \cos\sin = \frac{\sin^2 t}2, \quad \int \cos = \sin t, \quad \int \sin = -\cos t . $$
# *Second term.* Take $y = \sqrt2 \cos kt$ with $k \ge 2$.
#
# **Do it here**, before you read on: an antiderivative of $\cos t\, \cos kt$. The cell
# differentiates it by numbers.
#
# <details><summary>Hint 1</summary>
#
# A product of two cosines is half the sum of two cosines. Of which frequencies?
#
# </details>
#
# <details><summary>Hint 2</summary>
#
# $\cos t \cos kt = \frac12\cos(k-1)t + \frac12\cos(k+1)t$. Integrate term by term.
#
# </details>

# %%
integral = None  # k ≥ 2, such as: lambda t, k: np.sin(t) * np.sin(k * t) / k
if integral is None:
    print("Put your formula in the place of None, and run this cell.")
else:
    there = np.array([0.3, 1.1, 4.0])
    off = 0.0
    for k in (2, 3, 7):
        ends = [answer_value(integral, (3,), there + step, k) for step in (-1e-5, 1e-5)]
        slope = (ends[1] - ends[0]) / 2e-5
        off = max(off, np.abs(slope - np.cos(there) * np.cos(k * there)).max())
    print(f"its derivative is off by {off:.0e}:", "right" if off < 1e-8 else "not yet")

# %% [markdown]
# The product formulas
# $2\cos t\cos kt = \cos(k-1)t + \cos(k+1)t$ and $2 \sin t \cos kt = \sin(k+1)t - \sin(k-1)t$ give
# $$ \int \cos t \cos kt = \frac{\sin(k-1)t}{2(k-1)} + \frac{\sin(k+1)t}{2(k+1)}, \qquad
#    \int \sin t \cos kt = \frac{\cos(k-1)t}{2(k-1)} - \frac{\cos(k+1)t}{2(k+1)} , $$
# and $\int \cos kt = \frac{\sin kt}{k}$. *Third term.* $\langle y^2 \rangle = 1$ for this $y$. No
# discretisation anywhere.

# %%


def antiderivative_of_squares(t):
    """∫ x̃ x̃ᵀ dt from 0, up to constants: (3, 3, len(t)) for x̃ = (cos t, sin t, 1)."""
    cc, ss, cs = t / 2 + np.sin(2 * t) / 4, t / 2 - np.sin(2 * t) / 4, np.sin(t) ** 2 / 2
    return np.array([[cc, cs, np.sin(t)], [cs, ss, -np.cos(t)], [np.sin(t), -np.cos(t), t]])


def antiderivative_with_target(t, k):
    """∫ √2 cos kt x̃ dt up to constants, (3, len(t)), k ≥ 2."""
    low, high = k - 1, k + 1
    cosine = np.sin(low * t) / (2 * low) + np.sin(high * t) / (2 * high)
    sine = np.cos(low * t) / (2 * low) - np.cos(high * t) / (2 * high)
    return math.sqrt(2) * np.array([cosine, sine, np.sin(k * t) / k])


def population_loss(params, k):
    """½⟨(f − √2 cos kt)²⟩ on the whole circle, exactly."""
    pieces = fast.population_output(params)  # sorted ends (P + 1,), and A, B, C (3, P)
    squares = np.diff(antiderivative_of_squares(pieces.ends))
    products = np.diff(antiderivative_with_target(pieces.ends, k))
    f = pieces.coefficients
    f_squared = np.einsum("ip,ijp,jp->", f, squares, f) / (2 * np.pi)
    f_times_y = np.sum(f * products) / (2 * np.pi)
    return (f_squared - 2 * f_times_y + 1) / 2


# %% [markdown]
# *Predictions.* (1) It is equal to `fast.population_loss_and_gradient` up to rounding. (2) The loss
# on a uniform grid of $n$ points tends to it, and the error falls as $n^{-2}$. Why? The integrand
# is continuous, with kinks at the arc ends. A kink spoils one interval of length $2\pi/n$. There
# the integrand is off a straight line by its jump of slope times $1/n$. Length times height is
# $n^{-2}$. (The factor depends on where the kinks fall between the points: expect scatter around
# the line.)

# %%
middle = mn.initialise(60, rng, mn.Law(bias_std=0.5))
cosine_2 = np.array([0.0, 0.0, 0.0, 1.0, 0.0])  # coefficients of √2 cos 2t
exact = population_loss(middle, k=2)
fast_loss, _ = fast.population_loss_and_gradient(middle, cosine_2)
print(f"own integrals {exact:.12f}, fast {fast_loss:.12f}")
assert abs(exact - fast_loss) < 1e-12

sizes = 2 ** np.arange(4, 17)
# Each grid is also turned by several angles: one error alone jumps with where the kinks fall.
turns = np.linspace(0, 1, 9)[:-1]
errors = []
for n in sizes:
    grids = [mn.uniform_angles(n) + turn * 2 * np.pi / n for turn in turns]
    losses = [fast.loss_and_gradient(middle, g, mn.fourier_sum(g, cosine_2))[0] for g in grids]
    errors.append(math.sqrt(np.mean((np.array(losses) - exact) ** 2)))
slope = np.polyfit(np.log(sizes[3:]), np.log(errors[3:]), 1)[0]
print(f"error of the grid's loss falls as n^{slope:.2f}")
assert abs(slope + 2) < 0.15

# %%
figure, axis = plt.subplots(figsize=(6.4, 3.6))
axis.loglog(sizes, errors, "o", color=BLUE, label="measured: rms over 8 turns of the grid")
axis.loglog(sizes, errors[6] * (sizes / sizes[6]) ** -2.0, "--", color=RED, label="slope −2")
axis.set(
    xlabel="points n of the grid", ylabel="error of the loss", title="A grid's loss against n = ∞"
)
axis.legend()
figure.tight_layout()

# %% [markdown]
# The gradient follows in the same way: $S_r$ is the integral of $(f - y)\,\tilde x$ over the arc, a
# difference of two values of a running *integral*. `fast.population_objective` gives loss and
# gradient to `mn.gradient_descent`: training on the circle itself.
#
# *Prediction.* Without samples there is no aliasing: mode $k$ follows $\lambda_k$ of tutorial 4,
# not the sum over a grid. For three modes of coefficient 1 the loss is
# $\frac12 \sum_{k=1}^3 (1 - \eta\lambda_k)^{2s}$, since it has the *square* of the residual. The
# width changes this by $10000^{-1/2} = 0.01$ times a number of order 1.

# %%
start = mn.initialise(10_000, rng, antisymmetric=True)
on_circle = fast.population_objective(coefficients)
fine = mn.uniform_angles(2**16)
_, by_integrals = on_circle(middle)
_, by_samples = fast.loss_and_gradient(middle, fine, mn.fourier_sum(fine, coefficients))
for part in ("w", "b", "a"):
    close = getattr(by_integrals, part), getattr(by_samples, part)
    assert np.abs(close[0] - close[1]).max() < 1e-4 * np.abs(close[0]).max()

trained, losses = mn.gradient_descent(start, on_circle, eta, steps)
left = mn.mode_descent(mn.fourier_eigenvalues(3)[1:], eta, np.arange(steps + 1))
expected = np.sum(left**2, axis=1) / 2  # three modes of coefficient 1
print(f"loss: {losses[-1]:.4f}, infinite width {expected[-1]:.4f}")
assert np.abs(losses - expected).max() < 0.02

# %% [markdown]
# ## The kernel at n = ∞, neuron by neuron
#
# The kernel's entry between two basis functions is a mean over the neurons. Write
# $U = \int_\text{arc} \phi \, \tilde x \, dt/2\pi$ for one neuron (a vector of 3). The first layer
# and the bias give $a^2 U \cdot U$, and the second layer gives $(\tilde w \cdot U)^2$. So
# $$ \langle \phi, K_m \phi \rangle
#    = \frac1m \sum_r \left( a_r^2 \, |U_r|^2 + (\tilde w_r \cdot U_r)^2 \right). $$
# Take $\phi = 1$ and $b = 0$: then $h = \pi/2$, and
# $$ U = \int_{\varphi - \pi/2}^{\varphi + \pi/2} (\cos t, \sin t, 1) \, \frac{dt}{2\pi}
#      = \left( \frac{\cos\varphi}{\pi}, \frac{\sin\varphi}{\pi}, \frac12 \right),
#    \qquad |U|^2 = \frac1{\pi^2} + \frac14, \qquad \tilde w \cdot U = \frac{\rho}{\pi} . $$
# So with $a = \pm 1$ **exactly, at every width**,
# $$ \langle 1, K_m 1 \rangle = \frac14 + \frac1{\pi^2} + \frac1{\pi^2} \, \overline{\rho^2} . $$
# *Predictions.* (1) The mean: $E\rho^2 = 2$, so $\lambda_0 = 3/\pi^2 + 1/4$, the value of tutorial
# 4 in three lines. (2) The spread: $\rho^2$ is a sum of two squares of standard normal numbers. It
# has the mean 2 and the variance 4. So the entry of one network is off by $2/(\pi^2 \sqrt m)$ in
# standard deviation. At $m = 10^6$ that is $2.0 \cdot 10^{-4}$: what is left of finite width when
# the sample is gone.

# %%
million = mn.initialise(10**6, rng)
entry = fast.population_low_frequency_block(million, k_max=0)[0, 0]
by_formula = 0.25 + (1 + np.mean(np.sum(million.w**2, axis=1))) / np.pi**2
off = (entry - mn.fourier_eigenvalues(0)[0]) / (2 / (np.pi**2 * math.sqrt(million.width)))
print(
    f"block {entry:.12f}, formula {by_formula:.12f}; off from λ_0 by {off:.2f} standard deviations"
)
assert abs(entry - by_formula) < 1e-12
assert abs(off) < 4

spread = [
    fast.population_low_frequency_block(mn.initialise(1000, rng), k_max=0)[0, 0] for _ in range(400)
]
ratio = np.std(spread, ddof=1) / (2 / (np.pi**2 * math.sqrt(1000)))
print(f"spread of 400 networks of width 1000, in units of the formula: {ratio:.3f}")
assert abs(ratio - 1) < 4 / math.sqrt(2 * 400)  # four standard errors of a standard deviation

# %% [markdown]
# ## Where it stops
#
# - Only on the circle. On the sphere in three dimensions a neuron is active on a half-space, and
#   there is no order in which to sort the samples.
# - Only with a piecewise linear activation: for tanh nothing is finite-dimensional on the arc.
# - Two layers. The second of two hidden layers sees a curve that is no circle.
# - A sample on a kink, $|w \cdot x + b| \lesssim 10^{-12}$, may fall on either side by rounding.
#   The plain code and this one need not agree there.
# - Each *step* at $n = \infty$ has the exact gradient. The steps are still steps: descent, no flow.
#
# ## What people get wrong here
#
# - **The cut.** Arcs that cross the angle 0 are two runs. Without the extra term every network is
#   wrong, and a test with all arcs away from 0 does not see it.
# - **Open or closed.** `searchsorted` with `side="left"` for both ends makes a run of
#   $\text{start} \le t < \text{end}$. Our convention is relu'(0) = 0: the two differ only on a
#   kink, where rounding decides anyway.
# - **Fancy indexing does not add.** `changes[first] += c` keeps one of two neurons that share a
#   place. `np.add.at` (or `np.bincount`) adds all.
# - **$2\pi$.** The measure is $dt/2\pi$, of total 1. With $dt$ alone every eigenvalue is $2\pi$ too
#   large.
# - **The factor ½** of the loss, and $1/n$: the gradient has $1/n$, no 2.
# - **float32.** Rounding errors of $10^6$ terms add up in a cumulative sum. Of seven digits about
#   four are left, and a gradient is a difference of two such numbers.
# - **Faster is not another definition.** Keep the plain code and compare.
#
# ## Questions
#
# **1.** Why is $\langle f \rangle$, the mean output over the circle, a sum over neurons with no
# sorting at all?
#
# <details><summary>Answer</summary>
#
# The integral of one neuron over its own arc is known in closed form:
# $\frac{a}{2\pi} \int_{-h}^{h} (\rho\cos u + b)\,du = \frac{a}{\pi} (\rho\sin h + b h)$.
# The mean is linear in $f$, so the neurons add. Sorting is needed for $\langle f^2 \rangle$ only,
# in which pairs of neurons meet.
#
# </details>
#
# **2.** The kernel matrix has $n^2$ entries. What is the cost of all of them by arcs, and why is it
# not $O(n + m)$?
#
# <details><summary>Answer</summary>
#
# $O(n^2 + m)$. A neuron contributes to all pairs of samples on its arc, a rectangle of the sorted
# matrix. Its change array has four corners, and a cumulative sum along both axes spreads them. The
# result alone has $n^2$ numbers to write.
#
# </details>
#
# **3.** In the last measurement, what would the spread be for antisymmetric pairs ($r$ and
# $r + m/2$ with equal $w$, $b$ and opposite $a$)?
#
# <details><summary>Answer</summary>
#
# The entry depends on $a^2$ and $w$ only, so a pair is one neuron counted twice. There are $m/2$
# independent neurons, and the spread is $\sqrt2$ times larger.
#
# </details>
#
# **4.** Derive the other entries that need no sorting: $\int_\text{arc} e^{ikt}\,dt/2\pi$.
#
# <details><summary>Answer</summary>
#
# $\frac{1}{2\pi} \cdot \frac{e^{ik(\varphi+h)} - e^{ik(\varphi-h)}}{ik}
# = e^{ik\varphi} \, \frac{\sin kh}{\pi k}$, and $h/\pi$ for $k = 0$. For $b = 0$, $h = \pi/2$:
# $\sin(k\pi/2) = 0$ for even $k \ne 0$, the parity of tutorial 4 once more.
#
# </details>
#
# **An open question**, without a printed answer. Replace the ReLU by $|z|$. Which of the arrays on
# this page change, and what becomes of the arcs? Write `forward_by_arcs` for it, and test it
# against $n \times m$ code of your own.
#
# ## Check yourself
#
# - `minintk check ntk_eigenvalue "3/pi^2 + 1/4" --k 0` says right: prediction (1) above.
# - `minintk check ntk_eigenvalue "3/pi^2" --k 0` says wrong: the bias is missing.
# - Exercises: `minintk exercises forward`, `minintk exercises backward` and
#   `minintk exercises gradient_descent`. Solve them plainly first, then by arcs: the grader accepts
#   both.
#
# ## Sources
#
# - The idea of this page, arcs with difference arrays and closed-form integrals, is minintk's own
#   way to compute. It is explained once more in the docstring of `minintk.fast`. Difference
#   arrays and prefix sums are folklore of programming.
# - Jacot, Gabriel & Hongler 2018, *Neural Tangent Kernel* (the kernel); Bietti & Mairal 2019 and
#   Basri et al. 2019 (the eigenvalues that it is compared with).
#
# Next: [10. Beyond the uniform density](10_beyond_the_uniform_density.ipynb)
