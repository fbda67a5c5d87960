"""What a finite number of moving neurons costs: the mean loss, by linear response of the limit.

mean_loss_excess   B in E L = L_MF (1 + B/M), with no network trained

The derivation, to redo on paper. Take the mean-field limit of motion γ = 1/√m (`mean_field`).
Neurons with the shares q of their law obey, with z = w̃·x̃ and the mean ⟨·⟩ over the samples,

    f = √m Σ q a relu(z),   dw̃/dτ = −γ a ⟨r 1 x̃⟩,   da/dτ = −γ ⟨r relu(z)⟩,   r = f − y

M independent neurons have other shares, and all else is the same. Let e_k be functions of a neuron
with Σ q e_k = 0 and Σ q e_k e_l = δ_kl that span all such. Then the shares of the random start are

    q (1 + M^-1/2 Σ_k ξ_k e_k),   ξ_k = M^-1/2 Σ_r e_k(θ_r):   mean 0, variance 1, uncorrelated

Expand the loss in ξ and average. With dashes for derivatives along e_k, to order 1/M

    E L = L_MF + (1/2M) Σ_k L_k'',   L_k'' = ⟨f_k'²⟩ + ⟨r f_k''⟩,   so B = Σ_k L_k''/(2 L_MF)

M neurons in antisymmetric pairs are M/2 samples: only e_k even in a, each variance doubled. The
linear response of the limit, for every k (K = ⟨r δ(z) x̃ x̃ᵀ⟩ moves the ends of the arcs):

    f' = √m Σ q [a' relu + a 1 x̃·w' + e a relu]
    dw'/dτ = −γ {a' ⟨r 1 x̃⟩ + a ⟨f' 1 x̃⟩ + a K w'},   da'/dτ = −γ {⟨f' relu⟩ + ⟨r 1 x̃⟩·w'}

Of the second derivatives the sum over k is enough, since they enter linearly. Here they are that
sum, C_uv = Σ_k u'v' for any u and v, and p = x̃·w' is the change of z:

    f'' = √m Σ q [a'' relu + a 1 x̃·w'' + 2 C_ap 1 + a δ(z) C_pp] + 2 √m Σ q Σ_k e [a' relu + a 1 p]
    dw''/dτ = −γ {a'' ⟨r 1 x̃⟩ + a ⟨f'' 1 x̃⟩ + a K w'' + 2 Σ_k a' ⟨f' 1 x̃⟩ + 2 ⟨r δ(z) C_ap x̃⟩
                  + 2 a ⟨C_fp δ(z) x̃⟩ + a ⟨r δ'(z) C_pp x̃⟩}
    da''/dτ = −γ {⟨f'' relu⟩ + ⟨r 1 x̃⟩·w'' + 2 Σ_k ⟨f' 1 x̃⟩·w' + ⟨r δ(z) C_pp⟩}

*The kink.* A node of `mean_field_start` stands for the directions of its cell. Its relu is the mean
over z spread evenly over z ± c, c = |w(0)| π/directions. With u = z/c cut at ±1 the step is
(1 + u)/2, and δ is 1/(2c) on |z| < c. The relu is ¼ c (1 + u)² + max(z − c, 0). The random start
spreads z further, by the variance C_pp/M. So in all derivatives 3 C_pp/M is added to c². And δ C_pp
and δ' C_pp are 2M times what that adds to relu and to the step. For M → ∞ that is the plain
expansion, where the nodes become finer, too: else their error on the kink decides. It counts the
neurons of |w| below about M^-1/2 too much: the random start turns them by an angle that is not
small. So B depends on M a little, and is less sure where f(0) is not 0.

*Which e_k.* One for a node would be all; those that the output does not feel have L'' = 0. The
output's change by the share of each node is a matrix, at a few times and damped by the kernel of
infinite width. Its largest singular vectors are the e_k that are kept.

Measured with 2000 networks of M = m neurons: mean loss over L_MF (1 + B/M). The setting: 64
samples, η = ½, frequencies up to 3 or 8, τ = 50, 250, 1000. At m = 64 and 256: 0.99 … 1.07 in
pairs, 0.95 … 1.00 for independent neurons. At m = 16: 0.99 … 1.02, up to 1.3, and 1.2 … 3, where
few networks rule the mean. Independent neurons: B itself is 1.0 … 1.8 times that of networks, also
with M above m. So order 1/M is not promised there. The reason is not known.

What the nodes cost, at τ = 50 for frequencies up to 3. In pairs four times the directions take 1 %
off B at M = m = 16. At m = 16 and M = 64 it is 10 %, at M = 256 it is 28 %. Beyond, B may have the
other sign. Independent neurons at M = m lose 4 % at m = 64, and 10 % at m = 256. There eight times
the directions take 13 % off.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .._require import (
    LARGEST,
    Array,
    require_coefficients,
    require_flag,
    require_integer,
    require_memory,
    require_number,
    show,
)
from .._stability import DIVERGED, DivergenceError, require_stable
from ..arccosine import aliased_eigenvalues
from ..circle import augmented_points, fourier_sum, uniform_angles
from ..fast.arcs import augmented_weights
from .mean_field import mean_field_start

__all__ = ["mean_loss_excess"]

_TIMES = 10  # at which each node is looked at
Arrays = tuple[Array, ...]


def mean_loss_excess(
    coefficients: npt.ArrayLike,
    width: float,
    learning_rate: float,
    at_steps: Iterable[int],
    *,
    neurons: float | None = None,
    antisymmetric: bool = True,
    points: int = 64,
    radii: int = 12,
    directions: int = 64,
    components: int = 32,
) -> Array:
    """B of the mean loss of M neurons that move as those of a width, by linear response.

    E L = L_MF (1 + B/M),   B = Σ_k [⟨f_k'²⟩ + ⟨r f_k''⟩]/(2 L_MF),   L_MF = ½⟨r²⟩

    Takes the target's (2 k_y + 1,) coefficients in the order of `fourier_basis`, the width m whose
    motion is 1/√m, and steps of descent. The samples are `points`, evenly spaced. M = `neurons`
    is m by default. They start at w ~ N(0, I), b = 0, a = ±1, in antisymmetric pairs or
    independent.
    Returns B at every step, right to order 1/M in pairs: where B nears M, look for more. For
    independent neurons it is 1.0 … 1.8 times that of networks, also with M above m. The reason is
    not known. In pairs with M = m the default nodes and components are good to 7 % up to τ = 250.
    As many directions as points are enough there, since each node is averaged over its cell. With M
    above m take 4 m at most. Beyond, the nodes' error on the kink decides, and B may be noise.
    There, and for independent neurons, take more `radii` and `directions`, and compare. Half the
    steps at twice the learning rate, where that is stable, give the same within 3 %. A step costs
    O(n N K) for K components and N = 2 radii · directions nodes, 1536 by default. With all defaults
    it takes about 15 ms on one core of an Intel Xeon.
    Raises ValueError for a bad argument, `StabilityError` for η above 2/λ_max at infinite width,
    `DivergenceError` where the limit diverges, MemoryError above 1 GiB.
    Source: Bordelon & Pehlevan (2023), for the fluctuations of networks of any depth.

    >>> few = dict(neurons=128, points=8, radii=2, directions=9, components=8)
    >>> excess = mean_loss_excess([0.0, 1.0, 0.0], 64, 0.5, [0, 20], **few)
    >>> bool(abs(excess[0]) < 1e-12 < excess[1])  # in pairs f(0) = 0, and nothing is lost yet
    True
    """
    y = require_coefficients("coefficients", coefficients)
    m = require_number("width", width, above=0, least=1 / LARGEST, largest=LARGEST)
    count = m if neurons is None else require_number("neurons", neurons, least=1, largest=LARGEST)
    eta = require_number("learning_rate", learning_rate, above=0)
    if not isinstance(at_steps, Iterable):
        raise TypeError(f"at_steps must be a list of whole numbers, got {show(at_steps)}")
    steps = [require_integer("each of at_steps", step, least=0) for step in at_steps]
    pairs = require_flag("antisymmetric", antisymmetric)
    n = require_integer("points", points, least=2)
    kept = require_integer("components", components)
    nodes = 2 * require_integer("radii", radii, least=2)
    nodes *= require_integer("directions", directions, least=3)
    room = nodes * (12 * n + 16 * kept)
    require_memory("radii, directions, points and components", room, "lower one")
    require_stable(eta, float(aliased_eigenvalues(n).max()))
    targets = fourier_sum(uniform_angles(n), y)
    least, largest = max(1e-12 * np.abs(y).max(), 1 / LARGEST), np.abs(targets).max()
    if largest < least:  # B is relative to the loss
        raise ValueError(f"coefficients must give values above {least:g}, got {largest:g} at most")
    limit, last = _Limit(targets, 1 / math.sqrt(m), eta, (radii, directions)), max(steps, default=0)
    response = _Response(limit, _components(limit, last, kept, pairs), count)
    return np.array([response.advance(now) for now in limit.descent(last)])[steps]


class _Moment(NamedTuple):
    a: Array
    z: Array  # (n, N)
    residual: Array


class _Limit:
    """The mean-field limit on a grid of n points; N nodes, each for the directions of its cell."""

    def __init__(self, targets: Array, strength: float, eta: float, sizes: tuple[int, int]) -> None:
        grid = uniform_angles(len(targets))
        self.targets, self.points = targets, augmented_points(grid).T.copy()
        self.strength, self.eta = strength, eta  # γ and η
        start = mean_field_start(*sizes, angles=grid)
        size = np.abs(start.a)
        self.w, self.a = augmented_weights(start) / size, start.a / size
        self.shares, self.cells = size**2 / len(size), np.hypot(*self.w[:2]) * (np.pi / sizes[1])

    def output(self, active: Array, hidden: Array, on_active: Array, on_hidden: Array) -> Array:
        """√m Σ_r [relu u_r + 1 x̃·v_r] for u (N, …) and v (3, N, …): (n, …)."""
        total = hidden @ on_hidden
        for x, v in zip(self.points, on_active, strict=True):
            total += (x * (active @ v).T).T
        return np.asarray(total / self.strength)

    def force(self, active: Array, function: Array) -> Array:
        """⟨g 1 x̃⟩ of every node for g (n, …): (3, N, …)."""
        return np.stack([active.T @ (x * function.T).T for x in self.points]) / len(self.targets)

    def descent(self, steps: int) -> Iterator[_Moment]:
        """The limit itself at every step."""
        w, a, rate, most = self.w, self.a, self.eta * self.strength, np.abs(self.targets).max()
        for step in range(steps + 1):
            z = self.points.T @ w
            active, hidden, _ = _averaged(z, self.cells)
            residual = hidden @ (self.shares * a) / self.strength - self.targets
            if not np.abs(residual).max() <= DIVERGED * most:
                raise DivergenceError(f"the limit diverged at step {step}, η = {self.eta:g}")
            yield _Moment(a, z, residual)
            force = self.force(active, residual)
            w, a = w - rate * a * force, a - rate * (residual @ hidden) / len(residual)


def _averaged(z: Array, c: Array) -> tuple[Array, Array, Array]:
    """1, relu and δ of z, as means over z ± c."""
    u = np.clip(z / c, -1, 1)
    return (1 + u) / 2, c / 4 * (1 + u) ** 2 + np.maximum(z - c, 0), (np.abs(u) < 1) / (2 * c)


class _Response:
    """First derivatives along every e_k, w (3, N, K) and a (N, K), and the sums of the second."""

    def __init__(self, limit: _Limit, e: Array, neurons: float) -> None:
        self.limit, self.neurons, self.qe = limit, neurons, e * limit.shares[:, None]
        self.w, self.a = np.zeros((3, *e.shape)), np.zeros(e.shape)
        self.sum_w, self.sum_a = np.zeros((3, len(e))), np.zeros(len(e))
        self.squares = (limit.points[:, None] * limit.points).reshape(9, -1)  # x̃ x̃ᵀ

    def advance(self, now: _Moment) -> float:
        """B at this step; then one step on."""
        limit, q, a, twice = self.limit, self.limit.shares, now.a, 2 * self.neurons
        c_ww = np.einsum("irk,jrk->ijr", self.w, self.w).reshape(9, -1)
        c_aw = np.einsum("rk,irk->ir", self.a, self.w)
        spread = 3 / self.neurons * (self.squares.T @ c_ww)  # 3 C_pp/M
        active, hidden, delta = _averaged(now.z, np.sqrt(limit.cells**2 + spread))
        narrow = _averaged(now.z, limit.cells)
        kinks = twice * (active - narrow[0]), twice * (hidden - narrow[1])  # δ' C_pp, δ C_pp
        qa, on_hidden = (q * a)[:, None], q[:, None] * self.a + a[:, None] * self.qe
        first = limit.output(active, hidden, qa * self.w, on_hidden)  # f' (n, K)
        on_active = q * (a * self.sum_w + 2 * c_aw) + 2 * a * np.sum(self.qe * self.w, axis=2)
        on_hidden = q * self.sum_a + 2 * np.sum(self.qe * self.a, axis=1)
        second = limit.output(active, hidden, on_active, on_hidden)  # f'' (n,)
        second += kinks[1] @ (q * a) / limit.strength
        excess = np.vdot(first, first) + now.residual @ second
        self._move(now, (active, hidden, delta), kinks, c_aw, (first, second))
        return float(excess / (now.residual @ now.residual))

    def _move(self, now: _Moment, means: Arrays, kinks: Arrays, c_aw: Array, f: Arrays) -> None:
        """The equations of motion of w', a' and of the sums w'', a''."""
        (active, hidden, delta), (first, second), x, a = means, f, self.limit.points, now.a
        functions = (now.residual, first, second)
        pull, of_first, of_second = (self.limit.force(active, g) for g in functions)
        n, r = len(now.residual), now.residual[:, None] / len(now.residual)
        k = (self.squares @ (r * delta)).reshape(3, 3, -1)  # K
        c_fp = np.sum(x[:, :, None] * (first @ self.w.swapaxes(1, 2)), axis=0)
        turned = of_first + np.einsum("ijr,jrk->irk", k, self.w)
        move_w = pull[:, :, None] * self.a + a[:, None] * turned
        move_a = hidden.T @ first / n + np.einsum("ir,irk->rk", pull, self.w)
        more_w = self.sum_a * pull + a * (of_second + x @ (2 / n * c_fp * delta + r * kinks[0]))
        more_w += np.einsum("ijr,jr->ir", k, a * self.sum_w + 2 * c_aw)
        more_w += 2 * np.einsum("rk,irk->ir", self.a, of_first)
        more_a = hidden.T @ second / n + np.sum(pull * self.sum_w, axis=0)
        more_a += 2 * np.einsum("irk,irk->r", of_first, self.w) + r[:, 0] @ kinks[1]
        rate = self.limit.eta * self.limit.strength
        self.w -= rate * move_w
        self.a -= rate * move_a
        self.sum_w -= rate * more_w
        self.sum_a -= rate * more_a


def _components(limit: _Limit, steps: int, kept: int, pairs: bool) -> Array:
    """The functions e_k of a node that the output feels most, (N, at most `kept`)."""
    q, n = limit.shares, len(limit.targets)
    rates = aliased_eigenvalues(n)[: n // 2 + 1, None]
    looks = {0, *np.geomspace(1, max(steps, 1), _TIMES).astype(int).tolist()}
    columns, last = [], 0
    before = felt = np.zeros((len(rates), len(q)), dtype=complex)
    for step, now in enumerate(limit.descent(max(looks))):
        if step in looks:
            direct = np.fft.rfft(now.a * _averaged(now.z, limit.cells)[1], axis=0)
            direct -= (direct @ q)[:, None]
            # x' = direct' − λ x, with direct' constant since the last look
            y = np.maximum(limit.eta * (step - last) * rates, 1e-12)
            felt = felt * np.exp(-y) - (direct - before) * np.expm1(-y) / y
            last, before = step, direct
            scaled = felt * (np.sqrt(q) / np.linalg.norm(now.residual))
            columns += [scaled.real, scaled.imag]
    matrix = np.concatenate(columns).T
    if pairs:  # the two of a pair, a = ±1, have one e, and are one sample
        matrix = np.sum(np.split(matrix, 2), axis=0)
    vectors, sizes, _ = np.linalg.svd(matrix, full_matrices=False)
    vectors = vectors[:, : min(kept, np.count_nonzero(sizes > 1e-9 * sizes[0]))]
    return np.asarray(np.tile(vectors, (1 + pairs, 1)) / np.sqrt(q)[:, None])
