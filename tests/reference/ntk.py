"""The empirical kernel by plain loops: sums of products of single derivatives."""

import math
import statistics
from types import SimpleNamespace

from tests.reference.network import partial_derivatives


def ntk_part(params, part, t, u):
    at_t, at_u = partial_derivatives(params, t)[part], partial_derivatives(params, u)[part]
    return math.fsum(p * q for p, q in zip(at_t, at_u, strict=True))


def ntk(params, t, u):
    return math.fsum(ntk_part(params, part, t, u) for part in params.trained)


def neuron_statistics(params, t, u):
    """Mean over the neurons of what each would be as a network of width 1, and its error."""
    kernels = []
    for r in range(len(params.a)):
        alone = SimpleNamespace(
            w=[params.w[r]], b=[params.b[r]], a=[params.a[r]], trained=params.trained
        )
        kernels.append(ntk(alone, t, u))
    return statistics.fmean(kernels), statistics.stdev(kernels) / math.sqrt(len(kernels))
