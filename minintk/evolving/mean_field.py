"""The mean-field limit: infinitely many neurons that move as far as those of a finite width.

mean_field_start     neurons that stand for the whole initial law, each for a share of it
random_start         the same from random neurons, each for an equal share
mean_field_descent   train them with the motion of width m, on samples or on the whole circle

What is kept and what goes. A neuron of a width-m network obeys, under gradient flow,

    dw̃_r/dτ = −(a_r/√m) ⟨r, 1_r x̃⟩,   da_r/dτ = −(1/√m) ⟨r, relu(w̃_r·x̃)⟩,   w̃ = (w, b), r = f − y

so it moves with strength γ = 1/√m, its motion. The width enters twice: through γ, and because the
m neurons are a random sample of their law. The mean-field limit keeps γ and takes the sample away:
the law itself moves (Chizat & Bach 2018; Bordelon & Pehlevan 2022). Let M neurons stand for the law
with shares q_r, Σ q_r = 1. Then f = √m Σ_r q_r a_r relu(w̃_r·x̃), which for M = m and q = 1/m is the
network itself.

Why no new dynamics are needed. Give every neuron the size ŵ_r = s_r w̃_r, â_r = s_r a_r with
s_r² = M q_r. The ReLU is homogeneous, so the ordinary network of M such neurons has the output

    F = M^-1/2 Σ_r â_r relu(ŵ_r·x̃) = M^-1/2 Σ_r M q_r a_r relu(w̃_r·x̃) = √(M/m) f

and its kernel is that of the law:

    M^-1 Σ_r s_r² [a_r² 1 1' x̃·x̃' + h h'] = Σ_r q_r [a_r² 1 1' x̃·x̃' + h h']

Multiply the law of motion by s_r, and put in a_r = â_r/s_r, r = √(m/M) (F − Y), Y = √(M/m) y:

    dŵ_r/dτ = −(â_r/√M) ⟨F − Y, 1_r x̃⟩,   dâ_r/dτ = −(1/√M) ⟨F − Y, relu(ŵ_r·x̃)⟩

which is ordinary gradient flow of the ordinary network towards the target Y, in the same time. So
the limit is trained with `gradient_descent` on √(M/m) y, and its loss is m/M times the loss found.
One also reads off that amplitude A and width m enter only as A/√m.

How good the shares are. Each radius of the law of |w| is the root mean square of a cell whose share
is exact. The directions are evenly spaced. So the kernel at the start is that of infinite width, up
to frequencies of about half the number of directions. What follows is only piecewise smooth in w̃,
so the error of moving quantities falls slowly with the number of neurons. The table has the largest
error in per cent against 96 × 256 nodes, themselves good to about 0.2 %. It is over two targets
(frequencies up to 3, and up to 8), m = 16 … 1024, τ = 50 and 250:

    radii × directions                  48 × 96     64 × 64     32 × 128    128 × 32
    64 samples: loss; gains of k ≤ 4    0.3; 0.6    1.1; 2.0    0.4; 1.4    3.5; 2.5
    the circle: loss; gains of k ≤ 4    0.3; 0.3    0.7; 0.3    0.5; 0.6    2.1; 1.5
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from .._require import (
    LARGEST,
    PARTS,
    Array,
    require_array,
    require_choice,
    require_function,
    require_integer,
    require_memory,
    require_number,
    show,
)
from ..circle import _one_turn
from ..network import Objective, Params, initialise, require_params
from ..training import gradient_descent

__all__ = ["mean_field_descent", "mean_field_start", "random_start"]

# Beyond this radius lies e^{-6.5²/2} = 7e-10 of the law; the last cell takes it in.
_LARGEST_RADIUS = 6.5
SPACINGS = ("root", "logarithm")


def mean_field_start(
    radii: int = 48,
    directions: int = 96,
    *,
    spacing: str = "root",
    smallest_radius: float = 1e-6,
    angles: npt.ArrayLike | None = None,
) -> Params:
    """Neurons that stand for the whole law w ~ N(0, I), b = 0, a = ±1, with their shares in them.

    shares  q = ½ · (e^{−ρ_0²/2} − e^{−ρ_1²/2}) / directions   for the radii in a cell (ρ_0, ρ_1)
    radius  ρ² = [(ρ_0² + 2) e^{−ρ_0²/2} − (ρ_1² + 2) e^{−ρ_1²/2}] / (e^{−ρ_0²/2} − e^{−ρ_1²/2})
    returned  √(Mq) (w, b, a),  M = 2 · radii · directions

    Cells are evenly spaced in √ρ up to 6.5. With spacing="logarithm" they are in log ρ from
    `smallest_radius` on, with one cell below. That is for very large widths, where neurons of
    radius about m^-1/2 decide. Every neuron comes twice, with a = ±1, so the output is 0. With the
    samples' `angles` (n,) the directions are turned so that no arc ends on a sample, by as much as
    can be. An end at φ ± π/2 on a sample counts it wholly in or out, which biases the kernel.
    Without them the turn is an irrational share of the spacing, so no arc ends on a uniform grid.
    For m ≤ 1024 the default nodes are good to 0.3 % of a loss, and 0.6 % of a gain of k ≤ 4. The
    table is in `help(minintk.evolving.mean_field)`. Beyond that range nothing is promised: at
    m = 4096 on 64 samples a gain was 7 % off. On n samples take more directions than n. The
    nodes of `mean_loss_excess` are averaged over their cells: there n may do.
    Raises ValueError for fewer than 2 radii or 3 directions, an unknown spacing, bad angles,
    MemoryError for neurons of more than 1 GiB.
    Source: Chizat & Bach (2018) for the limit; shares and radii are exact integrals of the law.

    >>> start = mean_field_start(64, 16)
    >>> print(start.width, f"{(start.w**2).sum() / start.width:.6f}")  # E|w|² = 2
    2048 2.000000
    """
    radii = require_integer("radii", radii, least=2)
    directions = require_integer("directions", directions, least=3)
    require_memory("the neurons of all radii and directions", 8 * radii * directions, "take fewer")
    shares, rho = _cells(_edges(radii, spacing, smallest_radius))
    phi = _directions(directions, angles)
    size = np.sqrt(len(rho) * shares)  # s = √(Mq), for one direction and one sign
    w = np.multiply.outer(size * rho, np.stack([np.cos(phi), np.sin(phi)], axis=1)).reshape(-1, 2)
    a = np.repeat(size, len(phi))
    return Params.unchecked(
        np.concatenate([w, w]), np.zeros(2 * len(a)), np.concatenate([a, -a]), PARTS
    )


def random_start(neurons: int, rng: np.random.Generator) -> Params:
    """Random neurons in antisymmetric pairs, each standing for the same share 1/M of the law.

    With M = m it is a network of width m, and `mean_field_descent` trains exactly that network.
    With other M it has the motion of one width and the fluctuation of another. Raises ValueError
    for an odd number, MemoryError for neurons of more than 1 GiB.

    >>> random_start(6, np.random.default_rng(0)).a.tolist()
    [1.0, 1.0, 1.0, -1.0, -1.0, -1.0]
    """
    count = require_integer("neurons", neurons)
    if count % 2:
        raise ValueError(f"neurons must be even for antisymmetric pairs, got {count}")
    require_memory("so many neurons", 4 * count, "take fewer")
    return initialise(count, rng, antisymmetric=True)


def mean_field_descent(
    start: Params,
    objective_of: Callable[[Array], Objective],
    targets: npt.ArrayLike,
    width: float,
    learning_rate: float,
    steps: int,
    *,
    record: Callable[[int, Params], None] | None = None,
) -> tuple[Params, Array]:
    """Train the neurons of `start` as those of a network of the given width move.

    descent of ½⟨(F − Y)²⟩,  Y = √(M/m) y;   output f = √(m/M) F,  loss = (m/M) ½⟨(F − Y)²⟩

    `objective_of(Y)` builds the objective: `fast.population_objective` with Fourier coefficients as
    `targets`, or `lambda targets: fast.objective(angles, targets)` with values at samples. `width`
    m may be any positive number. Returns the trained neurons, and the losses (steps + 1,) of f
    against y. Their kernel and arcs, by any function of the core or of `fast`, are those of the
    limit. `record` as in `gradient_descent`. For m → ∞ it is the descent with the kernel of the
    start: from `mean_field_start` that of infinite width, from `random_start` its neurons'.
    Raises what `gradient_descent` raises, and ValueError for a width that is not positive. Where
    the kernel grows, as at a small width, η must stay below 2/λ_max of the grown kernel. Else the
    loss may jump, and all neurons may die: the output stays 0, and nothing is raised. Halve the
    learning rate, and compare.
    Source: Chizat & Bach (2018); Chizat et al. (2019); Bordelon & Pehlevan (2022).

    >>> from minintk.fast import population_objective
    >>> start = mean_field_start(16, 16)
    >>> _, losses = mean_field_descent(start, population_objective, [0.0, 1.0, 0.0], 64, 0.5, 50)
    >>> print(f"{losses[0]:.3f} {losses[-1]:.1e}")
    0.500 4.0e-05
    """
    m = require_number("width", width, above=0, least=1 / LARGEST, largest=LARGEST)
    y = require_array("targets", targets, (None,), most=LARGEST)
    scale = math.sqrt(require_params(start, "start").width / m)
    objective = _objective(objective_of, scale * y)
    trained, losses = gradient_descent(start, objective, learning_rate, steps, record=record)
    return trained, losses / scale**2


def _objective(objective_of: Callable[[Array], Objective], targets: Array) -> Objective:
    require_function("objective_of", objective_of, "targets")
    try:
        objective = objective_of(targets)
    except ValueError as error:
        raise ValueError(f"targets must be such that objective_of takes them: {error}") from error
    if not callable(objective):
        raise TypeError(
            f"objective_of must return a function of the parameters, got {show(objective)}"
        )
    return objective


def _edges(radii: int, spacing: str, smallest: float) -> Array:
    """Ends of the cells of the radius, from 0 to infinity."""
    lowest = require_number("smallest_radius", smallest, above=0)
    if require_choice("spacing", spacing, SPACINGS) == "root":
        inner: Array = np.linspace(0.0, math.sqrt(_LARGEST_RADIUS), radii + 1)[1:-1] ** 2
    elif lowest >= _LARGEST_RADIUS:
        raise ValueError(f"smallest_radius must be below {_LARGEST_RADIUS}, got {smallest}")
    else:
        inner = np.geomspace(lowest, _LARGEST_RADIUS, radii)[:-1]
    return np.concatenate([np.zeros(1), inner, np.full(1, np.inf)])


def _cells(edges: Array) -> tuple[Array, Array]:
    """Share of every cell under ρ e^{−ρ²/2} dρ, and the root mean square radius in it."""
    half = edges**2 / 2  # u = ρ²/2 has the density e^{−u}
    low, high = half[:-1], half[1:]
    step = high - low
    shares = np.exp(-low) * -np.expm1(-step)
    # mean of u in the cell: low + 1 − step/(e^step − 1), the last term 0 in the outermost cell. For
    # thin cells its digits cancel, and the series takes over.
    thick = np.minimum(step, 700.0)
    with np.errstate(invalid="ignore"):
        rest = np.where(thick < 1e-3, thick / 2 - thick**2 / 12, 1 - thick / np.expm1(thick))
    return shares, np.asarray(np.sqrt(2 * (low + rest)), dtype=np.float64)


def _directions(directions: int, angles: npt.ArrayLike | None) -> Array:
    """Evenly spaced directions; with samples, turned so that φ ± π/2 stays clear of them all."""
    spacing = 2 * np.pi / directions
    # Arcs end at (turn + i spacing) ± π/2. A turn of g spacings puts one on a point 2πj/n of a grid
    # only for a rational g, whatever n. The golden ratio is the farthest from all of them.
    turn = (math.sqrt(5) - 1) / 2 * spacing
    if angles is not None:
        t = _one_turn(require_array("angles", angles, (None,)))
        forbidden = np.sort(np.concatenate([t - np.pi / 2, t + np.pi / 2]) % spacing)
        gaps = np.diff(forbidden, append=forbidden[0] + spacing)
        turn = float(forbidden[gaps.argmax()] + gaps.max() / 2)
    return np.asarray(turn + spacing * np.arange(directions), dtype=np.float64)
