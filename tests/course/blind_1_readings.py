# ruff: noqa: E501
"""True descriptions that the authors of the blind lists did not foresee: each read, one by one.

FORMULAS   (quantity, formula): diagnosis
PROGRAMS   (exercise, what the student wrote): diagnosis
"""

FORMULAS = {
    ("kappa0", "(pi - 2*t)/pi"): "doubled-term",
    ("kappa0", "1/2 - t/pi"): "factor-of-term",
    ("kappa1", "(sin(t) - t*cos(t))/pi"): "supplement",
    ("ntk_eigenvalue", "0"): "constant",
    ("ntk_eigenvalue", "(k^2 + 1)/(pi^2*(k^2 - 1)^2)"): "other-convention",  # it names the part
    ("ntk", "cos(t)*kappa0(t)/2"): "other-convention",
    ("decay", "exp(-lambda*tau/2)"): "power",
    ("descent_decay", "(1 - eta*lambda)^(s-1)"): "number-of-steps",
    ("descent_decay", "1 - eta*lambda*s"): "steps-added",
    ("expectation_of_steps", "1/4"): "product-of-means",
    ("ntk", "((t + 1)*kappa0(t) + kappa1(t))/2"): "angle-for-cos",
    ("ntk_first_layer", "t*kappa0(t)/2"): "angle-for-cos",
    ("relu", "z"): "ignores-activation",
    ("relu", "abs(z)"): "leaky",
    ("relu", "max(0, -z)"): "supplement-of-sign",
    ("relu", "min(0, z)"): "supplement-of-sign",
    ("relu_derivative", "z < 0"): "supplement-of-sign",
    ("loss", "(f - y)/2"): "factor-variable",
    ("loss", "f^2/2"): "missing-term",
    ("loss", "(f^2 - y^2)/2"): "squares-of-terms",
    ("dL_da", "(f - y)*z/sqrt(m)"): "ignores-activation",
    ("dL_dw1", "f*a*(z > 0)*x1/sqrt(m)"): "wrong-variable-inside",
    ("kappa0", "pi - t/pi"): "factor-of-term",
    ("kappa1", "(tan(t) + (pi - t)*cos(t))/pi"): "brackets",
    ("ntk", "(cos(t)*kappa0(t) + 1 + kappa1(t))/2"): "wrong-term",
    (
        "whole_ntk_with_bias_std",
        "((cos(t)+beta^2)*kappa0(u) + (1 + beta^2)*kappa1(u))/2",
    ): "missing-bias",
    ("ntk_eigenvalue", "1/pi^2 + 1/4"): "off-by-one-in-k",
    ("dL_da", "y*max(0, z)/sqrt(m)"): "wrong-variable-inside",
    ("dL_dw2", "r*a*(z < 0)*x2/sqrt(m)"): "inner-sign",
    ("kappa1", "(1 + (pi - t)*cos(t))/pi"): "inner-factor",
    ("ntk", "(cos(t)*(pi - t) + sin(t) - (pi - t)*cos(t))/(2*pi)"): "missing-term",
    ("ntk_second_layer", "kappa0(t)/4"): "missing-second-layer",
    ("largest_stable_learning_rate", "-2/lambda"): "sign",
    ("dL_dw1", "(y - f)*(z > 0)*x1/sqrt(m)"): "factor-variable",
    ("balance", "(a^2 - w1^2 - w2^2)/2"): "missing-term",
    # Bietti & Mairal's kernel, and Basri et al.'s coefficient with bias, to the letter.
    ("ntk", "cos(t)*kappa0(t) + kappa1(t)"): "other-convention",
    ("ntk_eigenvalue", "1/8 + 1/pi^2"): "other-convention",
}

PROGRAMS = {
    ("relu_derivative", "np.sign(z)"): "leaky",
    ("relu_derivative", "np.ones_like(z)"): "ignores-activation",
    ("relu", "np.log1p(np.exp(z))"): "other-activation",
    ("forward", "np.tanh(circle_points(angles) @ w.T + b)"): "other-activation",
    ("balance", "np.linalg.norm(w, axis=1)"): "exponent",
    ("forward", "(circle_points(angles) @ w.T + b)"): "ignores-activation",
    ("forward", ".sum(axis=1) /"): "wrong-variable",
    ("backward", "z.T @ g"): "ignores-activation",
    ("gradient_descent", "w + learning_rate"): "inner-sign",
    ("jacobian", "[first, d, z]"): "ignores-activation",
    ("fourier_coefficients", "2"): "basis-not-normalised",
    ("kernel_change", "np.sum((after - before) ** 2) / np.sum(before**2)"): "wrong-norm",
    ("relu", "np.maximum(z, 0) ** 2"): "exponent",
    (
        "forward",
        "return (relu(circle_points(angles) @ w.T + b) * a).mean(axis=1) * np.sqrt(len(a)) / len(a)",
    ): "factor-1/m",
    ("loss", "output + targets"): "sign-of-term",
    ("growth_rate", "* targets)"): "wrong-variable-inside",
    ("gradient_descent", "range(steps + 2)"): "off-by-one",
    ("analytic_ntk", "1.0 * (np.cos(theta)"): "other-convention",  # Bietti & Mairal's kernel
}
