# %% [markdown]
# # 4. The circle: from rotation to Fourier
#
# You will be able to
#
# - say why a kernel that knows only the angle between two points has the Fourier modes as its
#   eigenfunctions, in four short steps;
# - derive every eigenvalue $\lambda_k$ of the infinite-width NTK by hand, part by part;
# - say which frequencies a network without bias can never learn, and what the bias repairs;
# - predict the eigenvalues on a grid of $n$ points exactly, aliasing included.
#
# *Time*: 1½ hours. *Assumed*: integration by parts, $e^{ikt}$.
# *Before*: [2](02_from_descent_to_a_kernel.ipynb) (why eigenvalues are rates),
# [3](03_infinite_width.ipynb) (κ0, κ1 and the kernel).

# %%
import matplotlib.pyplot as plt
import numpy as np

import minintk as mn
from minintk.report.figures import STYLE

plt.rcParams.update(STYLE)
plt.rcParams.update({"figure.dpi": 90, "savefig.dpi": 90})

# %% [markdown]
# ## 1. Rotation invariance
#
# At infinite width (tutorial 3) the kernel is a mean over neurons with $w \sim N(0, I)$. Rotate
# both points by the same rotation $R$: $w \cdot Rx = (R^\top w) \cdot x$, and $R^\top w$ has
# the same law as $w$. So the mean does not change: $K(Rx, Rx') = K(x, x')$. On the circle a
# rotation is a shift of the angle, so $K$ depends on the difference $u = t - t'$ alone,
# $$ K(u) = \tfrac12 \left[(\cos\theta + B)\, \kappa_0(\theta) + \kappa_1(\theta)\right],
#    \qquad \theta = |u| \in [0, \pi], $$
# with $B = 1$ if a bias (starting at 0) is trained, else $B = 0$.
#
# *Prediction.* Rotated by 1.234, the infinite-width kernel changes by rounding only. The kernel
# of one network of width $m$ has one fixed sample of neurons, so it does change, by about
# $m^{-1/2}$: four times more neurons, half the change.

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
# The kernel operator on the circle, with the uniform measure $dt/2\pi$, is
# $$ (Tg)(t) = \int_0^{2\pi} K(t - t')\, g(t')\, \frac{dt'}{2\pi} . $$
# It is a convolution. Put $g(t') = e^{ikt'}$ and $u = t - t'$:
# $$ (T e^{ik\cdot})(t) = \int K(u)\, e^{ik(t-u)} \frac{du}{2\pi}
#    = e^{ikt} \int K(u)\, e^{-iku} \frac{du}{2\pi} . $$
# The integral does not depend on $t$: $e^{ikt}$ **is an eigenfunction**. Since $K$ is even, the
# sine part of $e^{-iku}$ integrates to 0, so the eigenvalue is real and equal for $k$ and $-k$:
# $$ \boxed{\ \lambda_k = \frac1{2\pi} \int_{-\pi}^{\pi} K(u) \cos(ku)\, du
#    = \frac1\pi \int_0^\pi K(u) \cos(ku)\, du\ } $$
# and $\cos kt$, $\sin kt$ are both eigenfunctions. Nothing about networks was used: any kernel
# of the angle has the same eigenfunctions, and only the $\lambda_k$ tell it apart.
#
# *Prediction.* Applying $T$ to $\sin 3t$ by quadrature gives $\lambda_3 \sin 3t$, whatever
# $\lambda_3$ is.

# %%
t = np.array([0.2, 1.0, 2.5, 4.0])
applied = mn.kernel_operator(mn.ntk_of_angle, lambda s: np.sin(3 * s), t)
print("T sin 3t / sin 3t at four points:", (applied / np.sin(3 * t)).round(9).tolist())
assert np.ptp(applied / np.sin(3 * t)) < 1e-12

# %% [markdown]
# ## 3. Every eigenvalue, by hand
#
# Write $c_k[F] = \frac1\pi \int_0^\pi F(u) \cos ku\, du$ for a function of the angle.
#
# **κ0.** $\kappa_0(u) = 1 - u/\pi$. For $k = 0$: $c_0 = \frac1\pi(\pi - \frac\pi2) = \frac12$.
# For $k \ge 1$ integrate by parts; the boundary term vanishes, since $\sin 0 = 0$ and
# $\kappa_0(\pi) = 0$:
# $$ c_k[\kappa_0] = \frac1\pi \left[\left(1 - \tfrac u\pi\right) \frac{\sin ku}{k}\right]_0^\pi
#    + \frac1{\pi^2 k} \int_0^\pi \sin ku\, du = \frac{1 - \cos k\pi}{\pi^2 k^2} . $$
# $\cos k\pi = (-1)^k$, so $c_k[\kappa_0] = \frac{2}{\pi^2 k^2}$ for odd $k$, and **0 for even**
# $k \ge 2$.
#
# **cos θ κ0.** Use $\cos u \cos ku = \frac12[\cos(k+1)u + \cos(k-1)u]$:
# $$ c_k[\cos\theta\,\kappa_0] = \tfrac12\left(c_{k+1}[\kappa_0] + c_{|k-1|}[\kappa_0]\right) . $$
# - $k = 0$: $\frac12(c_1 + c_1) = \frac2{\pi^2}$.
# - $k = 1$: $\frac12(c_2 + c_0) = \frac14$.
# - even $k \ge 2$: $\frac1{\pi^2}\left(\frac1{(k+1)^2} + \frac1{(k-1)^2}\right)
#   = \frac{2(k^2+1)}{\pi^2(k^2-1)^2}$.
# - odd $k \ge 3$: both neighbours are even and at least 2, so **0**.
#
# **κ1.** $\kappa_1 = \frac1\pi \sin\theta + \cos\theta\,\kappa_0$. What is new is the sine, with
# $\sin u \cos ku = \frac12[\sin(k+1)u - \sin(k-1)u]$ and
# $\int_0^\pi \sin ju\, du = \frac{1 - (-1)^j}{j}$:
# $$ c_k\!\left[\tfrac{\sin\theta}{\pi}\right] = \frac1{2\pi^2}\left(\frac2{k+1} -
# \frac2{k-1}\right)
#    = -\frac{2}{\pi^2(k^2-1)} \quad (k \text{ even}), \qquad 0 \quad (k \text{ odd}). $$
# Added to the line above: $c_0[\kappa_1] = \frac2{\pi^2} + \frac2{\pi^2} = \frac4{\pi^2}$,
# $c_1[\kappa_1] = \frac14$, 0 for odd $k \ge 3$, and for even $k \ge 2$
# $$ c_k[\kappa_1] = \frac{2(k^2+1) - 2(k^2-1)}{\pi^2(k^2-1)^2} = \frac{4}{\pi^2(k^2-1)^2} . $$
#
# **The kernel.**
# $\lambda_k = \frac12\left(c_k[\cos\theta\,\kappa_0] + B\, c_k[\kappa_0] + c_k[\kappa_1]\right)$:
#
# | bias | $k=0$ | $k=1$ | even $k \ge 2$ | odd $k \ge 3$ |
# |---|---|---|---|---|
# | without | $\frac3{\pi^2}$ | $\frac14$ | $\frac{k^2+3}{\pi^2(k^2-1)^2}$ | **0** |
# | with | $\frac3{\pi^2}+\frac14$ | $\frac14+\frac1{\pi^2}$ | the same | $\frac1{\pi^2k^2}$ |
#
# *Prediction.* These fractions are the integrals to rounding, for every $k$ up to 30.


# %%
def by_hand(k, bias):
    if k == 0:
        return 3 / np.pi**2 + 0.25 * bias
    if k == 1:
        return 0.25 + bias / np.pi**2
    if k % 2 == 0:
        return (k**2 + 3) / (np.pi**2 * (k**2 - 1) ** 2)
    return bias / (np.pi**2 * k**2)


for bias in (True, False):
    mine = np.array([by_hand(k, bias) for k in range(31)])
    integrals = mn.quadrature_eigenvalues(lambda u, bias=bias: mn.ntk_of_angle(u, bias=bias), 30)
    print(f"bias {bias}: by hand against integrals {np.abs(mine - integrals).max():.0e}, "
          f"λ_0…λ_5 = {mine[:6].round(6).tolist()}")  # fmt: skip
    assert np.abs(mine - integrals).max() < 1e-13
    assert np.abs(mine - mn.fourier_eigenvalues(30, bias=bias)).max() < 1e-15

# %%
k = np.arange(1, 31)
figure, axis = plt.subplots(figsize=(6.4, 3.8))
for bias, style, label in ((True, "o", "with bias"), (False, "s", "without bias")):
    values = mn.fourier_eigenvalues(30, bias=bias)[1:]
    shown = values > 0
    axis.plot(k[shown], values[shown], style, fillstyle="none" if bias else "full", label=label)
axis.plot(k, 1 / (np.pi**2 * k**2), "k--", label="1/(π²k²)")
axis.set(xscale="log", yscale="log", xlabel="frequency k", ylabel="eigenvalue λ_k")
axis.set_title("The parity gap: without bias no odd k ≥ 3")
_ = axis.legend()

# %% [markdown]
# ## 4. The parity gap, and what the bias repairs
#
# Without a bias, $\mathrm{relu}(z) = \frac12(z + |z|)$ with $z = w \cdot x$. The first half is
# a multiple of $\cos(t - \varphi)$: frequency 1 only. The second half does not change when
# $x \to -x$, i.e. $t \to t + \pi$, so it has even frequencies only. **No network without bias,
# of any width, with any weights**, can produce an odd frequency $k \ge 3$. The zero in the
# table is no accident of the limit.
#
# *Prediction.* Trained on $\cos 3t$, on an even grid, a network without bias keeps the whole
# residual: its output has no component on $\cos 3t$ at all. With a bias the component falls as
# $e^{-\lambda_3\tau}$, $\lambda_3 = 1/(9\pi^2)$. The target is small, so that the kernel stays
# still.

# %%
grid = mn.uniform_angles(32)
target = 0.02 * np.cos(3 * grid)
steps, eta = 300, 0.5
left = {}
for bias in (False, True):
    start = mn.initialise(2048, np.random.default_rng(1), bias=bias, antisymmetric=True)
    trained, _ = mn.gradient_descent(start, mn.objective(grid, target), eta, steps)
    residual = mn.forward(trained, grid) - target
    left[bias] = -2 * np.mean(residual * np.cos(3 * grid)) / 0.02
predicted = (1 - eta * by_hand(3, True)) ** steps
print(f"left of cos 3t: without bias {left[False]:.12f}; with bias {left[True]:.3f}, "
      f"predicted {predicted:.3f}")  # fmt: skip
assert abs(left[False] - 1) < 1e-12
assert abs(left[True] / predicted - 1) < 0.15

# %% [markdown]
# ## 5. On a grid: circulant, and aliased
#
# On the uniform grid $t_i = 2\pi i/n$ the matrix is $K_{ij} = K(t_i - t_j)$: it depends on
# $(i - j) \bmod n$ only. Such a matrix is **circulant**, and the same three lines as in section
# 2, with a sum for the integral, show that the vectors $e^{ikt_j}$ are its eigenvectors, with
# the eigenvalues $\frac1n \sum_j K(t_j) e^{-ikt_j}$ of $K_n/n$: the discrete Fourier transform
# of one row.
#
# Now insert $K(u) = \sum_l \lambda_l e^{ilu}$. The sum $\frac1n \sum_j e^{i(l-k)t_j}$ is 1 if
# $l - k$ is a multiple of $n$, else 0. So
# $$ \boxed{\ \lambda_k^{(n)} = \sum_{j \in \mathbb Z} \lambda_{k + jn}\ } $$
# The grid cannot tell $k$ from $k + n$, and adds up what it cannot tell apart.
#
# *Predictions.* (1) The matrix is circulant to rounding. (2) Its eigenvalues are the sum. (3)
# With $n = 17$, odd, the sum for $k = 3$ without bias contains
# $\lambda_{3-17} = \lambda_{14} > 0$: an **odd** grid lets the forbidden frequency in, though
# slowly; with $n = 16$ it stays 0.

# %%
for n in (16, 17):
    points = mn.uniform_angles(n)
    kernel = mn.infinite_ntk(points, bias=False)
    assert mn.is_circulant(kernel)
    by_transform = np.fft.fft(kernel[0]).real / n
    summed = sum(
        np.array([by_hand(abs(k + j * n), False) for k in range(n)]) for j in range(-3000, 3001)
    )
    worst = np.abs(by_transform - summed).max()
    print(f"n = {n}: λ_3 on the grid {by_transform[3]:.2e}; the sum is off by {worst:.0e}")
    assert worst < 1e-6  # what the sum leaves out beyond |j| = 3000
    assert np.abs(by_transform[:9] - mn.aliased_eigenvalues(n, bias=False)[:9]).max() < 1e-14
    assert (by_transform[3] > 9e-4) == (n == 17)

# %%
figure, axes = plt.subplots(1, 2, figsize=(7, 3.3), layout="constrained")
kernel = mn.infinite_ntk(mn.uniform_angles(24))
image = axes[0].imshow(kernel, cmap="cividis")
axes[0].set(xlabel="sample j", ylabel="sample i", title="Circulant: one row, shifted")
axes[0].grid(visible=False)
figure.colorbar(image, ax=axes[0], label="K_ij", shrink=0.8)
for n, style in ((16, "o"), (64, "s")):
    k = np.arange(n // 2 + 1)
    axes[1].plot(k, mn.aliased_eigenvalues(n)[k], style, fillstyle="none", label=f"grid, n = {n}")
axes[1].plot(np.arange(33), mn.fourier_eigenvalues(32), "k.", label="continuum")
axes[1].set(yscale="log", xlabel="frequency k", ylabel="eigenvalue", title="Aliasing lifts the end")
_ = axes[1].legend()

# %% [markdown]
# ## What people get wrong here
#
# - **Factor ½.** The kernel has half of each part; $\lambda_k$ of κ0 itself is twice the bias's
#   share.
# - **$a_k$ against $\lambda_k$.** Papers expand $K(u) = a_0 + \sum a_k \cos ku$; then
#   $a_k = 2\lambda_k$ for $k \ge 1$, but $a_0 = \lambda_0$.
# - **1/n.** Eigenvalues of the matrix $K_n$ are $n$ times those of the operator $K_n/n$.
# - **Angle against cosine.** $\kappa_0$ takes the angle; integrating over $\cos u$ is another
#   measure.
# - **A grid with both ends.** `linspace(0, 2π, n)` holds the point 0 twice; the matrix is then
#   singular and not circulant. `uniform_angles` leaves $2\pi$ out.
# - **Random samples.** The matrix of scattered points is not circulant; its error is tutorial 6.
#
# ## Questions
#
# **1.** Which eigenvalues does the kernel have if only the bias is trained?
#
# <details><summary>Answer</summary>
#
# ½ κ0: λ_0 = ¼, λ_k = 1/(π²k²) for odd k, 0 for even k ≥ 2. The bias alone learns odd
# frequencies.
#
# </details>
#
# **2.** Why does the sum of all eigenvalues, λ_0 + 2 Σ λ_k, equal 3/2 with a bias?
#
# <details><summary>Answer</summary>
#
# K(u) = λ_0 + 2 Σ λ_k cos ku at u = 0 is K(0) = ½[(1 + 1) · 1 + 1] = 3/2: the trace of the
# operator.
#
# </details>
#
# **3.** How fast would λ_k fall for a kernel with continuous derivatives of every order?
#
# <details><summary>Answer</summary>
#
# Faster than every power of k: integrate by parts as often as you like. The power k^-2 comes
# from the kink of K at u = 0, that is, from the kink of the ReLU.
#
# </details>
#
# **4.** A grid has n = 16 points. Which eigenvalue has the mode cos 13t on it?
#
# <details><summary>Answer</summary>
#
# That of cos 3t: 13 = 16 − 3, and on the grid the two are the same vector.
#
# </details>
#
# Check a derivation of yours:
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
# is wrong, by a factor that it names. Exercises: `minintk exercises is_circulant`,
# `minintk exercises fourier_coefficients`, `minintk exercises ntk_eigenvalues`.
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
