"""What a finite number of moving neurons costs: the mean loss, by linear response of the limit.

mean_loss_excess   B in E L = L_MF (1 + B/M), with no network trained

The derivation, to redo on paper. In the mean-field limit of laziness γ = 1/√m (`mean_field`)
neurons with the shares q of their law obey, with θ = (w̃, a), z = w̃·x̃ and ⟨·⟩ over the samples,

    f = √m Σ q a relu(z),   dw̃/dτ = −γ a ⟨r 1 x̃⟩,   da/dτ = −γ ⟨r relu(z)⟩,   r = f − y

M independent neurons have other shares, and all else is the same. Let e_k be functions of a neuron
with Σ q e_k = 0, Σ q e_k e_l = δ_kl, that span all. Then the shares of the draw are

    q (1 + M^-1/2 Σ_k ξ_k e_k),   ξ_k = M^-1/2 Σ_r e_k(θ_r):  mean 0, variance 1, uncorrelated

and the loss, expanded in them and averaged, is exact to order 1/M (dashes: derivatives along e_k):

    E L = L_MF + (1/2M) Σ_k L_k'',   L_k'' = ⟨f_k'²⟩ + ⟨r f_k''⟩,   B = Σ_k L_k''/(2 L_MF)

M neurons in antisymmetric pairs are M/2 draws: only the e_k even in a, each variance doubled.
The linear response of the limit, once for every k (K = ⟨r δ(z) x̃ x̃ᵀ⟩ moves the ends of the arcs):

    f' = √m Σ q [a' relu + a 1 x̃·w' + e a relu]
    dw'/dτ = −γ {a' ⟨r 1 x̃⟩ + a ⟨f' 1 x̃⟩ + a K w'},   da'/dτ = −γ {⟨f' relu⟩ + ⟨r 1 x̃⟩·w'}

Of the second derivatives the sum over k is enough, since they enter linearly. Below they are that
sum, C_uv = Σ_k u'v' for any two quantities, and p = x̃·w' is the change of z:

    f'' = √m Σ q [a'' relu + a 1 x̃·w'' + 2 C_ap 1 + a δ(z) C_pp] + 2 √m Σ q Σ_k e [a' relu + a 1 p]
    dw''/dτ = −γ {a'' ⟨r 1 x̃⟩ + a ⟨f'' 1 x̃⟩ + a K w'' + 2 Σ_k a' ⟨f' 1 x̃⟩ + 2 ⟨r δ(z) C_ap x̃⟩
                  + 2 a ⟨C_fp δ(z) x̃⟩ + a ⟨r δ'(z) C_pp x̃⟩}
    da''/dτ = −γ {⟨f'' relu⟩ + ⟨r 1 x̃⟩·w'' + 2 Σ_k ⟨f' 1 x̃⟩·w' + ⟨r δ(z) C_pp⟩}

*The kink.* A node of `mean_field_start` stands for the directions of its cell, so its relu is the
mean over them: z evenly spread over z ± c, with c = |w(0)| π/directions. Then 1 = ½(1 + u),
relu = ¼ c (1 + u)² + max(z − c, 0) with u = z/c cut at ±1, and δ = 1/(2c) on |z| < c. The draw
spreads z further, by the variance C_pp/M. It is put into c² as well (3 C_pp/M), and δ C_pp and
δ' C_pp are 2M and 2M times what this adds to relu and to 1, which for M → ∞ are the same.
Without that B would grow as ln M, more for independent neurons: where |w| is below about M^-1/2
the draw turns a neuron by an angle that is not small, and no expansion in its square holds. So B
depends on M a little, and is not better than that where such neurons decide.

*Which e_k.* All of them, one for a node, are not needed: those of which the output feels nothing
give L'' = 0. The change of the output by the share of each node at a few times, damped by the kernel
of infinite width, is a matrix; its largest singular vectors are the e_k that are kept.
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
from ..arccosine import aliased_eigenvalues, infinite_ntk
from ..circle import augmented_points, fourier_sum, uniform_angles
from ..frozen import require_stable
from ..training import DivergenceError
from .mean_field import mean_field_start

__all__ = ["mean_loss_excess"]

_TIMES = 10  # at which the output's change by each node is looked at, evenly in the logarithm


def mean_loss_excess(
    coefficients: npt.ArrayLike,
    width: float,
    learning_rate: float,
    at_steps: Iterable[int],
    *,
    neurons: float | None = None,
    antisymmetric: bool = True,
    points: int = 64,
    radii: int = 8,
    directions: int = 64,
    components: int = 32,
) -> Array:
    """B of the mean loss of M moving neurons at the laziness of a width, by linear response.

    E L = L_MF (1 + B/M),   B = Σ_k [⟨f_k'²⟩ + ⟨r f_k''⟩]/(2 L_MF),   L_MF = ½⟨r²⟩

    Takes the target's (2 k_y + 1,) coefficients in the order of `fourier_basis`, the width m whose
    laziness is 1/√m, and steps of descent s ≥ 0 on `points` evenly spaced samples, b = 0 and a = ±1
    at the start; M = `neurons` is m by default. Returns B (number of steps,) in their order.
    """
    y = require_coefficients("coefficients", coefficients)
    m = require_number("width", width, above=0, least=1 / LARGEST, largest=LARGEST)
    count = m if neurons is None else require_number("neurons", neurons, least=1, largest=LARGEST)
    steps = _require_steps(at_steps)
    pairs = require_flag("antisymmetric", antisymmetric)
    grid = uniform_angles(require_integer("points", points, least=2))
    require_stable(require_number("learning_rate", learning_rate, above=0),
                   float(aliased_eigenvalues(len(grid)).max()))
    limit = _Limit.of(fourier_sum(grid, y), grid, m, learning_rate, radii, directions)
    kept = require_integer("components", components)
    e = _components(limit, max(steps), kept, pairs)
    response = _Response(limit, e, count)
    found = {}
    for step, moment in enumerate(limit.descent(max(steps))):
        found[step] = response.advance(moment)
    return np.array([found[step] for step in steps])


class _Moment(NamedTuple):
    """The limit at one step: w̃ (3, N), a (N,), z (n, N), r (n,)."""

    w: Array
    a: Array
    z: Array
    residual: Array


class _Limit(NamedTuple):
    """What does not change: points (3, n), targets (n,), γ, η; nodes' start, shares and cells."""

    points: Array
    targets: Array
    strength: float
    learning_rate: float
    w: Array
    a: Array
    shares: Array
    cells: Array

    @staticmethod
    def of(y: Array, grid: Array, m: float, eta: float, radii: int, directions: int) -> _Limit:
        start = mean_field_start(radii, directions, angles=grid)
        size = np.abs(start.a)
        w = np.concatenate([start.w.T, start.b[None]]) / size
        return _Limit(augmented_points(grid).T.copy(), y, 1 / math.sqrt(m), eta, w, start.a / size,
                      size**2 / len(size), np.hypot(w[0], w[1]) * (np.pi / directions))

    def output(self, hidden: Array, active: Array, on_hidden: Array, on_active: Array) -> Array:
        """√m Σ_r [h_r u_r + 1_r x̃·v_r] for u (N, …) and v (3, N, …): (n, …)."""
        total = hidden @ on_hidden
        for x, v in zip(self.points, on_active):
            total += (x * (active @ v).T).T
        return total / self.strength

    def force(self, active: Array, function: Array) -> Array:
        """⟨g 1 x̃⟩ of every node for g (n, …): (3, N, …)."""
        n = len(self.targets)
        return np.stack([active.T @ ((x / n) * function.T).T for x in self.points])

    def descent(self, steps: int) -> Iterator[_Moment]:
        """The limit itself at every step."""
        w, a, rate = self.w, self.a, self.learning_rate * self.strength
        for _ in range(steps + 1):
            z = self.points.T @ w
            active, hidden, _ = _averaged(z, self.cells)
            residual = hidden @ (self.shares * a) / self.strength - self.targets
            yield _Moment(w, a, z, residual)
            force = self.force(active, residual)
            w, a = w - rate * a * force, a - rate * (residual / len(residual)) @ hidden


def _averaged(z: Array, c: Array) -> tuple[Array, Array, Array]:
    """1, relu and δ of z, as means over z ± c."""
    u = np.clip(z / c, -1, 1)
    inside = np.abs(u) < 1
    return (1 + u) / 2, c / 4 * (1 + u) ** 2 + np.maximum(z - c, 0), inside / (2 * c)


class _Response:
    """First derivatives along every e_k, w (3, N, K) and a (N, K), and the sums of the second."""

    def __init__(self, limit: _Limit, e: Array, neurons: float) -> None:
        self.limit, self.neurons, self.e = limit, neurons, e * limit.shares[:, None]
        self.w, self.a = np.zeros((3, *e.shape)), np.zeros(e.shape)
        self.sum_w, self.sum_a = np.zeros((3, len(e))), np.zeros(len(e))
        x = limit.points
        self.squares = (x[:, None] * x).reshape(9, -1)  # x̃ x̃ᵀ at every sample

    def advance(self, now: _Moment) -> float:
        """B at this step; then one step on."""
        limit, x, q, a = self.limit, self.limit.points, self.limit.shares, now.a
        n, neurons = len(now.residual), len(q)
        c_ww = np.einsum("irk,jrk->ijr", self.w, self.w).reshape(9, -1)
        c_aw = np.einsum("rk,irk->ir", self.a, self.w)
        c_pp = self.squares.T @ c_ww
        active, hidden, delta = _averaged(now.z, np.sqrt(limit.cells**2 + 3 * c_pp / self.neurons))
        more_active, more_hidden, _ = _averaged(now.z, limit.cells)
        more_active = 2 * self.neurons * (active - more_active)  # δ' C_pp
        more_hidden = 2 * self.neurons * (hidden - more_hidden)  # δ C_pp
        # f' and f''
        qa = (q * a)[:, None]
        first = limit.output(hidden, active, q[:, None] * self.a + a[:, None] * self.e, qa * self.w)
        on_hidden = q * self.sum_a + 2 * np.einsum("rk,rk->r", self.e, self.a)
        on_active = (
            q * (a * self.sum_w + 2 * c_aw) + 2 * a * np.einsum("rk,irk->ir", self.e, self.w)
        )
        second = limit.output(hidden, active, on_hidden, on_active)
        second += more_hidden @ (q * a) / limit.strength
        square = float(np.vdot(first, first) + now.residual @ second)
        excess = square / float(now.residual @ now.residual)
        # the forces
        r = now.residual / n
        force, of_first = limit.force(active, now.residual), limit.force(active, first)
        of_second = limit.force(active, second)
        pull = r[:, None] * delta
        k = (self.squares @ pull).reshape(3, 3, -1)
        c_fp = sum((x[i] * (first @ self.w[i].T).T).T for i in range(3))
        move_w = force[:, :, None] * self.a + a[:, None] * (
            of_first + np.einsum("ijr,jrk->irk", k, self.w))
        move_a = hidden.T @ (first / n) + np.einsum("ir,irk->rk", force, self.w)
        more_w = (
            self.sum_a * force + a * (of_second + np.einsum("ijr,jr->ir", k, self.sum_w))
            + 2 * np.einsum("rk,irk->ir", self.a, of_first)
            + 2 * np.einsum("ijr,jr->ir", k, c_aw)
            + a * (x @ (2 / n * c_fp * delta + r[:, None] * more_active))
        )
        more_a = (
            second / n @ hidden + np.sum(force * self.sum_w, axis=0)
            + 2 * np.einsum("irk,irk->r", of_first, self.w) + r @ more_hidden
        )
        rate = limit.learning_rate * limit.strength
        self.w -= rate * move_w
        self.a -= rate * move_a
        self.sum_w -= rate * more_w
        self.sum_a -= rate * more_a
        return excess


def _components(limit: _Limit, steps: int, kept: int, pairs: bool) -> Array:
    """The functions e_k of a node that the output feels most, (N, kept)."""
    q, n = limit.shares, len(limit.targets)
    rates = aliased_eigenvalues(n)[: n // 2 + 1]
    looked = sorted({0, *np.geomspace(1, max(steps, 1), _TIMES).astype(int).tolist()})
    columns, last, before = [], 0, None
    for step, now in enumerate(limit.descent(looked[-1])):
        if step not in looked:
            continue
        hidden = _averaged(now.z, limit.cells)[1]
        direct = np.fft.rfft(now.a * hidden, axis=0)
        direct -= (direct @ q)[:, None]
        # Under x' = direct' − λ x, with direct' constant between the looks.
        if before is None:
            felt = direct
        else:
            y = (limit.learning_rate * (step - last) * rates)[:, None]
            felt = felt * np.exp(-y) - (direct - before) * np.expm1(-y) / y
        last, before = step, direct
        scaled = felt * (np.sqrt(q) / np.linalg.norm(now.residual))
        columns += [scaled.real, scaled.imag]
    matrix = np.concatenate(columns).T
    half = len(q) // 2
    if pairs:  # the two of a pair, a = ±1, have the same e, and count as one draw
        matrix = matrix[:half] + matrix[half:]
    vectors = np.linalg.svd(matrix, full_matrices=False)[0][:, :kept]
    if pairs:
        vectors = np.concatenate([vectors, vectors])
    return vectors / np.sqrt(q)[:, None]


def _require_steps(at_steps: Iterable[int]) -> list[int]:
    if not isinstance(at_steps, Iterable):
        raise TypeError(f"at_steps must be a list of whole numbers, got {show(at_steps)}")
    steps = [require_integer("each of at_steps", step, least=0) for step in at_steps]
    if not steps:
        raise ValueError("at_steps must name at least one step, got none")
    return steps
