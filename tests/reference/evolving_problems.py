"""Targets, a network and a change of the kernel that several tests of its evolution share."""

import numpy as np
from hypothesis import strategies as st

import minintk as mn
from minintk import evolving, fast

TARGET = (0.3, 1.0, -0.4, 0.2, 0.7)  # nothing symmetric about it, a constant included
COSINE = [0.0, 1.0, 0.0]
COS_3T = mn.target_coefficients((3,), amplitude=1.0, shift=0.0)
START = mn.initialise(6, np.random.default_rng(0), antisymmetric=True)

coefficients = (
    st.integers(1, 3)
    .flatmap(lambda top: st.lists(st.floats(-2, 2), min_size=2 * top + 1, max_size=2 * top + 1))
    .filter(lambda c: max(map(abs, c)) > 0.05)
)
times = st.floats(0.1, 200.0)


def diagonal_change(width, steps, target, **nodes):
    start = evolving.mean_field_start(64, 48, spacing="logarithm", smallest_radius=1e-4, **nodes)
    trained, _ = evolving.mean_field_descent(
        start, fast.population_objective, target, width, 0.5, steps
    )
    blocks = [fast.population_low_frequency_block(p, 3).diagonal() for p in (start, trained)]
    return blocks[1] - blocks[0]
