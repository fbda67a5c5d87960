"""The page conventions.md: what is fixed here, what differs elsewhere, other papers' kernels."""

from __future__ import annotations

import re
from collections.abc import Mapping

import minintk as mn
from minintk.course import CONVENTIONS
from minintk.course.conventions import conventions_of
from minintk.course.questions import QUESTIONS

TOP = """# Conventions

Three tables: what is fixed in minintk, what is often done in another way, and other papers' numbers
as multiples of those here. The first table is the docstring of the package. The last one is what
`minintk conventions` prints:

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
    ("κ0(0) = κ1(0) = 1; the kernel has ½ of each",
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
message lists them. At odd k ≥ 3 a paper without a bias has λ_k = 0, and is not asked for. A rate is
asked for in our λ: with `loss-mean-without-half` what is left of a mode is exp(−2λτ). Losses,
gradients and `growth_rate` are those of one sample.

| Quantity | Names that it takes |
|---|---|
"""
JACOT = """
The kernel of Jacot et al. is made of our parts, for weights over √2 and biases times β:
½K_w + β²K_b + K_a + β².

```python
>>> import minintk as mn
>>> from minintk.course import CONVENTIONS
>>> theta, beta = [0.0, 1.0, 3.0], 0.1
>>> part = mn.ntk_parts_of_angle(theta, law=mn.Law(weight_std=2**-0.5, bias_std=beta))
>>> kernel = part["w"] / 2 + beta**2 * part["b"] + part["a"] + beta**2
>>> (jacot,) = (row for row in CONVENTIONS if row.key == "jacot2018")
>>> bool(abs(kernel - jacot.of_angle(theta, 1)).max() < 1e-15)
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
    lines += ["", "## What may differ from yours", "", "| Here | Elsewhere |", "|---|---|"]
    lines += [_cells(*row) for row in DIFFER]
    lines += [
        "",
        "## Other papers",
        "",
        "Each ratio is theirs over ours. Where the parts differ, w is the first layer, b the bias",
        "and a the second layer. A dash: that part is not in their kernel. n is the number of",
        "samples, m the width. The titles of the papers are in [Sources](sources.md).",
        "",
        "| Name | Source | Kernel | Eigenvalue | Rate | Their kernel in our terms, and why |",
        "|---|---|---|---|---|---|",
    ]
    for row in CONVENTIONS:
        ratios = (ratio(row.kernel), ratio(row.eigenvalue), ratio(row.rate))
        words = f"{row.formula}<br>{row.note}" if row.note else row.formula
        lines.append(_cells(f"`{row.key}`", f"{row.name}: {row.source}", *ratios, words))
    return TOP + "\n".join(lines) + "\n" + ASK + asked() + JACOT
