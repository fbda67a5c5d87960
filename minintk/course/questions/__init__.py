"""What is asked: one file a chapter, read by `check` and by `grade` alike.

QUESTIONS   name → builder of the question of a formula, from (bias, k)
names_of    the names of a quantity on paper, in front of an equation
TRIALS      exercise → how its questions are asked of a function
"""

from __future__ import annotations

from . import dynamics, eigenvalues, geometry, gradients, kernels, networks, training
from .question import Builder, Trials, fixed

_OF_FORMULAS = (kernels, eigenvalues, networks, gradients, dynamics)
QUESTIONS: dict[str, Builder] = {
    **{name: build for chapter in _OF_FORMULAS for name, build in chapter.QUESTIONS.items()},
    **fixed(geometry.ANGLE_BETWEEN),
}
_CHAPTERS = (*_OF_FORMULAS, geometry, training)
TRIALS: dict[str, Trials] = {name: t for c in _CHAPTERS for name, t in c.TRIALS.items()}
_NAMES = {
    **{f"kappa{order}": f"κ{order}" for order in range(3)},
    **{"ntk_first_layer": "K_w", "ntk_bias": "K_b", "ntk_second_layer": "K_a", "loss": "L"},
    **{"decay": "r_k(τ)/r_k(0)", "descent_decay": "r_k(s)/r_k(0)", "steps_to_learn": "s"},
    **{"largest_stable_learning_rate": "η, η_max", "growth_rate": "d/dτ Σ a², d/dτ Σ_r a_r²"},
    **{"angle_between": "θ", "relu_derivative": "relu'(z)"},
}


def names_of(quantity: str, k: str | None = None) -> list[str]:
    """The names of a quantity on paper, in front of an equation: κ0, λ_k."""
    if quantity.startswith("ntk_eigenvalue"):
        return ["λ_k", "λ(k)", "λ", *([f"λ_{k}"] if k and k.isdigit() else [])]
    return ["K"] * ("ntk" in quantity) + [n for n in _NAMES.get(quantity, "").split(", ") if n]
