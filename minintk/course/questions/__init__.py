"""What is asked: one file a chapter, read by `check` and by `grade` alike.

QUESTIONS   name → builder of the question of a formula, from (bias, k)
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
