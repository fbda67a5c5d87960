"""Hypothesis strategies: angles, sizes, seeds, networks and laws, all in one place."""

import itertools
import math

import numpy as np
from hypothesis import strategies as st

from minintk import Params

# Awkward angles that every property meets by name.
COINCIDENT = [0.4, 0.4, 0.4 + 2 * math.pi, 2.0]
ANTIPODAL = [0.4, 0.4 + math.pi, 0.4 - math.pi, -1.3]
AXES = [0.0, math.pi / 2, math.pi, 3 * math.pi / 2]
FAR = [-50.3, 1e3, 2.0, -0.7]

# Neurons whose kinks lie at AXES (rounding decides), one that is dead and one always active.
ON_KINKS = Params(
    w=[[1.5, 0.0], [0.0, 2.0], [0.6, -0.8], [0.5, 0.5], [0.3, -0.4]],
    b=[0.0, 0.0, 0.6, -3.0, 2.0],
    a=[1.0, -0.5, 2.0, 0.7, -1.3],
)

TRAINED_SUBSETS = [
    subset for size in (1, 2, 3) for subset in itertools.combinations(("w", "b", "a"), size)
]

seeds = st.integers(0, 2**32 - 1)  # for a test; the strategies below draw from others
own_seeds = st.integers(2**32, 2**33)
trained_subsets = st.sampled_from(TRAINED_SUBSETS)
angle = st.one_of(
    st.floats(-7.0, 7.0),
    st.floats(-1e3, 1e3),
    st.sampled_from([0.0, math.pi / 4, math.pi / 2, math.pi, -math.pi, 2 * math.pi, -50.3, 1e3]),
)
angles_within = st.floats(0.0, math.pi)  # angles between two points
separations = st.one_of(angles_within, st.sampled_from([0.0, 1e-8, math.pi - 1e-8, math.pi]))


def angle_lists(least=1, most=6):
    return st.lists(angle, min_size=least, max_size=most)


def distinct_angles(count, rng):
    """One random angle in each of `count` equal arcs, kept apart, in random order."""
    return rng.permutation((np.arange(count) + rng.uniform(0.1, 0.9, count)) * 2 * np.pi / count)


def random_params(width, rng, trained=("w", "b", "a")):
    """Nothing symmetric about it: every part normal, the bias never 0."""
    w = rng.standard_normal((width, 2))
    return Params(w, 0.7 * rng.standard_normal(width), rng.standard_normal(width), trained)


@st.composite
def networks(draw, least=2, most=7):
    rng = np.random.default_rng(draw(own_seeds))
    return random_params(draw(st.integers(least, most)), rng, draw(trained_subsets))


@st.composite
def networks_at_angles(draw):
    """A network of width m and n ≠ m distinct angles, n, m ≥ 2."""
    width = draw(st.integers(2, 7))
    count = draw(st.integers(2, 6))
    rng = np.random.default_rng(draw(own_seeds))
    params = random_params(width, rng, draw(trained_subsets))
    return params, distinct_angles(count + (count >= width), rng)


@st.composite
def networks_off_kinks(draw):
    """A network, angles and a margin: every |w·x + b| is above the margin, by construction.

    The bias puts the neuron's kink into the middle of the widest gap between the values of w·x, or,
    where all of these are close together, 0.3 below them.
    """
    params, angles = draw(networks_at_angles())
    b, margins = [], []
    for w in params.w:
        values = np.sort(w[0] * np.cos(angles) + w[1] * np.sin(angles))
        gaps = np.diff(values)
        widest = int(np.argmax(gaps))
        low, high = values[widest : widest + 2] if gaps[widest] > 0.1 else values[0] - [0.6, 0.0]
        b.append(-(low + high) / 2)
        margins.append((high - low) / 2)
    return Params(params.w, b, params.a, params.trained), angles, 0.99 * min(margins)


@st.composite
def laws(draw):
    """Options of the infinite-width kernel that do not contradict each other."""
    bias = draw(st.booleans())
    subsets = [s for s in TRAINED_SUBSETS if bias or "b" not in s]
    return {
        "bias": bias,
        "bias_std": draw(st.sampled_from([0.0, 0.3, 1.0])) if bias else 0.0,
        "weight_std": draw(st.sampled_from([1.0, 0.6, 2.5])),
        "trained": draw(st.sampled_from([None, *subsets])),
    }


@st.composite
def closed_form_laws(draw):
    """Those of `laws` that have eigenvalues in closed form."""
    return {**draw(laws()), "bias_std": 0.0}


@st.composite
def kernels(draw, least=2, most=5):
    """A random kernel matrix of rank one below its size or full, and distinct angles for it."""
    rng = np.random.default_rng(draw(own_seeds))
    size = draw(st.integers(least, most))
    factor = rng.standard_normal((size, size - draw(st.integers(0, 1))))
    return factor @ factor.T, distinct_angles(size, rng)


@st.composite
def separated_kernels(draw, size):
    """A kernel matrix whose eigenvalues 2^-j stand apart, and distinct angles for it."""
    rng = np.random.default_rng(draw(own_seeds))
    q = np.linalg.qr(rng.standard_normal((size, size)))[0]
    return (q * 2.0 ** -np.arange(size)) @ q.T, distinct_angles(size, rng)
