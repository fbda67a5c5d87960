"""What each exercise says: name, points, parameters, statement, two visible checks.

STATEMENTS    in teaching order
"""

from __future__ import annotations

from typing import Any

__all__ = ["STATEMENTS"]

_NETWORK = "w (m, 2), b (m,), a (m,), angles (n,) in radians"
_SET_UP = (
    "w, b = np.array([[2.0, 0.0], [0.0, 1.0]]), np.array([0.5, -0.25])\n"
    "a, t = np.array([3.0, -1.0]), np.array([0.0, 2.0])\n"
)

STATEMENTS: tuple[tuple[Any, ...], ...] = (
    (
        "relu",
        1,
        ("z",),
        """The rectified linear unit, entry by entry.

relu(z) = max(z, 0)

Takes an array of any shape; returns one of the same shape, and leaves z as it was.""",
        (
            ("print(relu(np.array([-2.0, 0.0, 3.0])))", "[0. 0. 3.]"),
            ("print(relu(np.array([[-1.0], [0.5]])).shape)", "(2, 1)"),
        ),
    ),
    (
        "relu_derivative",
        1,
        ("z",),
        """The derivative of the ReLU, entry by entry.

Where relu has a derivative, take it; at the kink the convention is relu'(0) = 0.

Takes an array of any shape; returns one of the same shape.""",
        (
            ("print(relu_derivative(np.array([-2.0, 3.0])) + 0.0)", "[0. 1.]"),
            ("print(relu_derivative(np.array([[-1.0], [0.5]])).shape)", "(2, 1)"),
        ),
    ),
    (
        "circle_points",
        1,
        ("angles",),
        """Points of the unit circle.

x(t) = (cos t, sin t)

Takes angles (n,) in radians; returns (n, 2), one row a point.""",
        (
            ("print(np.round(circle_points(np.array([0.0, np.pi])), 6)[:, 0])", "[ 1. -1.]"),
            ("print(circle_points(np.array([0.0, 1.0, 2.0])).shape)", "(3, 2)"),
        ),
    ),
    (
        "forward",
        3,
        ("w", "b", "a", "angles"),
        f"""The output of the network.

f(x) = m^(-1/2) Σ_r a_r relu(w_r·x + b_r),  x = (cos t, sin t)

Takes {_NETWORK}; returns (n,).""",
        (
            (_SET_UP + "print(np.round(forward(w, b, a, t), 4))", "[ 5.3033 -0.4662]"),
            ("print(forward(w, b, a, np.array([1.0])).shape)", "(1,)"),
        ),
    ),
    (
        "loss",
        1,
        ("output", "targets"),
        """The loss.

L = 1/(2n) Σ_i (f_i − y_i)²

Takes two arrays (n,); returns a number.""",
        (
            ("print(float(loss(np.array([1.0, 3.0]), np.array([0.0, 0.0]))))", "2.5"),
            ("print(float(loss(np.array([2.0]), np.array([2.0]))))", "0.0"),
        ),
    ),
    (
        "backward",
        5,
        ("w", "b", "a", "angles", "targets"),
        f"""The gradient of the loss of the network, by hand.

Derive ∂L/∂w_r, ∂L/∂b_r and ∂L/∂a_r of L = 1/(2n) Σ_i (f(x_i) − y_i)², with relu'(0) = 0.

Takes {_NETWORK}, targets (n,); returns the three gradients (w, b, a), of the shapes of w, b and
a. No loop over parameters, no differences.""",
        (
            (
                _SET_UP + "print(np.round(backward(w, b, a, t, np.zeros(2))[1], 4))",
                "[5.625  0.1648]",
            ),
            ("print([g.shape for g in backward(w, b, a, t, np.zeros(2))])", "[(2, 2), (2,), (2,)]"),
        ),
    ),
    (
        "gradient_descent",
        3,
        ("w", "b", "a", "angles", "targets", "learning_rate", "steps"),
        f"""Train by full-batch gradient descent.

θ ← θ − η ∇L(θ), all of w, b and a at once, `steps` times.

Takes {_NETWORK}, targets (n,), the learning rate η and the number of steps; returns the trained
(w, b, a) and leaves its inputs as they were.""",
        (
            (
                _SET_UP
                + "print(np.round(gradient_descent(w, b, a, t, np.zeros(2), 0.1, 3)[2], 4))",
                "[ 2.359  -0.9707]",
            ),
            ("print(gradient_descent(w, b, a, t, np.zeros(2), 0.1, 0)[2])", "[ 3. -1.]"),
        ),
    ),
    (
        "jacobian",
        4,
        ("w", "b", "a", "angles"),
        f"""The Jacobian of the outputs with respect to all parameters.

J_ij = ∂f(x_i)/∂θ_j,  θ = (w_11, w_12, w_21, …, w_m2, b_1, …, b_m, a_1, …, a_m)

Takes {_NETWORK}; returns (n, 4m): first w, row by row, then b, then a.""",
        (
            (
                _SET_UP + "print(np.round(jacobian(w, b, a, t[1:]), 4))",
                "[[-0.      0.      0.2943 -0.643   0.     -0.7071  0.      0.4662]]",
            ),
            ("print(jacobian(w, b, a, t).shape)", "(2, 8)"),
        ),
    ),
    (
        "empirical_ntk",
        3,
        ("w", "b", "a", "angles"),
        f"""The empirical Neural Tangent Kernel.

K(x, x') = Σ_j ∂f(x)/∂θ_j ∂f(x')/∂θ_j, over all parameters w, b, a

Takes {_NETWORK}; returns (n, n).""",
        (
            (_SET_UP + "print(np.round(empirical_ntk(w, b, a, t)[1], 4))", "[0.     1.2173]"),
            ("print(empirical_ntk(w, b, a, np.array([0.0, 1.0, 2.0])).shape)", "(3, 3)"),
        ),
    ),
    (
        "angle_between",
        2,
        ("angles", "other_angles"),
        """The angle between points of the circle.

θ_ij in [0, π], the angle between (cos t_i, sin t_i) and (cos t'_j, sin t'_j)

Takes angles (n,) and (n',) in radians, any real numbers; returns (n, n'). It must be right also
where points coincide or are opposite.""",
        (
            (
                "print(np.round(angle_between(np.array([0.0]), np.array([1.0, 4.0])), 4))",
                "[[1.     2.2832]]",
            ),
            ("print(angle_between(np.array([0.5]), np.array([0.5])))", "[[0.]]"),
        ),
    ),
    (
        "kappa0",
        2,
        ("theta",),
        """The arc-cosine kernel of order 0.

κ0(θ) = 2 E[1(w·x > 0) 1(w·x' > 0)],  w ~ N(0, I), θ the angle between x and x'

Derive it in closed form. Takes θ in [0, π], radians, of any shape; returns the same shape.""",
        (
            ("print(float(kappa0(0.0)))", "1.0"),
            ("print(kappa0(np.array([0.0, np.pi / 2])).shape)", "(2,)"),
        ),
    ),
    (
        "kappa1",
        3,
        ("theta",),
        """The arc-cosine kernel of order 1.

κ1(θ) = 2 E[relu(w·x) relu(w·x')],  w ~ N(0, I), |x| = |x'| = 1, θ the angle between x and x'

Derive it in closed form. Takes θ in [0, π], radians, of any shape; returns the same shape.""",
        (
            ("print(float(kappa1(0.0)))", "1.0"),
            ("print(kappa1(np.array([0.0, np.pi / 2])).shape)", "(2,)"),
        ),
    ),
    (
        "analytic_ntk",
        4,
        ("angles",),
        """The NTK at infinite width, as a matrix over points of the circle.

The limit of the empirical kernel for w ~ N(0, I), b = 0, a = ±1, with w, b and a trained.

Derive it from κ0 and κ1. Takes angles (n,) in radians, any real numbers; returns (n, n).""",
        (
            ("print(np.round(analytic_ntk(np.array([0.3]))[0, 0], 6))", "1.5"),
            ("print(analytic_ntk(np.array([0.0, 1.0, 2.0])).shape)", "(3, 3)"),
        ),
    ),
    (
        "is_circulant",
        2,
        ("matrix",),
        """Is a matrix circulant, up to rounding?

C_ij depends on (i − j) mod n only. Entries may be off by 1e-10 of the largest.

Takes (n, n); returns True or False.""",
        (
            ("print(bool(is_circulant(np.array([[1.0, 2.0], [2.0, 1.0]]))))", "True"),
            ("print(bool(is_circulant(np.array([[1.0, 2.0], [2.0, 3.0]]))))", "False"),
        ),
    ),
    (
        "fourier_coefficients",
        3,
        ("angles", "values", "k_max"),
        """Coefficients of sampled values in the orthonormal Fourier basis.

φ_0 = 1, φ_kc = √2 cos kt, φ_ks = √2 sin kt;  c_l = ∫ φ_l g dt/2π, by the mean over the samples

Takes angles (n,), values g(t_i) (n,), and k_max ≥ 0; returns (2 k_max + 1,) in the order
0, 1c, 1s, 2c, 2s, …""",
        (
            (
                "t = 2 * np.pi * np.arange(8) / 8; "
                "print(np.round(fourier_coefficients(t, 2 + 0 * t, 1), 6) + 0.0)",
                "[2. 0. 0.]",
            ),
            (
                "t = 2 * np.pi * np.arange(8) / 8; print(fourier_coefficients(t, t, 3).shape)",
                "(7,)",
            ),
        ),
    ),
    (
        "ntk_eigenvalues",
        5,
        ("k_max",),
        """Eigenvalues of the infinite-width NTK on the Fourier modes.

λ_k = (1/2π) ∫ K(u) cos(ku) du, K the kernel of `analytic_ntk` as a function of the angle

Derive them in closed form for k = 0, k = 1, even k ≥ 2 and odd k ≥ 3, or integrate to 1e-9.
Takes k_max ≥ 0; returns (k_max + 1,).""",
        (
            ("print(ntk_eigenvalues(5).shape)", "(6,)"),
            ("print(bool(np.all(np.diff(ntk_eigenvalues(9)) < 0)))", "True"),
        ),
    ),
    (
        "frozen_kernel_prediction",
        4,
        ("kernel", "initial_output", "targets", "time"),
        """The output under gradient flow with a fixed kernel.

dr/dτ = −T r,  T = K/n,  r = f − y,  from f(0) = initial_output

Takes K (n, n) symmetric positive semidefinite (it may be singular), f(0) and y (n,), and τ ≥ 0;
returns f(τ) (n,).""",
        (
            (
                "print(np.round(frozen_kernel_prediction(np.array([[2.0]]), np.array([0.0]), "
                "np.array([1.0]), 0.5), 4))",
                "[0.6321]",
            ),
            (
                "print(frozen_kernel_prediction(np.eye(3), np.ones(3), np.zeros(3), 0.0))",
                "[1. 1. 1.]",
            ),
        ),
    ),
    (
        "steps_to_learn",
        2,
        ("eigenvalue", "learning_rate", "remaining"),
        """How many steps of gradient descent a mode needs.

A mode of the residual with eigenvalue λ of K/n shrinks by the same factor at every step. After how
many steps, not rounded, is the fraction `remaining` of it left?

Takes λ > 0, η with ηλ < 1, and a fraction in (0, 1); returns a number.""",
        (
            ("print(np.round(steps_to_learn(0.5, 1.0, 0.25), 6))", "2.0"),
            ("print(bool(steps_to_learn(0.1, 1.0, 0.5) > steps_to_learn(0.2, 1.0, 0.5)))", "True"),
        ),
    ),
    (
        "balance",
        2,
        ("w", "b", "a"),
        """What gradient flow conserves for every neuron.

relu(cz) = c relu(z) for c > 0. Show that a_r² minus a sum of squares does not change under the
flow when w, b and a are trained; return it.

Takes w (m, 2), b (m,), a (m,); returns (m,).""",
        (
            (
                "print(balance(np.array([[0.0, 0.0]]), np.array([0.0]), np.array([3.0])))",
                "[9.]",
            ),
            ("print(balance(np.ones((5, 2)), np.ones(5), np.ones(5)).shape)", "(5,)"),
        ),
    ),
    (
        "growth_rate",
        2,
        ("output", "targets"),
        """How fast the layers grow.

d/dτ Σ_r a_r² under gradient flow of L = 1/(2n) Σ (f − y)², in terms of the outputs and the targets
alone. Derive it.

Takes f and y (n,); returns a number.""",
        (
            ("print(float(growth_rate(np.array([1.0, 2.0]), np.array([1.0, 2.0]))))", "0.0"),
            ("print(bool(growth_rate(np.array([0.5, 0.5]), np.array([1.0, 1.0])) > 0))", "True"),
        ),
    ),
    (
        "kernel_change",
        4,
        ("w", "b", "a", "angles", "targets", "learning_rate", "steps"),
        f"""How far the kernel has moved in training.

‖K_s − K_0‖_F/‖K_0‖_F, K_s the empirical NTK after s steps of gradient descent

At infinite width it is 0; here the kernel evolves. Takes the arguments of `gradient_descent`;
returns a number.  ({_NETWORK})""",
        (
            (_SET_UP + "print(float(kernel_change(w, b, a, t, np.zeros(2), 0.1, 0)))", "0.0"),
            (
                "print(np.round(float(kernel_change(w, b, a, t, np.zeros(2), 0.1, 3)), 4))",
                "0.5204",
            ),
        ),
    ),
)
