"""Write formulas.md: every formula of the study on one page, each evaluated against the code.

python tutorials/formulas.py

A row has the formula as one writes it, the same as an expression of NumPy, and the call of minintk.
Writing evaluates expression and call, with numbers of no special kind, and rejects a row where they
differ by more than 1e-10 of the larger.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import minintk as mn
from minintk import evolving, fast

SHEET = Path(__file__).resolve().parent / "formulas.md"
TOLERANCE = 1e-10


class Row(NamedTuple):
    """A formula in LaTeX, as an expression, and as a call of minintk."""

    name: str
    latex: str
    expression: str
    call: str


def symbols() -> dict[str, Any]:
    """What the expressions speak of: a small network, samples, angles, frequencies."""
    rng = np.random.default_rng(0)
    n, m = 7, 11
    params = mn.initialise(m, rng, mn.Law(bias_std=0.5))
    angles = mn.sample_angles(n, rng)
    x = np.column_stack([np.cos(angles), np.sin(angles), np.ones(n)])
    weights = np.column_stack([params.w, params.b])
    z = x @ weights.T
    y = rng.standard_normal(n)
    names = {
        "angles": angles,
        "params": params,
        "n": n,
        "m": m,
        "X": x,
        "Z": z,
        "H": np.maximum(z, 0),
        "D": (z > 0) * params.a,
        "a": params.a,
        "w": params.w,
        "b": params.b,
        "y": y,
        "f": mn.forward(params, angles),
        "J": mn.output_jacobian(params, angles),
        "theta": np.linspace(0.1, 3.0, 8),
        "s": 1.3,
        "beta": 0.6,
        "even": np.arange(2, 11, 2),
        "odd": np.arange(3, 11, 2),
        "k": np.arange(0, 5),
        "tau": 2.5,
        "eta": 0.7,
        "steps": 30,
        "lam": np.array([0.55, 0.08, 0.011]),
        "grid": 12,
        "T": mn.infinite_ntk(angles) / n,
        "half": 0.9,
        "q": 0.05,
        "c": np.array([1.0, 0.7, -0.4]),
        "neurons": _neurons(),
    }
    return {"np": np, "mn": mn, "fast": fast, "evolving": evolving, **names, "r": names["f"] - y}


def _neurons() -> list[mn.Params]:
    """Thirty neurons that stand for the law w ~ N(0, I), b = 0, a = 1, each for an equal share.

    |w|² = 2u, u = 1 − 1/√2 twice and 1 + √2 once: E u = 1, E u² = 2, as for the density e^{-u}.
    Ten directions in even steps, half of them on each side of every line, integrate degree 4.
    """
    radii = np.sqrt(2 * np.array([1 - 0.5**0.5, 1 - 0.5**0.5, 1 + 2**0.5]))
    phi = 2 * np.pi * np.arange(10) / 10
    directions = np.stack([np.cos(phi), np.sin(phi)], axis=1)
    return [mn.Params([r * d], [0.0], [1.0]) for r in radii for d in directions]


PARTS: dict[str, list[Row]] = {
    "The network and its gradient": [
        Row(
            "output",
            r"f(x) = m^{-1/2} \sum_r a_r \, \mathrm{relu}(w_r \cdot x + b_r)",
            "H @ a / np.sqrt(m)",
            "mn.forward(params, angles)",
        ),
        Row(
            "loss",
            r"L = \frac{1}{2n} \sum_i (f(x_i) - y_i)^2",
            "np.sum((f - y) ** 2) / (2 * n)",
            "mn.loss_and_gradient(params, angles, y)[0]",
        ),
        Row(
            "second layer",
            r"\partial L / \partial a_r = \frac{1}{n \sqrt m} \sum_i r_i \, \mathrm{relu}(z_{ir})",
            "r @ H / (n * np.sqrt(m))",
            "mn.loss_and_gradient(params, angles, y)[1].a",
        ),
        Row(
            "first layer",
            r"\partial L / \partial w_r = \frac{a_r}{n \sqrt m} \sum_i r_i \, 1(z_{ir} > 0) \, x_i",
            "(r[:, None] * D).T @ X[:, :2] / (n * np.sqrt(m))",
            "mn.loss_and_gradient(params, angles, y)[1].w",
        ),
        Row(
            "bias",
            r"\partial L / \partial b_r = \frac{a_r}{n \sqrt m} \sum_i r_i \, 1(z_{ir} > 0)",
            "r @ D / (n * np.sqrt(m))",
            "mn.loss_and_gradient(params, angles, y)[1].b",
        ),
    ],
    "The kernel of a network": [
        Row("definition", r"K = J J^{\mathsf T}", "J @ J.T", "mn.empirical_ntk(params, angles)"),
        Row(
            "factorised",
            r"K = \frac1m \left[ (\tilde X \tilde X^{\mathsf T}) \circ (D D^{\mathsf T})"
            r" + H H^{\mathsf T} \right]",
            "((X @ X.T) * (D @ D.T) + H @ H.T) / m",
            "mn.empirical_ntk(params, angles)",
        ),
        Row(
            "balance",
            r"a_r^2 - \lVert w_r \rVert^2 - b_r^2 \text{ is conserved by the flow}",
            "a**2 - np.sum(w**2, axis=1) - b**2",
            "mn.balance(params)",
        ),
        Row(
            "growth",
            r"\tfrac{d}{d\tau} \sum_r a_r^2 = 2 \langle y - f, f \rangle",
            "2 * np.mean((y - f) * f)",
            "mn.growth_rate(f, y)",
        ),
    ],
    "Infinite width": [
        Row(
            "arc-cosine, order 0",
            r"\kappa_0(\theta) = (\pi - \theta)/\pi",
            "(np.pi - theta) / np.pi",
            "mn.kappa0(theta)",
        ),
        Row(
            "arc-cosine, order 1",
            r"\kappa_1(\theta) = (\sin\theta + (\pi - \theta) \cos\theta)/\pi",
            "(np.sin(theta) + (np.pi - theta) * np.cos(theta)) / np.pi",
            "mn.kappa1(theta)",
        ),
        Row(
            "NTK",
            r"K(\theta) = \tfrac12 [(\cos\theta + 1) \kappa_0 + \kappa_1]",
            "((np.cos(theta) + 1) * mn.kappa0(theta) + mn.kappa1(theta)) / 2",
            "mn.ntk_of_angle(theta)",
        ),
        Row(
            "NTK without a bias",
            r"K(\theta) = \tfrac12 [\cos\theta \, \kappa_0 + \kappa_1]",
            "(np.cos(theta) * mn.kappa0(theta) + mn.kappa1(theta)) / 2",
            "mn.ntk_of_angle(theta, mn.Law(bias=False))",
        ),
        Row(
            "drawn weights and biases, part a",
            r"K_a = \tfrac12 (s^2 + \beta^2) \kappa_1(u),\ "
            r"\cos u = \frac{s^2 \cos\theta + \beta^2}{s^2 + \beta^2}",
            "(s**2 + beta**2) / 2 * mn.kappa1(np.arccos("
            "(s**2 * np.cos(theta) + beta**2) / (s**2 + beta**2)))",
            'mn.ntk_parts_of_angle(theta, mn.Law(weight_std=s, bias_std=beta))["a"]',
        ),
    ],
    "Eigenvalues on the Fourier modes": [
        Row(
            "k = 0, 1",
            r"\lambda_0 = \frac{3}{\pi^2} + \frac14,\ \lambda_1 = \frac14 + \frac{1}{\pi^2}",
            "np.array([3 / np.pi**2 + 1 / 4, 1 / 4 + 1 / np.pi**2])",
            "mn.fourier_eigenvalues(1)",
        ),
        Row(
            "even k ≥ 2",
            r"\lambda_k = \frac{k^2 + 3}{\pi^2 (k^2 - 1)^2}",
            "(even**2 + 3) / (np.pi**2 * (even**2 - 1) ** 2)",
            "mn.fourier_eigenvalues(10)[even]",
        ),
        Row(
            "odd k ≥ 3 (0 without a bias)",
            r"\lambda_k = \frac{1}{\pi^2 k^2}",
            "1 / (np.pi**2 * odd**2)",
            "mn.fourier_eigenvalues(10)[odd]",
        ),
        Row(
            "definition, by quadrature",
            r"\lambda_k = \frac{1}{2\pi} \int_{-\pi}^{\pi} K(u) \cos ku \, du",
            "mn.quadrature_eigenvalues(mn.ntk_of_angle, 4)",
            "mn.fourier_eigenvalues(4)[k]",
        ),
        Row(
            "on a grid",
            r"\lambda_k^{(n)} = \sum_{j \in \mathbb Z} \lambda_{k + jn}"
            r"\text{, the eigenvalues of } K_n/n",
            "np.fft.fft(mn.infinite_ntk(mn.uniform_angles(grid))[0]).real / grid",
            "mn.aliased_eigenvalues(grid)",
        ),
    ],
    "Dynamics under a fixed kernel": [
        Row(
            "flow, one mode",
            r"e^{-\lambda\tau}",
            "np.exp(-lam * tau)",
            "mn.mode_decay(lam, tau)[0]",
        ),
        Row(
            "descent, one mode",
            r"(1 - \eta\lambda)^s",
            "(1 - eta * lam) ** steps",
            "mn.mode_descent(lam, eta, [steps])[0]",
        ),
        Row(
            "flow, whole residual",
            r"r(\tau) = e^{-T\tau} r(0) = V e^{-\Lambda\tau} V^{\mathsf T} r(0),\ T = K/n",
            "np.linalg.eigh(T)[1] @ (np.exp(-np.linalg.eigh(T)[0] * tau)"
            " * (np.linalg.eigh(T)[1].T @ r))",
            "mn.frozen_flow(n * T, f, y, [tau])[0] - y",
        ),
        Row(
            "output at other points",
            r"f(x, \tau) = f(x, 0) - k(x)^{\mathsf T} \, \psi(T) \, r(0)/n,\ "
            r"\psi(\lambda) = (1 - e^{-\lambda\tau})/\lambda",
            "0 - mn.infinite_ntk(theta, angles) @ np.linalg.solve(T, r - np.linalg.eigh(T)[1]"
            " @ (np.exp(-np.linalg.eigh(T)[0] * tau) * (np.linalg.eigh(T)[1].T @ r))) / n",
            "mn.frozen_flow(n * T, f, y, [tau], test_kernel=mn.infinite_ntk(theta, angles),"
            " test_initial_output=0 * theta)[0]",
        ),
        Row(
            "time until a fraction q is left",
            r"\tau = \ln(1/q)/\lambda",
            "np.log(1 / q) / lam",
            "mn.time_to_learn(lam, q)",
        ),
        Row(
            "steps until a fraction q is left",
            r"s = \ln q / \ln(1 - \eta\lambda)",
            "np.log(q) / np.log(1 - eta * lam)",
            "mn.steps_to_learn(lam, eta, q)",
        ),
        Row(
            "growth of Σ a² in the lazy limit",
            r"\sum_k y_k^2 (1 - e^{-\lambda_k\tau})^2/\lambda_k",
            "np.sum(c**2 * (1 - np.exp(-lam * tau)) ** 2 / lam)",
            "mn.lazy_growth(c, lam, [tau])[0]",
        ),
        Row(
            "largest stable rate",
            r"\eta < 2/\lambda_{\max}",
            "2 / np.linalg.eigvalsh(T).max()",
            "mn.largest_stable_learning_rate(np.linalg.eigvalsh(T).max())",
        ),
    ],
    "Samples, blocks, alignment": [
        Row(
            "Fourier basis",
            r"\varphi_0 = 1,\ \sqrt2 \cos kt,\ \sqrt2 \sin kt",
            "np.column_stack([angles**0, 2**0.5 * np.cos(angles), 2**0.5 * np.sin(angles)])",
            "mn.fourier_basis(angles, 1)",
        ),
        Row(
            "low-frequency block, raw",
            r"A = \Phi^{\mathsf T} K_n \Phi / n^2",
            "mn.fourier_basis(angles, 1).T @ (n * T) @ mn.fourier_basis(angles, 1) / n**2",
            "mn.low_frequency_block(n * T, angles, 1)",
        ),
        Row(
            "target alignment",
            r"y^{\mathsf T} K y / (\lVert K \rVert_F \lVert y \rVert^2)",
            "y @ T @ y / (np.sqrt(np.sum(T**2)) * (y @ y))",
            "mn.target_alignment(n * T, y)",
        ),
        Row(
            "effective rank, infinite width and n → ∞ on a grid",
            r"(\operatorname{tr} K)^2/\lVert K \rVert_F^2 \to "
            r"K(0)^2 \big/ \big(\lambda_0^2 + 2 \sum_{k \ge 1} \lambda_k^2\big)"
            r" = \frac{18 \pi^2}{2 \pi^2 + 25}",
            "18 * np.pi**2 / (2 * np.pi**2 + 25)",
            "mn.ntk_of_angle(0.0) ** 2 / np.sum("
            "mn.fourier_eigenvalues(2000)[mn.basis_frequencies(2000)] ** 2)",
        ),
    ],
    "A finite width, and the kernel that moves": [
        Row(
            "variance of the diagonal, m independent neurons, w ~ N(0, I), b = 0, a = ±1",
            r"\operatorname{Var} K_m(x, x) = \frac1m \left( \tfrac12 E(2 + z^2)^2 -"
            r" (\tfrac32)^2 \right) = \frac{13}{4m},\ z \sim N(0, 1)",
            "13 / (4 * m)",
            "np.var([mn.empirical_ntk(one, angles[:1]) for one in neurons]) / m",
        ),
        Row(
            "variance of one neuron's entry between cos kt, odd k ≥ 3, and frequency j, "
            "summed over both phases of j: for j = 0, 1, k, other odd j",
            r"V_{jk} = \tfrac{\lambda_k}4,\ \tfrac{2\lambda_k}{\pi^2},\ \lambda_k^2,\ "
            r"2\lambda_j\lambda_k",
            "np.array([1 / 36, 2 / (9 * np.pi**2), 1 / (81 * np.pi**2), 2 / (225 * np.pi**2)])"
            " / np.pi**2",
            "evolving.entry_variances(3, 5)[[0, 1, 3, 5]]",
        ),
        Row(
            "squared Frobenius error of the block k = 0 … 4, times m "
            "(h, g, e: tutorial 6, section 5)",
            r"C_m^2 = 13 \lVert h \rVert^4 + \lVert g \rVert^4 + \lVert e \rVert^4 "
            r"+ \tfrac6{\pi^2} - \lVert \Lambda \rVert_F^2",
            "13 * (1 / 8 + 277 / (225 * np.pi**2)) ** 2 + (1 / 8 + 232 / (225 * np.pi**2)) ** 2"
            " + (1 / 4 + 20 / (9 * np.pi**2)) ** 2 + 6 / np.pi**2"
            " - np.sum(mn.fourier_eigenvalues(4)[mn.basis_frequencies(4)] ** 2)",
            "sum((2 - (k == 0)) * evolving.entry_variances(k, 4).sum() for k in range(5))",
        ),
        Row(
            "learning A cos kt, odd k ≥ 3: slope in ln √m of m ΔK/λ_k on sin kt",
            r"A^2 G^2/4\pi^2,\ G = (1 - e^{-\lambda_k\tau})/\lambda_k"
            r"\text{; on } \cos kt \text{ the opposite}",
            "q**2 * (9 * np.pi**2 * (1 - np.exp(-tau / (9 * np.pi**2)))) ** 2 / (4 * np.pi**2)",
            "evolving.relative_split(3, q, tau)[1]",
        ),
        Row(
            "steps of descent in the place of the flow, in that (the Euler factor)",
            r"\sum_s \sum_{s' \le s} \delta_{s'} \delta_s \big/ \tfrac12 G^2,\ "
            r"\delta_s = \eta (1 - \eta\lambda_k)^s",
            "np.sum(np.cumsum(eta * (1 - eta / (9 * np.pi**2)) ** np.arange(steps))"
            " * eta * (1 - eta / (9 * np.pi**2)) ** np.arange(steps))"
            " / (0.5 * (9 * np.pi**2 * (1 - np.exp(-eta * steps / (9 * np.pi**2)))) ** 2)",
            "evolving.descent_factor(3, eta, steps)",
        ),
    ],
    "Arcs": [
        Row(
            "⟨1, K 1⟩ of a network, b = 0, a = ±1",
            r"\tfrac14 + \tfrac1{\pi^2} (1 + \tfrac1m \sum_r \lVert w_r \rVert^2)",
            "1 / 4 + (1 + np.mean(np.sum(w**2, axis=1))) / np.pi**2 * np.ones((1, 1))",
            "fast.population_low_frequency_block(mn.Params(w, 0 * b, np.sign(a)), 0)",
        ),
        Row(
            "share of the circle on an arc",
            r"\int_{\varphi-h}^{\varphi+h} \frac{dt}{2\pi} = \frac{h}{\pi},\ "
            r"h = \arccos(-b/\lVert w \rVert)",
            "np.arccos(-half) / np.pi * np.ones((1, 1))",
            "fast.population_low_frequency_block(mn.Params("
            'w=[[1.0, 0.0]], b=[half], a=[1.0], trained=("b",)), 0) ** 0.5',
        ),
        Row(
            "the network at all samples",
            r"f = A \cos t + B \sin t + C\text{, running sums of } a_r (w_r, b_r)/\sqrt m",
            "H @ a / np.sqrt(m)",
            "fast.forward(params, angles)",
        ),
    ],
}


def evaluated(row: Row) -> float:
    """The distance between a row's expression and its call, in units of the larger."""
    left, right = (np.asarray(eval(text, symbols()), dtype=float) for text in row[2:])
    if left.shape != right.shape:
        raise ValueError(f"{row.name}: shapes {left.shape} and {right.shape}")
    return float(np.abs(left - right).max() / max(np.abs(left).max(), np.abs(right).max()))


def sheet() -> str:
    """The page, after every formula on it was evaluated."""
    lines = [
        "# Formulas",
        "",
        "Every row was evaluated when this page was written (`python tutorials/formulas.py`): the",
        "expression in the second column against the call in the third, to 1e-10. There are",
        "n samples and m neurons; t is an angle, and θ an angle between two points. Further",
        "r = f − y, τ = η × steps, x̃ = (cos t, sin t, 1) and z = w·x + b. The matrices of x̃, z,",
        "relu(z) and 1(z > 0) a are `X`, `Z`, `H` and `D`. `neurons` are 30 neurons that",
        "stand for the law w ~ N(0, I), b = 0.",
        "",
    ]
    for title, rows in PARTS.items():
        lines += [f"## {title}", "", "| Formula | In NumPy | In minintk |", "|---|---|---|"]
        for row in rows:
            distance = evaluated(row)
            if not distance <= TOLERANCE:
                raise ValueError(f"{row.name}: the formula is off by {distance:.1e}")
            cells = f"{row.name}: $`{row.latex}`$", f"`{row.expression}`", f"`{row.call}`"
            lines.append(f"| {' | '.join(cells)} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def write() -> None:
    """Write formulas.md."""
    SHEET.write_text(sheet(), encoding="utf-8")


if __name__ == "__main__":
    write()
