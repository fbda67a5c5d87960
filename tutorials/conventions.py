"""The page conventions.md: what is fixed here, what differs elsewhere, other papers' kernels."""

from __future__ import annotations

import re
from collections.abc import Mapping

from glossary import section

import minintk as mn
from minintk.course import CONVENTIONS
from minintk.course.conventions import conventions_of
from minintk.course.questions import QUESTIONS

TOP = """# Conventions

Five tables: what is fixed in minintk, the symbols of [Results](results.md), and what is often done
in another way. Then come other papers' numbers, and which names a quantity takes. The first is the
docstring of the package. The fourth is what `minintk conventions` prints, in multiples of ours:

```sh
minintk conventions
```

This page is made from both by `python tutorials/pages.py`.

"""
# What readers know in another way: here, and elsewhere.
DIFFER = (
    ("factor m^-1/2 in front (NTK parametrisation); w ~ N(0, I), a = ±1",
     "He initialisation has the factor in the weights: another learning rate per layer"),
    ("loss 1/(2n) Σ (f − y)²",
     "Without the ½ every rate doubles. As a sum instead of a mean every rate has a factor n."),
    ("time τ = η × steps; descent r_s = (1 − ηλ)^s, flow exp(−λτ)",
     "The two agree for ηλ ≪ 1 only."),
    ("eigenvalues of K/n, the operator for dt/2π",
     "Those of the matrix K are n times larger."),
    ("λ_k of the residual; the loss falls as exp(−2 λ_k τ)",
     "A rate fitted to a loss curve is 2λ_k."),
    ("the arc-cosine kernels of order 0 and 1, κ0(0) = κ1(0) = 1; the kernel has ½ of each",
     "Cho & Saul have κ0 and κ1 themselves. Bietti & Mairal have twice our kernel without bias."),
    ("with bias K(0) = 3/2, without (`Law(bias=False)`) K(0) = 1",
     "Basri et al. with bias use (x, 1)/√2: half of our first layer and bias."),
    ("relu'(0) = 0", "Central differences give ½ on the kink."),
    ("angle by arctan2(|x × x'|, x·x')",
     "arccos(x·x') is wrong by 1e-8 near 0 and π, and NaN at times."),
    ("uniform grid without 2π",
     "A grid from 0 to 2π with both ends closes the circle twice. Its kernel matrix is singular, "
     "and not circulant."),
    ("float64 throughout",
     "float32 keeps 3 to 4 digits of an eigenvalue of 1e-5 (2 with arccos). One that is 0 becomes "
     "1e-9."),
    ("row index = first argument: `infinite_ntk(test, train)` is (test, train)",
     "Some codes return (train, test)."),
)  # fmt: skip

CIRCLE = ("the_circle", "2. Convolution, and its eigenfunctions")
COMPARED = ("finite_samples_and_width", "1. What is compared")
ALIGNMENT = ("the_kernel_moves", '"Alignment" needs a measure\'s name')
TURNS = ("what_moves_it", "Which way the kernel turns")
LIMIT = ("what_moves_it", "The mean-field limit: keep the motion, drop the randomness")
GAUSSIAN = "minintk.evolving.gaussian_limits"
# The symbols in the formulas of the results that the first table does not have, as they are
# written there; what each is; and the tutorial's section or the docstring that derives it.
SYMBOLS: tuple[tuple[str, str, tuple[str, str] | str], ...] = (
    ("i, j, l, p, s",
     "i numbers samples; j, l and p number modes; s numbers steps of descent.", ""),
    ("E, N, I, O",
     "E is the mean over random starts or samples, N a normal law. I is the identity matrix, "
     "O(…) the order of what is left out.", ""),
    ("⟨·⟩, ⟨·,·⟩",
     "The mean over the samples, or over the circle; of two functions, the mean of their product.",
     ""),
    ("‖·‖",
     "Of a function: the root of its mean square. Of a matrix: the spectral norm, but in "
     "`alignment` the Frobenius norm.", ""),
    ("Δ", "Before a symbol: its change in training, or in one step of it.", ""),
    ("α, u", "An angle of rotation, and the angle between two points, which other papers call θ.",
     ("the_circle", "1. Rotation invariance")),
    ("z", "What a neuron's ReLU is taken of, w·x + b.",
     ("a_relu_network_by_hand", "1. The network")),
    ("w̃, w̃_r", "First layer and bias of a neuron together, (w, b).",
     ("the_kernel_moves", "First exact law: every neuron keeps its balance")),
    ("g_a, g_w̃", "The gradient of the loss by a_r, and by w̃_r.",
     ("the_kernel_moves", "First exact law: every neuron keeps its balance")),
    ("r_s, r_{s+1}, r_k", "The residual after s steps. With k: its share of mode k.",
     ("from_descent_to_a_kernel", "2. If the kernel stood still")),
    ("K_n, K_m, K_0, K_ij, K_{i+1, j+1}",
     "The kernel's matrix on n samples, which tutorial 2 calls K; the kernel of a network of "
     "width m, that of the start; entries of a matrix.", CIRCLE),
    ("λ, λ_j, λ_l, λ_{k+jn}",
     "Eigenvalues of other modes. λ alone: of the one mode that is learned.", CIRCLE),
    ("λ_k^w, λ_k^b, λ_k^a",
     "The eigenvalues of the kernel's parts: first layer, bias, second layer. "
     "They add up to λ_k.",
     ("what_moves_it", "A null: what if all neurons grew alike?")),
    ("φ, φ_k, φ_j, φ_l, φ_p", "Modes of the Fourier basis. φ alone: all of them, as a vector.",
     CIRCLE),
    ("Φ", "The modes at the samples: Φ_ij = φ_j(t_i).", COMPARED),
    ("Λ", "The diagonal matrix of the λ_k: the kernel on the modes at infinite width.", COMPARED),
    ("A, A_jl, A_jj, A_ll, A_kk, A_0, A_s",
     "The kernel on the modes, ΦᵀKΦ/n², and its entries; of the start, and after s steps.",
     COMPARED),
    ("A",
     "In `frozen_fluctuation`, `evolving_or_frozen`, `phase_split` and `leading_logarithm`: the "
     "amplitude of the target A cos kt.", TURNS),
    ("A, B, W",
     "In `sampling_and_width`: W is the limit of √m (A − Λ) for m neurons, a Gaussian matrix. A "
     "and B are the limits of n and of m times the mean squared error.", GAUSSIAN),
    ("Q, QR", "Φ with orthonormal columns, from the decomposition Φ = QR.",
     ("finite_samples_and_width", "3. Finite samples: the constant")),
    ("G, U, ξ_p",
     "In `sampling` and `sampling_and_width`: G is the limit of √n (ΦᵀΦ/n − I), U its part above "
     "the diagonal and half of the diagonal. The ξ_p are independent, of mean 0 and variance 1.",
     GAUSSIAN),
    ("KA, CKA", "Kernel alignment with the kernel of infinite width; the same, centred.",
     ALIGNMENT),
    ("U, d",
     "In `alignment`: the top d eigenvectors of the kernel, d the number of modes |k| ≤ 4.",
     ALIGNMENT),
    ("gain_k", "The change of A_kk since the start, as the mean of both phases.",
     ("what_moves_it", "A null: what if all neurons grew alike?")),
    ("γ", "The motion, 1/√m: how far a neuron moves. The smaller γ, the lazier. It is γ₀ of "
     "Bordelon & Pehlevan: f = (1/(γ₀N)) Σ a relu(z), N neurons, at γ₀²N times our learning rate. "
     "α of Chizat et al. (2019) is 1/γ.", LIMIT),
    ("M",
     "The number of neurons that stand for the mean-field limit. In `mean_loss_excess`: of a "
     "network whose neurons move as those of width m; M = m in `mean_field_fluctuation`.", LIMIT),
    ("q_r", "The share of a neuron in that limit. The shares add up to 1.",
     "minintk.evolving.mean_field"),
    ("L_MF, L_mean-field", "The loss of the mean-field limit.", LIMIT),
    ("L_∞, L_frozen, L_evolving",
     "The loss at infinite width, with the frozen kernel, and of the network itself.",
     ("the_kernel_moves", "Two ways to train")),
    ("B, f_k', f_k''",
     "In `mean_field_fluctuation`: f' and f'' are derivatives of the output by the k-th direction "
     "of the random start. B/m is the share of the loss that they add.",
     "minintk.evolving.linear_response"),
    ("V_jk, V_kl, φ_jk, ψ_kl",
     "V: the variance of one neuron's entry between two modes. The phase of k is fixed; over both "
     "phases of j, or of l, it is summed. φ and ψ with two letters: integrals of e^{−λτ} over the "
     "training.",
     "minintk.evolving.fluctuation"),
    ("G", "In `phase_split` and where A G s_k stands: (1 − e^{−λτ})/λ.", TURNS),
    ("s_k", "1/(πk) for odd k, k/(π(k² − 1)) for even k ≥ 2.", TURNS),
    ("c_k", "s_k²/λ_k for k ≥ 2. That is 1 for odd k, k²/(k² + 3) for even k.",
     "minintk.evolving.leading_order"),
    ("D", "A²G²c_k/4π², the slope in ln √m under the flow. The Euler factor of descent multiplies "
     "it where steps take the place of the flow: `minintk.evolving.descent_factor`.", TURNS),
    ("H±, Q±, M_{Q±}",
     "H±: how the residual pushes the upper or lower end of an arc. Q±: what has come together of "
     "it until τ. M: multiplication by that.", TURNS),
    ("β", "In `kink`: the sharpness of the softplus ln(1 + e^{βz})/β.",
     "minintk.claims.beyond.kink"),
    ("β, β_rich",
     "In `hard_targets`: the exponent with which the loss falls, without and with features "
     "learned.", "minintk.claims.beyond.hard_targets"),
    ("U", "In `kernel_velocity`: the integral of φ x̃ over a neuron's arc.",
     "minintk.evolving.velocity"),
    ("K₃", "The third-order kernel ∇_θ K·∇_θ f: how fast K changes.", "minintk.evolving.velocity"),
)  # fmt: skip
OF_RESULTS = """
## The symbols of the results

The formulas of [Results](results.md) have these symbols beside those of the first table. A letter
with several meanings says in which claim it has which.

| Symbol | What it is | Where |
|---|---|---|
"""


def symbols() -> str:
    """The table of the results' symbols, as rows."""
    rows = []
    for forms, meaning, where in SYMBOLS:
        place = section(forms, *where) if isinstance(where, tuple) else where and f"`{where}`"
        rows.append(_cells(forms, meaning, place or "–") + "\n")
    return "".join(rows)


def fixed() -> list[tuple[str, str]]:
    """The table in the docstring of the package: what, and how it is."""
    block = str(mn.__doc__).split("the same everywhere:\n\n")[1].split("\n\nOne example")[0]
    rows: list[tuple[str, str]] = []
    for line in block.splitlines():
        if line.startswith(" "):
            what, how = rows.pop()
            rows.append((what, f"{how} {line.strip()}"))
        else:
            what, how = re.split(r"  +", line, maxsplit=1)
            rows.append((what, how))
    return rows


def _cells(*texts: str) -> str:
    return "| " + " | ".join(text.replace("|", r"\|") for text in texts) + " |"


def ratio(column: Mapping[str, str]) -> str:
    """theirs/ours: one number where it is the same for all parts, else by part."""
    if len(set(column.values())) == 1:
        return column["w"] if column["w"] != "0" else "–"
    return ", ".join(f"{part}: {'–' if text == '0' else text}" for part, text in column.items())


ASK = """
`minintk check QUANTITY "FORMULA" --convention NAME` asks for a formula in that convention. This
table has the names that each quantity takes, where the bias is trained. For another name the error
message lists them. `basri2019` has two rows. It asks for the one with bias, section 4 of the paper;
with `--no-bias` for the one without, section 3. The answer names the section. At odd k ≥ 3 a paper
without a bias has λ_k = 0: there it is taken with `--no-bias` alone, and the right answer is 0.
A rate is asked for in our λ: with `loss-mean-without-half` what is left of a mode is exp(−2λτ).
Losses, gradients and `growth_rate` are those of one sample.

| Quantity | Names that it takes |
|---|---|
"""
MOTIONS = """
Bordelon & Pehlevan (2022) and Chizat et al. (2019) have no row here: they scale the output, and so
how far neurons move. Their γ₀ and α stand in
[the symbols of the results](#the-symbols-of-the-results), under γ.
""".lstrip()
LEE = """
Lee et al. (2019) have no row, for their σ_w and σ_b are free. The library neural-tangents calls
them `W_std` and `b_std`. By their equation 1, the NTK parametrisation, a network of ours would be

```text
f = (σ_w/√m) Σ_r a_r relu(z_r) + σ_b c,   z_r = (σ_w/√2) w_r·x + σ_b b_r
```

with w, b, a and c drawn from N(0, 1), and all trained. A factor in front of a parameter comes
squared into the kernel. With K_w, K_b and K_a our parts for w ~ N(0, σ_w²/2), b ~ N(0, σ_b²):

```text
K = σ_w² (½σ_w² K_w + σ_b² K_b + K_a) + σ_b²
```

σ_w and σ_b are in this kernel alone. The rate is that of the loss, by the rows above: a sum over
samples with a half is `loss-sum-with-half`. Jacot et al. (2018) have σ_w = 1 and σ_b = β. With
σ_w = √2 and σ_b = 0 this is the kernel of Bietti & Mairal (2019), twice ours without a bias.

```python
>>> import minintk as mn
>>> from minintk.course import CONVENTIONS
>>> def lee(theta, sigma_w, sigma_b):
...     law = mn.Law(weight_std=sigma_w / 2**0.5, bias_std=sigma_b)
...     part = mn.ntk_parts_of_angle(theta, law=law)
...     inner = sigma_w**2 / 2 * part["w"] + sigma_b**2 * part["b"] + part["a"]
...     return sigma_w**2 * inner + sigma_b**2
>>> theta, width = [0.0, 1.0, 3.0], 1  # of_angle takes the width m, which only some kernels have
>>> jacot, bietti = (row for row in CONVENTIONS if row.key in ("jacot2018", "bietti2019"))
>>> bool(abs(lee(theta, 1, 0.1) - jacot.of_angle(theta, width)).max() < 1e-15)
True
>>> bool(abs(lee(theta, 2**0.5, 0) - bietti.of_angle(theta, width)).max() < 1e-15)
True

```
"""


def asked() -> str:
    """Which quantity of `minintk check` takes which names, as rows; and those that take none."""
    taken: dict[str, list[str]] = {}
    for name, question in QUESTIONS.items():
        names = ", ".join(f"`{key}`" for key in conventions_of(question(True, None)))
        taken.setdefault(names, []).append(f"`{name}`")
    rows = sorted(taken.items(), key=lambda row: not row[0])
    return "".join(_cells(", ".join(q), names or "none") + "\n" for names, q in rows)


def page() -> str:
    """The whole page."""
    lines = ["## What is fixed here", "", "| What | How |", "|---|---|"]
    lines += [_cells(*row) for row in fixed()]
    lines += [
        OF_RESULTS + symbols(),
        "## What may differ from yours",
        "",
        "| Here | Elsewhere |",
        "|---|---|",
    ]
    lines += [_cells(*row) for row in DIFFER]
    lines += [
        "",
        "## Other papers",
        "",
        "Each ratio is theirs over ours. Where the parts differ, w is the first layer, b the bias",
        "and a the second layer. A dash: that part is not in their kernel; under Rate, that it is",
        "not trained. No single ratio: theirs is no sum of multiples of our parts. n is the number",
        "of samples, m the width. The eigenvalue is that of the operator for dt/2π with their",
        "kernel, whatever the paper divides by. For Basri et al. it is a cosine coefficient. The",
        "titles of the papers are in [Sources](sources.md).",
        "",
        "| Name | Source | Kernel | Eigenvalue | Rate | Their kernel in our terms, and why |",
        "|---|---|---|---|---|---|",
    ]
    for row in CONVENTIONS:
        ratios = (ratio(row.kernel), ratio(row.eigenvalue), ratio(row.rate))
        words = f"{row.formula}<br>{row.note}" if row.note else row.formula
        lines.append(_cells(f"`{row.key}`", f"{row.name}: {row.source}", *ratios, words))
    lines += ["", MOTIONS.rstrip()]
    return TOP + "\n".join(lines) + "\n" + ASK + asked() + LEE
