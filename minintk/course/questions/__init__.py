"""What is asked: one file a chapter, read by `check` and by `grade` alike.

QUESTIONS      name → builder of the question of a formula, from (bias, k)
TRIALS         exercise → how its questions are asked of a function
question_named the question of a name and its options
"""

from __future__ import annotations

from .dynamics import DYNAMICS_QUESTIONS, DYNAMICS_TRIALS
from .eigenvalues import EIGENVALUE_QUESTIONS, EIGENVALUE_TRIALS
from .geometry import ANGLE_BETWEEN, GEOMETRY_TRIALS
from .gradients import GRADIENT_QUESTIONS, GRADIENT_TRIALS
from .kernels import KERNEL_QUESTIONS, KERNEL_TRIALS
from .networks import NETWORK_QUESTIONS, NETWORK_TRIALS
from .question import Builder, Question, Trials, always
from .tangent import TANGENT_TRIALS
from .training import TRAINING_TRIALS

__all__ = ["QUESTIONS", "TRIALS", "Question", "Trials"]

_FIXED = {**NETWORK_QUESTIONS, **GRADIENT_QUESTIONS, **DYNAMICS_QUESTIONS}
QUESTIONS: dict[str, Builder] = {
    **KERNEL_QUESTIONS,
    **EIGENVALUE_QUESTIONS,
    **{name: always(q) for name, q in {**_FIXED, "angle_between": ANGLE_BETWEEN}.items()},
}
TRIALS: dict[str, Trials] = {
    **NETWORK_TRIALS,
    **GRADIENT_TRIALS,
    **TRAINING_TRIALS,
    **TANGENT_TRIALS,
    **GEOMETRY_TRIALS,
    **KERNEL_TRIALS,
    **EIGENVALUE_TRIALS,
    **DYNAMICS_TRIALS,
}
