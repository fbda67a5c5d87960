# %% [markdown]
# # 3. Infinite width
#
# You will be able to
#
# - do the two Gaussian integrals of the ReLU in polar coordinates, and so derive the arc-cosine
#   kernels $\kappa_0$ and $\kappa_1$;
# - assemble the infinite-width NTK on the circle from them, and recite its values at $0$, $\pi/2$
#   and $\pi$;
# - say what a finite width changes at the start (the spread of the kernel) and what it does not
#   (its mean);
# - predict that spread, with its constant.
#
# Time: about 1½ hours. Assumed: integrals in the plane, mean and variance of a random variable.
# Before: [1. A ReLU network by hand](01_a_relu_network_by_hand.ipynb),
# [2. From gradient descent to a kernel](02_from_descent_to_a_kernel.ipynb).

# %%
import math

import matplotlib.pyplot as plt
import numpy as np

import minintk as mn
from minintk import plotting
from minintk.course import check, check_steps, compare_kernels, describe, describe_steps

plt.rcParams.update(plotting.STYLE)
plt.rcParams.update({"figure.dpi": 90, "savefig.dpi": 90})

# %% [markdown]
# ## 1. The kernel is a mean, and so is its limit
#
# Section 1 of tutorial 2 found
#
# $$ K_m(x, x') = \frac1m \sum_{r=1}^m k_r, \qquad
#    k_r = a_r^2\, 1_r(x) 1_r(x')\, (x \cdot x' + 1) +
#    \mathrm{relu}(z_r(x))\, \mathrm{relu}(z_r(x')) . $$
#
# At the start of training the neurons are independent draws of one law: $w_r \sim N(0, I)$ in the
# plane, $b_r = 0$, $a_r = \pm 1$ with equal chance. So $K_m(x, x')$ is the mean of $m$ independent
# draws of one random number $k$. By the law of large numbers it tends to $E[k]$. The parts $a_r$
# and $w_r$ are independent, and $E[a^2] = 1$; hence
#
# $$ K(x, x') = E[k] = (x \cdot x' + 1)\, E[1(w \cdot x > 0)\, 1(w \cdot x' > 0)] +
#    E[\mathrm{relu}(w \cdot x)\, \mathrm{relu}(w \cdot x')] . $$
#
# Two integrals are left.
#
# ## 2. The two integrals
#
# **Polar coordinates.** Write $w = (\rho \cos\phi, \rho \sin\phi)$. The density of $N(0, I)$ in the
# plane, times the area element, is
#
# $$ \frac{1}{2\pi} e^{-(w_1^2 + w_2^2)/2}\, dw_1\, dw_2
#    = \frac{d\phi}{2\pi} \cdot e^{-\rho^2/2} \rho\, d\rho : $$
#
# the direction $\phi$ is uniform, and independent of the length $\rho$. For a point $x$ at the
# angle $t$,
#
# $$ w \cdot x = \rho (\cos\phi \cos t + \sin\phi \sin t) = \rho \cos(\phi - t) . $$
#
# The law of $w$ does not change when the plane is turned or reflected. So only the angle
# $\theta \in [0, \pi]$ between the two points matters: put $x$ at the angle $0$ and
# $x'$ at $\theta$. (In this tutorial $\theta$ is an angle; in tutorial 2 it was all parameters.)
#
# **Do it here.** What is the chance that a random neuron is active at both points, as a formula in
# the angle `t` between them? No integral is needed: the direction $\phi$ is uniform, so draw the
# circle, and mark where $\cos\phi > 0$ and $\cos(\phi - \theta) > 0$.
#
# <details><summary>Hint 1</summary>
#
# Each of the two conditions holds on one half of the circle. The two halves are turned against each
# other by $\theta$. At $\theta = 0$ they are equal, at $\theta = \pi$ they have nothing in common.
#
# </details>
#
# <details><summary>Hint 2</summary>
#
# They overlap in an arc of length $\pi - \theta$. Which share of the whole circle is that?
#
# </details>

# %%
answer = ""  # E[1(w·x > 0) 1(w·x' > 0)], with t and pi
if answer:
    print(describe(check("expectation_of_steps", answer)))
else:
    print("Type your formula between the quotes, and run this cell.")

# %% [markdown]
# **Where are both active?** $\cos\phi > 0$ means $-\pi/2 < \phi < \pi/2$, and $\cos(\phi -
# \theta) > 0$ means $\theta - \pi/2 < \phi < \theta + \pi/2$. Since $0 \le \theta \le \pi$, both
# hold for
#
# $$ \theta - \tfrac\pi2 < \phi < \tfrac\pi2, \qquad \text{an arc of length } \pi - \theta . $$
#
# (Modulo $2\pi$ there is no second piece: the other ends, $-\pi/2$ and $\theta + \pi/2 - 2\pi$, do
# not overlap.)
#
# **The first integral.** The product of the two steps does not depend on $\rho$, and
# $\int_0^\infty e^{-\rho^2/2} \rho\, d\rho = 1$, so
#
# $$ E[1(w \cdot x > 0)\, 1(w \cdot x' > 0)] = \frac{\pi - \theta}{2\pi} = \tfrac12
# \kappa_0(\theta), \qquad \boxed{\ \kappa_0(\theta) = \frac{\pi - \theta}{\pi}\ } $$
#
# **Do it here.** The second integral takes a few lines. Write them into the next cell, each equal
# to the one before, and the cell says which one breaks. Begin with `2 E[relu(w·x) relu(w·x')]`, and
# end with a formula in `t` alone. (The 2 makes the result 1 at $\theta = 0$.) A line may hold
# `integral(f, u, a, b)`, with any letter for `u`; `inf` is infinity.
#
# <details><summary>Hint 1</summary>
#
# In polar coordinates the mean is a product of two integrals. One is over the length
# $\rho$, with the density $e^{-\rho^2/2} \rho$. The other is over the direction
# $\phi$, with $\frac1{2\pi}$, from $\theta - \pi/2$ to $\pi/2$. On that arc the product
# of the two ReLUs is $\rho^2 \cos\phi \cos(\phi - \theta)$.
#
# </details>
#
# <details><summary>Hint 2</summary>
#
# The length gives `integral(u^3 exp(-u^2/2), u, 0, inf)`, which is 2. For the direction use
# $\cos\alpha \cos\beta = \frac12[\cos(\alpha - \beta) + \cos(\alpha + \beta)]$: the first term does
# not depend on $\phi$.
#
# </details>

# %%
steps = """
"""  # one line a step, between these quotes
if steps.strip():
    print(describe_steps(check_steps("kappa1", steps.strip())))
else:
    print("Type one formula a line between the quotes, and run this cell.")

# %% [markdown]
# **The second integral.** On the arc the product of the two ReLUs is $\rho^2 \cos\phi \cos(\phi -
# \theta)$, elsewhere it is 0. The radial part, with $u = \rho^2/2$ and $du = \rho\, d\rho$:
#
# $$ \int_0^\infty \rho^2\, e^{-\rho^2/2} \rho\, d\rho = \int_0^\infty 2u\, e^{-u}\, du = 2 . $$
#
# The angular part, with $\cos\alpha \cos\beta = \frac12 [\cos(\alpha - \beta) + \cos(\alpha +
# \beta)]$:
#
# $$ \int_{\theta - \pi/2}^{\pi/2} \cos\phi \cos(\phi - \theta)\, d\phi
#    = \frac12 \int_{\theta - \pi/2}^{\pi/2} [\cos\theta + \cos(2\phi - \theta)]\, d\phi
#    = \frac12 \Big[ (\pi - \theta) \cos\theta + \tfrac12 \sin(2\phi - \theta)
#      \Big|_{\theta - \pi/2}^{\pi/2} \Big] . $$
#
# At the upper end $\sin(\pi - \theta) = \sin\theta$; at the lower end $\sin(2\theta - \pi - \theta)
# = \sin(\theta - \pi) = -\sin\theta$. The difference is $2 \sin\theta$, half of it $\sin\theta$.
# Altogether
#
# $$ E[\mathrm{relu}(w \cdot x)\, \mathrm{relu}(w \cdot x')]
#    = \frac{1}{2\pi} \cdot 2 \cdot \frac12 \big[ (\pi - \theta) \cos\theta + \sin\theta \big]
#    = \tfrac12 \kappa_1(\theta), $$
#
# $$ \boxed{\ \kappa_1(\theta) = \frac{\sin\theta + (\pi - \theta) \cos\theta}{\pi}\ } $$
#
# These are the *arc-cosine kernels* of order 0 and 1 (Cho & Saul 2009), normalised to
# $\kappa_0(0) = \kappa_1(0) = 1$. The squares of the ReLUs give the next, $\kappa_2$, by the same
# steps: `minintk check kappa2` asks for it. **In any dimension** they are the same. For $w \cdot x$
# and $w \cdot x'$ only the projection of $w$ onto the plane of $x$ and $x'$ counts, and that is
# $N(0, I)$ in a plane again.
#
# **Predictions**, each from a thought that does not use the formulas:
#
# | $\theta$ | both steps | product of the ReLUs | why |
# |---|---|---|---|
# | $0$ | $1/2$ | $1/2$ | half of all neurons are active; $E[\mathrm{relu}(z)^2] = \frac12 E[z^2]$ |
# | $\pi/2$ | $1/4$ | $1/(2\pi)$ | independent; $E[\mathrm{relu}(z)] = 1/\sqrt{2\pi}$, squared |
# | $\pi$ | $0$ | $0$ | never both active |

# %%
theta = np.array([0.0, np.pi / 2, np.pi])
print("κ0/2:", mn.kappa0(theta) / 2, " κ1/2:", mn.kappa1(theta) / 2)
assert np.allclose(mn.kappa0(theta) / 2, [1 / 2, 1 / 4, 0], rtol=0, atol=1e-15)
assert np.allclose(mn.kappa1(theta) / 2, [1 / 2, 1 / (2 * np.pi), 0], rtol=0, atol=1e-15)

# %% [markdown]
# And between those angles: the integral over $\phi$ as a plain sum, and $10^6$ drawn neurons.
# **Prediction**: the sum agrees to about $10^{-5}$: there are $2 \cdot 10^5$ directions, and the
# step function jumps between two of them. The draws agree to a few standard errors, about
# $10^{-3}$.

# %%
phi = 2 * np.pi * (np.arange(200_000) + 0.5) / 200_000
rng = np.random.default_rng(0)
drawn = rng.standard_normal((1_000_000, 2))
for angle in (0.4, 1.3, 2.5):
    cosines = np.cos(phi), np.cos(phi - angle)
    both = (cosines[0] > 0) & (cosines[1] > 0)
    steps_sum, relus_sum = both.mean(), 2 * (both * cosines[0] * cosines[1]).mean()
    assert abs(steps_sum - mn.kappa0(angle) / 2) < 1e-5
    assert abs(relus_sum - mn.kappa1(angle) / 2) < 1e-8

    z, other = drawn[:, 0], drawn @ [math.cos(angle), math.sin(angle)]
    for name, draws, formula in (
        ("steps", (z > 0) & (other > 0), mn.kappa0(angle) / 2),
        ("relus", np.maximum(z, 0) * np.maximum(other, 0), mn.kappa1(angle) / 2),
    ):
        error = draws.std() / 1000
        deviation = (draws.mean() - formula) / error
        print(f"θ = {angle}: {name} {draws.mean():.4f} ± {error:.4f}, formula {formula:.4f}")
        assert abs(deviation) < 4

# %% [markdown]
# ## 3. The NTK on the circle
#
# **Do it here.** Now the whole kernel. Go back to $K(x, x')$ at the end of section 1, and put the
# two integrals in. Write it in the angle `t`.
#
# <details><summary>Hint 1</summary>
#
# Both points have length 1. What is $x \cdot x'$ then, in terms of the angle between them?
#
# </details>
#
# <details><summary>Hint 2</summary>
#
# $K = (\cos\theta + 1) \cdot$ first integral $+$ second integral. The first integral is $\frac12
# \kappa_0$, the second $\frac12 \kappa_1$.
#
# </details>

# %%
answer = ""  # K, with t and pi
if answer:
    print(describe(check("ntk", answer)))
else:
    print("Type your formula between the quotes, and run this cell.")

# %% [markdown]
# With $x \cdot x' = \cos\theta$ and the two integrals,
#
# $$ \boxed{\ K(\theta) = \underbrace{\tfrac12 \cos\theta\, \kappa_0(\theta)}_{w} +
#    \underbrace{\tfrac12 \kappa_0(\theta)}_{b} + \underbrace{\tfrac12 \kappa_1(\theta)}_{a}
#    = \tfrac12 \big[ (\cos\theta + 1)\, \kappa_0(\theta) + \kappa_1(\theta) \big]\ } $$
#
# One term for each trained part: input weights, biases, output weights. Leave a part untrained, and
# its term is gone.
#
# **Predictions**: $K(0) = \frac12 (2 + 1) = \frac32$; $K(\pi/2) = \frac12 (\frac12 + \frac1\pi) =
# \frac14 + \frac1{2\pi} = 0.4092$; $K(\pi) = 0$: what is learned at a point says nothing about the
# opposite point. Without biases $K(0) = 1$.

# %%
values = mn.ntk_of_angle(theta)
print("K at 0, π/2, π:", values.round(4))
assert np.allclose(values, [1.5, 1 / 4 + 1 / (2 * np.pi), 0], rtol=0, atol=1e-15)
assert mn.ntk_of_angle(0.0, mn.Law(bias=False)) == 1.0
parts = mn.ntk_parts_of_angle(0.7)
assert math.isclose(parts["w"], 0.5 * math.cos(0.7) * (math.pi - 0.7) / math.pi)
assert math.isclose(parts["b"], 0.5 * (math.pi - 0.7) / math.pi)

grid = np.linspace(0, np.pi, 181)
some = np.linspace(0, np.pi, 13)
mean, error = mn.monte_carlo_ntk(some, 200_000, np.random.default_rng(1), [0.0])
off = np.abs(mean[:-1, 0] - mn.ntk_of_angle(some[:-1])) / error[:-1, 0]
print(f"200 000 drawn neurons: at most {off.max():.1f} standard errors off")
assert off.max() < 4

figure, axis = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
axis.plot(grid, mn.ntk_of_angle(grid), "-", color="black", label="K, closed form")
for (part, curve), line in zip(mn.ntk_parts_of_angle(grid).items(), ("--", "-.", ":"), strict=True):
    axis.plot(grid, curve, line, label=f"part {part}")
axis.errorbar(
    some, mean[:, 0], 3 * error[:, 0], fmt="o", color="C5", label="drawn neurons (3 s.e.)"
)
axis.set(xlabel="angle θ between the points (radians)", ylabel="kernel")
_ = axis.legend()

# %% [markdown]
# **The corner at $\theta = 0$.** $K$ falls linearly from $\frac32$: near 0, $\kappa_0 = 1 -
# \theta/\pi$, $\cos\theta \approx 1 - \theta^2/2$ and $\kappa_1 = 1 - O(\theta^2)$, so $K \approx
# \frac32 - \theta/\pi$. As a function of $t - t'$ it is $\frac32 - |t - t'|/\pi$: it has a corner,
# and a corner has slowly falling Fourier coefficients. That is why high frequencies are learned at
# all, and why slowly (tutorials 4 and 5). **Prediction**: slope $-1/\pi = -0.3183$.

# %%
slope = (mn.ntk_of_angle(1e-6) - mn.ntk_of_angle(0.0)) / 1e-6
print(f"slope of K at 0: {slope:.4f}")
assert abs(slope + 1 / math.pi) < 1e-5

# %% [markdown]
# **How to compute $\theta$.** The obvious $\arccos(x \cdot x')$ loses half of the digits near 0.
# The reason: $\cos\theta \approx 1 - \theta^2/2$ is flat there. An error of $10^{-16}$ in the
# cosine is one of $10^{-8}$ in $\theta$. The cross product helps: $|x \times x'| = |x_1 x'_2 - x_2
# x'_1| = \sin\theta$. With both, $\theta = \mathrm{arctan2}(|x \times x'|, x \cdot x')$ has no flat
# place. **Prediction**: for two points $10^{-8}$ apart, arccos has no digit right, arctan2 all.

# %%
points = mn.circle_points(0.5 + 1e-8 * np.arange(-50, 51))
true_angles = 1e-8 * np.abs(np.arange(-50, 51))
by_arccos = np.arccos(np.clip(points @ points[50], -1, 1))
by_arctan2 = mn.angle_between(points, points[50:51])[:, 0]
print(f"arccos off by {np.abs(by_arccos - true_angles).max():.0e} radians, ", end="")
print(f"arctan2 by {np.abs(by_arctan2 - true_angles).max():.0e}")
assert np.abs(by_arccos - true_angles).max() > 5e-9
assert np.abs(by_arctan2 - true_angles).max() < 1e-15

# %% [markdown]
# ## 4. What a finite width changes: the Monte-Carlo picture
#
# $K_m$ is a mean of $m$ independent draws of $k$ with $E[k] = K$. So, for *every* $m$, even $m =
# 1$:
#
# $$ E[K_m(x, x')] = K(x, x') \quad \text{exactly}, \qquad
#    \mathrm{Var}[K_m(x, x')] = \frac{\sigma^2}{m}, \quad \sigma^2 = \mathrm{Var}[k] . $$
#
# A narrow network is not *biased* at the start, it is only one noisy sample. (This is about the
# start. Training moves the kernel. With many samples the mean then differs from $K$ by about $1/m$,
# and with few by more: tutorials 7 and 8.)
#
# **Predict before you run.** At the width 1024 the entry $K_m(x, x)$ scatters around $\frac32$. By
# how much, as a standard deviation? A guess will do: 0.5, 0.05 or 0.005?

# %%
my_spread = None  # the standard deviation of K_m(x, x) at m = 1024

# %% [markdown]
# **Do it here.** Now derive it. What is $\sigma^2 = \mathrm{Var}[k]$ at $x =
# x'$? A number. There $z = w \cdot x \sim N(0, 1)$, and $a^2 = 1$.
#
# <details><summary>Hint 1</summary>
#
# At $x = x'$ an active neuron has $k = 2 + z^2$, a silent one has $k = 0$. Each is half of the
# cases. The variance is $E[k^2] - E[k]^2$.
#
# </details>
#
# <details><summary>Hint 2</summary>
#
# $z$ and $-z$ are equally likely, so $E[k^2] = \frac12 E[(2 + z^2)^2]$. You need $E[z^2] = 1$ and
# $E[z^4] = 3$.
#
# </details>

# %%
your_variance = None  # a number
if your_variance is None:
    print("Put your number in place of None, and run this cell.")
else:
    z = np.random.default_rng(4).standard_normal(1_000_000)
    of_neurons = np.var((z > 0) * (2 + z**2))
    good = abs(your_variance / of_neurons - 1) < 0.02
    print(f"a million neurons have {of_neurons:.3f}: {'right' if good else 'wrong'}")

# %% [markdown]
# **The constant**, at $x = x'$: there $z = w \cdot x \sim N(0, 1)$, and with $a^2 = 1$
#
# $$ k = 1(z > 0)\, (2 + z^2), \qquad E[k] = \tfrac12 (2 + E[z^2]) = \tfrac32, $$
#
# $$ E[k^2] = \tfrac12 E[(2 + z^2)^2] = \tfrac12 (4 + 4 E[z^2] + E[z^4]) = \tfrac12 (4 + 4 + 3)
#    = \tfrac{11}{2}, \qquad \sigma^2 = \tfrac{11}{2} - \tfrac94 = \tfrac{13}{4} . $$
#
# **Predictions.** Mean $1.5$ at every width, standard deviation $\sqrt{13/(4m)}$: $1.803$ at $m =
# 1$, $0.225$ at $m = 64$, $0.0282$ at $m = 4096$. A width of 4096 gives $K(0)$ to 1.9 %. A mean is
# often 1 or 2 of its standard errors off, and of six means one may be 3. We allow 4: with a right
# formula, one seed in about 2600 has more.

# %%
rng = np.random.default_rng(5)
widths, networks = (1, 4, 16, 64, 256, 1024), 2000
samples = {}
for width in widths:
    samples[width] = np.array(
        [mn.factorised_ntk(mn.initialise(width, rng), [0.8])[0, 0] for _ in range(networks)]
    )
for width, kernels in samples.items():
    spread = math.sqrt(13 / (4 * width))
    in_errors = (kernels.mean() - 1.5) / (spread / math.sqrt(networks))
    print(
        f"m = {width:4}: mean {kernels.mean():.3f} ({in_errors:+.1f} standard errors from 1.5), "
        f"spread {kernels.std():.4f}, predicted {spread:.4f}"
    )
    assert abs(in_errors) < 4
    assert abs(kernels.std() / spread - 1) < 0.1

if my_spread is not None:
    print(f"m = 1024: you said {my_spread}")
slope = np.polyfit(np.log(widths), np.log([samples[width].std() for width in widths]), 1)[0]
print(f"slope of the spread {slope:.3f}, predicted -0.5")
assert abs(slope + 0.5) < 0.02

figure, axis = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
for width in widths:
    few = samples[width][:60]
    axis.plot(width * np.linspace(0.85, 1.18, 60), few, ".", color="C0", markersize=3, alpha=0.6)
axis.plot([], [], ".", color="C0", label="one network each (60 shown)")
axis.plot(
    widths, [samples[width].mean() for width in widths], "s", color="C1", label="mean of 2000"
)
dense = np.geomspace(0.8, 1300, 100)
band = np.sqrt(13 / (4 * dense))
axis.plot(dense, 1.5 + 0 * dense, "k-", label="K(0) = 3/2")
axis.plot(dense, 1.5 + band, "k--", label="3/2 ± √(13/(4m))")
axis.plot(dense, 1.5 - band, "k--")
axis.set(xscale="log", xlabel="width m (neurons)", ylabel="K_m(x, x)", ylim=(-0.7, 6.2))
_ = axis.legend()

# %% [markdown]
# The same for whole matrices, entry by entry, at a width of 8 only. **Prediction**: the mean over
# 4000 networks is $K$ within a few standard errors in all entries. A kernel that is 5 % too large
# would be far outside. A single network is off by some 40 to 50 %: the entry $K(0)$ alone is off by
# $\sqrt{13/(4 \cdot 8)}/1.5 = 42$ %. (For the whole matrix this is a guide, no derivation.)

# %%
angles = np.array([0.2, 0.9, 2.0, 3.1, 4.6])
rng = np.random.default_rng(6)
stack = np.array([mn.factorised_ntk(mn.initialise(8, rng), angles) for _ in range(4000)])
error = stack.std(axis=0) / math.sqrt(len(stack))
closed = mn.infinite_ntk(angles)
off = np.abs(stack.mean(axis=0) - closed) / error
print(f"mean of 4000: at most {off.max():.1f} standard errors off")
single = np.linalg.norm(stack - closed, axis=(1, 2)) / np.linalg.norm(closed)
print(f"a single network of width 8: off by {100 * np.median(single):.0f} % (Frobenius, median)")
assert off.max() < 4
assert (np.abs(1.05 * closed - stack.mean(axis=0)) / error).max() > 4
assert abs(np.median(single) - math.sqrt(13 / 32) / 1.5) < 0.1

figure, axes = plt.subplots(1, 2, figsize=(7.0, 3.0), sharey=True, layout="constrained")
around = np.linspace(-np.pi, np.pi, 241)
for axis, width in zip(axes, (32, 2048), strict=True):
    for seed, line in enumerate(("--", "-.", ":")):
        network = mn.initialise(width, np.random.default_rng(seed))
        row = mn.factorised_ntk(network, [0.0], around)[0]
        axis.plot(around, row, line, label=f"network {seed + 1}")
    axis.plot(around, mn.ntk_of_angle(np.abs(around)), "k-", label="infinite width")
    axis.set(title=f"m = {width}", xlabel="t (radians)")
axes[0].set(ylabel="K(0, t)")
_ = axes[1].legend(fontsize=7.5)

# %% [markdown]
# These two other laws of the neurons change the spread, and not the mean. **Predictions** for
# $\sigma^2$ at $x = x'$: output weights $a \sim N(0, 1)$ in place of $\pm 1$ give
# $k = 1(z>0)(2 a^2 + z^2)$, so $E[k^2] = \frac12 (4 \cdot 3 + 4 \cdot 1 \cdot 1 + 3) =
# \frac{19}{2}$ and $\sigma^2 = \frac{19}{2} - \frac94 = \frac{29}{4}$. Antisymmetric pairs (equal
# $w$, opposite $a$) draw only $m/2$ different neurons, so $\sigma^2 = 2 \cdot \frac{13}{4} =
# \frac{13}{2}$.

# %%
rng = np.random.default_rng(7)
for name, variance, law, paired in (
    ("a ~ N(0, 1)", 29 / 4, mn.Law(output_law="normal"), False),
    ("antisymmetric pairs", 13 / 2, mn.Law(), True),
):
    networks = (mn.initialise(32, rng, law, antisymmetric=paired) for _ in range(4000))
    draws = np.array([mn.factorised_ntk(network, [0.8])[0, 0] for network in networks])
    scaled = 32 * draws.var()
    print(f"{name}: mean {draws.mean():.3f}, 32 Var {scaled:.2f}, predicted {variance:.2f}")
    assert abs(draws.mean() - 1.5) < 4 * math.sqrt(variance / 32 / 4000)
    assert abs(scaled / variance - 1) < 0.12

# %% [markdown]
# ## 5. Biases that do not start at zero
#
# With $b \sim N(0, \beta^2)$ write $b = \beta g$, $g \sim N(0, 1)$. Then $z = w \cdot x + b = (w,
# g) \cdot (x, \beta)$: a standard Gaussian vector in three dimensions times a fixed vector of
# length $\sqrt{1 + \beta^2}$. By the remark on dimensions nothing but the angle $u$ between $(x,
# \beta)$ and $(x', \beta)$ matters, $\cos u = (\cos\theta + \beta^2)/(1 + \beta^2)$, and the
# lengths come out of the ReLUs:
#
# $$ K(\theta) = \tfrac12 (\cos\theta + 1)\, \kappa_0(u) + \tfrac12 (1 + \beta^2)\, \kappa_1(u) . $$
#
# **Prediction** for $\beta = 0.7$ at $\theta = \pi$: $\cos u = (0.49 - 1)/1.49$, and $K > 0$ now:
# opposite points do have neurons in common.

# %%
beta = 0.7
u = math.acos((beta**2 - 1) / (1 + beta**2))  # far from 0 and π, where arccos is fine
expected = 0.5 * (1 + beta**2) * (math.sin(u) + (math.pi - u) * math.cos(u)) / math.pi
law = mn.Law(bias_std=beta)
opposite = mn.monte_carlo_ntk([0.0], 400_000, np.random.default_rng(8), [np.pi], law)
print(f"K(π) = {expected:.4f}, drawn {opposite[0][0, 0]:.4f} ± {opposite[1][0, 0]:.4f}")
assert math.isclose(mn.ntk_of_angle(np.pi, law), expected)
assert abs(opposite[0][0, 0] - expected) < 4 * opposite[1][0, 0] < 0.01

# %% [markdown]
# ## 6. Two kernels that should be equal
#
# A kernel from your own code, or from another paper, may differ from this one. The reason may be a
# factor, a part, or the width alone. `compare_kernels(a, b)` fits the one ratio $\langle a, b
# \rangle/ \langle b, b \rangle$ (sums of products of the entries), and says what explains the rest.
#
# **Predictions.** (1) One network of width 1024 has the ratio 1 within a few per cent, and leaves
# about $\sqrt{13/(4 \cdot 1024)}/1.5 = 4$ % of the norm, by section 4. (2) Bietti & Mairal (2019)
# put $\sqrt{2/m}$ in front of the network and have no bias. Their kernel is
# $\cos\theta\, \kappa_0 + \kappa_1$, exactly twice ours without a bias. (3) Half of it against ours
# *with* a bias: no factor makes them equal, and the answer names the missing part.

# %%
drawn_kernel = mn.factorised_ntk(mn.initialise(1024, np.random.default_rng(10)), angles)
between = mn.angle_between(mn.circle_points(angles), mn.circle_points(angles))
theirs = np.cos(between) * mn.kappa0(between) + mn.kappa1(between)
without_bias = mn.infinite_ntk(angles, law=mn.Law(bias=False))
answers = {
    "a network": compare_kernels(drawn_kernel, closed, angles=angles, width=1024),
    "Bietti & Mairal": compare_kernels(theirs, without_bias),
    "half of theirs": compare_kernels(theirs / 2, closed, angles=angles),
}
for name, answer in answers.items():
    print(f"{name}: {answer.message}")
assert [answer.reason for answer in answers.values()] == ["width", "factor", "part"]
assert abs(answers["a network"].ratio - 1) < 0.1
assert answers["a network"].left_over < 2 * math.sqrt(13 / 4096) / 1.5
assert answers["Bietti & Mairal"].factor == "2"
assert math.isclose(answers["Bietti & Mairal"].ratio, 2)
assert "bias is missing" in answers["half of theirs"].message

# %% [markdown]
# Read the first answer so: what is left is of the size that 1024 random neurons leave, so
# nothing need be wrong. A mistake of that size would not be seen at this width; a wider network
# would show it.

# %% [markdown]
# ## What people get wrong here
#
# - **The factor ½.** $E[1\,1'] = \frac12 \kappa_0$ and $E[\mathrm{relu}\,\mathrm{relu}'] = \frac12
#   \kappa_1$, not $\kappa_0$ and $\kappa_1$. With $\sqrt{2/m}$ in front of the network (Bietti &
#   Mairal 2019) the ½ is gone, and the kernel is twice ours. `minintk conventions` lists others.
# - **Angle against cosine.** $\kappa_0$ and $\kappa_1$ here are functions of the angle $\theta$;
#   many papers write them as functions of $\cos\theta$. The library rejects an angle outside $[0,
#   \pi]$.
# - **Missing bias.** Training $b$ adds $\frac12 \kappa_0$ even where $b = 0$ at the start.
# - **The √2 of antisymmetric pairs**: same mean, $\sqrt 2$ times the spread.
# - **"The NTK holds only at infinite width."** Its mean at the start holds at every width. What
#   needs width is a small spread, and that the kernel stays put in training.
# - **NTK and output covariance.** $E f(x) f(x') = \frac1m \sum_{r,s} E[a_r a_s \dots]$, and $E[a_r
#   a_s] = 0$ for $r \ne s$: the *outputs* of random networks have the covariance $E[\mathrm{relu}\,
#   \mathrm{relu}'] = \frac12 \kappa_1$, which is the part $a$ of the NTK only. Measured below.
# - **arccos** near 0 and $\pi$ (above); in **float32** the damage is $3 \cdot 10^{-4}$ radians.

# %%
rng = np.random.default_rng(9)
outputs = np.array([mn.forward(mn.initialise(64, rng), [0.0, 1.0]) for _ in range(8000)])
covariance = outputs.T @ outputs / len(outputs)
print("covariance of the outputs at θ = 0 and 1:", covariance[0].round(3))
assert np.allclose(covariance[0], mn.kappa1([0.0, 1.0]) / 2, rtol=0, atol=0.03)

# %% [markdown]
# ## Questions
#
# 1. Show that $\kappa_1'(\theta) = -\sin\theta\, \kappa_0(\theta)$.
#
# <details><summary>Answer</summary>
#
# $\pi \kappa_1' = \cos\theta - \cos\theta - (\pi - \theta) \sin\theta = -\sin\theta\, \pi\kappa_0$.
# (In terms of $c = \cos\theta$: $d\kappa_1/dc = \kappa_0$. A kernel's derivative in the cosine is
# the kernel of the derivatives.)
#
# </details>
#
# 2. Expand $\kappa_1$ near $\theta = \pi$ with $\epsilon = \pi - \theta$. Why does the plain
#    formula lose its relative digits there?
#
# <details><summary>Answer</summary>
#
# $\sin\theta = \sin\epsilon$ and $\cos\theta = -\cos\epsilon$, so $\pi\kappa_1 = \sin\epsilon -
# \epsilon \cos\epsilon = (\epsilon - \epsilon^3/6) - (\epsilon - \epsilon^3/2) + \dots =
# \epsilon^3/3 + \dots$. Two terms of size $\epsilon$ cancel to $\epsilon^3/3$. The absolute error
# stays $10^{-16}$.
#
# </details>
#
# 3. Only the output weights $a$ are trained. What is the kernel, and what is $K(0)$?
#
# <details><summary>Answer</summary>
#
# $K = \frac12 \kappa_1$ and $K(0) = \frac12$. In code:
# `mn.ntk_of_angle(0.0, mn.Law(trained=("a",)))`. In this case the network is linear in what is
# trained, and the kernel never moves, at any width.
#
# </details>
#
# 4. Someone averages $K_m$ over 100 networks of width 50, someone else takes one network of width
#    5000. Whose kernel is closer to $K$?
#
# <details><summary>Answer</summary>
#
# Neither: both are means of 5000 independent neurons, with the same law.
#
# </details>
#
# 5. At which width is $K_m(x, x)$ within 1 % of $\frac32$, in one standard deviation?
#
# <details><summary>Answer</summary>
#
# $\sqrt{13/(4m)} = 0.015$ gives $m = 3.25/0.000225 = 14\,444$.
#
# </details>
#
# **An open question**, without a printed answer. Choose another law of the neurons: $w$ uniform on
# the unit circle, $w$ with two independent entries $\pm 1$, or one of your own. Does the kernel
# still depend on the angle alone? Derive what you can, then draw many neurons and compare. Which
# step of section 2 needed the Gaussian? Which only needed that no direction is preferred?
#
# ## Check your own
#
# - `minintk check kappa0 "1-t/pi"` answers *right*.
# - `minintk check kappa1 "(sin(t)-(pi-t)*cos(t))/pi"` answers *wrong*: a sign.
# - `minintk check expectation_of_relus "(sin(t)+(pi-t)*cos(t))/pi"` answers *wrong*: a factor 2.
# - `minintk check ntk "(cos(t)*(1-t/pi)+(sin(t)+(pi-t)*cos(t))/pi)/2"` answers *wrong*: the bias is
#   missing.
# - `minintk check ntk_second_layer "…"` is yours.
#
# Exercises (`minintk exercises NAME`): `angle_between`, `kappa0`, `kappa1`, `analytic_ntk`.
#
# ## Sources
#
# - Y. Cho, L. Saul, *Kernel Methods for Deep Learning*, 2009: the arc-cosine kernels, $J_0 = \pi -
#   \theta$ and $J_1 = \sin\theta + (\pi - \theta) \cos\theta$, each divided by $\pi$.
# - A. Jacot, F. Gabriel, C. Hongler, *Neural Tangent Kernel*, 2018, theorem 1: the limit of the
#   kernel at the start.
# - A. Bietti, J. Mairal, *On the Inductive Bias of Neural Tangent Kernels*, 2019, equation 3: the
#   same kernel without a bias, times 2.
#
# Next: [4. The circle](04_the_circle.ipynb)
