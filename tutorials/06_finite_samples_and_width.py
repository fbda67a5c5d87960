# %% [markdown]
# # 6. Finite samples and finite width
#
# You will be able to
#
# - say why both errors fall as $n^{-1/2}$ and $m^{-1/2}$, and derive the constants in front
#   from the variance of one entry;
# - say what whitening takes away, and why a uniform grid has no such error;
# - read the map that tells which of the two errors dominates, and predict where its border runs;
# - tell a wrong constant from a wrong rate.
#
# *Time*: 1½ hours. *Assumed*: variance of a mean, spectral norm.
# *Before*: [3](03_infinite_width.ipynb) (one neuron is an unbiased draw of the kernel),
# [4](04_the_circle.ipynb) (the $\lambda_k$).

# %%
import math

import matplotlib.pyplot as plt
import numpy as np

import minintk as mn
from minintk import fast
from minintk.report.figures import STYLE

plt.rcParams.update(STYLE)
plt.rcParams.update({"figure.dpi": 90, "savefig.dpi": 90})

# %% [markdown]
# ## 1. What is compared
#
# All on the low-frequency subspace $|k| \le 4$, dimension 9. With $\Phi$ the matrix of the
# orthonormal modes $1, \sqrt2\cos kt, \sqrt2\sin kt$ at the $n$ samples, the operator that
# training sees there is
# $$ A = \frac{1}{n^2}\, \Phi^\top K_n \Phi, $$
# and the ideal is
# $\Lambda = \mathrm{diag}(\lambda_0, \lambda_1, \lambda_1, \dots, \lambda_4, \lambda_4)$. The
# error is the spectral norm $\|A - \Lambda\|_2$: the largest factor by which any low-frequency
# function is treated wrongly.
#
# ## 2. Finite samples: where the constant comes from
#
# Take the infinite-width kernel and $n$ independent uniform angles. Let $G = \Phi^\top\Phi/n$,
# so that $G = I + \Delta$ with $\Delta$ small: $\Delta_{jl}$ is the mean of $n$ independent
# numbers $\varphi_j\varphi_l - \delta_{jl}$ of mean 0. Expand the kernel in its eigenfunctions,
# $K(t, t') = \sum_p \lambda_p \varphi_p(t) \varphi_p(t')$:
# $$ A_{jl} = \sum_p \lambda_p\, G_{jp}\, G_{pl}
#    = \lambda_j \delta_{jl} + (\lambda_j + \lambda_l)\, \Delta_{jl} + \sum_p \lambda_p
#    \Delta_{jp} \Delta_{pl} . $$
# The last sum is of order $1/n$. So to leading order the error is
# $\Lambda\Delta + \Delta\Lambda$, and
# $$ \mathrm{Var} A_{jl} = \frac{(\lambda_j + \lambda_l)^2}{n}\, \mathrm{Var}(\varphi_j
# \varphi_l) . $$ Three entries by hand:
# - $j = l = 0$: $\varphi_0^2 = 1$ does not vary, so **no error of order** $n^{-1/2}$ at all.
# - $j = 0$, $l = 1c$: $\mathrm{Var}(\sqrt2\cos t) = 1$, so the standard deviation is
#   $(\lambda_0 + \lambda_1)/\sqrt n$.
# - $j = l = 1c$: $2\cos^2 t = 1 + \cos 2t$ has variance ½: standard deviation
#   $2\lambda_1/\sqrt{2n}$.
#
# *Predictions* for $n = 400$, from 1500 draws: the two standard deviations, within 8 % (the
# statistical error is 2 %, the neglected term a few per cent).

# %%
eigenvalues = mn.fourier_eigenvalues(4)
n, draws = 400, 1500
rng = np.random.default_rng(0)
blocks = np.array(
    [fast.infinite_low_frequency_block(mn.sample_angles(n, rng), 4) for _ in range(draws)]
)
spread = blocks.std(axis=0)
predicted = {
    (0, 1): (eigenvalues[0] + eigenvalues[1]) / math.sqrt(n),
    (1, 1): 2 * eigenvalues[1] / math.sqrt(2 * n),
}
for entry, value in predicted.items():
    print(f"entry {entry}: spread {spread[entry]:.5f}, predicted {value:.5f}")
    assert abs(spread[entry] / value - 1) < 0.08
print(f"entry (0, 0): spread {spread[0, 0]:.5f}, of order 1/n")
assert spread[0, 0] < 0.25 * spread[1, 1]

# %% [markdown]
# ## 3. Raw, whitened, and the grid
#
# The leading error is due to $\Phi$ alone: the modes are not quite orthogonal on the sample.
# Make them so: $\Phi = QR$ and $A_w = Q^\top K_n Q/n$, the **whitened** block. It sees the same
# kernel in an orthonormal basis, and most of $\Lambda\Delta + \Delta\Lambda$ is gone; what is
# left is smaller, but still $n^{-1/2}$. On the uniform grid $\Delta = 0$ exactly for $2k < n$,
# and only aliasing is left (tutorial 4), of order $n^{-2}$.
#
# *Predictions.* Slopes −½ for raw and whitened, with constants of about 2.2 to 2.9 (falling)
# and 0.64 over this range; slope −2 on the grid.

# %%
sizes = (64, 128, 256, 512, 1024, 2048)
raw, whitened, grid = [], [], []
for n in sizes:
    rows = []
    for _ in range(60):
        angles = mn.sample_angles(n, rng)
        rows.append(
            [
                mn.spectral_error(
                    fast.infinite_low_frequency_block(angles, 4, whitened=white), eigenvalues
                )
                for white in (False, True)
            ]
        )
    raw.append(np.mean(rows, axis=0)[0])
    whitened.append(np.mean(rows, axis=0)[1])
    grid.append(
        mn.spectral_error(fast.infinite_low_frequency_block(mn.uniform_angles(n), 4), eigenvalues)
    )


def slope(x, y):
    return float(np.polyfit(np.log(x), np.log(y), 1)[0])


root = np.sqrt(sizes)
print(f"raw: slope {slope(sizes, raw):.3f}, error·√n {np.round(raw * root, 2).tolist()}")
print(f"whitened: slope {slope(sizes, whitened):.3f}, {np.round(whitened * root, 2).tolist()}")
print(f"grid: slope {slope(sizes, grid):.2f}")
assert abs(slope(sizes, raw) + 0.5) < 0.08
assert abs(slope(sizes, whitened) + 0.5) < 0.08
assert abs(slope(sizes, grid) + 2) < 0.05
assert np.all(np.abs(np.array(whitened) * root / 0.66 - 1) < 0.25)

# %% [markdown]
# ## 4. Finite width: where the constant comes from
#
# Now take the sample away ($n = \infty$) and draw $m$ neurons. One neuron with
# $w = \rho(\cos\varphi, \sin\varphi)$, $b = 0$, $a = \pm1$ is active on a half circle. Its
# share in the entry $(0, 0)$ is $|\bar x|^2 + \tfrac14 + \bar h^2$, with
# $\bar x = \int_\text{arc} x\, dt/2\pi$ (first layer), the bias's ½ squared, and
# $\bar h = \int_\text{arc} \mathrm{relu}(w\cdot x)\, dt/2\pi$ (second layer):
# $$ |\bar x| = \frac1{2\pi}\int_{-\pi/2}^{\pi/2} \cos u\, du = \frac1\pi, \qquad
#    \bar h = \frac{\rho}{\pi}, \qquad \text{so the share is} \quad \frac14 + \frac{1 +
#    \rho^2}{\pi^2} . $$
# Only $\rho^2$ varies: it has mean 2 (so the mean is $\frac14 + \frac3{\pi^2} = \lambda_0$, as
# it must be) and variance 4. $K_m$ is the mean over $m$ independent neurons, so
# $$ \mathbb E A_{00} = \lambda_0 \text{ at every width}, \qquad
#    \mathrm{sd}\, A_{00} = \frac{2}{\pi^2 \sqrt m} . $$
# The same computation for every entry gives the constants $V_{jl}$ of
# `minintk.evolving.entry_variances`.
#
# *Predictions* for $m = 100$ from 2000 networks: the mean of every entry is that of $\Lambda$,
# within 4.5 standard errors; the spread of $A_{00}$ is $0.2/10 = 0.0203$ within 5 %;
# antisymmetric pairs are only $m/2$ independent draws: √2 times the spread.

# %%
m, networks = 100, 2000
drawn = {}
for pairs in (False, True):
    drawn[pairs] = np.array(
        [
            fast.population_low_frequency_block(mn.initialise(m, rng, antisymmetric=pairs), 4)
            for _ in range(networks)
        ]
    )
ideal = np.diag(eigenvalues[mn.basis_frequencies(4)])
mean, error = drawn[False].mean(axis=0), drawn[False].std(axis=0) / math.sqrt(networks)
scores = (mean - ideal)[error > 1e-12] / error[error > 1e-12]
spread = {pairs: blocks[:, 0, 0].std() for pairs, blocks in drawn.items()}
print(
    f"E[A] = Λ: largest score {np.abs(scores).max():.1f} standard errors in {scores.size} entries"
)
print(f"spread of A_00: {spread[False]:.4f}, predicted {2 / np.pi**2 / 10:.4f}; "
      f"in pairs {spread[True] / spread[False]:.2f} times that")  # fmt: skip
assert np.abs(scores).max() < 4.5
assert abs(spread[False] * np.pi**2 * 10 / 2 - 1) < 0.05
assert abs(spread[True] / spread[False] / math.sqrt(2) - 1) < 0.07

# %% [markdown]
# A **rate** would not have seen a wrong constant: a kernel 1 % too large still gives slope
# −0.47 or so over this range, since the bias hides below the noise. The mean, entry by entry in
# standard errors, sees it.
#
# ## 5. Both at once, and the map
#
# The two errors are independent, so their squares add:
# $$ \|A - \Lambda\|^2 \approx \frac{a}{n} + \frac{b}{m} . $$
# From sections 3 and 4: $a \approx 2.5^2 = 6.3$, and $b \approx 0.8^2 = 0.64$ for independent
# neurons. Both are equal where $m = \frac ba n \approx 0.1\, n$: **a tenth as many neurons as
# samples**. Below that line the width dominates.
#
# *Prediction.* On a grid of cells the root mean square error is $\sqrt{6.3/n + 0.64/m}$ within
# 35 % everywhere and 15 % in the typical cell.

# %%
samples, widths = (128, 512, 2048), (16, 64, 256, 1024)
errors = np.empty((len(widths), len(samples)))
for row, m in enumerate(widths):
    for column, n in enumerate(samples):
        squares = [
            mn.spectral_error(
                fast.empirical_low_frequency_block(
                    mn.initialise(m, rng), mn.sample_angles(n, rng), 4
                ),
                eigenvalues,
            )
            ** 2
            for _ in range(30)
        ]
        errors[row, column] = math.sqrt(np.mean(squares))
law = np.sqrt(6.3 / np.array(samples) + 0.64 / np.array(widths)[:, None])
off = np.abs(np.log(errors / law))
print(f"measured over law: typical {np.exp(np.median(off)):.2f}, worst {np.exp(off.max()):.2f}")
assert np.exp(np.median(off)) < 1.15
assert np.exp(off.max()) < 1.35

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(7, 3.4), layout="constrained")
left.plot(sizes, raw, "o", label="raw")
left.plot(sizes, whitened, "s", label="whitened")
left.plot(sizes, grid, "^", label="uniform grid")
left.plot(sizes, 2.4 / root, "k-", linewidth=0.8)
left.plot(sizes, 0.64 / root, "k-", linewidth=0.8)
left.set(xscale="log", yscale="log", xlabel="samples n", ylabel="error on |k| ≤ 4")
left.set_title("Lines: slope −½")
left.legend()
for row, m in enumerate(widths):
    style = "osD^"[row]
    right.plot(samples, errors[row], style, color=f"C{row}", label=f"m = {m}")
    right.plot(samples, law[row], color=f"C{row}")
right.set(xscale="log", yscale="log", xlabel="samples n", ylabel="error (root mean square)")
right.set_xticks(samples, samples)
right.minorticks_off()
right.set_title("Lines: √(6.3/n + 0.64/m)")
_ = right.legend()

# %%
m_axis, n_axis = np.geomspace(8, 1e5, 200), np.geomspace(64, 1e6, 200)
share = 0.64 / m_axis[:, None] / (0.64 / m_axis[:, None] + 6.3 / n_axis)
figure, axis = plt.subplots(figsize=(6.4, 3.6))
image = axis.pcolormesh(n_axis, m_axis, share, cmap="cividis", vmin=0, vmax=1, rasterized=True)
axis.plot(n_axis, 0.64 / 6.3 * n_axis, "w--", label="both equal: m = 0.1 n")
axis.set(xscale="log", yscale="log", ylim=(8, 1e5), xlabel="samples n", ylabel="width m (neurons)")
axis.set_title("Which error dominates, by the law")
axis.legend(facecolor="0.4", labelcolor="w")
axis.grid(visible=False)
_ = figure.colorbar(image, ax=axis, label="share of the width in error²")

# %% [markdown]
# ## What people get wrong here
#
# - **"The kernel converges, so the constant does not matter."** It decides which of $n$ and $m$
#   to buy.
# - **One seed.** A single draw is off by a factor of 2 either way; report a mean over seeds,
#   and its error.
# - **Raw or whitened.** They differ by a factor 3.6; say which. With $G^{-1} A\, G^{-1}$ it is
#   even $O(1/n)$.
# - **1/n² against 1/n.** $\Phi^\top K \Phi/n^2$: one $1/n$ for the operator, one for the inner
#   product.
# - **A rate is no test of a constant.** See the mean entry by entry.
# - **Antisymmetric pairs** cost a factor √2: half as many independent neurons.
#
# ## Questions
#
# **1.** Which sample size makes the raw error 1 %?
#
# <details><summary>Answer</summary>
#
# 2.4/√n = 0.01: n ≈ 58 000. On a uniform grid n = 64 is enough for 1e-4.
#
# </details>
#
# **2.** Why has A_00 no error of order n^-1/2 at infinite width?
#
# <details><summary>Answer</summary>
#
# φ_0 = 1 on every sample: Δ_00 = 0 exactly. What is left is Σ_p λ_p Δ_0p², of order 1/n.
#
# </details>
#
# **3.** a ~ N(0, 1) in place of ±1: does E[K_m] change? Does the spread?
#
# <details><summary>Answer</summary>
#
# The mean does not, since E a² = 1. The spread grows: a² now varies, with E a⁴ = 3. Measured
# on |k| ≤ 4: 1.13/√m in place of 0.77/√m.
#
# </details>
#
# **4.** You have 10⁴ samples and 10³ neurons. What would you buy more of?
#
# <details><summary>Answer</summary>
#
# m = 0.1 n: both errors are equal. More of one alone gains at most a factor √2.
#
# </details>
#
# Check: `minintk check ntk_eigenvalue "3/pi^2 + 1/4" --bias --k 0` is right: the mean of
# section 4. Exercises: `minintk exercises empirical_ntk`, `minintk exercises analytic_ntk`.
#
# ## Sources
#
# - S. D. Kalvankar (2026), *Training Dynamics of Overparameterized Neural Networks*, MSc
#   thesis, TU Delft: both rates; the constants are derived here.
# - A. Jacot, F. Gabriel, C. Hongler (2018), *Neural Tangent Kernel*: the limit of infinite width.
# - S. Arora et al. (2019), *Fine-Grained Analysis of Optimization and Generalization*: finite
#   width.
#
# Next: [7. The kernel moves](07_the_kernel_moves.ipynb).
