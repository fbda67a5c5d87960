"""Networks and angles with everything that an arc can trip over, for hypothesis."""

import itertools
import math

import numpy as np
from hypothesis import strategies as st

from minintk import Params

TRAINED_SUBSETS = [
    subset for size in (1, 2, 3) for subset in itertools.combinations(("w", "b", "a"), size)
]

# Whole and half turns, both sides of the cut at 0, far away, and twice the same point.
ANGLES = [
    *(0.0, math.pi / 2, math.pi, -math.pi, 2 * math.pi, -math.pi / 2, -1e-17, 1e-300, 4 * math.pi),
    *(0.7, 0.7, 0.7 + 2 * math.pi, 0.7 + math.pi, 0.7 - math.pi, -50.3, 1e3, math.pi + 1e-9),
]

# (w1, w2, b): dead, always active, tangent from both sides, nothing at all, too small for squares,
# narrow and wide arcs, kinks on the axes and at the cut from either side.
NEURONS = [
    *((0.6, -0.8, -1.5), (0.5, 0.5, -0.9), (-0.3, 0.4, 2.0), (0.0, -0.2, 0.3)),
    *((0.6, 0.8, 1.0), (0.6, 0.8, -1.0), (-2.0, 0.0, 2.0), (2.0, 0.0, -2.0)),
    *((0.0, 0.0, 0.0), (0.0, 0.0, 1.2), (0.0, 0.0, -1.2)),
    *((1e-200, -2e-200, 0.0), (3e-200, 1e-200, 1e-200), (1e-310, 0.0, 0.0)),
    *((0.5, -1.2, -1.2999), (-0.5, 1.2, -1.2999999), (0.5, -1.2, 1.2999), (3.0, 1e-3, 2.99999)),
    *((1.0, 0.0, 0.0), (-1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, -1.0, 0.0), (-0.0, -1.0, -0.0)),
    *((math.cos(0.7), math.sin(0.7), -math.cos(1.0)), (math.sqrt(0.5), math.sqrt(0.5), -0.5)),
]


def network(width, awkward, rng, trained=("w", "b", "a"), antisymmetric=False):
    """`width` neurons in random order; the first `awkward` of them out of NEURONS, in turn."""
    w = rng.standard_normal((width, 2))
    b = 0.7 * rng.standard_normal(width)
    a = rng.standard_normal(width)
    chosen = np.array([NEURONS[i % len(NEURONS)] for i in range(awkward)]).reshape(-1, 3)
    w[:awkward], b[:awkward] = chosen[:, :2], chosen[:, 2]
    w, b, a = (array[rng.permutation(np.arange(width))] for array in (w, b, a))
    if antisymmetric:
        w, b, a = np.concatenate([w, w]), np.concatenate([b, b]), np.concatenate([a, -a])
    return Params(w, b, a, trained)


def angles(count, awkward, rng):
    """`count` random angles, the first `awkward` out of ANGLES, and shuffled."""
    t = rng.uniform(-10, 10, count)
    t[:awkward] = np.resize(ANGLES, awkward)
    return rng.permutation(t)


def off_kinks(params, t):
    """The angles at which rounding does not decide which neurons are active."""
    z = np.outer(np.cos(t), params.w[:, 0]) + np.outer(np.sin(t), params.w[:, 1]) + params.b
    size = np.hypot(*params.w.T) + np.abs(params.b)
    kept = t[((np.abs(z) > 1e-12 * size) | (size == 0)).all(axis=1)]
    assert len(kept) >= 2, "no angles left off the kinks"
    return kept


@st.composite
def few(draw):
    """Up to 12 neurons, all of them awkward, random or mixed, at up to 25 angles off the kinks."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    width = draw(st.integers(1, 12))
    neurons = sorted(draw(st.permutations(range(len(NEURONS))))[:width])
    params = network(width, 0, rng, draw(st.sampled_from(TRAINED_SUBSETS)))
    w, b = params.w.copy(), params.b.copy()
    for r in range(draw(st.integers(0, width))):
        *w[r], b[r] = NEURONS[neurons[r]]
    params = Params(w, b, params.a, params.trained)
    count = draw(st.integers(0, len(ANGLES)))
    return params, off_kinks(params, angles(count + 8, count, rng)), rng


@st.composite
def many(draw):
    """1024 neurons, 96 of them awkward, at about 512 angles, 34 of them awkward, off the kinks."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    trained = draw(st.sampled_from(TRAINED_SUBSETS))
    params = network(1024, draw(st.sampled_from([0, 96])), rng, trained)
    return params, off_kinks(params, angles(512, draw(st.sampled_from([0, 34])), rng)), rng
