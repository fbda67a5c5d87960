"""The core through arcs: the same functions at the cost of a sort, for n samples and for n = ∞.

Functions share the name, arguments and result of their reference version in the core. Write
`from minintk import fast`, and then fast.forward in place of forward.

forward, loss_and_gradient, objective     the network on n samples, in O(n + m)    (samples)
empirical_ntk, empirical_ntk_parts        the kernel's matrix, in O(n² + m)        (kernel, sweep)
empirical_low_frequency_block             on |k| ≤ k_max, without the matrix       (kernel, modes)
population_output, population_loss_and_gradient, population_objective,
population_low_frequency_block            the same at n = ∞, exactly               (population)
infinite_ntk, infinite_low_frequency_block, grid_eigenvalues
                                          the infinite-width kernel                (infinite)
frozen_flow                               without an eigendecomposition            (flow)
train_together, kernels_together          many networks side by side       (together, kernels)

The idea, in three steps. *An arc*: neuron r is active where ρ cos(t − ϕ) + b > 0, with ρ = |w| and
ϕ the angle of w. That is one arc, of half-width arccos(−b/ρ) around ϕ. There its output is a
combination of 1, cos t and sin t, and elsewhere it is 0. *A difference array*: along sorted samples
an arc is a run, first … stop − 1. Write the neuron's coefficients at `first`, and the opposite at
`stop`. *A cumulative sum* over the samples then gives at each of them the sum of the coefficients
of all neurons that are active there. No neuron is evaluated at a sample: O(n + m).

Two neurons, active for |t| < π/2 and for |t − π| < 2π/3, at four sorted samples:

>>> import numpy as np
>>> import minintk as mn
>>> from minintk import fast
>>> params = mn.Params(w=[[2.0, 0.0], [-2.0, 0.0]], b=[0.0, 1.0], a=[3.0, 1.0])
>>> angles = np.array([0.5, 1.5, 2.5, 6.0])
>>> coefficients = params.a * params.w[:, 0]  # of cos t: 6 for the first neuron, −2 for the second

The second neuron's arc, from π/3 to 5π/3, is the run of samples 1 and 2. The first one's crosses
the cut at angle 0. It is the run of samples 3 to 5, where 4 and 5 are samples 0 and 1 in a second
turn. Both turns are summed up, and their sums added.

>>> changes = np.array([0.0, -2.0, 0.0, 6.0 + 2.0, 0.0, 0.0, -6.0, 0.0])
>>> cosine = np.cumsum(changes).reshape(2, 4).sum(axis=0)  # Σ of the coefficients of the active
>>> cosine
array([ 6.,  4., -2.,  6.])
>>> constant = np.cumsum([0.0, 1.0, 0.0, -1.0])  # and of a b: 1 for the second neuron
>>> output = (cosine * np.cos(angles) + constant) / np.sqrt(2)
>>> [np.allclose(output, forward(params, angles)) for forward in (mn.forward, fast.forward)]
[True, True]

Backwards the same arrays turn around. A neuron's gradient is the sum of r x̃ over its run: a
difference of two values of one cumulative sum.

What to expect: results agree with the reference versions to 1e-13 of the largest entry. A sample
where some |w·x + b| ≤ 1e-12 (|w| + |b|) is on a kink, where rounding decides in both. The reference
version is faster below about n = m = 160 for a training step, and 250 for the kernel's matrix. All
neurons share one running sum, so one with huge weights costs the others digits, unless it is active
on no sample.
"""

from .flow import frozen_flow
from .infinite import (
    grid_eigenvalues,
    infinite_low_frequency_block,
    infinite_ntk,
)
from .kernel import (
    empirical_low_frequency_block,
    empirical_ntk,
    empirical_ntk_parts,
)
from .kernels import kernels_together
from .population import (
    PiecewiseOutput,
    population_loss_and_gradient,
    population_low_frequency_block,
    population_objective,
    population_output,
)
from .samples import forward, loss_and_gradient, objective
from .together import Together, train_together

__all__ = [
    "PiecewiseOutput",
    "Together",
    "empirical_low_frequency_block",
    "empirical_ntk",
    "empirical_ntk_parts",
    "forward",
    "frozen_flow",
    "grid_eigenvalues",
    "infinite_low_frequency_block",
    "infinite_ntk",
    "kernels_together",
    "loss_and_gradient",
    "objective",
    "population_loss_and_gradient",
    "population_low_frequency_block",
    "population_objective",
    "population_output",
    "train_together",
]
