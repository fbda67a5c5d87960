# %% [markdown]
# # 4. The circle: from rotation to Fourier
#
# You will be able to
#
# - say why a kernel that depends only on the angle between two points has the Fourier modes as its
#   eigenfunctions, in four short steps;
# - say, before any integral, which frequencies a network without a bias can never learn, and what
#   the bias repairs;
# - derive every eigenvalue $\lambda_k$ of the infinite-width NTK by hand, part by part;
# - predict the eigenvalues on a grid of $n$ points exactly, aliasing included.
#
# *Time*: 1½ hours for sections 1 to 5. Section 6 is short and stands alone: read it before tutorial
# 5, or when you first meet a grid. *Assumed*: integration by parts, $e^{ikt} = \cos kt + i \sin
# kt$. *Before*: [2](02_from_descent_to_a_kernel.ipynb) (why eigenvalues are rates),
# [3](03_infinite_width.ipynb) ($\kappa_0$, $\kappa_1$ and the kernel).

# %%
import matplotlib.pyplot as plt
import numpy as np

import minintk as mn
from minintk import plotting
from minintk.course import check, check_steps, describe, describe_steps
from minintk.course.answers.formula import answer_value

plt.rcParams.update(plotting.STYLE)
plt.rcParams.update({"figure.dpi": 90, "savefig.dpi": 90})

# %% [markdown]
# ## 1. Rotation invariance
#
# At infinite width (tutorial 3) the kernel is the mean of one neuron's share over
# $w \sim N(0, I)$, with $b = 0$ and $a^2 = 1$:
#
# $$ K(x, x') = E\big[1(w \cdot x > 0)\, 1(w \cdot x' > 0)\, (x \cdot x' + B) +
#    \mathrm{relu}(w \cdot x)\, \mathrm{relu}(w \cdot x')\big], $$
#
# with $B = 1$ if a bias (starting at 0) is trained, else $B = 0$. Rotate both points by the same
# rotation $R$. Then $Rx \cdot Rx' = x \cdot x'$, and $w \cdot Rx = (R^\top w) \cdot x$. The vector
# $R^\top w$ has the same law as $w$, because the density of $N(0, I)$ depends on $|w|$ only. So the
# mean does not change: $K(Rx, Rx') = K(x, x')$.
#
# On the circle, $x(t) = (\cos t, \sin t)$, a rotation is a shift of the angle. So $K$ depends on
# the difference $u = t - t'$ alone, and tutorial 3 found
#
# $$ K(u) = \tfrac12 \left[(\cos\theta + B)\, \kappa_0(\theta) + \kappa_1(\theta)\right],
#    \qquad \theta = |u| \in [0, \pi], $$
#
# $$ \kappa_0(\theta) = 1 - \frac\theta\pi, \qquad
#    \kappa_1(\theta) = \frac{\sin\theta}{\pi} + \cos\theta\, \kappa_0(\theta) . $$
#
# *Prediction.* Rotated by 1.234, the infinite-width kernel changes by rounding only. The kernel
# of one network of width $m$ has one fixed sample of neurons, so it does change. The change is
# $m^{-1/2}$ times a number of order 1: four times the neurons, half the change.

# %%
angles = mn.sample_angles(20, np.random.default_rng(0))
change = np.abs(mn.infinite_ntk(angles + 1.234) - mn.infinite_ntk(angles)).max()
print(f"infinite width: changed by {change:.0e}")
assert change < 1e-14


def change_of_a_network(width, seeds=40):
    """Root mean square of the change of the kernel's norm, relative, over networks."""
    found = []
    for seed in range(seeds):
        params = mn.initialise(width, np.random.default_rng(seed))
        before, after = (mn.factorised_ntk(params, t) for t in (angles, angles + 1.234))
        found.append(np.linalg.norm(after - before) / np.linalg.norm(before))
    return np.sqrt(np.mean(np.square(found)))


widths = (64, 256, 1024)
changes = [change_of_a_network(width) for width in widths]
print("networks:", dict(zip(widths, np.round(changes, 4).tolist(), strict=True)))
ratios = np.array(changes[:-1]) / changes[1:]
assert np.all(np.abs(ratios - 2) < 0.3)

# %% [markdown]
# ## 2. Convolution, and its eigenfunctions
#
# From here on the matrix $K$ of tutorial 2 is $K_n$: the index is the number of samples, not the
# width. There the residual obeyed $dr/d\tau = -\frac1n K_n r$: the value at $t_i$ falls by
# $\frac1n \sum_j K(t_i - t_j)\, r(t_j)$. With more and more samples, spread evenly, this mean
# becomes an integral with the uniform measure $dt/2\pi$. It is the kernel operator on the circle,
#
# $$ (Tg)(t) = \int_0^{2\pi} K(t - t')\, g(t')\, \frac{dt'}{2\pi} , $$
#
# a *convolution*.
#
# **Do it here.** Put $g(t') = e^{ikt'}$ in. What comes out is $e^{ikt}$ times a number. Which?
# Write it with three things: `k`, an array `u` of angles spread evenly over the circle, and the
# array `K` of $K(u)$. The mean `np.mean(…)` over them is the integral with $du/2\pi$.
#
# <details><summary>Hint 1</summary>
#
# Substitute $u = t - t'$. Then $e^{ikt'} = e^{ikt} e^{-iku}$, and the first factor leaves the
# integral.
#
# </details>
#
# <details><summary>Hint 2</summary>
#
# What stays is the mean of $K(u)\, e^{-iku}$. $K$ is even. Which part of $e^{-iku}$, the cosine or
# the sine, has mean 0 with it?
#
# </details>

# %%
your_eigenvalue = None  # lambda K, u, k: …
if your_eigenvalue is None:
    print("Put `lambda K, u, k:` and your formula in place of None, and run this cell.")
else:
    u = mn.uniform_angles(4096)
    K = mn.ntk_of_angle(np.minimum(u, 2 * np.pi - u))
    found = [answer_value(your_eigenvalue, (), K, u, k) for k in range(4)]
    good = np.allclose(found, mn.fourier_eigenvalues(3), rtol=0, atol=1e-6)
    print(f"yours, k = 0 … 3: {np.round(found, 5)}: {'right' if good else 'wrong'}")

# %% [markdown]
# Take $g(t') = e^{ikt'}$ with a whole number $k$, and substitute $u = t - t'$, so
# $t' = t - u$. Everything has the period $2\pi$, so any interval of that length will do:
#
# $$ (T e^{ik\cdot})(t) = \int_{-\pi}^{\pi} K(u)\, e^{ik(t-u)}\, \frac{du}{2\pi}
#    = e^{ikt} \int_{-\pi}^{\pi} K(u)\, e^{-iku}\, \frac{du}{2\pi} . $$
#
# The last integral does not depend on $t$: $e^{ikt}$ **is an eigenfunction**, and the integral is
# its eigenvalue. Write $e^{-iku} = \cos ku - i \sin ku$. $K$ is even and $\sin ku$ is odd, so the
# sine integrates to 0; $K(u) \cos ku$ is even, so twice half the interval gives all of it:
#
# $$ \boxed{\ \lambda_k = \frac1{2\pi} \int_{-\pi}^{\pi} K(u) \cos(ku)\, du
#    = \frac1\pi \int_0^\pi K(u) \cos(ku)\, du\ } $$
#
# (In $e^{ik\cdot}$ the dot stands for the variable.) This is real and the same for $k$ and $-k$. So
# $\cos kt = \frac12(e^{ikt} + e^{-ikt})$ and $\sin kt = \frac1{2i}(e^{ikt} - e^{-ikt})$ are
# eigenfunctions too, both with $\lambda_k$. The mean of $\cos^2 kt$ over the circle is
# $\frac12$. So $1, \sqrt2 \cos kt, \sqrt2 \sin kt$ are orthonormal for $dt/2\pi$.
#
# **Are there others?** A sum of two eigenfunctions with the *same* eigenvalue is one too. So
# $A \cos kt + B \sin kt$ is one: the wave $\cos kt$, shifted and scaled. So is $\cos 3t + \cos 5t$
# where $\lambda_3 = \lambda_5$ (in section 3 both are 0 without a bias). There are no others. Every
# square-integrable function is a Fourier series, and $T$ multiplies its term $k$ by $\lambda_k$. In
# an eigenfunction all terms are multiplied by the same number, so all its terms have one $\lambda$.
#
# Nothing about networks was used. Any kernel of the angle has these eigenfunctions, and only the
# $\lambda_k$ tell it apart.
#
# *Prediction.* Applying $T$ to $\sin 3t$ by quadrature gives $\lambda_3 \sin 3t$, whatever
# $\lambda_3$ is: the quotient is the same at all points.

# %%
t = np.array([0.2, 1.0, 2.5, 4.0])
applied = mn.kernel_operator(mn.ntk_of_angle, lambda s: np.sin(3 * s), t)
print("T sin 3t / sin 3t at four points:", (applied / np.sin(3 * t)).round(9).tolist())
assert np.ptp(applied / np.sin(3 * t)) < 1e-12

# %% [markdown]
# ## 3. Parity: what can be said before any integral
#
# **Predict before you run.** A network without a bias is trained on $\cos kt$, for each $k$ from 0
# to 7 in turn. Which of them does it never learn, however wide it is?

# %%
my_frequencies = None  # those of 0 … 7 that are never learned without a bias, as [1, 2]

# %% [markdown]
# Write $c_k[F] = \frac1\pi \int_0^\pi F(u) \cos ku\, du$ for a function of the angle. By the
# formula for $K$ in section 1,
#
# $$ \lambda_k = \tfrac12\left(c_k[\cos\theta\,\kappa_0] + B\, c_k[\kappa_0] +
#    c_k[\kappa_1]\right) . $$
#
# **What the *antipode*, the opposite point, does to $c_k$.** Opposite to $x'$ the angle to $x$ is
# $\pi - u$.
# Substitute $u \to \pi - u$, which maps $[0, \pi]$ to itself. From
# $\cos(k\pi - ku) = \cos k\pi \cos ku + \sin k\pi \sin ku = (-1)^k \cos ku$,
#
# $$ c_k[F(\pi - u)] = (-1)^k\, c_k[F] . \qquad (*) $$
#
# **What it does to the three functions.** From their formulas, with $\cos(\pi - u) = -\cos u$,
# $\sin(\pi - u) = \sin u$:
#
# | $F$ | $F(\pi - u)$ | the same, by $F(u)$ |
# |---|---|---|
# | $\kappa_0$ | $1 - (\pi - u)/\pi = u/\pi$ | $1 - \kappa_0(u)$ |
# | $\cos u\, \kappa_0$ | $-\cos u\, (1 - \kappa_0(u))$ | $\cos u\, \kappa_0(u) - \cos u$ |
# | $\kappa_1$ | $\sin u/\pi - \cos u\, (1 - \kappa_0(u))$ | $\kappa_1(u) - \cos u$ |
#
# Now take $c_k$ of each row and use $(*)$ on the left. We need $c_k$ of the constant 1, which is 1
# at $k = 0$ and else 0, and $c_k[\cos u]$, which is $\frac1\pi \int_0^\pi \cos^2 u\, du = \frac12$
# at $k = 1$ and else 0.
#
# - First row: $(-1)^k c_k[\kappa_0] = c_k[1] - c_k[\kappa_0]$. For **even** $k$ this reads
#   $2 c_k[\kappa_0] = c_k[1]$: it is $\frac12$ at $k = 0$ and **0 for every even $k \ge 2$**.
# - Second row: $(-1)^k c_k[\cos\theta\, \kappa_0] = c_k[\cos\theta\, \kappa_0] - c_k[\cos u]$. For
#   **odd** $k$ this reads $2 c_k[\cos\theta\, \kappa_0] = c_k[\cos u]$: it is $\frac14$ at $k = 1$
#   and **0 for every odd $k \ge 3$**.
# - Third row: the same line with $\kappa_1$ in place of $\cos\theta\, \kappa_0$: $\frac14$ at
#   $k = 1$, and **0 for every odd $k \ge 3$**.
#
# So half of all eigenvalues are known already. Both layers' weights see only $k = 1$ and even $k$;
# the bias sees only $k = 0$ and odd $k$. **Without a bias, $\lambda_k = 0$ for every odd
# $k \ge 3$**: the *parity gap*. What the bias repairs is exactly this.
#
# **Why, in one neuron.** With $z = w \cdot x$, $\mathrm{relu}(z) = \frac12(z + |z|)$. The first
# half is a multiple of $\cos(t - \varphi)$: frequency 1 only. The second does not change when
# $x \to -x$, that is, when $t \to t + \pi$. Since $\cos(k(t + \pi) - \varphi) = (-1)^k
# \cos(kt - \varphi)$, it has even frequencies only. So **no network without a bias, of any width,
# with any weights**, contains an odd frequency $k \ge 3$: the gap is no accident of the limit. The
# derivative by the bias is the step $1(z > 0) = \frac12 + \frac12 \mathrm{sign}(z)$, and
# $\mathrm{sign}(z)$ changes sign at the antipode: a constant and odd frequencies only.
#
# *Predictions.* The output of a random network without a bias has nothing at $k = 3, 5, 7$, to
# rounding. The step has nothing at $k = 2, 4, 6$.

# %%
fine = mn.uniform_angles(64)  # even: with each point its antipode is on the grid
network = mn.initialise(50, np.random.default_rng(7), mn.Law(bias=False))
content = np.abs(np.fft.rfft(mn.forward(network, fine)))[:8] / 64
step = np.abs(np.fft.rfft(np.cos(fine - 0.3) > 0))[:8] / 64
print("k = 0…7 in a network without bias:", content.round(4).tolist())
print("k = 0…7 in one neuron's step:     ", step.round(4).tolist())
print("nothing without a bias at k =", np.flatnonzero(content < 1e-15).tolist())
if my_frequencies is not None:
    print(f"you said {my_frequencies}")
assert content[3::2].max() < 1e-15 < 1e-3 < content[[0, 1, 2, 4, 6]].min()
assert step[2::2].max() < 1e-15 < 1e-2 < step[[0, 1, 3, 5, 7]].min()

# %% [markdown]
# ## 4. The other half, integral by integral
#
# Left are $c_k[\kappa_0]$ for odd $k$, and $c_k[\cos\theta\, \kappa_0]$ and $c_k[\kappa_1]$ for
# even $k$. (The formulas below also give the zeros again: a second derivation of section 3.)
#
# **Do it here.** Start with the bias: its part of the kernel is $\frac12 \kappa_0$. Derive its
# eigenvalue for odd $k$, a line a step, each equal to the one before. Begin with `(1/pi)
# integral((1 - u/pi)/2 cos(k u), u, 0, pi)`, and end with a formula in `k`. `diff(f, u)` is a
# derivative, and so is `d/du f`.
#
# <details><summary>Hint 1</summary>
#
# Integrate by parts once. Differentiate the straight line $1 - u/\pi$, and integrate the cosine.
# The bracket is 0 at both ends.
#
# </details>
#
# <details><summary>Hint 2</summary>
#
# After it, `(1/(2 pi^2)) integral(sin(k u)/k, u, 0, pi)` is left. What is the integral of
# $\sin ku$, and what is $\cos k\pi$ for odd $k$?
#
# </details>

# %%
steps = """
"""  # one line a step, between these quotes
if steps.strip():
    print(describe_steps(check_steps("ntk_eigenvalue_bias", steps.strip(), k="odd")))
else:
    print("Type one formula a line between the quotes, and run this cell.")

# %% [markdown]
# **$\kappa_0$, $k \ge 1$.** Integrate by parts, $f = 1 - u/\pi$ with $f' = -1/\pi$, and $g' = \cos
# ku$ with $g = \sin(ku)/k$:
#
# $$ c_k[\kappa_0] = \frac1\pi \left[\left(1 - \tfrac u\pi\right) \frac{\sin ku}{k}\right]_0^\pi
#    + \frac1\pi \int_0^\pi \frac1\pi\, \frac{\sin ku}{k}\, du . $$
#
# The bracket is 0 at both ends: $\sin 0 = 0$, and $1 - u/\pi = 0$ at $\pi$. The integral of
# $\sin ku$ is $[-\cos(ku)/k]_0^\pi = (1 - \cos k\pi)/k$. So
#
# $$ c_k[\kappa_0] = \frac{1 - (-1)^k}{\pi^2 k^2} = \frac{2}{\pi^2 k^2} \ (k \text{ odd}), \qquad
#    0 \ (k \text{ even}, \ge 2) . $$
#
# **$\kappa_0$, $k = 0$.** $\frac1\pi \int_0^\pi (1 - u/\pi)\, du = \frac1\pi (\pi - \frac\pi2) =
# \frac12$.
#
# **Do it here.** Now the first layer, $\frac12 \cos\theta\, \kappa_0$, for even $k \ge 2$. No new
# integral is needed.
#
# <details><summary>Hint 1</summary>
#
# A product of two cosines is half a sum of two: $\cos u \cos ku$ holds the frequencies $k + 1$ and
# $k - 1$. Both are odd.
#
# </details>
#
# <details><summary>Hint 2</summary>
#
# So $c_k[\cos\theta\,\kappa_0]$ is the mean of $c_{k+1}[\kappa_0]$ and $c_{k-1}[\kappa_0]$, and you
# know both. The layer has half of it.
#
# </details>

# %%
answer = ""  # λ_k of the first layer for even k ≥ 2, with k and pi
if answer:
    print(describe(check("ntk_eigenvalue_first_layer", answer, k="even")))
else:
    print("Type your formula between the quotes, and run this cell.")

# %% [markdown]
# **$\cos\theta\, \kappa_0$.** A product of cosines is a sum,
# $\cos u \cos ku = \frac12[\cos(k+1)u + \cos(k-1)u]$, so these are neighbours of what we have:
#
# $$ c_k[\cos\theta\,\kappa_0] = \tfrac12\left(c_{k+1}[\kappa_0] + c_{|k-1|}[\kappa_0]\right) . $$
#
# - $k = 0$: $\frac12(c_1 + c_1) = c_1[\kappa_0] = \frac2{\pi^2}$.
# - $k = 1$: $\frac12(c_2 + c_0) = \frac12 (0 + \frac12) = \frac14$.
# - even $k \ge 2$: both neighbours are odd,
#   $\frac12 \left(\frac2{\pi^2(k+1)^2} + \frac2{\pi^2(k-1)^2}\right)
#   = \frac{(k-1)^2 + (k+1)^2}{\pi^2 (k^2-1)^2} = \frac{2(k^2+1)}{\pi^2(k^2-1)^2}$.
# - odd $k \ge 3$: both neighbours are even and at least 2, so 0.
#
# **$\sin\theta/\pi$**, what $\kappa_1$ has besides. From
# $\sin u \cos ku = \frac12[\sin(k+1)u - \sin(k-1)u]$ and $\int_0^\pi \sin ju\, du = (1 - (-1)^j)/j$
# (0 for $j = 0$, where the integrand is 0):
#
# - even $k$ (also 0): $j = k \pm 1$ is odd, so
#   $c_k = \frac1\pi \cdot \frac1\pi \cdot \frac12 \left(\frac2{k+1} - \frac2{k-1}\right)
#   = \frac1{\pi^2} \cdot \frac{(k-1) - (k+1)}{k^2-1} = -\frac{2}{\pi^2(k^2-1)}$; at $k = 0$ this is
#   $+\frac2{\pi^2}$.
# - odd $k$ (also 1): $j = k \pm 1$ is even, so 0.
#
# **$\kappa_1$** is the sum of the last two:
#
# - $k = 0$: $\frac2{\pi^2} + \frac2{\pi^2} = \frac4{\pi^2}$.
# - $k = 1$: $0 + \frac14 = \frac14$.
# - even $k \ge 2$: over the common denominator $\pi^2 (k^2-1)^2$,
#   $c_k[\kappa_1] = \frac{-2(k^2-1) + 2(k^2+1)}{\pi^2(k^2-1)^2} = \frac{4}{\pi^2(k^2-1)^2}$.
# - odd $k \ge 3$: 0.
#
# **The three parts.** Each part of the NTK has half of its function's coefficient:
#
# | part | its $\lambda_k$ | $k=0$ | $k=1$ | even $k \ge 2$ | odd $k \ge 3$ |
# |---|---|---|---|---|---|
# | first layer | $\frac12 c_k[\cos\theta\,\kappa_0]$ | $\frac1{\pi^2}$ | $\frac18$ | $p_k$ | 0 |
# | bias | $\frac12 c_k[\kappa_0]$ | $\frac14$ | $\frac1{\pi^2}$ | 0 | $\frac1{\pi^2k^2}$ |
# | second layer | $\frac12 c_k[\kappa_1]$ | $\frac2{\pi^2}$ | $\frac18$ | $q_k$ | 0 |
#
# Here $p_k$ and $q_k$ are halves of the two fractions that we found for even $k$:
#
# $$ p_k = \frac12 \cdot \frac{2(k^2+1)}{\pi^2(k^2-1)^2} = \frac{k^2+1}{\pi^2(k^2-1)^2}, \qquad
#    q_k = \frac12 \cdot \frac{4}{\pi^2(k^2-1)^2} = \frac{2}{\pi^2(k^2-1)^2} . $$
#
# **Do it here**: add. A network without a bias has the first and the third row. What is its
# $\lambda_k$ for even $k \ge 2$?
#
# <details><summary>Hint 1</summary>
#
# $p_k$ and $q_k$ have the same denominator.
#
# </details>
#
# <details><summary>Hint 2</summary>
#
# The numerators are $k^2 + 1$ and 2.
#
# </details>

# %%
answer = ""  # λ_k without a bias for even k ≥ 2, with k and pi
if answer:
    print(describe(check("ntk_eigenvalue", answer, bias=False, k="even")))
else:
    print("Type your formula between the quotes, and run this cell.")

# %% [markdown]
# The sums of the columns, first without the row of the bias, then with it:
#
# | network | $k=0$ | $k=1$ | even $k \ge 2$ | odd $k \ge 3$ |
# |---|---|---|---|---|
# | without bias | $\frac3{\pi^2}$ | $\frac14$ | $\frac{k^2+3}{\pi^2(k^2-1)^2}$ | **0** |
# | with bias | $\frac3{\pi^2}+\frac14$ | $\frac14+\frac1{\pi^2}$ | the same | $\frac1{\pi^2k^2}$ |
#
# For even $k$ the two are the same, since the bias has nothing there: the sum is $p_k + q_k$, and
# $(k^2 + 1) + 2 = k^2 + 3$.
#
# *Predictions.* These fractions are the integrals to rounding, for each part and every $k$ up to
# 30. And they add up: $K(u) = \lambda_0 + 2 \sum_{k \ge 1} \lambda_k \cos ku$ at $u = 0$ gives
# $\lambda_0 + 2 \sum \lambda_k = K(0) = \frac32$ with a bias, 1 without.


# %%
def by_hand(k):
    """Eigenvalue of each part: first layer, bias, second layer."""
    if k == 0:
        return 1 / np.pi**2, 1 / 4, 2 / np.pi**2
    if k == 1:
        return 1 / 8, 1 / np.pi**2, 1 / 8
    if k % 2 == 0:
        below = np.pi**2 * (k**2 - 1) ** 2
        return (k**2 + 1) / below, 0.0, 2 / below
    return 0.0, 1 / (np.pi**2 * k**2), 0.0


mine = np.array([by_hand(k) for k in range(31)]).T
for name, values in zip("wba", mine, strict=True):
    integrals = mn.quadrature_eigenvalues(lambda u, name=name: mn.ntk_parts_of_angle(u)[name], 30)
    print(f"part {name}: by hand against integrals {np.abs(values - integrals).max():.0e}")
    assert np.abs(values - integrals).max() < 1e-13
for bias in (True, False):
    total = mine[0] + bias * mine[1] + mine[2]
    print(f"bias {bias}: λ_0…λ_5 = {total[:6].round(6).tolist()}")
    assert np.abs(total - mn.fourier_eigenvalues(30, mn.Law(bias=bias))).max() < 1e-15
    many = mn.fourier_eigenvalues(200_000, mn.Law(bias=bias))
    # what is left out, 2 Σ 1/(π²k²) over k > 200 000 (or half of them), is below 2e-6
    assert abs(many[0] + 2 * many[1:].sum() - mn.ntk_of_angle(0.0, mn.Law(bias=bias))) < 2e-6

# %%
k = np.arange(1, 31)
figure, axis = plt.subplots(figsize=(6.4, 3.8), layout="constrained")
for bias, style, size, label in ((False, "s", 3, "without bias"), (True, "o", 7, "with bias")):
    values = mn.fourier_eigenvalues(30, mn.Law(bias=bias))[1:]
    shown = values > 0
    fill = "none" if bias else "full"  # circles around squares: for even k both are the same
    axis.plot(k[shown], values[shown], style, fillstyle=fill, markersize=size, label=label)
axis.plot(k, 1 / (np.pi**2 * k**2), "k--", label="1/(π²k²)")
axis.set(xscale="log", yscale="log", xlabel="frequency k", ylabel="eigenvalue λ_k")
axis.set_title("The parity gap: without bias no odd k ≥ 3")
_ = axis.legend()

# %% [markdown]
# **Why $1/(\pi^2 k^2)$ for large $k$, of either parity?** Integrate $\lambda_k$ by parts twice. The
# first time the bracket $[K \sin(ku)/k]$ vanishes, the second time
#
# $$ \lambda_k = -\frac1{\pi k} \int_0^\pi K' \sin ku\, du
#    = \frac1{\pi k^2} \big[K'(u) \cos ku\big]_0^\pi - \frac1{\pi k^2} \int_0^\pi K'' \cos ku\, du
#    \approx \frac{(-1)^k K'(\pi) - K'(0)}{\pi k^2} , $$
#
# since the last integral itself falls with $k$ (by parts once more). The slopes decide: how sharp a
# corner $K$ has at the same point, $u = 0$, and at the opposite one, $u = \pi$. From
# $\kappa_0' = -1/\pi$ and $\kappa_1' = -\sin\theta\, \kappa_0$,
#
# $$ K' = \tfrac12\left[-2 \sin\theta\, \kappa_0 - \frac{\cos\theta + B}{\pi}\right], \qquad
#    K'(0) = -\frac{1 + B}{2\pi}, \qquad K'(\pi) = \frac{1 - B}{2\pi} . $$
#
# With a bias there is one corner, at 0, of slope $-1/\pi$: $\lambda_k \approx 1/(\pi^2k^2)$ for
# every $k$. Without it there are two of half the size, and they add for even $k$ and cancel for odd
# $k$: the parity gap once more.
#
# *Prediction.* The even eigenvalue is $\frac{1}{\pi^2k^2}$ times
# $\frac{1 + 3/k^2}{(1 - 1/k^2)^2} = 1 + \frac5{k^2} + \dots$: 5 % above the line at $k = 10$.

# %%
over = float(mn.fourier_eigenvalues(10)[10]) * np.pi**2 * 100
h = 1e-6
at_zero = float(mn.ntk_of_angle(h) - mn.ntk_of_angle(0.0)) / h
at_pi = float(mn.ntk_of_angle(np.pi) - mn.ntk_of_angle(np.pi - h)) / h
print(f"λ_10 π² 10² = {over:.4f}; slope of K times π: {np.pi * at_zero:.4f} at 0, ", end="")
print(f"{abs(np.pi * at_pi):.4f} at π")
assert abs(over - 1.05) < 0.002
assert abs(np.pi * at_zero + 1) < 1e-5
assert abs(at_pi) < 1e-5

# %% [markdown]
# ## 5. The gap in a real training run
#
# **Predict before you run.** Two networks are trained on $\cos 3t$ for 300 steps, one without a
# bias and one with it. Which shares of $\cos 3t$ are left to learn?

# %%
my_shares = None  # without a bias, with a bias: two numbers from 0 to 1, as (0.5, 0.5)

# %% [markdown]
# *Predictions.* Trained on $\cos 3t$, on an even grid, a network without a bias keeps the whole
# residual on $\cos 3t$, to rounding, at every step. With a bias, each step of descent multiplies it
# by $1 - \eta\lambda_3$, $\lambda_3 = 1/(9\pi^2)$ (tutorial 2): after 300 steps at $\eta = 0.5$,
# $(1 - 0.00563)^{300} = 0.184$ is left. The target is small, so that the kernel stays still. A
# width of 2048 in antisymmetric pairs is 1024 independent neurons. At $k = 3$ only the bias's part
# counts, and one neuron of direction $\varphi$ contributes $2\lambda_3 \cos^2 3\varphi$ to $\cos
# 3t$: mean $\lambda_3$, standard deviation $2\lambda_3/\sqrt8 = 0.71\,\lambda_3$. So $\lambda_3$ is
# off by $0.71/\sqrt{1024} = 2.2\,\%$ either way, and what is left by $2.2\,\% \cdot \eta\lambda_3
# \cdot 300 = 4\,\%$. On 32 points $\lambda_3$ is 2.9 % larger, as section 6 says, so 5 % less is
# left. We allow 15 %.

# %%
grid, eta, steps = mn.uniform_angles(32), 0.5, 300
mode, left = np.cos(3 * grid), {}
for bias in (False, True):
    start = mn.initialise(2048, np.random.default_rng(1), mn.Law(bias=bias), antisymmetric=True)
    left[bias] = []

    def record(step, params, found=left[bias]):
        residual = mn.forward(params, grid) - 0.02 * mode
        found.append(-2 * np.mean(residual * mode) / 0.02)

    mn.gradient_descent(start, mn.objective(grid, 0.02 * mode), eta, steps, record=record)
predicted = (1 - eta / (9 * np.pi**2)) ** np.arange(len(left[True]))
print(f"left of cos 3t: without bias {left[False][-1]:.12f}; with bias {left[True][-1]:.3f}, "
      f"predicted {predicted[-1]:.3f}")  # fmt: skip
if my_shares is not None:
    print(f"you said {my_shares}")
assert len(left[True]) == steps + 1
assert np.abs(np.array(left[False]) - 1).max() < 1e-12
assert np.abs(np.array(left[True]) / predicted - 1).max() < 0.15
on_grid = mn.aliased_eigenvalues(32)[3]
assert round(9 * np.pi**2 * on_grid - 1, 3) == 0.029
assert round((1 - eta * on_grid) ** steps / predicted[-1], 2) == 0.95

# %%
figure, axis = plt.subplots(figsize=(6.4, 3.2), layout="constrained")
axis.plot(left[False], "-.", label="network without bias")
axis.plot(left[True], "-", label="network with bias")
axis.plot(predicted, "k--", label="(1 − ηλ_3)^s")
axis.set(xlabel="step s", ylabel="share of cos 3t left", ylim=(0, 1.1))
axis.set_title("Trained on cos 3t: without a bias nothing happens")
_ = axis.legend()

# %% [markdown]
# ## 6. On a grid: circulant, and aliased
#
# On the uniform grid $t_j = 2\pi j/n$ the matrix has $K_{ij} = K(t_i - t_j)$: it depends on
# $(i - j) \bmod n$ only. Such a matrix is **circulant**: each row is the one above, shifted by one
# place. The steps of section 2 hold with a mean for the integral. Put $e^{ikt_j}$ in, and
# substitute $t_l = t_i - t_j$, which runs over the whole grid with $j$:
#
# $$ \frac1n \sum_j K(t_i - t_j)\, e^{ikt_j} = \frac1n \sum_l K(t_l)\, e^{ik(t_i - t_l)}
#    = e^{ikt_i} \cdot \underbrace{\frac1n \sum_l K(t_l)\, e^{-ikt_l}}_{\lambda_k^{(n)}} . $$
#
# So the vectors $e^{ikt_j}$ are the eigenvectors of $K_n/n$, and the eigenvalues are the discrete
# Fourier transform of one row.
#
# How are they related to the $\lambda_k$?
#
# **Do it here.** Which of the $\lambda$ does the grid add up to $\lambda_k^{(n)}$? Write the sum
# with `k`, `n` and the array `lam` of $\lambda_0 \dots \lambda_{5000}$. A range of $j$ from $-100$
# to 100 is enough.
#
# <details><summary>Hint 1</summary>
#
# Two waves are equal on the grid if their frequencies differ by a multiple of $n$. Draw $n = 4$
# points, and through them the waves of frequency 1 and 5.
#
# </details>
#
# <details><summary>Hint 2</summary>
#
# So it is a sum over whole numbers $j$, positive and negative, with $k + jn$ in the index. And
# $\lambda_{-l} = \lambda_l$: use `abs`.
#
# </details>

# %%
your_sum = None  # lambda lam, k, n: …
if your_sum is None:
    print("Put `lambda lam, k, n:` and your formula in place of None, and run this cell.")
else:
    lam = mn.fourier_eigenvalues(5000)
    found = [answer_value(your_sum, (), lam, k, 16) for k in range(9)]
    real = np.fft.fft(mn.infinite_ntk(mn.uniform_angles(16))[0]).real[:9] / 16
    off = np.abs(np.array(found) - real).max()
    said = (
        "right"
        if off < 1e-5
        else f"wrong, off by up to {off:.0e}: asked is 1e-5, and lam ends at 5000"
    )
    print(f"yours, k = 0 … 8: {np.round(found, 4)}: {said}")

# %% [markdown]
# Insert the Fourier series $K(u) = \sum_{l \in \mathbb Z}
# \lambda_l e^{ilu}$ (with $\lambda_{-l} = \lambda_l$):
#
# $$ \lambda_k^{(n)} = \sum_l \lambda_l \cdot \frac1n \sum_{j=0}^{n-1} e^{i(l-k) t_j} . $$
#
# The inner mean is a geometric sum of $q = e^{2\pi i(l-k)/n}$. If $l - k$ is a multiple of $n$,
# then $q = 1$ and the mean is 1. Else it is $\frac1n \frac{q^n - 1}{q - 1} = 0$, since $q^n = 1$.
# Only $l = k + jn$ survives:
#
# $$ \boxed{\ \lambda_k^{(n)} = \sum_{j \in \mathbb Z} \lambda_{k + jn}\ } $$
#
# The grid cannot tell $k$ from $k + n$, and adds up what it cannot tell apart: *aliasing*.
#
# *Predictions.* (1) The matrix is circulant to rounding. (2) Its eigenvalues are the sum. (3)
# With $n = 17$, odd, the sum for $k = 3$ without a bias contains the even frequencies
# $|3 - 17| = 14$, $3 + 17 = 20$, and so on: $\lambda_{14} + \lambda_{20} = 5.3 \cdot 10^{-4} + 2.6
# \cdot 10^{-4}$, and some more beyond. An **odd** grid lets the forbidden frequency in, though
# slowly. With $n = 16$ all of $3 + 16j$ is odd, and the eigenvalue stays 0.

# %%
law = mn.Law(bias=False)
for n in (16, 17):
    points = mn.uniform_angles(n)
    kernel = mn.infinite_ntk(points, law=law)
    assert mn.is_circulant(kernel)
    by_transform = np.fft.fft(kernel[0]).real / n
    frequencies = np.abs(np.arange(n) + n * np.arange(-3000, 3001)[:, None])
    summed = mn.fourier_eigenvalues(3001 * n, law)[frequencies].sum(axis=0)
    worst = np.abs(by_transform - summed).max()
    print(f"n = {n}: λ_3 on the grid {by_transform[3]:.2e}; the sum is off by {worst:.0e}")
    assert worst < 1e-6  # what the sum leaves out beyond |j| = 3000
    closed = mn.aliased_eigenvalues(n, law)
    assert np.abs(by_transform - closed)[:9].max() < 1e-14
    assert abs(by_transform[3]) < 1e-15 if n == 16 else 7.9e-4 < by_transform[3] < 1e-3

# %%
figure, axes = plt.subplots(1, 2, figsize=(7, 3.3), layout="constrained")
angles = mn.uniform_angles(24)
plotting.plot_kernel(axes[0], mn.infinite_ntk(angles), angles)
axes[0].set(xlabel="angle t_j", ylabel="angle t_i", title="Circulant: one row, shifted")
for n, style in ((16, "o"), (64, "s")):
    k = np.arange(n // 2 + 1)
    axes[1].plot(k, mn.aliased_eigenvalues(n)[k], style, fillstyle="none", label=f"grid, n = {n}")
axes[1].plot(np.arange(33), mn.fourier_eigenvalues(32), "k.", label="continuum")
axes[1].set(yscale="log", xlabel="frequency k", ylabel="eigenvalue", title="Aliasing lifts the end")
_ = axes[1].legend()

# %% [markdown]
# At the end of the spectrum, $k = n/2$, the modes $k$ and $k - n = -n/2$ are equally large. So the
# eigenvalue is about twice $\lambda_{n/2}$, and more with the further aliases. If all fall as
# $k^{-2}$, it is $\sum_j 1/(2j + 1)^2$ over all whole $j$, that is $\pi^2/4 = 2.5$ times (question
# 2).
#
# ## What people get wrong here
#
# - **Factor ½.** The kernel has half of each part; $c_k[\kappa_0]$ is twice the bias's share.
# - **$a_k$ against $\lambda_k$.** Papers expand $K(u) = a_0 + \sum a_k \cos ku$; then
#   $a_k = 2\lambda_k$ for $k \ge 1$, but $a_0 = \lambda_0$.
# - **√2.** The orthonormal modes are $\sqrt2 \cos kt$ and $\sqrt2 \sin kt$. An eigenvalue does not
#   care how long its eigenfunction is; a *coefficient* does.
# - **1/n.** Eigenvalues of the matrix $K_n$ are $n$ times those of the operator $K_n/n$.
# - **Angle against cosine.** $\kappa_0$ takes the angle. Integrating over $c = \cos u$ is another
#   measure: $du = -dc/\sqrt{1 - c^2}$.
# - **Centred or not.** Subtracting the mean (of a target, or of the kernel's rows and columns)
#   takes away $k = 0$ and nothing else, on the uniform grid.
# - **A grid with both ends.** `linspace(0, 2π, n)` holds the point 0 twice; the matrix is then
#   singular and not circulant. `uniform_angles` leaves $2\pi$ out.
# - **"The parity gap is an effect of infinite width."** It holds for every network without biases.
#   But a bias drawn at random and *not* trained also fills the gap: it is the shift of the kink
#   that breaks $x \to -x$.
# - **Random samples.** The matrix of scattered points is not circulant; its error is tutorial 6.
#
# ## Questions
#
# **1.** Which eigenvalues does the kernel have if only the bias is trained?
#
# <details><summary>Answer</summary>
#
# The second row of the table: $\lambda_0 = \frac14$, $\lambda_k = 1/(\pi^2k^2)$ for odd $k$, 0 for
# even $k \ge 2$. The bias alone learns the constant and the odd frequencies.
#
# </details>
#
# **2.** Derive $1 + \frac1{3^2} + \frac1{5^2} + \dots = \frac{\pi^2}8$ from the bias's part.
#
# <details><summary>Answer</summary>
#
# Its Fourier series at $u = 0$: $\frac12\kappa_0(0) = \frac12 = \frac14 + 2 \sum_{k \text{ odd}}
# \frac1{\pi^2k^2}$. So the sum is $\frac14 \cdot \frac{\pi^2}{2}$.
#
# </details>
#
# **3.** How fast would $\lambda_k$ fall for a kernel with continuous derivatives of every order on
# the circle?
#
# <details><summary>Answer</summary>
#
# Faster than every power of $k$: integrate by parts as often as you like; no bracket is left. The
# power $k^{-2}$ comes from the corner of $K$ at $u = 0$, and so from the kink of the ReLU.
#
# </details>
#
# **4.** A grid has $n = 16$ points. Which eigenvalue has the mode $\cos 13t$ on it?
#
# <details><summary>Answer</summary>
#
# That of $\cos 3t$: $13 = 16 - 3$, and on the grid $\cos 13t_j = \cos(2\pi j - 3t_j) = \cos 3t_j$.
#
# </details>
#
# **5.** A network without biases gets the constant input 1 as a third coordinate,
# $x = (\cos t, \sin t, 1)$, $w \sim N(0, I)$ in three dimensions. Is there a parity gap?
#
# <details><summary>Answer</summary>
#
# No. The third weight is a bias, drawn from $N(0, 1)$: $-x$ is not on the circle at height 1, so
# nothing ties $t$ to $t + \pi$.
#
# </details>
#
# **An open question**, without a printed answer. Take another function of the angle as a kernel:
# $e^{\cos u}$, a triangle that is 0 from $u = \pi/2$ on, or one of your own. Say before any
# integral how fast its $\lambda_k$ fall. Are some of them 0, or negative?
# `mn.quadrature_eigenvalues` then computes them. It needs a kernel that is smooth between 0 and
# $\pi$. For the triangle take `mn.circulant_eigenvalues` of its matrix on a fine grid. Could a
# network have this kernel? Would you choose it for a target with sharp edges?
#
# ## Check your own
#
# ```sh
# minintk check ntk_eigenvalue "1/(pi^2*k^2)" --bias --k odd
# ```
#
# is right, and
#
# ```sh
# minintk check ntk_eigenvalue "2/(pi^2*k^2)" --bias --k odd
# ```
#
# is wrong, by a factor that it names. `minintk check ntk_eigenvalue "3/pi^2" --bias --k 0` is
# wrong: it says which part is missing. The bias alone:
# `minintk check ntk_eigenvalue_bias "1/4" --k 0` is right. The gap:
# `minintk check ntk_eigenvalue "0" --no-bias --k odd` is right. Exercises:
# `minintk exercises is_circulant`, `minintk exercises fourier_coefficients`,
# `minintk exercises ntk_eigenvalues`.
#
# ## Sources
#
# - Y. Cho, L. Saul (2009), *Kernel Methods for Deep Learning*: κ0 and κ1.
# - R. Basri, D. Jacobs, Y. Kasten, S. Kritchman (2019), *The Convergence Rate of Neural
#   Networks for Learned Functions of Different Frequencies*: the circle, the parity gap, the
#   bias.
# - A. Bietti, J. Mairal (2019), *On the Inductive Bias of Neural Tangent Kernels*: eigenvalues
#   on spheres.
# - S. D. Kalvankar (2026), *Training Dynamics of Overparameterized Neural Networks*, MSc
#   thesis, TU Delft.
#
# Next: [5. Spectral bias](05_spectral_bias.ipynb), what these eigenvalues do in training.
