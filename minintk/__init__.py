"""minintk: how a two-layer ReLU network learns on the unit circle, in NumPy that reads as the page.

Read the core modules in this order: circle, law, network, jacobian, ntk, arccosine, spectrum,
alignment, frozen, training. `circle` to `ntk` say what a network is and how its output moves.
`arccosine` says what theory gives at infinite width, `spectrum` and `alignment` how any kernel acts
on Fourier modes. `frozen` says what a fixed kernel
predicts, `training` what the network really does. `claims` measures the study on top of it.
`minintk.fast`, `minintk.evolving`, `minintk.course` and `minintk.plotting` are loaded when asked
for.

Conventions, here once and the same everywhere:

input           angle t in radians, any finite real, in any order; x(t) = (cos t, sin t), n points;
                augmented x̃ = (cos t, sin t, 1)
network         f(x) = m^-1/2 Σ_r a_r relu(w_r·x + b_r), width m: NTK parametrisation
parameters      Params(w (m, 2), b (m,), a (m,), trained=("w", "b", "a")), immutable; the flat
                vector holds the trained parts only, in that order, w row by row: p = 4m with all
initialisation  w ~ N(0, s² I), s = 1; b = 0, or N(0, β²); a = ±1 or N(0, 1); in
                antisymmetric pairs (equal w, b, opposite a) f = 0 to rounding
law             Law(weight_std=s, bias_std=β, bias, output_law, trained): the law of a network goes
                with it, its kernel and, for bias_std = 0, its eigenvalues in closed form;
                `initialise(width, rng)` has the study's
without bias    Law(bias=False): b = 0 and "b" not trained
relu'           1 where w·x + b > 0, and 0 at 0
loss            L = 1/(2n) Σ_i (f(x_i) − y_i)², residual r = f − y
training        θ ← θ − η ∇L, time τ = η × steps
measure         uniform probability dt/2π; for samples the mean over the n points
Fourier basis   φ_0 = 1, φ_{k,c} = √2 cos kt, φ_{k,s} = √2 sin kt, columns 0, 1c, 1s, 2c, 2s, …
operator        (Tg)(t) = ∫ K(t, t') g(t') dt'/2π; with samples T = K/n, not K
eigenvalue      λ_k = (1/2π) ∫ K(u) cos(ku) du; a residual mode decays as exp(−λ_k τ), its loss as
                exp(−2 λ_k τ); on a finite grid the aliased λ decides
low frequency   |k| ≤ k_max, dimension 2 k_max + 1, k_max = 4 unless given
dtype           float64 throughout; float32 is promoted on the way in

One example of all of them: a target √2 cos t, alone in mode 1c, is approached at the rate λ_1.

>>> import minintk as mn
>>> angles = mn.uniform_angles(64)
>>> target = mn.fourier_sum(angles, [0.0, 1.0, 0.0])
>>> output = mn.frozen_flow(mn.infinite_ntk(angles), 0 * target, target, times=[2.0])[0]
>>> learned = mn.fourier_coefficients(angles, output, k_max=1)[1]
>>> print(f"{learned:.4f} {1 - mn.mode_decay(mn.aliased_eigenvalues(64)[1], 2.0)[0, 0]:.4f}")
0.5048 0.5048
"""

from importlib import import_module
from types import ModuleType

from .alignment import (
    MEASURES,
    Measure,
    alignment_measures,
    centred_kernel_alignment,
    effective_rank,
    kernel_alignment,
    kernel_distance,
    off_diagonal_correlation,
    off_diagonal_share,
    principal_angles,
    subspace_overlap,
    target_alignment,
)
from .arccosine import (
    aliased_eigenvalues,
    fourier_eigenvalue_parts,
    fourier_eigenvalues,
    infinite_ntk,
    infinite_ntk_parts,
    kappa0,
    kappa1,
    ntk_of_angle,
    ntk_parts_of_angle,
)
from .circle import (
    angle_between,
    augmented_points,
    basis_frequencies,
    circle_points,
    fourier_basis,
    fourier_coefficients,
    fourier_sum,
    mean_by_frequency,
    sample_angles,
    target_coefficients,
    uniform_angles,
)
from .frozen import (
    StabilityError,
    frozen_descent,
    frozen_flow,
    largest_stable_learning_rate,
    lazy_growth,
    mode_decay,
    mode_descent,
    steps_to_learn,
    time_to_learn,
)
from .jacobian import (
    central_differences,
    jacobian_slices,
    output_jacobian,
)
from .law import DEFAULT_LAW, Law
from .network import (
    Cache,
    Objective,
    Params,
    backward,
    flatten,
    forward,
    forward_with_cache,
    initialise,
    loss,
    loss_and_gradient,
    objective,
    relu,
    relu_derivative,
    unflatten,
)
from .ntk import (
    empirical_ntk,
    empirical_ntk_parts,
    factorised_ntk,
    monte_carlo_ntk,
)
from .spectrum import (
    circulant_deviation,
    circulant_eigenvalues,
    is_circulant,
    kernel_operator,
    low_frequency_block,
    orthonormal_basis,
    quadrature_eigenvalues,
    spectral_error,
)
from .training import (
    DivergenceError,
    Snapshot,
    Trace,
    balance,
    gradient_descent,
    growth_rate,
)

__version__ = "0.1.0"

# Loaded when asked for, so that importing minintk costs little more than importing NumPy.
_SUBPACKAGES = ("course", "evolving", "fast", "plotting")

__all__ = [
    "DEFAULT_LAW",
    "MEASURES",
    "Cache",
    "DivergenceError",
    "Law",
    "Measure",
    "Objective",
    "Params",
    "Snapshot",
    "StabilityError",
    "Trace",
    "aliased_eigenvalues",
    "alignment_measures",
    "angle_between",
    "augmented_points",
    "backward",
    "balance",
    "basis_frequencies",
    "central_differences",
    "centred_kernel_alignment",
    "circle_points",
    "circulant_deviation",
    "circulant_eigenvalues",
    "course",
    "effective_rank",
    "empirical_ntk",
    "empirical_ntk_parts",
    "evolving",
    "factorised_ntk",
    "fast",
    "flatten",
    "forward",
    "forward_with_cache",
    "fourier_basis",
    "fourier_coefficients",
    "fourier_eigenvalue_parts",
    "fourier_eigenvalues",
    "fourier_sum",
    "frozen_descent",
    "frozen_flow",
    "gradient_descent",
    "growth_rate",
    "infinite_ntk",
    "infinite_ntk_parts",
    "initialise",
    "is_circulant",
    "jacobian_slices",
    "kappa0",
    "kappa1",
    "kernel_alignment",
    "kernel_distance",
    "kernel_operator",
    "largest_stable_learning_rate",
    "lazy_growth",
    "loss",
    "loss_and_gradient",
    "low_frequency_block",
    "mean_by_frequency",
    "mode_decay",
    "mode_descent",
    "monte_carlo_ntk",
    "ntk_of_angle",
    "ntk_parts_of_angle",
    "objective",
    "off_diagonal_correlation",
    "off_diagonal_share",
    "orthonormal_basis",
    "output_jacobian",
    "plotting",
    "principal_angles",
    "quadrature_eigenvalues",
    "relu",
    "relu_derivative",
    "sample_angles",
    "spectral_error",
    "steps_to_learn",
    "subspace_overlap",
    "target_alignment",
    "target_coefficients",
    "time_to_learn",
    "unflatten",
    "uniform_angles",
]


def __getattr__(name: str) -> ModuleType:
    if name in _SUBPACKAGES:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module 'minintk' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_SUBPACKAGES})
