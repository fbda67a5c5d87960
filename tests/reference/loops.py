"""The twins: the numbers of the hall once more, by plain loops and by another road.

Nothing of minintk is imported; `params` is anything with w, b, a and trained. Where a step is
delicate the road differs from the package's: the angle from the exact difference of two angles
modulo 2π, κ1 from an integral over the arc where both points are active, an aliased sum term by
term with an Euler-Maclaurin tail, the matrix exponential by its series, eigenvectors by Jacobi
rotations, the whitened basis by Gram-Schmidt, descent by stepping.
"""

import cmath
import functools
import math
import statistics
from fractions import Fraction
from types import SimpleNamespace

PI = Fraction("3.14159265358979323846264338327950288419716939937510582097494459")
PARTS = ("w", "b", "a")

# --- circle -------------------------------------------------------------------------------------


def angle_between(t, u):
    """In [0, π], by exact arithmetic modulo 2π."""
    turn = (Fraction(float(t)) - Fraction(float(u))) % (2 * PI)
    return float(min(turn, 2 * PI - turn))


def angle_between_points(x, y):
    """Kahan: twice the angle of half the difference over half the sum of the unit vectors."""
    p, q = math.hypot(*x), math.hypot(*y)
    difference = math.hypot(*(a * q - b * p for a, b in zip(x, y, strict=True)))
    total = math.hypot(*(a * q + b * p for a, b in zip(x, y, strict=True)))
    return 2 * math.atan2(difference, total)


def fourier_mode(column, t):
    """Column 0, 1c, 1s, 2c, …: real or imaginary part of a power of e^{it}."""
    if column == 0:
        return 1.0
    power, z = complex(1.0), cmath.exp(1j * float(t))
    for _ in range((column + 1) // 2):
        power *= z
    return math.sqrt(2) * (power.real if column % 2 else power.imag)


def fourier_matrix(angles, k_max):
    return [[fourier_mode(column, t) for column in range(2 * k_max + 1)] for t in angles]


def fourier_sum(coefficients, t):
    return math.fsum(c * fourier_mode(column, t) for column, c in enumerate(coefficients))


def fourier_coefficients(angles, values, k_max):
    return [
        math.fsum(fourier_mode(c, t) * v for t, v in zip(angles, values, strict=True)) / len(angles)
        for c in range(2 * k_max + 1)
    ]


def cosine_target(t, frequencies, amplitude, shift):
    return math.fsum(amplitude * math.cos(k * (t + shift)) for k in frequencies)


# --- network ------------------------------------------------------------------------------------


def preactivation(params, r, t):
    return float(params.w[r][0]) * math.cos(t) + float(params.w[r][1]) * math.sin(t) + params.b[r]


def on_a_kink(params, t):
    """Whether rounding decides if some neuron is active: |w·x + b| ≤ 1e-12 (|w| + |b|)."""
    return any(
        abs(preactivation(params, r, t)) <= 1e-12 * (math.hypot(*w) + abs(params.b[r]))
        for r, w in enumerate(params.w)
    )


def output(params, t):
    active = [(r, preactivation(params, r, t)) for r in range(len(params.a))]
    return sum(params.a[r] * z for r, z in active if z > 0) / len(params.a) ** 0.5


def partial_derivatives(params, t):
    """∂f/∂θ of every single parameter, by part, w row by row."""
    x, m = (math.cos(t), math.sin(t)), len(params.a)
    derivatives = {"w": [], "b": [], "a": []}
    for r in range(m):
        z = preactivation(params, r, t)
        for axis in range(2):
            derivatives["w"].append(params.a[r] * x[axis] / math.sqrt(m) if z > 0 else 0.0)
        derivatives["b"].append(params.a[r] / math.sqrt(m) if z > 0 else 0.0)
        derivatives["a"].append(z / math.sqrt(m) if z > 0 else 0.0)
    return derivatives


def jacobian_row(params, t):
    derivatives = partial_derivatives(params, t)
    return [value for part in PARTS if part in params.trained for value in derivatives[part]]


def loss(params, angles, targets):
    squares = [(output(params, t) - y) ** 2 for t, y in zip(angles, targets, strict=True)]
    return math.fsum(squares) / (2 * len(squares))


def gradient(params, angles, targets):
    """∂L/∂θ by part, every parameter on its own; 0 where a part is not trained."""
    sums = {"w": [0.0] * 2 * len(params.a), "b": [0.0] * len(params.a), "a": [0.0] * len(params.a)}
    for t, y in zip(angles, targets, strict=True):
        residual = output(params, t) - y
        for part, derivatives in partial_derivatives(params, t).items():
            for j, derivative in enumerate(derivatives):
                sums[part][j] += residual * derivative / len(angles) * (part in params.trained)
    return sums


def descend(params, angles, targets, learning_rate, steps):
    """Parameters and losses of gradient descent, one parameter at a time."""
    now = SimpleNamespace(
        w=[list(map(float, row)) for row in params.w],
        b=[float(b) for b in params.b],
        a=[float(a) for a in params.a],
        trained=params.trained,
    )
    losses = [loss(now, angles, targets)]
    for _ in range(steps):
        change = gradient(now, angles, targets)
        for r in range(len(now.a)):
            now.w[r][0] -= learning_rate * change["w"][2 * r]
            now.w[r][1] -= learning_rate * change["w"][2 * r + 1]
            now.b[r] -= learning_rate * change["b"][r]
            now.a[r] -= learning_rate * change["a"][r]
        losses.append(loss(now, angles, targets))
    return now, losses


# --- ntk ----------------------------------------------------------------------------------------


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


# --- arccosine ----------------------------------------------------------------------------------


def gauss_legendre(count=24):
    """Nodes and weights on [−1, 1]: roots of P_n by Newton, from the recurrence."""
    rule = []
    for i in range(count):
        x = math.cos(math.pi * (i + 0.75) / (count + 0.5))
        for _ in range(60):
            p, q = 1.0, x
            for k in range(2, count + 1):
                p, q = q, ((2 * k - 1) * x * q - (k - 1) * p) / k
            slope = count * (x * q - p) / (x * x - 1)
            x -= q / slope
        rule.append((x, 2 / ((1 - x * x) * slope * slope)))
    return rule


RULE = gauss_legendre()


def integral(function, low, high, pieces=8):
    half = (high - low) / (2 * pieces)
    middles = [low + (2 * i + 1) * half for i in range(pieces)]
    return math.fsum(half * w * function(c + half * x) for c in middles for x, w in RULE)


def kappa0(theta):
    """Twice the share of directions φ that are within π/2 of both 0 and θ."""
    return ((math.pi / 2) - (theta - math.pi / 2)) / math.pi


def kappa1(theta):
    """2 E[relu relu], w = ρ (cos φ, sin φ), E ρ² = 2, over the φ where both are active."""
    low, high = theta - math.pi / 2, math.pi / 2
    return integral(lambda p: math.cos(p) * math.cos(p - theta), low, high, 2) * 2 / math.pi


def limit_parts(theta, weight_std=1.0, bias_std=0.0):
    """The NTK of infinite width by part; u from |v − v'| and |v + v'| of the lifted points."""
    s, beta = weight_std, bias_std
    across = s * math.sin(theta / 2)
    u = 2 * math.atan2(across, math.hypot(s * math.cos(theta / 2), beta))
    return {
        "w": math.cos(theta) * kappa0(u) / 2,
        "b": kappa0(u) / 2,
        "a": (s * s + beta * beta) * kappa1(u) / 2,
    }


def limit(theta, parts=PARTS, **law):
    return math.fsum(limit_parts(theta, **law)[part] for part in parts)


# --- eigenvalues --------------------------------------------------------------------------------


def eigenvalue_by_integral(kernel_of_angle, k):
    return integral(lambda u: kernel_of_angle(u) * math.cos(k * u), 0.0, math.pi) / math.pi


def eigenvalue(k, part):
    """The closed forms, one case after the other (weight_std 1, bias_std 0)."""
    k = abs(k)
    if k == 0:
        return {"w": 1 / math.pi**2, "b": 0.25, "a": 2 / math.pi**2}[part]
    if k == 1:
        return {"w": 0.125, "b": 1 / math.pi**2, "a": 0.125}[part]
    if k % 2:
        return {"w": 0.0, "b": 1 / (math.pi * k) ** 2, "a": 0.0}[part]
    scale = (math.pi * (k * k - 1)) ** 2
    return {"w": (k * k + 1) / scale, "b": 0.0, "a": 2 / scale}[part]


# The closed forms for large l, as coefficients of l^-2, l^-4, l^-6, l^-8 over π².
EXPANSIONS = {"w": (1, 3, 5, 7), "a": (0, 2, 4, 6), "b": (1, 0, 0, 0)}


def power_tail(first, step, power):
    """Σ_j (first + j step)^-power over j ≥ 0, by Euler-Maclaurin."""
    x, p = first, power
    return (
        x ** (1 - p) / ((p - 1) * step)
        + x**-p / 2
        + p * step * x ** (-p - 1) / 12
        - p * (p + 1) * (p + 2) * step**3 * x ** (-p - 3) / 720
    )


def aliased_eigenvalue(k, n, part, terms=60):
    """Σ_j λ_{k + jn}: the terms with |j| ≤ terms one by one, the two tails by parity."""
    total = math.fsum(eigenvalue(k + j * n, part) for j in range(-terms, terms + 1))
    wanted = 1 if part == "b" else 0  # the parity that has eigenvalues at large l
    step = n if n % 2 == 0 else 2 * n
    for sign in (1, -1):
        first = sign * k + (terms + 1) * n
        if first % 2 != wanted and n % 2 == 0:
            continue
        first += n * (first % 2 != wanted)
        tails = (c * power_tail(first, step, 2 * i) for i, c in enumerate(EXPANSIONS[part], 1))
        total += math.fsum(tails) / math.pi**2
    return total


# --- matrices -----------------------------------------------------------------------------------


def product(left, right):
    columns = list(zip(*right, strict=True))
    return [
        [math.fsum(p * q for p, q in zip(row, column, strict=True)) for column in columns]
        for row in left
    ]


def transpose(matrix):
    return [list(column) for column in zip(*matrix, strict=True)]


def inner(left, right):
    return math.fsum(
        p * q for r, s in zip(left, right, strict=True) for p, q in zip(r, s, strict=True)
    )


def eigensystem(matrix, sweeps=30):
    """Eigenvalues and eigenvectors (as rows) of a symmetric matrix, by Jacobi rotations."""
    size = len(matrix)
    a = [list(map(float, row)) for row in matrix]
    v = [[float(i == j) for j in range(size)] for i in range(size)]
    for _ in range(sweeps):
        for p in range(size):
            for q in range(p + 1, size):
                angle = 0.5 * math.atan2(2 * a[p][q], a[q][q] - a[p][p])
                c, s = math.cos(angle), math.sin(angle)
                for rows in (a, v):
                    rows[p], rows[q] = (
                        [c * x - s * y for x, y in zip(rows[p], rows[q], strict=True)],
                        [s * x + c * y for x, y in zip(rows[p], rows[q], strict=True)],
                    )
                for row in a:
                    row[p], row[q] = c * row[p] - s * row[q], s * row[p] + c * row[q]
    return [a[i][i] for i in range(size)], v


def orthonormal_columns(matrix):
    """Gram-Schmidt, twice, on the columns in their order."""
    done = []
    for column in transpose(matrix):
        for _ in range(2):
            for unit in done:
                share = math.fsum(p * q for p, q in zip(unit, column, strict=True))
                column = [q - share * p for p, q in zip(unit, column, strict=True)]
        length = math.hypot(*column)
        done.append([value / length for value in column])
    return transpose(done)


def plus(left, right):
    return [[p + q for p, q in zip(r, s, strict=True)] for r, s in zip(left, right, strict=True)]


def exponential(matrix):
    """The power series of a matrix small enough, then squared as often as it was halved."""
    size = len(matrix)
    halvings = max(0, math.ceil(math.log2(1 + 4 * max(sum(map(abs, row)) for row in matrix))))
    small = [[value / 2**halvings for value in row] for row in matrix]
    total = term = [[float(i == j) for j in range(size)] for i in range(size)]
    for k in range(1, 20):
        term = [[value / k for value in row] for row in product(term, small)]
        total = plus(total, term)
    for _ in range(halvings):
        total = product(total, total)
    return total


# --- spectrum -----------------------------------------------------------------------------------


def low_frequency_block(kernel, angles, k_max, whitened=False):
    n, phi = len(angles), fourier_matrix(angles, k_max)
    if whitened:
        phi = [[value * math.sqrt(n) for value in row] for row in orthonormal_columns(phi)]
    block = product(transpose(phi), product(kernel, phi))
    return [[value / n**2 for value in row] for row in block]


def spectral_error(block, eigenvalues):
    """The root of the largest eigenvalue of EᵀE, E = A − Λ."""
    error = [list(row) for row in block]
    for j in range(len(error)):
        error[j][j] -= eigenvalues[(j + 1) // 2]
    return math.sqrt(max(eigensystem(product(transpose(error), error))[0]))


def circulant_deviation(kernel):
    n = len(kernel)
    means = [math.fsum(kernel[i][(i + d) % n] for i in range(n)) / n for d in range(n)]
    off = [[kernel[i][j] - means[(j - i) % n] for j in range(n)] for i in range(n)]
    return math.sqrt(inner(off, off) / inner(kernel, kernel))


def circulant_eigenvalue(kernel, k):
    n = len(kernel)
    return math.fsum(kernel[0][j] * math.cos(2 * math.pi * (j * k % n) / n) for j in range(n)) / n


def alignment(kernel, other):
    return inner(kernel, other) / math.sqrt(inner(kernel, kernel) * inner(other, other))


def centred(kernel):
    n = len(kernel)
    c = [[(i == j) - 1 / n for j in range(n)] for i in range(n)]
    return product(c, product(kernel, c))


def target_alignment(kernel, targets):
    return alignment(kernel, [[p * q for q in targets] for p in targets])


def subspace_overlap(kernel, angles, k_max):
    q = transpose(orthonormal_columns(fourier_matrix(angles, k_max)))
    values, vectors = eigensystem(kernel)
    top = sorted(range(len(values)), key=values.__getitem__)[-len(q) :]
    cosines = product(q, transpose([vectors[i] for i in top]))
    return inner(cosines, cosines) / len(q)


def off_diagonal_share(block):
    off = [[0.0 if i == j else v for j, v in enumerate(row)] for i, row in enumerate(block)]
    return inner(off, off) / inner(block, block)


def effective_rank(kernel):
    values = eigensystem(kernel)[0]
    return math.fsum(values) ** 2 / math.fsum(v * v for v in values)


# --- dynamics -----------------------------------------------------------------------------------


def flow(kernel, start, targets, time, test_kernel=(), test_start=()):
    """Outputs at train and test points, from the exponential of (r, q)' = (−T r, r), q = ∫ r."""
    n = len(kernel)
    generator = [[-k * time / n for k in row] + [0.0] * n for row in kernel]
    generator += [[time * (i == j) for j in range(n)] + [0.0] * n for i in range(n)]
    initial = [[f - y] for f, y in zip(start, targets, strict=True)] + [[0.0]] * n
    state = [value for (value,) in product(exponential(generator), initial)]
    train = [y + r for y, r in zip(targets, state[:n], strict=True)]
    pulled = product(test_kernel, [[q] for q in state[n:]]) if len(test_kernel) else []
    return train, [f - p / n for f, (p,) in zip(test_start, pulled, strict=True)]


def descent(kernel, start, targets, learning_rate, steps, test_kernel=(), test_start=()):
    """Outputs at train and test points after so many steps, one step at a time."""
    n, train, test = len(kernel), list(start), list(test_start)
    for _ in range(steps):
        residual = [[f - y] for f, y in zip(train, targets, strict=True)]
        moves = [learning_rate * move / n for (move,) in product(kernel, residual)]
        test_moves = product(test_kernel, residual) if test else []
        test = [f - learning_rate * p / n for f, (p,) in zip(test, test_moves, strict=True)]
        train = [f - move for f, move in zip(train, moves, strict=True)]
    return train, test


def lazy_growth(coefficients, eigenvalues, time):
    """The integral of the growth law 2 ⟨y − f, f⟩ along the flow of every mode from 0."""
    return math.fsum(
        integral(lambda s, y=y, rate=rate: 2 * _pull(y, rate, s), 0.0, time, 40)
        for y, rate in zip(coefficients, eigenvalues, strict=True)
    )


def _pull(y, rate, s):
    f = y * (1 - math.exp(-rate * s))
    return (y - f) * f


def balance(params):
    rows = zip(params.w, params.b, params.a, strict=True)
    return [a * a - (math.hypot(*w) ** 2 + b * b) for w, b, a in rows]


# --- the evolving kernel ------------------------------------------------------------------------


@functools.cache
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


def logarithm_entry(coefficients, time, row, column, points=13):
    """−(1/2π²) Σ± ⟨φ_j, (M_Q H + Hᵀ M_Q) φ_l⟩, both terms as means over the circle."""
    total = []
    for i in range(points):
        t = math.tau * (i + 0.3) / points
        for side in (1, -1):
            q = turning_force(coefficients, time, t, side)
            here = [fourier_mode(c, t) for c in (row, column)]
            moved = [
                one_sided(lambda angle, c=c: fourier_mode(c, angle), t, side) for c in (row, column)
            ]
            total.append(q * (here[0] * moved[1] + moved[0] * here[1]))
    return -math.fsum(total) / points / (2 * math.pi**2)


def neuron_entry(direction, radius, j, k):
    """One neuron's kernel entry between two modes at b = 0, a = 1, its integrals by quadrature."""
    low, high = direction - math.pi / 2, direction + math.pi / 2

    def over_arc(column, factor):
        pieces = 2 + column
        return integral(lambda t: fourier_mode(column, t) * factor(t), low, high, pieces) / math.tau

    slopes = [
        [over_arc(column, factor) for factor in (math.cos, math.sin, lambda _: 1.0)]
        for column in (j, k)
    ]
    values = [over_arc(c, lambda t: radius * math.cos(t - direction)) for c in (j, k)]
    return sum(a * b for a, b in zip(*slopes, strict=True)) + values[0] * values[1]


@functools.cache
def entry_variance(j, k, directions=40):
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
