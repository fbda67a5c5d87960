"""The empirical NTKs of several networks of one width, in one array.

kernels_together     for many small networks, such as those of `train_together`
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from .._require import PARTS, Array, require_array, require_memory
from ..circle import augmented_points
from ..network import Params
from .together import _listed

__all__ = ["kernels_together"]


def kernels_together(networks: Sequence[Params], angles: npt.ArrayLike) -> Array:
    """Empirical NTKs of several networks of one width, in one array.

    K = [(X̃ C X̃ᵀ) ∘ (D_a D_aᵀ) + c_a H Hᵀ]/m      of each network; C = diag(c_w, c_w, c_b)

    Takes networks with one width and the same trained parts, and (n,) angles in radians; returns
    (networks, n, n) float64, each within 1e-13 of `minintk.factorised_ntk`. One call serves small
    networks that are many, such as those of `train_together`. Raises as that one, and MemoryError
    above 1 GiB.

    >>> from minintk.network import initialise
    >>> rng = np.random.default_rng(0)
    >>> kernels_together([initialise(16, rng) for _ in range(3)], [0.0, 1.0]).shape
    (3, 2, 2)
    """
    listed = _listed(networks)
    points = augmented_points(require_array("angles", angles, (None,)))
    n, m = len(points), listed[0].width
    require_memory("the kernels", len(listed) * n * max(n, 2 * m), "take fewer at a time")
    c_w, c_b, c_a = (float(part in listed[0].trained) for part in PARTS)
    z = points @ np.array([np.vstack([one.w.T, one.b]) for one in listed])
    slopes = (z > 0) * np.array([one.a for one in listed])[:, None]
    kernels = slopes @ slopes.transpose(0, 2, 1)  # in place from here on: they may be many
    kernels *= (points * [c_w, c_w, c_b]) @ points.T
    if c_a:
        hidden = np.maximum(z, 0, out=z)
        kernels += hidden @ hidden.transpose(0, 2, 1)
    kernels /= m
    return np.asarray(kernels)
