"""The page reference.md: every name that a module lists, from its docstring, in reading order."""

from __future__ import annotations

import inspect
import re
import sys
from importlib import import_module
from types import ModuleType
from typing import Any

import minintk as mn

TOP = """# Reference

The names of minintk, in reading order: what to call, what it computes, and the source. Public are
all but those marked *may change*: see “What is public” in
[CONTRIBUTING](../.github/CONTRIBUTING.md).
This page is made from the docstrings by `python tutorials/pages.py`. `help(minintk.kappa1)` shows
a docstring whole: shapes, units, limits, errors, and an example that runs in the tests.
The [formula sheet](formulas.md) has the formulas in LaTeX, each evaluated against the code.
[Sources](sources.md) has the titles of the papers.

"""
NEXT = """`minintk/fast/` has fast versions of them for larger sizes. `minintk/evolving/` has the
kernel that moves, in the order of its docstring. Then open any file of `minintk/claims/study/`, for
example `rotation.py`: all claims have the same shape.
"""
FURTHER = {
    "minintk.fast": "The same functions through arcs, for larger sizes.",
    "minintk.evolving": "The first correction to a fixed kernel, and a mean-field limit. What "
    "draws a start, or averages over it, has w ~ N(0, I) and a bias that is trained from 0: no "
    "function takes a `Law`. Without a bias give `mean_field_descent` the start "
    '`Params(w, b, a, trained=("w", "a"))` with b = 0: `help(minintk.evolving)` shows it. For '
    "the start itself average `minintk.fast.population_low_frequency_block` over networks of "
    "`Law(bias=False)`.",
    "minintk.plotting": "Pictures of a training: on Axes of your own, or as an animation.",
    "minintk.report": "Runs of claims from Python, with sizes of your own. In a script call `run` "
    'under `if __name__ == "__main__":`, for its child processes import the script again.',
    "minintk.bench": "Times of your own sizes: [Speed](speed.md) shows how.",
    "minintk.course": "A student's formulas and functions: is it right, and if not, what is wrong?",
}
# Of these modules the names that are public; of all others every one.
PUBLIC = {
    "minintk.report": {"Link", "Run", "run"},
    "minintk.bench": {"Case", "Result", "measure_case", "run_cases"},
}
# Names that are values: they have no docstring of their own.
VALUES = {
    "DEFAULT_LAW": "The law of the study: w ~ N(0, I), b = 0, a = ±1, all parts trained.",
    "MEASURES": "The alignment measures, each with its formula, range and what it is blind to.",
    "Objective": "The type of what training lowers: `Params` in, loss and gradient out.",
    "PARTS": "What moves in each column of `replayed`, from nothing to the network itself.",
    "COLOURS": "The colours of every figure, which those who confuse colours can tell apart.",
    "LINES": "The line styles of every figure, so that no colour carries a meaning alone.",
    "STYLE": "The settings of matplotlib for a figure of minintk.",
    "CATALOGUE": "The mistakes that a diagnosis names, by their names.",
    "CONVENTIONS": "The ratios of other papers' kernels, eigenvalues and rates to those here.",
    "CASES": "What `minintk bench` times.",
    "QUICK_CASES": "What `minintk bench --quick` times.",
    "EXERCISES": "The exercises by name, in teaching order.",
}
MAP = (
    ("What are the data?", "uniform_angles sample_angles circle_points", "x(t) = (cos t, sin t)"),
    ("In which basis do we look?", "fourier_basis fourier_coefficients",
     "1, √2 cos kt, √2 sin kt, orthonormal for dt/2π"),
    ("What is the network?", "initialise Law forward",
     "f = m^-1/2 Σ a_r relu(w_r·x + b_r), NTK parametrisation (Jacot et al. 2018)"),
    ("How does a loss reach every weight?", "forward_with_cache backward loss loss_and_gradient",
     "∂L/∂w_r = m^-1/2 a_r Σ_i g_i 1(z_ir > 0) x_i"),
    ("How does the output move?", "output_jacobian central_differences", "J_ij = ∂f(x_i)/∂θ_j"),
    ("What is the kernel of this network?", "empirical_ntk factorised_ntk",
     "K = J Jᵀ (Jacot et al. 2018, section 4)"),
    ("And its mean over networks?", "monte_carlo_ntk", "E[K_m] = K at every width"),
    ("And in closed form?", "kappa0 kappa1 ntk_of_angle infinite_ntk",
     "K(θ) = ½[(cos θ + 1) κ0 + κ1] (Cho & Saul 2009; Jacot et al. 2018, theorem 1)"),
    ("How fast is each frequency learned?", "fourier_eigenvalues aliased_eigenvalues",
     "λ_k = (1/2π) ∫ K cos ku du ~ 1/(π²k²) (Basri et al. 2019; Bietti & Mairal 2019)"),
    ("Of any other kernel?", "quadrature_eigenvalues circulant_eigenvalues low_frequency_block",
     "Tφ = λφ; on a grid Σ_j λ_{k+jn}"),
    ("How do two kernels compare?", "spectral_error MEASURES alignment_measures kernel_alignment",
     "eight alignment measures in one table: name, formula, range, and what each is blind to"),
    ("What does a fixed kernel predict?", "frozen_flow frozen_descent mode_decay steps_to_learn",
     "r(τ) = exp(−Tτ) r(0); r_s = (I − ηT)^s r_0 (Jacot et al. 2018, section 5)"),
    ("What does the network really do?", "gradient_descent Trace balance growth_rate",
     "θ ← θ − η∇L; a² − |w|² − b² conserved (Du et al. 2018)"),
)  # fmt: skip


def core() -> list[str]:
    """The modules of the core in the order in which the package's docstring reads them."""
    order = re.search(r"core modules in this order: (.+?)\. `", str(mn.__doc__), flags=re.DOTALL)
    assert order is not None
    return re.findall(r"\w+", re.sub(r"\([^)]*\)", "", order[1]))


def paragraphs(value: Any) -> list[str]:
    """The paragraphs of a docstring, without its examples."""
    text = (inspect.getdoc(value) or "").split(">>>")[0].strip()
    return [part.strip("\n") for part in re.split(r"\n\s*\n", text)]


def signature(name: str, value: Any) -> str:
    """A call, with its defaults and without types."""
    if inspect.isclass(value) and issubclass(value, Exception):
        return name
    shown = []
    for at in inspect.signature(value).parameters.values():
        if at.kind is at.KEYWORD_ONLY and "*" not in shown:
            shown.append("*")
        default = f"={_default(at.default)}" if at.default is not at.empty else ""
        shown.append({at.VAR_POSITIONAL: "*", at.VAR_KEYWORD: "**"}.get(at.kind, "")
                     + at.name + default)  # fmt: skip
    return f"{name}({', '.join(shown)})"


def _default(value: Any) -> str:
    if isinstance(value, mn.Law):
        return "DEFAULT_LAW"
    return repr(value) if isinstance(value, (bool, int, float, str, tuple, type(None))) else "…"


def formula(parts: list[str]) -> str:
    """The paragraph after the sentence, where it is a formula: no sentence, so it has no stop."""
    if len(parts) < 2 or parts[1].endswith(".") or parts[1].startswith("See "):
        return ""
    return parts[1]


def source(parts: list[str]) -> str:
    """What a docstring names as its source."""
    found = re.search(r"(?:^|\s)Source: (.+)", parts[-1], flags=re.DOTALL)
    return " ".join(found[1].split()) if found else ""


def returned(value: Any) -> str:
    """What a function returns, by its docstring, or else by its type."""
    if not inspect.isfunction(value):
        return ""
    text = " ".join(" ".join(paragraphs(value)).split())
    found = re.search(r"\breturns (.+?)(?:;|\.(?= [A-Z]|$))", text, re.IGNORECASE)
    return f" Returns {found[1]}." if found else f" Returns `{value.__annotations__['return']}`."


def home(module: ModuleType, name: str) -> str:
    """The module whose file has a public name of a module or subpackage."""
    if name not in VALUES:
        return str(getattr(module, name).__module__)
    below = f"{module.__name__}."
    found = [  # which lists its names, or says the type of this one
        key
        for key, part in sys.modules.items()
        for names in ("__all__", "__annotations__")
        if key.startswith(below) and name in getattr(part, names, ())
    ]
    return found[0] if found else module.__name__


def entry(module: ModuleType, name: str) -> str:
    """One name: its call, its sentence, the module of a subpackage, its formula, source."""
    value, place = getattr(module, name), home(module, name)
    where = f" In `{place}`." if place != module.__name__ else ""
    if name not in PUBLIC.get(module.__name__, {name}):
        where = f" *May change.*{where}"
    if name in VALUES:
        measures = _measures() if name == "MEASURES" else ""
        return f"**`{name}`**: {VALUES[name]}{where}\n{measures}"
    parts = paragraphs(value)
    what = returned(value) if module.__name__ == "minintk.evolving" else ""
    lines = [f"**`{signature(name, value)}`**: {' '.join(parts[0].split())}{what}{where}"]
    if written := formula(parts):
        lines += ["", "```text", written, "```"]
    if named := source(parts):
        lines += ["", f"Source: {named}"]
    return "\n".join(lines) + "\n"


def _measures() -> str:
    rows = [
        f"| {measure.name} | {measure.formula} | {measure.low:g} … {measure.high:g} "
        f"| {measure.blind_to} |\n".replace("inf", "∞").replace("-1 …", "−1 …")
        for measure in mn.MEASURES
    ]
    head = "| Measure | Formula | Range | Blind to |\n|---|---|---|---|\n"
    return (
        f"\n{head}{''.join(rows)}\nL is the kernel of infinite width, A the low-frequency block.\n"
    )


def section(name: str, title: str, sentence: str) -> list[str]:
    """A module or subpackage: what it is, and its public names."""
    module = import_module(name)
    names = [key for key in module.__all__ if not inspect.ismodule(getattr(module, key))]
    return [f"## {title}\n", f"{sentence}\n", *(entry(module, key) for key in names)]


def _map() -> list[str]:
    rows = []
    for question, names, equation in MAP:
        calls = ", ".join(f"`{name}`" for name in names.split() if hasattr(mn, name))
        assert calls.count("`") == 2 * len(names.split()), names
        rows.append(f"| {question} | {calls} | {equation.replace('|', chr(92) + '|')} |")
    head = "| Question | Function | Equation, and where it is from |\n|---|---|---|\n"
    return ["## Where to find what\n", head + "\n".join(rows) + "\n"]


def page() -> str:
    """The whole page."""
    names = core()
    read = ", ".join(f"`{name}`" for name in names)
    lines = [*_map(), f"Read the files of `minintk/` in this order: {read}.\n", NEXT]
    for name in names:
        module = import_module(f"minintk.{name}")
        lines += section(module.__name__, f"minintk.{name}", paragraphs(module)[0])
    for name, sentence in FURTHER.items():
        lines += section(name, name, sentence)
    return TOP + "\n".join(lines)
