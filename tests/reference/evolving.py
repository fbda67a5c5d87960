"""The kernel that moves by plain loops: every integral by quadrature, every step on its own."""

import functools
import math

from tests.reference.arccosine import limit
from tests.reference.circle import fourier_mode, fourier_sum
from tests.reference.network import output, preactivation
from tests.reference.quadrature import integral
from tests.reference.spectrum import eigenvalue_by_integral


@functools.cache
def whole_eigenvalue(k):
    """λ_k of all parts, with the bias, by integrating the kernel."""
    return eigenvalue_by_integral(limit, k)


def mean_field_descent(neurons, angles, targets, width, learning_rate, steps):
    """The law of motion as it stands: (share, w1, w2, b, a) of every neuron, one step at a time."""
    neurons = [list(neuron) for neuron in neurons]
    root, n = math.sqrt(width), len(angles)
    losses = []
    for step in range(steps + 1):
        residual = []
        for t, y in zip(angles, targets, strict=True):
            point = (math.cos(t), math.sin(t), 1.0)
            z = [math.fsum(w * x for w, x in zip(v[1:4], point, strict=True)) for v in neurons]
            f = math.fsum(v[0] * v[4] * max(s, 0.0) for v, s in zip(neurons, z, strict=True))
            residual.append((point, z, root * f - y))
        losses.append(math.fsum(r * r for _, _, r in residual) / (2 * n))
        if step == steps:
            break
        for index, v in enumerate(neurons):
            active = [(point, z[index], r) for point, z, r in residual if z[index] > 0]
            force = [math.fsum(r * point[c] for point, _, r in active) / n for c in range(3)]
            value = math.fsum(r * z for _, z, r in active) / n
            a = v[4]
            for c in range(3):
                v[1 + c] -= learning_rate * a / root * force[c]
            v[4] -= learning_rate / root * value
    return neurons, losses


def one_sided(function, t, side):
    """(H± φ)(t) = (1/2π) ∫_0^π φ(t ∓ u) (1 + cos u) du."""
    return integral(lambda u: function(t - side * u) * (1 + math.cos(u)), 0.0, math.pi) / math.tau


@functools.cache
def turning_force(coefficients, time, t, side):
    """Q±(t), the integral over time done by quadrature and g by its own integral."""
    rates = [whole_eigenvalue((c + 1) // 2) for c in range(len(coefficients))]

    def residual(angle, s):
        return -fourier_sum(
            [y * math.exp(-rate * s) for y, rate in zip(coefficients, rates, strict=True)], angle
        )

    def integrand(s):
        g = integral(lambda earlier: residual(t, earlier), 0.0, s, 1) if s else 0.0
        return g * one_sided(lambda angle: residual(angle, s), t, side)

    return integral(integrand, 0.0, time, 1)


@functools.cache
def turning_sum(coefficients, learning_rate, steps, t, side):
    """Q±(t) of descent: every step's force on one side, times all pushes up to and with it."""
    rates = [whole_eigenvalue((c + 1) // 2) for c in range(len(coefficients))]
    pushed = total = 0.0
    for s in range(steps):
        now = [
            -y * learning_rate * (1 - learning_rate * rate) ** s
            for y, rate in zip(coefficients, rates, strict=True)
        ]
        pushed += fourier_sum(now, t)
        total += pushed * one_sided(lambda angle, now=now: fourier_sum(now, angle), t, side)
    return total


@functools.cache
def mode_on_one_side(column, t, side):
    return one_sided(lambda angle: fourier_mode(column, angle), t, side)


def logarithm_entry(force, row, column, points=13):
    """−(1/2π²) Σ± ⟨φ_j, (M_Q H + Hᵀ M_Q) φ_l⟩, as means over the circle; Q±(t) = force(t, ±1)."""
    total = []
    for i in range(points):
        t = math.tau * (i + 0.3) / points
        for side in (1, -1):
            q = force(t, side)
            here = [fourier_mode(c, t) for c in (row, column)]
            moved = [mode_on_one_side(c, t, side) for c in (row, column)]
            total.append(q * (here[0] * moved[1] + moved[0] * here[1]))
    return -math.fsum(total) / points / (2 * math.pi**2)


@functools.cache
def half_circle_means(direction, column):
    """Means of a mode times cos t, sin t, 1 and cos(t − ϕ) over the half circle around ϕ."""
    low, high, pieces = direction - math.pi / 2, direction + math.pi / 2, 2 + column
    factors = (math.cos, math.sin, lambda _: 1.0, lambda t: math.cos(t - direction))
    return [
        integral(lambda t, f=factor: fourier_mode(column, t) * f(t), low, high, pieces) / math.tau
        for factor in factors
    ]


def neuron_entry(direction, radius, j, k):
    """One neuron's kernel entry between two modes at b = 0, a = 1, its integrals by quadrature."""
    means = half_circle_means(direction, j), half_circle_means(direction, k)
    *slopes, values = (a * b for a, b in zip(*means, strict=True))
    return sum(slopes) + radius**2 * values


@functools.cache
def entry_variance(j, k, directions=24):
    """Variance of an entry over ϕ and ρ, the latter by quadrature over ρ e^{−ρ²/2} dρ."""
    mean = square = 0.0
    for i in range(directions):
        phi = math.tau * (i + 0.17) / directions
        at_0, at_1 = (neuron_entry(phi, radius, j, k) for radius in (0.0, 1.0))

        def entry(rho, at_0=at_0, at_1=at_1):
            return at_0 + (at_1 - at_0) * rho**2

        mean += over_radius(entry) / directions
        square += over_radius(lambda rho, entry=entry: entry(rho) ** 2) / directions
    return square - mean**2


def over_radius(function):
    """Mean over |w| of w ~ N(0, I) in the plane."""
    return integral(lambda rho: function(rho) * rho * math.exp(-(rho**2) / 2), 0.0, 10.0, 6)


def frozen_loss(frequency, amplitude, draws, time, j_max):
    """Second-order loss with the two time integrals of the expansion done by quadrature."""
    k = 2 * frequency - 1
    rate = whole_eigenvalue(frequency)
    left = math.exp(-rate * time)
    total = 0.0
    for j in range(2 * j_max + 1):
        other = whole_eigenvalue((j + 1) // 2)
        first = integral(
            lambda s, other=other: math.exp(-other * (time - s) - rate * s), 0.0, time, 2
        )
        second = integral(
            lambda s, other=other: (
                math.exp(-rate * (time - s))
                * integral(lambda e: math.exp(-other * (s - e) - rate * e), 0.0, s, 1)
            ),
            0.0,
            time,
            2,
        )
        total += entry_variance(j, k) * (first**2 + 2 * left * second)
    return amplitude**2 / 4 * left**2 + amplitude**2 / 4 * total / draws


def arc_ends(w, b):
    """Middle and half width of the arc where w·x + b > 0, for |b| < |w|: from z = 0, by atan2."""
    rho = math.hypot(*w)
    return math.atan2(w[1], w[0]), math.atan2(math.sqrt((rho - b) * (rho + b)), -b)


def third_order_kernel(params, row, column, t, over_ends=True):
    """K₃ between two modes and the point t: ∇_θ A_jl · ∇_θ f(t), a neuron's term at a time.

    The gradient of a mode's mean over the arc is a boundary term, ∫ φ x̃ δ(z) x̃ = Σ_e …/|z'(t_e)|.
    """
    m, total = len(params.a), []
    counts = {"w": 1.0 * ("w" in params.trained), "b": 1.0 * ("b" in params.trained)}
    coordinates = [counts["w"], counts["w"], counts["b"]]
    second = 1.0 * ("a" in params.trained)
    for r, a in enumerate(params.a):
        weights = (*params.w[r], params.b[r])
        if preactivation(params, r, t) <= 0:
            continue
        middle, half = arc_ends(params.w[r], params.b[r])

        def point(s):
            return math.cos(s), math.sin(s), 1.0

        def mean(mode, c, middle=middle, half=half):
            low, high = middle - half, middle + half
            return integral(lambda s: fourier_mode(mode, s) * point(s)[c], low, high, 2) / math.tau

        u = {mode: [mean(mode, c) for c in range(3)] for mode in (row, column)}
        h = {mode: sum(w * value for w, value in zip(weights, u[mode], strict=True)) for mode in u}
        # ∂K/∂a ∂f/∂a, with K = (1/m) Σ [a² Σ_c U_cj U_cl + h_j h_l]
        layer = sum(c * p * q for c, p, q in zip(coordinates, u[row], u[column], strict=True))
        terms = [second * 2 * a * layer * preactivation(params, r, t)]
        for c in range(3):
            output = coordinates[c] * a * point(t)[c]  # √m ∂f/∂w̃_c
            terms.append(second * (u[row][c] * h[column] + h[row] * u[column][c]) * output)
            for end in (middle - half, middle + half) if over_ends else ():
                slope = abs(weights[1] * math.cos(end) - weights[0] * math.sin(end))
                for d in range(3):
                    moved = [
                        fourier_mode(mode, end) * point(end)[d] * point(end)[c] / slope / math.tau
                        for mode in (row, column)
                    ]
                    change = moved[0] * u[column][d] + u[row][d] * moved[1]
                    terms.append(coordinates[d] * a * a * change * output)
        total.extend(terms)
    return math.fsum(total) / m**1.5


def hierarchy_velocity(params, coefficients, row, column, over_ends=True):
    """−∫ K₃(t) (f − y)(t) dt/2π, piece by piece between the ends of all arcs."""
    arcs = [arc_ends(w, b) for w, b in zip(params.w, params.b, strict=True)]
    ends = sorted((middle + side * half) % math.tau for middle, half in arcs for side in (1, -1))

    def integrand(t):
        residual = output(params, t) - fourier_sum(coefficients, t)
        return third_order_kernel(params, row, column, t, over_ends) * residual

    pieces = zip(ends, [*ends[1:], ends[0] + math.tau], strict=True)
    return -math.fsum(integral(integrand, low, high, 1) for low, high in pieces) / math.tau


def driven_descent(neurons, coefficients, width, learning_rate, steps):
    """(w1, w2, b, a) of every neuron, moved by the given residual, arc integrals by quadrature."""
    neurons = [list(neuron) for neuron in neurons]
    rates = [whole_eigenvalue((c + 1) // 2) for c in range(len(coefficients))]
    for step in range(steps):
        residual = [
            -y * (1 - learning_rate * rate) ** step
            for y, rate in zip(coefficients, rates, strict=True)
        ]
        for v in neurons:
            w1, w2, b, a = v
            rho, phi = math.hypot(w1, w2), math.atan2(w2, w1)
            half = math.acos(max(-1.0, min(1.0, -b / rho)))

            def force(factor, phi=phi, half=half, residual=residual):
                low, high = phi - half, phi + half
                inner = integral(lambda t: fourier_sum(residual, t) * factor(t), low, high)
                return inner / math.tau

            pull = learning_rate / math.sqrt(width)
            moves = [force(factor) for factor in (math.cos, math.sin, lambda _: 1.0)]
            value = force(lambda t, w1=w1, w2=w2, b=b: w1 * math.cos(t) + w2 * math.sin(t) + b)
            v[:] = [x - pull * a * m for x, m in zip(v[:3], moves, strict=True)] + [
                a - pull * value
            ]
    return neurons
