# %% [markdown]
# # 2. From gradient descent to a kernel
#
# You will be able to
#
# - derive how the residual of a network moves under gradient descent;
# - meet the Neural Tangent Kernel (NTK) on the way, as the only matrix in that equation;
# - compute the empirical NTK of a network, in two ways that agree to rounding;
# - predict the training of a wide network without training it;
# - say why the learning rate must be below $2/\lambda_{\max}$, and what happens above:
#   a *catapult*, shown on a published experiment.
#
# Time: about 1½ hours. (Section 4, the catapult, may wait: of what follows only question 4 needs
# it.) Assumed: tutorial 1, eigenvectors of a symmetric matrix. Before: [1. A ReLU network by
# hand](01_a_relu_network_by_hand.ipynb).

# %%
import math

import matplotlib.pyplot as plt
import numpy as np

import minintk as mn
from minintk import fast, plotting
from minintk.course import check, describe
from minintk.course.answers.formula import answer_value

plt.rcParams.update(plotting.STYLE)
plt.rcParams.update({"figure.dpi": 90, "savefig.dpi": 90})

# %% [markdown]
# ## 1. How the residual moves
#
# Put all $p$ trained parameters into one vector $\theta$, the outputs at the $n$ samples into $f
# \in \mathbb R^n$, and let $r = f - y$ be the residual. (An index $r$, as in $w_r$, still
# numbers the neurons.) The loss is $L = \frac{1}{2n} |r|^2$. The *Jacobian* of the outputs is the
# $(n, p)$ matrix
#
# $$ J_{ij} = \frac{\partial f(x_i)}{\partial \theta_j} . $$
#
# **Do it here.** Make one small step $\theta \to \theta - \eta \nabla L$. How much do the outputs
# at the samples change, to first order in $\eta$? Write it with the arrays `J` and `r` and the
# numbers `n` and `eta`. In NumPy `J.T` is the transpose and `@` the matrix product. The next cell
# compares your formula with a real step.
#
# <details><summary>Hint 1</summary>
#
# First the gradient. The chain rule is a sum over the samples: $\partial L/\partial\theta_j =
# \sum_i (\partial L/\partial f(x_i))\, J_{ij}$. The first factor was step 1 of tutorial 1. A sum
# over the *row* index of $J$ is a product with its transpose.
#
# </details>
#
# <details><summary>Hint 2</summary>
#
# To first order the outputs change by $J$ times the change of $\theta$. Put $-\eta \nabla L$ in.
# Two factors $J$ then stand side by side, one of them transposed.
#
# </details>

# %%
your_change = None  # lambda J, r, n, eta: …
few, wanted = np.array([0.3, 1.1, 2.9, 4.0]), np.array([1.0, -0.5, 0.3, 2.0])
before = mn.initialise(6, np.random.default_rng(8))
after, _ = mn.gradient_descent(before, mn.objective(few, wanted), 1e-6, 1)
real_change = mn.forward(after, few) - mn.forward(before, few)
if your_change is None:
    print("Put `lambda J, r, n, eta:` and your formula in place of None, and run this cell.")
else:
    of_start = mn.output_jacobian(before, few), mn.forward(before, few) - wanted
    found = answer_value(your_change, (4,), *of_start, 4, 1e-6)
    good = np.allclose(found, real_change, rtol=1e-3, atol=0)
    print(f"yours {found}, a real step {real_change}: {'right' if good else 'wrong'}")

# %% [markdown]
# **The gradient.** By the chain rule
#
# $$ \frac{\partial L}{\partial \theta_j} = \sum_i \frac{\partial L}{\partial f(x_i)}
#    \frac{\partial f(x_i)}{\partial \theta_j} = \sum_i \frac{r_i}{n} J_{ij},
#    \qquad \nabla L = \frac1n J^\top r . $$
#
# **The flow.** Gradient descent with learning rate $\eta$ is $\theta_{s+1} = \theta_s - \eta \nabla
# L$. For small steps, with the time $\tau = \eta s$, it is the *gradient flow* $d\theta/d\tau =
# -\nabla L$. Then each output moves, by the chain rule again, as
#
# $$ \frac{d f(x_i)}{d\tau} = \sum_j \frac{\partial f(x_i)}{\partial \theta_j}
#    \frac{d\theta_j}{d\tau} = -\sum_j J_{ij}\, \frac1n \sum_l J_{lj}\, r_l
#    = -\frac1n \sum_l \Big( \sum_j J_{ij} J_{lj} \Big)\, r_l . $$
#
# The bracket is all that is left of the network. It is the **empirical Neural Tangent Kernel**
#
# $$ K(x_i, x_l) = \sum_j \frac{\partial f(x_i)}{\partial \theta_j}
#    \frac{\partial f(x_l)}{\partial \theta_j}, \qquad K = J J^\top, $$
#
# and since $y$ does not move, $dr/d\tau = df/d\tau$:
#
# $$ \boxed{\ \frac{dr}{d\tau} = -\,T\, r, \qquad T = \frac1n K\ } $$
#
# No approximation was made: this is exact at every instant, for every width, with the $K$ of that
# instant. (Only at a kink of a sample is a derivative a choice.) In words: $K(x_i, x_l)$ says how
# much the output at $x_i$ moves when the residual at $x_l$ is reduced. The kernel is symmetric, and
# positive semidefinite, since $v^\top J J^\top v = |J^\top v|^2 \ge 0$; so under the flow the loss
# never rises: $dL/d\tau = -|J^\top r|^2/n^2 = -|\nabla L|^2$.
#
# **Its entries.** From tutorial 1: $\partial f(x)/\partial w_r = m^{-1/2} a_r 1_r(x)\, x$,
# $\partial f(x)/\partial b_r = m^{-1/2} a_r 1_r(x)$ and $\partial f(x)/\partial a_r = m^{-1/2}
# \mathrm{relu}(z_r(x))$, where $1_r(x)$ is 1 if neuron $r$ is active at $x$, else 0. Multiply the
# derivatives at $x$ by those at $x'$, and add up:
#
# $$ K(x, x') = \frac1m \sum_{r=1}^m \Big[ \underbrace{a_r^2\, 1_r(x) 1_r(x')\, x \cdot x'}_{w} +
#    \underbrace{a_r^2\, 1_r(x) 1_r(x')}_{b} +
#    \underbrace{\mathrm{relu}(z_r(x))\, \mathrm{relu}(z_r(x'))}_{a} \Big] . $$
#
# The two factors $m^{-1/2}$ have become $1/m$: the kernel is a *mean* over neurons. This is the
# *factorised* form: it needs no Jacobian.
#
# (`mn.initialise(m, rng)` draws $w_r \sim N(0, I)$, $b_r = 0$, $a_r = \pm 1$ with equal chance.
# With an `mn.Law(...)` as the third argument it draws from another law, or trains some parts only.)
#
# **Predict before you run.** Take the neuron of tutorial 1: $w = (2, 0)$, $b = 0.5$, $a = 3$. Write
# its row of the Jacobian at $t = 0$ on paper. What is $K(0, 0)$, one number?

# %%
my_kernel = None  # K(0, 0) of this one neuron

# %% [markdown]
# **Prediction.** At $t = 0$ the row of the Jacobian is $(3 \cdot 1, 3 \cdot 0, 3, 2.5)$, so
# $K = 9 + 0 + 9 + 6.25 = 24.25$. At $t = \pi$ the neuron is not active: a row of zeros.

# %%
one = mn.Params(w=[[2.0, 0.0]], b=[0.5], a=[3.0])
print(mn.output_jacobian(one, [0.0, np.pi]))
print(mn.empirical_ntk(one, [0.0, np.pi]))
if my_kernel is not None:
    print(f"K(0, 0): you said {my_kernel}")
assert np.array_equal(mn.output_jacobian(one, [0.0])[0], [3.0, 0.0, 3.0, 2.5])
assert np.allclose(mn.empirical_ntk(one, [0.0, np.pi]), [[24.25, 0], [0, 0]], rtol=0, atol=1e-13)

rng = np.random.default_rng(2)
small = mn.initialise(7, rng, mn.Law(output_law="normal", bias_std=0.5))
t5 = np.array([0.3, 1.1, 2.9, 4.0, 5.6])
x5 = mn.augmented_points(t5)  # (cos t, sin t, 1), so that w·x + b is one product
z5 = x5 @ np.column_stack([small.w, small.b]).T
active, hidden = z5 > 0, np.maximum(z5, 0)
by_formula = np.zeros((5, 5))
for r in range(7):
    both = np.outer(active[:, r], active[:, r])
    by_formula += small.a[r] ** 2 * both * (x5 @ x5.T) + np.outer(hidden[:, r], hidden[:, r])
by_formula /= 7
assert np.abs(mn.empirical_ntk(small, t5) - by_formula).max() < 1e-13
assert np.abs(mn.factorised_ntk(small, t5) - by_formula).max() < 1e-13
print("J Jᵀ, the factorised form and the formula above agree")

# The Jacobian itself, against differences: all parameters as one vector, moved one by one.
by_differences = mn.central_differences(
    lambda vector: mn.forward(mn.unflatten(vector, small), t5), mn.flatten(small)
)
print(f"J off by {np.abs(mn.output_jacobian(small, t5) - by_differences).max():.0e}")
assert np.abs(mn.output_jacobian(small, t5) - by_differences).max() < 1e-10

# %% [markdown]
# Is the boxed equation right? **Prediction**: one very small step of descent moves the residual by
# $-\eta\, T r$, up to terms of order $\eta^2$. So the relative error is of order $\eta$: a tenth of
# $\eta$, a tenth of the error.

# %%
y5 = np.array([1.0, -0.5, 0.3, 2.0, -1.0])
residual = mn.forward(small, t5) - y5
expected = -mn.empirical_ntk(small, t5) @ residual / 5
errors = []
for eta in (1e-3, 1e-4, 1e-5):
    moved, _ = mn.gradient_descent(small, mn.objective(t5, y5), eta, 1)
    change = (mn.forward(moved, t5) - mn.forward(small, t5)) / eta
    errors.append(np.linalg.norm(change - expected) / np.linalg.norm(expected))
assert math.isclose(mn.loss_and_gradient(small, t5, y5)[0], residual @ residual / (2 * 5))
print("relative errors", [f"{error:.1e}" for error in errors])
assert errors[0] < 0.01
assert np.allclose(np.divide(errors[:-1], errors[1:]), 10, rtol=0.02)

# %% [markdown]
# ## 2. If the kernel stood still
#
# The kernel moves, because the parameters do. But each neuron of a wide network moves little:
# its share of every output is $m^{-1/2}$, and so is its share of the gradient. (Tutorial 7 is about
# what happens when it does move.) Take $K$ as fixed for now.
#
# Let $v_1 \dots v_n$ be orthonormal eigenvectors of $T = K/n$ with eigenvalues $\lambda_1 \ge \dots
# \ge \lambda_n \ge 0$. Write $r = \sum_k c_k v_k$, so $c_k = v_k^\top r$.
#
# **Do it here.** Which share $c_k(\tau)/c_k(0)$ is left after the time $\tau$ of the flow
# $dr/d\tau = -Tr$? Write `lambda` for $\lambda_k$, `tau` for the time, and `exp(…)`.
#
# <details><summary>Hint 1</summary>
#
# Multiply the equation by $v_k^\top$ from the left. $T$ is symmetric, so $v_k^\top T = \lambda_k
# v_k^\top$. An equation for one number is left, for $c_k$.
#
# </details>
#
# <details><summary>Hint 2</summary>
#
# It is $dc/d\tau = -\lambda c$. Which function is its own derivative, up to a factor?
#
# </details>

# %%
answer = ""  # c_k(τ)/c_k(0), with lambda and tau
if answer:
    print(describe(check("decay", answer)))
else:
    print("Type your formula between the quotes, and run this cell.")

# %% [markdown]
# **Do it here.** And which share is left after $s$ steps of descent? Use a network that is linear
# in its parameters: $f = f_0 + J(\theta - \theta_0)$. Write `eta` for $\eta$, and `^` for a power.
#
# <details><summary>Hint 1</summary>
#
# One step moves $\theta$ by $-\eta \nabla L$. So it moves $r$ by $-\eta J \nabla L$, where
# $\nabla L = \frac1n J^\top r$. Which matrix stands before $r$?
#
# </details>
#
# <details><summary>Hint 2</summary>
#
# In the direction of $v_k$ the matrix is the number $\lambda_k$. Every step multiplies $c_k$ by the
# same number.
#
# </details>

# %%
answer = ""  # c_k(s)/c_k(0), with lambda, eta and s
if answer:
    print(describe(check("descent_decay", answer)))
else:
    print("Type your formula between the quotes, and run this cell.")

# %% [markdown]
# Multiply $dr/d\tau = -Tr$ by $v_k^\top$:
#
# $$ \frac{dc_k}{d\tau} = v_k^\top \frac{dr}{d\tau} = -v_k^\top T r = -\lambda_k c_k
#    \quad\Longrightarrow\quad c_k(\tau) = e^{-\lambda_k \tau}\, c_k(0) . $$
#
# Each *mode* decays by itself, at its own rate. **For descent**, a network that is linear in its
# parameters, $f = f_0 + J(\theta - \theta_0)$, gives exactly
#
# $$ r_{s+1} = r_s - \eta J \nabla L = (I - \eta T)\, r_s
#    \quad\Longrightarrow\quad c_k(s) = (1 - \eta \lambda_k)^s\, c_k(0) . $$
#
# **Prediction.** Twelve samples, a network of width 4096, and a target of amplitude 0.3. We compute
# $K$ *before* training, and nothing else: the four fastest modes must follow $(1 - \eta
# \lambda_k)^s$. (`antisymmetric` neurons come in pairs that cancel, so that $f_0 = 0$.)

# %%
t = np.array([0.1, 0.5, 1.2, 1.5, 2.2, 2.9, 3.3, 3.9, 4.4, 5.0, 5.4, 6.0])
y = 0.3 * (np.cos(t) + np.cos(2 * t + 0.4) + np.sin(3 * t))
eta, steps = 1.0, 100
history = []
start = mn.initialise(4096, np.random.default_rng(3), antisymmetric=True)
mn.gradient_descent(
    start,
    mn.objective(t, y),
    eta,
    steps,
    record=lambda step, params: history.append(mn.forward(params, t) - y),
)
rates, vectors = np.linalg.eigh(mn.empirical_ntk(start, t) / len(t))
rates, vectors = rates[::-1], vectors[:, ::-1]  # the largest first
measured = np.array(history) @ vectors
predicted = (1 - eta * rates) ** np.arange(steps + 1)[:, None] * measured[0]

for k in range(4):
    worst = np.abs(measured[:, k] - predicted[:, k]).max() / np.abs(measured[0, k])
    print(f"mode {k}: λ = {rates[k]:.4f}, largest error {100 * worst:.1f} % of its start")
error = np.linalg.norm(measured - predicted, axis=1).max() / np.linalg.norm(measured[0])
print(f"whole residual: off by at most {100 * error:.2f} %")
assert 1 - np.linalg.norm(measured[-1]) / np.linalg.norm(measured[0]) > 0.5, "it has learned"
assert error < 0.02

frozen = mn.frozen_descent(mn.empirical_ntk(start, t), np.zeros(len(t)), y, eta, np.arange(101))
assert np.abs((frozen - y) @ vectors - predicted).max() < 1e-12, "the same, from the library"

figure, axis = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
shown = np.arange(0, 41, 2)
for k, (marker, line) in enumerate(zip("os^D", ("-", "--", "-.", ":"), strict=True)):
    label = f"λ = {rates[k]:.3f}"
    axis.plot(shown, measured[shown, k] / measured[0, k], marker, color=f"C{k}", label=label)
    axis.plot(predicted[:41, k] / predicted[0, k], line, color=f"C{k}")
axis.set(xlabel="step s (η = 1, so τ = s)", ylabel="mode, relative to its start")
_ = axis.legend(title="points: trained; lines: (1 − ηλ)^s")

# %% [markdown]
# How much of that is owed to the width?
#
# **Predict before you run.** Take four times the neurons. By which factor does the error of the
# prediction fall?

# %%
my_factor = None  # error at m = 1024 over error at m = 4096

# %% [markdown]
# **Prediction**: a neuron's own part of the gradient is of size $m^{-1/2}$, so each neuron moves by
# $O(m^{-1/2})$. Then each $z_r(x_i)$ moves by at most $c\, m^{-1/2}$. Only neurons with $|z_r(x_i)|
# < c\, m^{-1/2}$ can cross their kink there. They are a share $O(m^{-1/2})$, since $z_r$ has a
# bounded density at 0. The factors $a_r^2$ and $\mathrm{relu}(z_r)$ move by $O(m^{-1/2})$ each. So
# the kernel, a mean over neurons, moves by at most $O(m^{-1/2})$. Four times the width should at
# least halve the error of the prediction, up to the scatter of a few starts.
#
# (Does this not cancel within an antisymmetric pair, whose two neurons move in opposite directions?
# Not on few samples. Near the kink of sample $i$ a neuron on the active side feels that sample's
# own term $r_i/n$, one on the silent side does not. So the neurons that enter and those that leave
# differ by a part of order $1/n$. With $n \to \infty$ it cancels: tutorial 8.)

# %%
widths, deviations = np.array([256, 1024, 4096]), []
for width in widths:
    squares = []
    for seed in range(8):
        begin = mn.initialise(width, np.random.default_rng(seed), antisymmetric=True)
        end, _ = mn.gradient_descent(begin, fast.objective(t, y), eta, steps)  # fast: tutorial 9
        before = mn.factorised_ntk(begin, t)
        prediction = mn.frozen_descent(before, np.zeros(len(t)), y, eta, [steps])[0]
        squares.append(np.sum((mn.forward(end, t) - prediction) ** 2) / np.sum(y**2))
    deviations.append(math.sqrt(np.mean(squares)))
slope = np.polyfit(np.log(widths), np.log(deviations), 1)[0]
print(f"error at m = 256, 1024, 4096: {np.round(deviations, 4)}, slope {slope:.2f}")
print(f"four times the neurons: the error falls by the factor {deviations[1] / deviations[2]:.2f}")
if my_factor is not None:
    print(f"you said {my_factor}")
assert abs(slope + 0.5) < 0.08
assert deviations[-1] < 0.01

# %% [markdown]
# ## 3. How large may the learning rate be?
#
# **Do it here.** Descent multiplies a mode by $1 - \eta\lambda$ at every step. What is the largest
# $\eta$ for which no mode grows? Write `lambda` for the largest eigenvalue.
#
# <details><summary>Hint 1</summary>
#
# A number that is multiplied by $q$ again and again does not grow if $|q| \le 1$. That is two
# conditions.
#
# </details>
#
# <details><summary>Hint 2</summary>
#
# One of the two holds for every $\eta > 0$. The other is $1 - \eta\lambda \ge -1$.
#
# </details>

# %%
answer = ""  # with lambda
if answer:
    print(describe(check("largest_stable_learning_rate", answer)))
else:
    print("Type your formula between the quotes, and run this cell.")

# %% [markdown]
# A mode is multiplied by $1 - \eta\lambda$ at every step. It shrinks exactly if
#
# $$ |1 - \eta \lambda| < 1 \iff -1 < 1 - \eta\lambda < 1 \iff 0 < \eta\lambda < 2 . $$
#
# For all modes at once: $\eta < 2/\lambda_{\max}$. Three regimes for a mode:
#
# | $\eta\lambda$ | factor per step | what you see |
# |---|---|---|
# | below 1 | between 0 and 1 | falls steadily |
# | between 1 and 2 | between −1 and 0 | alternates in sign, falls |
# | above 2 | below −1 | alternates in sign, grows |
#
# With $\eta\lambda \ll 1$ descent and flow agree: $\ln(1 - \eta\lambda) = -\eta\lambda -
# \frac12 (\eta\lambda)^2 - \dots$, so $(1-\eta\lambda)^s \approx e^{-\lambda\tau}
# e^{-\frac12 \eta\lambda^2 \tau}$ at $\tau = \eta s$. **Prediction**, for $\eta = 0.05$ and $s =
# 200$ (so $\tau = 10$): descent is ahead of the flow by that last factor, in every mode.

# %%
kernel = mn.empirical_ntk(start, t)
flow = (mn.frozen_flow(kernel, np.zeros(len(t)), y, [10.0])[0] - y) @ vectors
descent = (mn.frozen_descent(kernel, np.zeros(len(t)), y, 0.05, [200])[0] - y) @ vectors
print("descent/flow, four modes:", (descent / flow)[:4].round(4))
print("predicted:               ", np.exp(-0.5 * 0.05 * rates**2 * 10)[:4].round(4))
assert np.allclose(flow, np.exp(-10 * rates) * measured[0], rtol=1e-8, atol=1e-12)
assert np.allclose((descent / flow)[:4], np.exp(-0.25 * rates[:4] ** 2), rtol=2e-3)

# %% [markdown]
# **Prediction.** With a fixed kernel and $\eta\lambda_{\max} = 0.5, 1.5, 1.95, 2.05$ the top mode
# is multiplied per step by $0.5, -0.5, -0.95, -1.05$. The real network of width 4096 must begin the
# same way. The library rejects the last one unless told otherwise. By itself it finds
# $\lambda_{\max}$ to 5 %; 2.05 is closer to 2 than that, so we give it the exact number.

# %%
t_max = rates[0]
factors = {}
for product in (0.5, 1.5, 1.95, 2.05):
    top_mode = []
    mn.gradient_descent(
        start,
        mn.objective(t, y),
        product / t_max,
        10,
        largest_eigenvalue=t_max,
        allow_catapult=product > 2,
        record=lambda step, params, kept=top_mode: kept.append(
            vectors[:, 0] @ (mn.forward(params, t) - y)
        ),
    )
    factors[product] = np.array(top_mode)
    factor = top_mode[3] / top_mode[2]
    print(f"ηλ = {product}: factor {factor:+.3f} at the third step, predicted {1 - product:+.3f}")
    assert abs(factor - (1 - product)) < 0.03

try:
    mn.gradient_descent(start, mn.objective(t, y), 2.05 / t_max, 1, largest_eigenvalue=t_max)
    raise AssertionError("a learning rate above 2/λ_max was not rejected")
except mn.StabilityError as error:
    print("rejected:", error)
assert math.isclose(mn.largest_stable_learning_rate(t_max), 2 / t_max)

figure, axis = plt.subplots(figsize=(6.4, 3.4), layout="constrained")
for k, (product, marker) in enumerate(zip(factors, "os^D", strict=True)):
    line = (1 - product) ** np.arange(11.0)
    axis.plot(line, ("-", "--", "-.", ":")[k], color=f"C{k}")
    values = factors[product] / factors[product][0]
    axis.plot(values, marker, color=f"C{k}", label=f"ηλ = {product}")
axis.set(xlabel="step s", ylabel="top mode, relative to its start", ylim=(-2.8, 1.8))
_ = axis.legend(title="points: trained; lines: (1 − ηλ)^s", ncols=2)

# %% [markdown]
# ## 4. Above: the catapult
#
# With a fixed kernel $\eta\lambda_{\max} > 2$ means divergence. But a residual that grows moves the
# parameters, and then the kernel is not fixed. The smallest model in which this can be computed in
# full has no ReLU (Lewkowycz et al. 2020): $f = m^{-1/2}\, a \cdot w$ with $a, w \in \mathbb R^m$,
# one sample, target 0, $L = f^2/2$. Its derivatives are $\partial f/\partial a = m^{-1/2} w$ and
# $\partial f/\partial w = m^{-1/2} a$, so its kernel is $\kappa = (|a|^2 + |w|^2)/m$. One step is
#
# $$ a' = a - \frac{\eta f}{\sqrt m}\, w, \qquad w' = w - \frac{\eta f}{\sqrt m}\, a . $$
#
# Multiply out, with $a \cdot w = \sqrt m\, f$:
#
# $$ f' = \frac{a' \cdot w'}{\sqrt m}
#       = \frac{1}{\sqrt m}\Big[ a \cdot w - \frac{\eta f}{\sqrt m} (|a|^2 + |w|^2) +
#         \frac{\eta^2 f^2}{m}\, a \cdot w \Big]
#       = f \left( 1 - \eta\kappa + \frac{\eta^2 f^2}{m} \right), $$
#
# $$ \kappa' = \frac{|a'|^2 + |w'|^2}{m}
#       = \kappa - \frac{4 \eta f}{m \sqrt m}\, a \cdot w + \frac{\eta^2 f^2}{m}\, \kappa
#       = \kappa + \frac{\eta f^2}{m}\, (\eta\kappa - 4) . $$
#
# Read the second line. For $2 < \eta\kappa < 4$ the output grows at first, and the bracket is
# negative, so the kernel *shrinks*, and the more the larger $f^2/m$ has become. Once $\eta\kappa <
# 2$ the output falls: by $|a \cdot w| \le \frac12 (|a|^2 + |w|^2)$ we have $\eta^2 f^2/m \le
# (\eta\kappa)^2/4 < \eta\kappa$, so the bracket of the first line lies between $-1$ and $1$. The
# network has been thrown over the wall into a flatter valley: a
# *catapult*. For $\eta\kappa > 4$ the kernel grows, too, and, started from a small output, training
# diverges. (The 4 is this
# model's number; for other networks it is another, and no theorem.)
#
# **Prediction.** The two formulas, iterated, give the same numbers as the $2m$ parameters.
#
# **Predict before you run.** The next cell starts at $\eta\kappa = 3$. At which value of
# $\eta\kappa$ does the training end: above 2, at 2, or below?

# %%
my_product = None  # ηκ at the end
m_toy = 50
rng = np.random.default_rng(4)
a_toy, w_toy = rng.standard_normal((2, m_toy))
f_toy, kernel_toy = a_toy @ w_toy / math.sqrt(m_toy), (a_toy @ a_toy + w_toy @ w_toy) / m_toy
eta_toy = 3.0 / kernel_toy
products, outputs = [eta_toy * kernel_toy], [f_toy]
for _ in range(25):
    f_now = a_toy @ w_toy / math.sqrt(m_toy)
    push = eta_toy * f_now / math.sqrt(m_toy)
    a_toy, w_toy = a_toy - push * w_toy, w_toy - push * a_toy
    f_toy, kernel_toy = (
        f_toy * (1 - eta_toy * kernel_toy + eta_toy**2 * f_toy**2 / m_toy),
        kernel_toy + eta_toy * f_toy**2 / m_toy * (eta_toy * kernel_toy - 4),
    )
    assert abs(f_toy - a_toy @ w_toy / math.sqrt(m_toy)) < 1e-9
    products.append(eta_toy * kernel_toy)
    outputs.append(f_toy)
print("ηκ:", np.round(products, 2)[:12], f"… {products[-1]:.2f} at the end")
if my_product is not None:
    print(f"you said {my_product}")
print("|f|:", np.abs(outputs).round(3)[:12])
assert np.abs(outputs).max() > 3 * abs(outputs[0])
assert products[-1] < 2
assert abs(outputs[-1]) < 0.01 * abs(outputs[0])

# %% [markdown]
# ### A published experiment
#
# Basri et al. (2019) measured how long a network with biases needs for $\sin kt$ on the circle. The
# code that they published draws $n = 1001$ random samples and $m = 4000$ neurons, with $w \sim N(0,
# 2.5^2)$, $b = 0$ and $a = \pm 1$. It trains $w$ and $b$ with the learning rate 0.01. The loss is
# $\frac12 \sum_i r_i^2$, a *sum*, and training stops when it is below 0.05. The target is scaled to
# $\sum_i y_i^2 = 1$.
#
# **Prediction, before any run.** A sum instead of a mean is $n$ times our loss, so our learning
# rate is $\eta = 0.01 \cdot 1001 = 10.01$. The kernel of $w$ and $b$ at infinite width has its
# largest eigenvalue at frequency 0: $\lambda_0 = 1/\pi^2 + 1/4 = 0.3513$ (tutorial 4 derives it).
# The size 2.5 of $w$ does not enter: with $b = 0$ the $1_r(x)$ depend on its direction alone. So
# $\eta\lambda_{\max} = 3.52 > 2$: *above* the edge. The loss must rise at first, by the factor
# $(1-3.52)^2 = 6.3$ per step at most. That is the top mode's own factor; the rest of the loss grows
# more slowly or falls.
#
# Where does the loss start? Not at $\frac12 \sum_i y_i^2 = \frac12$, but much higher. There are no
# antisymmetric pairs here, so the start has an output of its own. Its variance is $E f_0^2 =
# E\,\mathrm{relu}(w \cdot x)^2 = 2.5^2/2$. (The cross terms of different neurons have mean 0. The
# variance of $w \cdot x$ is $2.5^2$, and the ReLU keeps one half of it.) With 1001 samples that is
# $\frac12 \cdot 1001 \cdot 3.125 \approx 1560$ in the mean. Most of it is in a few low modes, so
# single starts scatter widely around it.
#
# (`fast` has the same functions as minintk, only faster: tutorial 9. Here $n m = 4 \cdot 10^6$.)

# %%
n, width, frequency = 1001, 4000, 10
rng = np.random.default_rng(0)
published = mn.initialise(width, rng, mn.Law(weight_std=2.5, trained=("w", "b")))
t_all = mn.sample_angles(n, rng)
y_all = np.sin(frequency * t_all)
y_all /= np.linalg.norm(y_all)
eta_published = 0.01 * n


def top_eigenvalue(params, products=60):
    """λ_max of K/n by power iteration: products with K until the direction settles."""
    kernel = fast.empirical_ntk(params, t_all) / n
    vector = np.ones(n)
    for _ in range(products):
        vector = kernel @ (vector / np.linalg.norm(vector))
    return float(np.linalg.norm(vector))


def active_neurons(params):
    """Share of active (sample, neuron) pairs, and of neurons that no sample reaches."""
    weights = np.column_stack([params.w, params.b])
    active = mn.augmented_points(t_all) @ weights.T > 0
    return active.mean(), 1 - active.any(axis=0).mean()


def run(eta, steps):
    tops = {}

    def record(step, params):
        if step <= 12 and step % 2 == 0:
            tops[step] = eta * top_eigenvalue(params)

    trained, losses = mn.gradient_descent(
        published, fast.objective(t_all, y_all), eta, steps, allow_catapult=True, record=record
    )
    return trained, n * losses, tops  # the loss as a sum, like theirs


theory = mn.fourier_eigenvalues(0, mn.Law(trained=("w", "b")))[0]
assert math.isclose(theory, 1 / math.pi**2 + 1 / 4)
trained, losses, tops = run(eta_published, 600)
growth = losses[5] / losses[4]
print(f"ηλ_max: {eta_published * theory:.3f} in theory, {tops[0]:.3f} in this network")
print(f"loss {losses[0]:.0f} -> {losses.max():.2e} at step {losses.argmax()} -> {losses[-1]:.3f}")
print(f"growth per step {growth:.2f}, predicted at most {(1 - tops[0]) ** 2:.2f}")
print("ηλ_max at steps 0, 2, 4, …:", [round(value, 2) for value in tops.values()])
assert abs(tops[0] - 3.52) < 0.1
assert losses.max() > 100 * losses[0]
assert 0.7 < growth / (1 - tops[0]) ** 2 < 1
assert tops[12] < tops[0] / 4
assert losses[-1] < 0.05

# %% [markdown]
# A catapult: in seven steps the loss rises more than a thousandfold, the kernel shrinks to less
# than a quarter, and then it trains. **How can this kernel shrink?** Only $w$ and $b$ are trained,
# so in $K = \frac1m \sum_r a_r^2\, 1_r(x) 1_r(x')\, (x \cdot x' + 1)$ the $a_r^2 = 1$ stay. Only
# the $1_r$ can change. **Prediction**: fewer neurons are active than at the start (one half), and
# many may be dead for good. At half the learning rate $\eta\lambda_{\max}$ is 1.77, half of this
# network's own: nothing of the kind happens.

# %%
gentle, gentle_losses, gentle_tops = run(eta_published / 2, 600)
for name, params in (("start", published), ("published η", trained), ("half of it", gentle)):
    active, dead = active_neurons(params)
    print(f"{name:12}: {100 * active:.0f} % of pairs active, {100 * dead:.0f} % of neurons dead")
reached = [int(np.argmax(values < 0.05)) for values in (losses, gentle_losses)]
print(f"loss below 0.05 after {reached[0]} steps at the published η, {reached[1]} at half of it")
assert abs(active_neurons(published)[0] - 0.5) < 0.01
assert active_neurons(trained)[0] < 0.2
assert active_neurons(trained)[1] > 0.5
assert active_neurons(gentle)[1] < 0.01
assert gentle_losses.max() == gentle_losses[0]
assert abs(gentle_tops[12] / gentle_tops[0] - 1) < 0.01

figure, axes = plt.subplots(1, 2, figsize=(7.0, 3.1), layout="constrained")
plotting.plot_loss(axes[0], gentle_losses[:61], label="half of it (ηλ = 1.8)")
plotting.plot_loss(axes[0], losses[:61], label="published η (ηλ = 3.5)")
first = np.arange(8)
axes[0].semilogy(first, losses[0] * (1 - tops[0]) ** (2 * first), "k:", label="fixed kernel")
axes[0].set(ylabel="loss ½ Σ r² (a sum)", ylim=(0.3, 1e9))
axes[1].plot(list(gentle_tops), list(gentle_tops.values()), "s-", color="C0", label="half of it")
axes[1].plot(list(tops), list(tops.values()), "o--", color="C1", label="published η")
axes[1].axhline(2, color="black", linestyle=":", label="edge: 2")
axes[1].set(xlabel="step", ylabel="η λ_max of that step's kernel", ylim=(0, 4))
for axis in axes:
    axis.legend(fontsize=7.5)

# %% [markdown]
# What this does and does not say. The dotted line overestimates. It starts from the *whole* loss,
# of which only the part in the top mode grows so fast. And later the kernel shrinks. At the end the
# target is learned in both runs, in a similar number of steps for this $k$ and this seed. But above
# the edge it is learned by a *different* kernel: that of the third of the neurons that survived. So
# learning times can no longer be compared with the eigenvalues of the initial kernel. The networks
# of the study that this course follows (S. D. Kalvankar, MSc thesis, TU Delft 2026; "the study"
# from here on) stay below the edge.
#
# ## What people get wrong here
#
# - **$K$ or $K/n$.** With the loss as a mean the rates are eigenvalues of $K/n$; with a sum, of
#   $K$. The published 0.01 looks small, and is 10 in our units.
# - **The factor ½.** Without it in the loss all rates double, and the edge is $1/\lambda_{\max}$.
# - **Rate of the residual or of the loss.** A mode decays as $e^{-\lambda\tau}$, its loss as
#   $e^{-2\lambda\tau}$: a fitted loss curve gives $2\lambda$.
# - **Flow time against steps.** $\tau = \eta s$; the flow has no edge, descent has.
# - **exp of a matrix, entry by entry.** $e^{-T\tau}$ acts on the eigenvalues: `np.exp(-T * tau)` is
#   something else.
# - **Inverting $K$.** The output at points other than the samples (tutorial 5, section 4) is often
#   written with $K^{-1}(I - e^{-T\tau})$. Its small
#   eigenvalues are rounding; work in the eigenbasis, where $(1 - e^{-\lambda\tau})/\lambda \to
#   \tau$.
# - **float32** leaves no digit of an eigenvalue below about $10^{-8} \lambda_{\max}$; minintk
#   computes in float64.
#
# ## Questions
#
# 1. Where in the derivation of $dr/d\tau = -Tr$ was it used that the network is wide?
#
# <details><summary>Answer</summary>
#
# Nowhere. The equation is exact for every network, with the kernel of the moment. Width is needed
# only to say that the kernel stays what it was at the start.
#
# </details>
#
# 2. A mode with $\lambda = 0$: what happens to it under flow, and under descent?
#
# <details><summary>Answer</summary>
#
# Nothing: $e^{0} = 1$ and $(1 - 0)^s = 1$. That part of the residual is never learned. Tutorial 4
# shows that without biases this befalls all odd frequencies from 3 on.
#
# </details>
#
# 3. $\lambda_{\max} = 0.55$. Your code has the loss $\sum_i r_i^2$ (no ½) over $n = 64$ samples.
#    What is the largest stable learning rate?
#
# <details><summary>Answer</summary>
#
# This loss is $2n = 128$ times ours, so its gradient is, too. Ours must be below $2/0.55 = 3.6$, so
# yours below $3.6/128 = 0.028$.
#
# </details>
#
# 4. In the small model, start at $\eta\kappa = 3$ with $f = 0$ exactly. Is there a catapult?
#
# <details><summary>Answer</summary>
#
# No: $f' = 0 \cdot (\dots) = 0$ and $\kappa' = \kappa$. It is an equilibrium, but an unstable one:
# any $f \ne 0$, however small, doubles in size at every step until $\eta^2 f^2/m$ counts.
#
# </details>
#
# **An open question**, without a printed answer. Choose a target of your own, and twelve samples
# that are *not* spread evenly: say, all in one half of the circle. Look at the eigenvalues and
# eigenvectors of $K/n$, before any training. Which part of the target is learned in 100 steps, and
# which in 10 000? Then train, and draw both. Where does the prediction first fail? Does four times
# the width move that place?
#
# ## Check your own
#
# - `minintk check descent_decay "(1-eta*lambda)^s"` answers *right*.
# - `minintk check descent_decay "exp(-eta*lambda*s)"` answers *wrong*: that is the flow.
# - `minintk check decay "exp(-2*lambda*tau)"` answers *wrong*: that is the loss.
# - `minintk check largest_stable_learning_rate "1/lambda"` answers *wrong*: a factor ½.
#
# Exercises (`minintk exercises NAME`): `gradient_descent`, `jacobian`, `empirical_ntk`,
# `frozen_kernel_prediction`, `steps_to_learn`. Other papers' losses and rates against these:
# `minintk conventions`.
#
# ## Sources
#
# - A. Jacot, F. Gabriel, C. Hongler, *Neural Tangent Kernel*, 2018, sections 4 and 5.
# - J. Lee et al., *Wide Neural Networks of Any Depth Evolve as Linear Models*, 2019, section 2.
# - R. Basri, D. Jacobs, Y. Kasten, S. Kritchman, *The Convergence Rate of Neural Networks for
#   Learned Functions of Different Frequencies*, 2019, and the code published with it.
# - A. Lewkowycz, Y. Bahri, E. Dyer, J. Sohl-Dickstein, G. Gur-Ari, *The large learning rate phase
#   of deep learning: the catapult mechanism*, 2020.
#
# Next: [3. Infinite width](03_infinite_width.ipynb)
