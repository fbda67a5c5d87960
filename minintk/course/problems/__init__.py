"""What the grader asks of each exercise: inputs, right values, edges, and likely confusions.

PROBLEMS   name → Problem, of every exercise; one file for each chapter of the course

A right value comes from the core.
"""

from .descent import DESCENT_PROBLEMS
from .dynamics import DYNAMICS_PROBLEMS
from .gradients import GRADIENTS_PROBLEMS
from .jacobian import JACOBIAN_PROBLEMS
from .kernels import KERNELS_PROBLEMS
from .network import NETWORK_PROBLEMS
from .problem import SIZES, Arguments, Problem
from .spectrum import SPECTRUM_PROBLEMS

__all__ = ["PROBLEMS", "SIZES", "Arguments", "Problem"]

PROBLEMS: dict[str, Problem] = {
    **NETWORK_PROBLEMS,
    **GRADIENTS_PROBLEMS,
    **DESCENT_PROBLEMS,
    **JACOBIAN_PROBLEMS,
    **KERNELS_PROBLEMS,
    **SPECTRUM_PROBLEMS,
    **DYNAMICS_PROBLEMS,
}
