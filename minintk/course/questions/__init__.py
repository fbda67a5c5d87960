"""What is asked: one file a chapter, read by `check` and by `grade` alike.

QUESTIONS   name → builder of the question of a formula, from (bias, k)
names_of    the names of a quantity on paper, in front of an equation
TRIALS      exercise → how its questions are asked of a function
"""

from __future__ import annotations

from . import dynamics, eigenvalues, geometry, gradients, kernels, networks, training
from .question import Builder, Question, Trials, fixed

__all__ = ["QUESTIONS", "TRIALS", "Question", "Trials", "names_of"]

_OF_FORMULAS = (kernels, eigenvalues, networks, gradients, dynamics)
QUESTIONS: dict[str, Builder] = {
    **{name: build for chapter in _OF_FORMULAS for name, build in chapter.QUESTIONS.items()},
    **fixed(geometry.ANGLE_BETWEEN),
}
_CHAPTERS = (*_OF_FORMULAS, geometry, training)
TRIALS: dict[str, Trials] = {name: t for c in _CHAPTERS for name, t in c.TRIALS.items()}

_KERNELS = {"": "", "_first_layer": ", K_w", "_bias": ", K_b", "_second_layer": ", K_a"}
_NAMES = {
    **{f"kappa{order}": f"κ{order}" for order in range(3)},
    **{f"ntk{part}": f"K{own}" for part, own in _KERNELS.items()},
    **{"whole_ntk_with_bias_std": "K", "loss": "L", "growth_rate": "d/dτ Σ a², d/dτ Σ_r a_r²"},
    **{"decay": "r_k(τ)/r_k(0)", "descent_decay": "r_k(s)/r_k(0)", "steps_to_learn": "s"},
    **{"largest_stable_learning_rate": "η, η_max", "angle_between": "θ"},
    **{"relu": "relu(z)", "relu_derivative": "relu'(z)"},
}


def names_of(quantity: str, k: str | None = None) -> list[str]:
    """The names of a quantity on paper, in front of an equation: κ0, λ_k.

    >>> names_of("ntk_eigenvalue_bias", "3"), names_of("ntk_bias")
    (['λ_k', 'λ(k)', 'λ', 'λ_3'], ['K', 'K_b'])
    """
    if quantity.startswith("ntk_eigenvalue"):
        return ["λ_k", "λ(k)", "λ", *([f"λ_{k}"] if k and k.isdigit() else [])]
    return _NAMES[quantity].split(", ") if quantity in _NAMES else []
