# %% [markdown]
# # 5. Spectral bias: low frequencies first
#
# You will be able to
#
# - predict how many steps a frequency needs, and say where "time grows as $k^2$" holds and
#   where not;
# - keep flow and descent apart, and say when the difference matters;
# - predict how training fits noise, and where to stop early;
# - say what the network does between the samples, and when it fails there.
#
# *Time*: 1½ hours. *Assumed*: variances, logarithms.
# *Before*: [2](02_from_descent_to_a_kernel.ipynb) (rates), [4](04_the_circle.ipynb) (the
# $\lambda_k$).

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
# ## 1. How long a frequency takes
#
# Under the flow, mode $k$ of the residual is $e^{-\lambda_k\tau}$ times its start; under
# descent with rate $\eta$ it is $(1 - \eta\lambda_k)^s$. Ask when 5 % are left:
# $$ \tau_k = \frac{\ln 20}{\lambda_k}, \qquad s_k = \frac{-\ln 20}{\ln(1 - \eta\lambda_k)} . $$
# For odd $k \ge 3$, $\lambda_k = 1/(\pi^2k^2)$ and $\tau_k = \pi^2 \ln 20 \cdot k^2$: **time
# grows as $k^2$**. At low $k$ it does not: $\lambda_0, \lambda_1$ are far larger than that law.
# A straight line fitted in log-log through $k = 1 \dots 10$ is therefore steeper than 2.
#
# *Predictions.* Fitted exponent of $\tau_k$: about 2.56 over $k = 1 \dots 10$, about 2.07 from
# $k = 3$ on. Training a real network of width 4096 on $0.01 \cos kt$ takes $s_k$ steps, within
# 5 %.

# %%
k = np.arange(1, 11)
rates = mn.fourier_eigenvalues(10)[1:]
exponents = [np.polyfit(np.log(k[i:]), np.log(np.log(20) / rates[i:]), 1)[0] for i in (0, 2)]
print("exponent over 1…10:", round(exponents[0], 2), "and from 3 on:", round(exponents[1], 2))
assert abs(exponents[0] - 2.56) < 0.01
assert abs(exponents[1] - 2.07) < 0.01

grid, eta = mn.uniform_angles(64), 0.8
start = mn.initialise(4096, np.random.default_rng(0), antisymmetric=True)


def steps_needed(frequency, most):
    """Steps of real training until 5 % of 0.01 cos kt are left, read between two steps."""
    mode, left = np.cos(frequency * grid), []

    def record(step, params):
        residual = fast.forward(params, grid) - 0.01 * mode
        left.append(-2 * np.mean(residual * mode) / 0.01)

    mn.gradient_descent(start, fast.objective(grid, 0.01 * mode), eta, most, record=record)
    after = int(np.argmax(np.array(left) <= 0.05))
    high, low = np.log(left[after - 1 : after + 1])
    return after - 1 + (high - math.log(0.05)) / (high - low)


shown = (1, 2, 3, 4, 6)
predicted = mn.steps_to_learn(mn.aliased_eigenvalues(64)[list(shown)], eta)
measured = [steps_needed(f, int(1.3 * s) + 3) for f, s in zip(shown, predicted, strict=True)]
for row in zip(shown, np.round(measured, 1), np.round(predicted, 1), strict=True):
    print("k = {}: measured {} steps, predicted {}".format(*row))
assert np.all(np.abs(np.array(measured) / predicted - 1) < 0.05)

# %%
figure, axis = plt.subplots(figsize=(6.4, 3.8))
axis.plot(k, mn.steps_to_learn(rates, eta), "k-", label="−ln 20 / ln(1 − ηλ_k)")
axis.plot(k, np.pi**2 * np.log(20) / eta * k**2, "k:", label="π² ln 20 k²/η")
axis.plot(shown, measured, "o", label="network, m = 4096")
axis.set(xscale="log", yscale="log", xlabel="frequency k", ylabel="steps until 5 % are left")
axis.set_title("Low frequencies first")
_ = axis.legend()

# %% [markdown]
# ## 2. Flow against descent
#
# $(1 - \eta\lambda)^s = e^{s \ln(1 - \eta\lambda)}$ and $\ln(1 - x) = -x - x^2/2 - \dots$:
# descent is **faster** than the flow at equal $\tau = \eta s$, by the factor
# $1 + \eta\lambda/2 + \dots$ in the rate. That is 3 % for $\eta\lambda = 0.06$, and half for
# $\eta\lambda = 0.8$. Only modes with $\eta\lambda_k \ll 1$ are described by the flow.
#
# *Prediction.* With $\eta = 1.6$: $\eta\lambda_0 = 0.886$, so mode 0 needs
# $\ln 20/(-\ln 0.114) = 1.4$ steps, while the flow says $\ln 20/0.886 = 3.4$. For $k = 5$,
# $\eta\lambda_5 = 0.0065$ and the two agree to 0.3 %.

# %%
for frequency in (0, 5):
    rate = mn.fourier_eigenvalues(5)[frequency]
    flow, descent = math.log(20) / (1.6 * rate), float(mn.steps_to_learn(rate, 1.6))
    print(f"k = {frequency}: flow {flow:.2f} steps, descent {descent:.2f}")
    assert abs(flow / descent - 1) < 0.004 if frequency == 5 else flow / descent > 2

# %% [markdown]
# ## 3. A noisy target, and early stopping as a low-pass filter
#
# Let the samples be $y_i = y^*(t_i) + \sigma \xi_i$ on a uniform grid, $\xi_i \sim N(0, 1)$
# independent. In the orthonormal Fourier basis the noise has the coefficients
# $\frac\sigma n \sum_i \xi_i \varphi(t_i)$ with variance
# $\frac{\sigma^2}{n^2} \sum_i \varphi(t_i)^2 = \frac{\sigma^2}{n}$: the same in each of the $n$
# modes. Training multiplies mode $k$ of the *data* by $1 - e^{-\lambda_k\tau}$. So the distance
# from the true function is, in the mean over the noise,
# $$ \mathbb E\, \tfrac12 \langle (f - y^*)^2 \rangle
#    = \tfrac12 \sum_k \underbrace{e^{-2\lambda_k\tau} y_k^{*2}}_{\text{not learned yet: falls}}
#    + \underbrace{(1 - e^{-\lambda_k\tau})^2 \tfrac{\sigma^2}{n}}_{\text{noise learned: rises}}
#    . $$
# While $\lambda_k\tau \ll 1$ a mode passes nothing: training is a **low-pass filter** with the
# edge at $\lambda_k \tau \approx 1$, that is $k \approx \sqrt\tau/\pi$. If the truth is of low
# frequency there is a best time, and later training only adds noise.
#
# *Predictions.* The curve above, to the scatter of 400 draws of the noise; its minimum is
# inside the range, not at the end; the training loss falls all the way.

# %%
n, sigma = 64, 0.5
grid = mn.uniform_angles(n)
truth = np.cos(grid) + 0.5 * np.sin(2 * grid)
times = np.geomspace(1, 3e4, 60)
kernel = mn.infinite_ntk(grid)
rates, vectors = np.linalg.eigh(kernel / n)
left = np.exp(-np.outer(times, rates))
modes = vectors.T @ truth / math.sqrt(n)
expected = 0.5 * (left**2 @ modes**2 + ((1 - left) ** 2).sum(axis=1) * sigma**2 / n)

rng = np.random.default_rng(3)
errors, fits = [], []
for _ in range(400):
    data = vectors.T @ (truth + sigma * rng.standard_normal(n)) / math.sqrt(n)
    errors.append(0.5 * (((1 - left) * data - modes) ** 2).sum(axis=1))
    fits.append(0.5 * ((left * data) ** 2).sum(axis=1))
mean, error = np.mean(errors, axis=0), np.std(errors, axis=0) / 20
best, scores = int(np.argmin(expected)), np.abs(mean - expected) / error
print(f"best time {times[best]:.0f}, error {mean[best]:.4f}; at the end {mean[-1]:.4f}; "
      f"at most {scores.max():.1f} standard errors from the formula")  # fmt: skip
assert scores.max() < 4.5
assert 0 < best < len(times) - 1
assert mean[-1] > 2 * mean[best]
assert np.all(np.diff(np.mean(fits, axis=0)) < 0)
one = mn.frozen_flow(kernel, np.zeros(n), truth, [times[best]])[0]
assert np.abs(one - math.sqrt(n) * vectors @ ((1 - left[best]) * modes)).max() < 1e-10

# %%
figure, axis = plt.subplots(figsize=(6.4, 3.8))
axis.plot(times, expected, "k-", label="formula")
axis.plot(times[::3], mean[::3], "o", label="distance from the truth, 400 draws")
axis.plot(times[::3], np.mean(fits, axis=0)[::3], "s", label="training loss")
axis.axvline(times[best], color="0.5", linestyle=":", label="best time")
axis.set(xscale="log", yscale="log", xlabel="time τ", ylabel="half mean square")
axis.set_title(f"Noise of σ = {sigma} on {n} samples: stop early")
_ = axis.legend()

# %% [markdown]
# ## 4. Between the samples
#
# At a test point the frozen kernel gives
# $f_\text{test}(\tau) = f_\text{test}(0) - K_{\text{test},\text{train}}\, \psi(T_n)\, r(0)/n$
# with $\psi(\lambda) = (1 - e^{-\lambda\tau})/\lambda$ (tutorial 2). On a grid, mode $k$ of the
# data meets the whole family $k + jn$ of frequencies that look alike there, and the network
# answers with each in the share of its eigenvalue. For $|k| < n/2$:
# $$ \cos kt \text{ on the grid} \;\longrightarrow\; (1 - e^{-\lambda^{(n)}_k\tau})
#    \sum_j \frac{\lambda_{k+jn}}{\lambda^{(n)}_k} \cos((k + jn)t) . $$
# Low frequencies have most of the weight: **the network interpolates** if the truth
# is below $n/2$. If it is above, the answer is the low-frequency alias, and wrong.
#
# *Predictions*, on $n = 16$ samples after a long time: trained on $\cos 3t$ the output between
# the samples misses $\cos 3t$ by about $2(1 - \lambda_3/\lambda_3^{(16)})$ at most; trained on
# $\cos 13t$ it is the **same function**, since $13 = 16 - 3$, and its error is of order 1.

# %%
samples, test = mn.uniform_angles(16), mn.uniform_angles(1000)
kernel, cross = mn.infinite_ntk(samples), mn.infinite_ntk(test, samples)


def between(values):
    """Output at the test points after a long time; the kernel is never inverted."""
    return mn.frozen_flow(
        kernel, np.zeros(16), values, [1e5], test_kernel=cross, test_initial_output=np.zeros(1000)
    )[0]


low, high = between(np.cos(3 * samples)), between(np.cos(13 * samples))
share = mn.fourier_eigenvalues(3)[3] / mn.aliased_eigenvalues(16)[3]
miss = np.abs(low - np.cos(3 * test)).max()
print(f"λ_3 over its alias sum {share:.4f}: miss of cos 3t {miss:.3f}, bound {2 * (1 - share):.3f}")
alias_miss = np.abs(high - np.cos(13 * test)).max()
print(f"cos 13t: same function to {np.abs(low - high).max():.0e}, miss {alias_miss:.2f}")
assert miss <= 2 * (1 - share) + 1e-6
assert miss > 0.5 * (1 - share)
assert np.abs(low - high).max() < 1e-9
assert alias_miss > 1

# %%
figure, axis = plt.subplots(figsize=(6.4, 3.4))
axis.plot(test, np.cos(13 * test), color="0.7", label="cos 13t")
axis.plot(test, np.cos(3 * test), "k--", label="cos 3t")
axis.plot(test, low, "-", label="network, trained on either")
axis.plot(samples, np.cos(3 * samples), "o", color="k", label="16 samples")
axis.set(xlabel="angle t (radians)", ylabel="value", ylim=(-1.25, 1.9))
axis.set_title("What 16 samples cannot tell apart, the network takes for low")
_ = axis.legend(ncols=2, loc="upper right")

# %% [markdown]
# The output between the samples is nearly a polygon: with $\lambda_k \sim k^{-2}$ the weights
# of the aliases fall as those of a piecewise linear function, not faster.
#
# ## What people get wrong here
#
# - **Flow time against steps.** $\tau = \eta s$ holds in both; $e^{-\lambda\tau}$ and
#   $(1 - \eta\lambda)^s$ agree for $\eta\lambda \ll 1$ only.
# - **The loss's rate.** The loss of a mode falls as $e^{-2\lambda\tau}$: a fitted loss curve
#   gives $2\lambda$.
# - **"Time grows as $k^2$" from $k = 1$.** It begins at $k = 3$.
# - **Large targets.** At amplitude 1 the kernel moves and high modes are slower than
#   $\lambda_k$ (tutorial 7).
# - **Without a bias** odd $k \ge 3$ are not slow but impossible (tutorial 4).
# - **float32** keeps 7 digits: $\lambda_{100} \approx 10^{-5}$ drowns in the rounding of
#   $K(0) = 3/2$ after a few steps.
#
# ## Questions
#
# **1.** Noise has variance σ²/n in each mode. Why does doubling n at fixed τ help, although there
# are twice as many modes?
#
# <details><summary>Answer</summary>
#
# Only modes with λ_k τ ≳ 1 pass, about 2√τ/π of them, whatever n is. Each carries half the
# noise.
#
# </details>
#
# **2.** How does the best stopping time change when σ doubles?
#
# <details><summary>Answer</summary>
#
# It gets earlier: the falling term is unchanged, the rising one is four times larger.
#
# </details>
#
# **3.** Steps to learn k = 9 at η = 1, to 5 %, roughly?
#
# <details><summary>Answer</summary>
#
# π² ln 20 · 81 ≈ 2 400.
#
# </details>
#
# **4.** The width is infinite and the target is cos 20t on a grid of 32 points. Which time does
# the loss take?
#
# <details><summary>Answer</summary>
#
# That of its alias, cos 12t: 32 − 20 = 12, with λ_12 plus its aliases. It is learned at that
# rate, and wrong between the samples.
#
# </details>
#
# Check your own: `minintk check decay "exp(-lambda*tau)"` is right,
# `minintk check steps_to_learn "log(q)/log(1 - eta*lambda)"` is right, and
# `minintk check decay "exp(-2*lambda*tau)"` is wrong: that is the loss. Exercises:
# `minintk exercises frozen_kernel_prediction`, `minintk exercises steps_to_learn`.
#
# ## Sources
#
# - N. Rahaman et al. (2019), *On the Spectral Bias of Neural Networks*.
# - R. Basri, D. Jacobs, Y. Kasten, S. Kritchman (2019), *The Convergence Rate of Neural
#   Networks for Learned Functions of Different Frequencies*: learning times on the circle.
# - A. Jacot, F. Gabriel, C. Hongler (2018), *Neural Tangent Kernel*, section 5: modes and early
#   stopping.
# - S. D. Kalvankar (2026), *Training Dynamics of Overparameterized Neural Networks*, MSc
#   thesis, TU Delft.
#
# Next: [6. Finite samples and width](06_finite_samples_and_width.ipynb).
